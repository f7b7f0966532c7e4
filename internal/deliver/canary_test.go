package deliver

import (
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// canaryBench is a Run of 200 readers in four lanes that mails 20 first and then waits
// for half an hour. Of the first ones, so many are refused.
func canaryBench(t *testing.T, refused int) *bench {
	b := newBench(t, 200)
	b.Workers = 4
	b.Canary = newsletter.Canary{Share: 0.1, Hold: 30 * time.Minute, MaxBounced: 0.2, MaxComplained: 0.001}
	b.mailer.answer = func(_ int, m *newsletter.Mailing) ([]newsletter.Result, error) {
		results := repeat(newsletter.Result{Outcome: newsletter.OutcomeSent}, len(m.Recipients))
		for i := range results {
			if refused > 0 {
				refused--
				results[i] = newsletter.Result{Outcome: newsletter.OutcomeFailed, Reason: "550 5.1.1 no such mailbox"}
			}
		}
		return results, nil
	}
	b.start(t)
	for _, ref := range b.queue.take() {
		must(t, b.Walk(t.Context(), ref))
	}
	return b
}

func (b *bench) reached(t *testing.T) int {
	t.Helper()
	return standing(t, b).Reached()
}

func TestACanaryWaitsAndThenGoesOn(t *testing.T) {
	b, ctx := canaryBench(t, 4), t.Context()
	wantState(t, b, newsletter.RunCanaryHold)
	if n := b.reached(t); n != 20 {
		t.Errorf("%d were mailed first", n)
	}
	for range 29 {
		b.now = b.now.Add(time.Minute)
		must(t, b.Sweep(ctx))
		must(t, b.Walk(ctx, LaneRef{"weekly-1", 0})) // a late message
	}
	wantState(t, b, newsletter.RunCanaryHold)
	b.now = b.now.Add(time.Minute)
	must(t, b.Sweep(ctx))
	wantState(t, b, newsletter.RunSending)
	if run := b.run(t); run.Counts != (newsletter.Counts{Sent: 196, Failed: 4}) || len(b.mailer.twice()) != 0 || run.Canary.Readers != 0 {
		t.Errorf("%+v", run)
	}
}

func TestACanaryThatBouncesPausesTheRun(t *testing.T) {
	b, ctx := canaryBench(t, 5), t.Context()
	b.now = b.now.Add(30 * time.Minute)
	must(t, b.Sweep(ctx))
	wantPaused(t, b, "of the first 20 messages 5 bounced (25.0%; up to 20.0% it goes on by itself)")
	if run, err := b.Move(ctx, "weekly-1", newsletter.RunSending, ""); err == nil {
		t.Errorf("goes on by itself: %+v", run)
	}
	if n := b.reached(t); n != 20 {
		t.Errorf("%d were mailed", n)
	}
	_, err := b.Resume(ctx, "weekly-1")
	must(t, err)
	if run := b.run(t); run.Counts.Reached() != 200 {
		t.Errorf("%+v", run)
	}
}

// TestAPersonEndsTheCanary in either way, and one that was paused before its end still
// has it ahead.
func TestAPersonEndsTheCanary(t *testing.T) {
	b, ctx := canaryBench(t, 0), t.Context()
	_, err := b.Resume(ctx, "weekly-1")
	must(t, err)
	if run := b.run(t); run.Counts.Sent != 200 {
		t.Errorf("resumed: %+v", run)
	}
	b = canaryBench(t, 0)
	_, err = b.Cancel(ctx, "weekly-1", "no")
	must(t, err)
	if run := b.run(t); run.State != newsletter.RunCancelled || run.Counts.Sent != 20 {
		t.Errorf("cancelled: %+v", run)
	}
	b = newBench(t, 200)
	b.Canary = newsletter.Canary{Share: 0.1, Hold: time.Minute}
	b.start(t)
	_, err = b.Hold(ctx, "weekly-1", "a look first")
	must(t, err)
	_, err = b.Resume(ctx, "weekly-1")
	must(t, err)
	must(t, b.Walk(ctx, LaneRef{"weekly-1", 0}))
	wantState(t, b, newsletter.RunCanaryHold)
}

// TestACanaryFinishesWhatItHasBegun: those who were put up for another try get it
// before the Run holds, and nobody else is mailed meanwhile.
func TestACanaryFinishesWhatItHasBegun(t *testing.T) {
	b, ctx := newBench(t, 200), t.Context()
	b.Canary = newsletter.Canary{Share: 0.1, Hold: time.Hour}
	b.mailer.answer = func(call int, m *newsletter.Mailing) ([]newsletter.Result, error) {
		results := repeat(newsletter.Result{Outcome: newsletter.OutcomeSent}, len(m.Recipients))
		if call == 1 {
			results[3].Outcome = newsletter.OutcomeRetry
		}
		return results, nil
	}
	b.start(t)
	b.queue.take()
	must(t, b.Walk(ctx, LaneRef{"weekly-1", 0}))
	must(t, b.Sweep(ctx))
	if refs := b.queue.take(); len(refs) != 0 {
		t.Errorf("queued with nothing due: %v", refs)
	}
	b.now = b.now.Add(30 * time.Second)
	must(t, b.Sweep(ctx))
	for _, ref := range b.queue.take() {
		must(t, b.Walk(ctx, ref))
	}
	wantState(t, b, newsletter.RunCanaryHold)
	if at := standing(t, b); at.Sent != 20 || at.Waiting != 0 {
		t.Errorf("%+v", at)
	}
}
