package deliver

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestAPersonsPauseIsOnlyEndedByAPerson: neither sweep, nor the engine's own moves,
// nor a second start let a held Run go on.
func TestAPersonsPauseIsOnlyEndedByAPerson(t *testing.T) {
	for name, before := range map[string]newsletter.RunState{
		"while it sends": newsletter.RunSending, "while it waits for quota": newsletter.RunWaitingQuota, "after a fault has paused it": newsletter.RunPaused,
	} {
		t.Run(name, func(t *testing.T) {
			b, ctx := newBench(t, 60), t.Context()
			b.start(t)
			if before != newsletter.RunSending {
				_, err := b.Move(ctx, "weekly-1", before, "a fault")
				must(t, err)
			}
			run, err := b.Hold(ctx, "weekly-1", "the lead story is wrong")
			if err != nil || run.State != newsletter.RunPaused || !run.Held || run.Reason != "the lead story is wrong" {
				t.Fatalf("%+v, %v", run, err)
			}
			if _, err := b.Move(ctx, "weekly-1", newsletter.RunSending, ""); !errors.Is(err, newsletter.ErrConflict) {
				t.Errorf("the engine's own move: %v", err)
			}
			b.now = b.now.Add(time.Hour)
			must(t, b.Sweep(ctx))
			b.start(t)
			must(t, b.Walk(ctx, LaneRef{"weekly-1", 0}))
			if b.mailer.calls != 0 {
				t.Error("mailed while held")
			}
			if run, err = b.Resume(ctx, "weekly-1"); err != nil || run.Held || run.Reason != "" {
				t.Fatalf("%+v, %v", run, err)
			}
			if run = b.run(t); run.Counts.Sent != 60 || len(b.mailer.twice()) != 0 {
				t.Errorf("%+v", run)
			}
		})
	}
}

// cancelIn cancels the Run while a batch is being sent, which is answered by
// outcome.
func (b *bench) cancelIn(t *testing.T, batch int, outcome newsletter.Outcome) {
	b.mailer.answer = func(call int, m *newsletter.Mailing) ([]newsletter.Result, error) {
		results := repeat(newsletter.Result{Outcome: newsletter.OutcomeSent}, len(m.Recipients))
		if call == batch {
			_, err := b.Cancel(t.Context(), "weekly-1", "the wrong issue")
			must(t, err)
			results[3].Outcome = outcome
		}
		return results, nil
	}
}

func TestCancelClosesTheBooks(t *testing.T) {
	for _, c := range []struct {
		name    string
		outcome newsletter.Outcome
		want    newsletter.Counts
	}{
		{"the batch under way ends, and nobody else is in the books", newsletter.OutcomeSent, newsletter.Counts{Sent: 100}},
		{"who waited for another try has failed", newsletter.OutcomeRetry, newsletter.Counts{Sent: 99, Failed: 1}},
		{"who is in doubt is named once news can no longer come", newsletter.OutcomeAmbiguous, newsletter.Counts{Sent: 99, Unknown: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, 200)
			b.cancelIn(t, 2, c.outcome)
			b.start(t)
			run := b.run(t)
			if run.State != newsletter.RunCancelled || run.Counts != c.want || run.Counts.Reached() != 100 || run.Reason != "the wrong issue" {
				t.Errorf("%+v", run)
			}
			lane, err := b.store.Lane(t.Context(), "weekly-1", 0)
			must(t, err)
			if !lane.Done || b.mailer.calls != 2 {
				t.Errorf("%d batches were sent, lane %+v", b.mailer.calls, lane)
			}
		})
	}
}

func TestCancelIsFinal(t *testing.T) {
	b, ctx := newBench(t, 60), t.Context()
	b.start(t)
	_, err := b.Hold(ctx, "weekly-1", "wait")
	must(t, err)
	_, err = b.Cancel(ctx, "weekly-1", "no")
	must(t, err)
	if run := b.run(t); run.State != newsletter.RunCancelled || run.Counts.Reached() != 0 {
		t.Errorf("cancelled before the first batch: %+v", run)
	}
	run, err := b.Cancel(ctx, "weekly-1", "again")
	if err != nil || run.Reason != "no" {
		t.Errorf("once more: %+v, %v", run, err)
	}
	for wish, do := range map[string]func() (newsletter.Run, error){
		"resume": func() (newsletter.Run, error) { return b.Resume(ctx, "weekly-1") },
		"pause":  func() (newsletter.Run, error) { return b.Hold(ctx, "weekly-1", "") },
	} {
		if run, err := do(); !errors.Is(err, newsletter.ErrConflict) || run.State != newsletter.RunCancelled {
			t.Errorf("%s: %+v, %v", wish, run, err)
		}
	}
	b.start(t)
	must(t, b.Sweep(ctx))
	if b.mailer.calls != 0 || len(b.queue.take()) != 0 {
		t.Error("a cancelled run was started anew")
	}
}

// TestControlUnderFaults: people pause, resume and in the end cancel a Run whose
// workers die and stall. Whoever was mailed is in the books, once; nobody else is
// but with a reason.
func TestControlUnderFaults(t *testing.T) {
	seeds := uint64(*simulations / 3)
	if testing.Short() {
		seeds = 15
	}
	cancelled := 0
	for seed := range seeds {
		// A third of the Runs are never cancelled, however long they take.
		mayCancel := seed%3 != 0
		w := simulate(seed, seed%2 == 0, func(w *world) {
			if w.calm || w.dice.IntN(8) == 0 {
				w.start(func(e *Engine) error {
					_, err := e.Resume(context.Background(), "weekly-1")
					return ignoreConflict(err)
				})
			} else if w.dice.IntN(12) == 0 {
				w.start(func(e *Engine) error {
					_, err := e.Hold(context.Background(), "weekly-1", "wait")
					return ignoreConflict(err)
				})
			} else if mayCancel && w.dice.IntN(60) == 0 {
				w.start(func(e *Engine) error {
					_, err := e.Cancel(context.Background(), "weekly-1", "no")
					return ignoreConflict(err)
				})
			}
		})
		if fault := w.audit(); fault != "" {
			t.Fatalf("seed %d: %s", seed, fault)
		}
		run := w.store.runs["weekly-1"]
		if run.State == newsletter.RunCancelled {
			cancelled++
		}
		if run.Finished() {
			wantCounted(t, seed, w, run)
		}
	}
	if cancelled == 0 {
		t.Errorf("none of %d runs was cancelled: the dice are loaded", seeds)
	}
	t.Logf("%d runs, %d of them cancelled", seeds, cancelled)
}

func wantCounted(t *testing.T, seed uint64, w *world, run newsletter.Run) {
	t.Helper()
	var counts newsletter.Counts
	for _, b := range w.store.batches {
		counts = counts.Plus(b.Count())
	}
	for _, l := range w.store.lanes {
		if !l.Done || l.Inflight != nil || len(l.Retries) > 0 {
			t.Errorf("seed %d: a lane is still open: %+v", seed, l)
		}
	}
	if counts != run.Counts {
		t.Errorf("seed %d: the run says %+v, its books %+v", seed, run.Counts, counts)
	}
}
