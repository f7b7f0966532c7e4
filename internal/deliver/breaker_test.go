package deliver

import (
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// answerOf lets the mail system answer every reader of the calls in (from, to) so.
func answerOf(outcome newsletter.Outcome, reason string, bad func(call int) bool) func(int, *newsletter.Mailing) ([]newsletter.Result, error) {
	return func(call int, m *newsletter.Mailing) ([]newsletter.Result, error) {
		results := repeat(newsletter.Result{Outcome: newsletter.OutcomeSent}, len(m.Recipients))
		if bad(call) {
			results = repeat(newsletter.Result{Outcome: outcome, Reason: reason}, len(m.Recipients))
		}
		return results, nil
	}
}

// TestThreeDoubtsInARowLetTheLaneRest for a minute, then two, then four: an outage
// must not put a whole list in doubt.
func TestThreeDoubtsInARowLetTheLaneRest(t *testing.T) {
	b, ctx := newBench(t, 400), t.Context()
	b.BatchSize = 10
	b.mailer.answer = answerOf(newsletter.OutcomeAmbiguous, "", func(call int) bool { return call <= 6 })
	b.start(t)
	b.queue.take()
	for _, c := range []struct {
		after time.Duration
		calls int // in all
	}{
		{0, 3}, {59 * time.Second, 3}, {time.Second, 4}, {119 * time.Second, 4}, {time.Second, 5}, {239 * time.Second, 5}, {time.Second, 6},
		{8*time.Minute - time.Second, 6},
	} {
		b.now = b.now.Add(c.after)
		must(t, b.Walk(ctx, LaneRef{"weekly-1", 0})) // a late message
		must(t, b.Sweep(ctx))
		for range b.queue.take() {
			must(t, b.Walk(ctx, LaneRef{"weekly-1", 0}))
		}
		if b.mailer.calls != c.calls {
			t.Fatalf("%v after the start: %d calls, want %d", b.now.Sub(monday), b.mailer.calls, c.calls)
		}
	}
	b.now = b.now.Add(time.Second)
	if run := b.run(t); run.Counts != (newsletter.Counts{Sent: 340, Unknown: 60}) {
		t.Errorf("%+v", run.Counts)
	}
}

func TestAMailSystemThatNeverAnswersPausesTheRun(t *testing.T) {
	b, ctx := newBench(t, 400), t.Context()
	b.BatchSize = 10
	b.mailer.answer = answerOf(newsletter.OutcomeAmbiguous, "", func(int) bool { return true })
	b.start(t)
	for range 40 {
		must(t, b.Walk(ctx, LaneRef{"weekly-1", 0}))
		b.now = b.now.Add(time.Minute)
	}
	wantPaused(t, b, "8 times in a row")
	if b.mailer.calls != lastDoubt {
		t.Errorf("%d calls", b.mailer.calls)
	}
}

// TestTooManyDoubtsPauseTheRun even where no three come in a row.
func TestTooManyDoubtsPauseTheRun(t *testing.T) {
	for name, c := range map[string]struct {
		every  int
		paused bool
	}{"two of a hundred": {50, true}, "one of a hundred": {100, false}} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 300)
			b.BatchSize = 1
			b.mailer.answer = answerOf(newsletter.OutcomeAmbiguous, "", func(call int) bool { return call%c.every == 0 })
			b.start(t)
			must(t, b.Walk(t.Context(), LaneRef{"weekly-1", 0}))
			if c.paused {
				wantPaused(t, b, "2 of the last 100 batches")
			} else {
				wantState(t, b, newsletter.RunSettling)
			}
		})
	}
}

// TestManyRefusedForOneReasonPauseTheRun with those of the last batch put back; a
// person who resumes accepts the reason.
func TestManyRefusedForOneReasonPauseTheRun(t *testing.T) {
	b, ctx := newBench(t, 400), t.Context()
	b.BatchSize, b.Workers = 20, 4
	n := 0
	b.mailer.answer = func(_ int, m *newsletter.Mailing) ([]newsletter.Result, error) {
		results := repeat(newsletter.Result{Outcome: newsletter.OutcomeSent}, len(m.Recipients))
		for i := range results {
			if n++; n%10 == 0 {
				results[i] = newsletter.Result{Outcome: newsletter.OutcomeFailed, Reason: "554 5.7.1 header X-Odd is not allowed"}
			}
		}
		return results, nil
	}
	b.start(t)
	for lane := range 4 {
		must(t, b.Walk(ctx, LaneRef{"weekly-1", lane}))
	}
	wantPaused(t, b, "header X-Odd is not allowed")
	var failed, waiting int
	for lane := range 4 {
		l, err := b.store.Lane(ctx, "weekly-1", lane)
		must(t, err)
		failed += l.Counts.Failed
		for _, r := range l.Retries {
			waiting += r.Len()
		}
	}
	if n != 100 || failed != 8 || waiting != 2 {
		t.Errorf("after %d readers: %d failed, %d put back", n, failed, waiting)
	}
	_, err := b.Resume(ctx, "weekly-1")
	must(t, err)
	if run := b.run(t); run.State != newsletter.RunSent || run.Counts.Sent+run.Counts.Failed != 400 || run.Counts.Failed != 38 { // of 402 tries 40, two of them taken back
		t.Errorf("%+v", run)
	}
}

func wantPaused(t *testing.T, b *bench, why string) {
	t.Helper()
	run, err := b.store.Run(t.Context(), "weekly-1")
	if err != nil || run.State != newsletter.RunPaused || !strings.Contains(run.Reason, why) {
		t.Fatalf("the run is %s (%s), want paused because of %q; %v", run.State, run.Reason, why, err)
	}
}
