package deliver

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// finish walks and sweeps until the named Run has ended.
func (b *bench) finish(t *testing.T, id string) newsletter.Run {
	t.Helper()
	for range 50 {
		for _, ref := range b.queue.take() {
			must(t, b.Walk(t.Context(), ref))
		}
		run, err := b.store.Run(t.Context(), id)
		must(t, err)
		if run.Finished() {
			return run
		}
		b.now = b.now.Add(2 * time.Minute)
		must(t, b.Sweep(t.Context()))
	}
	t.Fatalf("run %s does not end", id)
	return newsletter.Run{}
}

// ended is a bench whose Run has ended: readers 0, 1 and 60 have failed, 2 is
// unknown, the others were sent. From then on all mail is accepted.
func ended(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, 120)
	b.mailer.answer = func(_ int, m *newsletter.Mailing) ([]newsletter.Result, error) {
		results := fates(m, newsletter.OutcomeFailed, newsletter.OutcomeFailed, newsletter.OutcomeAmbiguous)
		for i, r := range m.Recipients {
			if r.Address == address(60) {
				results[i] = newsletter.Result{Outcome: newsletter.OutcomeFailed, Reason: "full"}
			}
		}
		return results, nil
	}
	b.start(t)
	if run := b.run(t); run.Counts != (newsletter.Counts{Sent: 116, Failed: 3, Unknown: 1}) {
		t.Fatalf("%+v", run)
	}
	b.mailer.answer = nil
	return b
}

func (b *bench) mailed(readers ...int) (n int) {
	for _, i := range readers {
		n += b.mailer.got[address(i)]
	}
	return n
}

func TestRetrySendsToThoseAndNobodyElse(t *testing.T) {
	for _, c := range []struct {
		outcome newsletter.Outcome
		want    newsletter.Counts
		mailed  []int
	}{
		{newsletter.OutcomeFailed, newsletter.Counts{Sent: 2, Skipped: 1}, []int{0, 60}},
		{newsletter.OutcomeUnknown, newsletter.Counts{Sent: 1}, []int{2}},
	} {
		t.Run(string(c.outcome), func(t *testing.T) {
			b := ended(t)
			b.leave(t, 1, b.now) // has left since: skipped
			run, err := b.Retry(t.Context(), "weekly-1", c.outcome)
			if err != nil || run.Parent != "weekly-1" || run.State != newsletter.RunSending {
				t.Fatalf("%+v, %v", run, err)
			}
			if run = b.finish(t, run.ID); run.State != newsletter.RunSent || run.Counts != c.want {
				t.Errorf("%+v, want %+v", run, c.want)
			}
			if b.mailed(c.mailed...) != len(c.mailed) || len(b.mailer.got) != 116+len(c.mailed) || len(b.mailer.twice()) != 0 {
				t.Errorf("%d readers mailed, twice %v", len(b.mailer.got), b.mailer.twice())
			}
			again, err := b.Retry(t.Context(), "weekly-1", c.outcome)
			if err != nil || again.ID != run.ID || len(b.queue.take()) != 0 || b.finish(t, run.ID).Rev != run.Rev {
				t.Errorf("asked once more: %+v, %v", again, err)
			}
		})
	}
}

func TestRetryIsRefused(t *testing.T) {
	b, ctx := ended(t), t.Context()
	for _, c := range []struct {
		name, run string
		outcome   newsletter.Outcome
		want      error
	}{
		{"of those who were sent", "weekly-1", newsletter.OutcomeSent, newsletter.ErrInvalid},
		{"of a run that is not there", "weekly-9", newsletter.OutcomeFailed, newsletter.ErrNotFound},
		{"of a run where nobody is unknown", newsletter.RetryID("weekly-1", newsletter.OutcomeFailed), newsletter.OutcomeUnknown, newsletter.ErrConflict},
		{"of a run that has not ended", newsletter.RetryID("weekly-1", newsletter.OutcomeUnknown), newsletter.OutcomeFailed, newsletter.ErrConflict},
	} {
		if c.run == "weekly-1-retry-failed" {
			_, err := b.Retry(ctx, "weekly-1", newsletter.OutcomeFailed)
			must(t, err)
			b.finish(t, c.run)
			_, err = b.Retry(ctx, "weekly-1", newsletter.OutcomeUnknown)
			must(t, err)
		}
		if _, err := b.Retry(ctx, c.run, c.outcome); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if _, err := b.store.Run(ctx, newsletter.RetryID(c.run, c.outcome)); !errors.Is(err, newsletter.ErrNotFound) {
			t.Errorf("%s: a run was made: %v", c.name, err)
		}
	}
}

// TestARetryCanBeTriedAgain: who fails in a retry is retried by a retry of it.
func TestARetryCanBeTriedAgain(t *testing.T) {
	b, ctx := ended(t), t.Context()
	b.mailer.answer = func(_ int, m *newsletter.Mailing) ([]newsletter.Result, error) {
		return fates(m, newsletter.OutcomeFailed), nil
	}
	first, err := b.Retry(ctx, "weekly-1", newsletter.OutcomeFailed)
	must(t, err)
	if run := b.finish(t, first.ID); run.Counts != (newsletter.Counts{Sent: 2, Failed: 1}) {
		t.Fatalf("%+v", run)
	}
	b.mailer.answer = nil
	second, err := b.Retry(ctx, first.ID, newsletter.OutcomeFailed)
	must(t, err)
	if run := b.finish(t, second.ID); run.Counts != (newsletter.Counts{Sent: 1}) || b.mailed(0, 1, 60) != 3 || len(b.mailer.twice()) != 0 {
		t.Errorf("%+v", run)
	}
}

func TestACancelledRetryNamesItsReaders(t *testing.T) {
	b, ctx := ended(t), t.Context()
	run, err := b.Retry(ctx, "weekly-1", newsletter.OutcomeFailed)
	must(t, err)
	_, err = b.Cancel(ctx, run.ID, "no")
	must(t, err)
	if run = b.finish(t, run.ID); run.State != newsletter.RunCancelled || run.Counts != (newsletter.Counts{Failed: 3}) || b.mailed(0, 1, 60) != 0 {
		t.Errorf("%+v", run)
	}
}

// TestNewsBetweenTwoRetries: who was tried again as unknown, and of whom it is
// heard later that the first mail has failed, is not tried again as failed too.
func TestNewsBetweenTwoRetries(t *testing.T) {
	for name, launched := range map[string]bool{"after the first retry was sent": true, "while the first retry is only written down": false} {
		t.Run(name, func(t *testing.T) {
			b, ctx := ended(t), t.Context()
			if launched {
				first, err := b.Retry(ctx, "weekly-1", newsletter.OutcomeUnknown)
				must(t, err)
				b.finish(t, first.ID)
				b.refuse(t, 2)
			} else {
				parent, err := b.store.Run(ctx, "weekly-1")
				must(t, err)
				first, err := parent.Again(newsletter.OutcomeUnknown, b.now)
				must(t, err)
				must(t, b.store.SaveRun(ctx, &first))
			}
			second, err := b.Retry(ctx, "weekly-1", newsletter.OutcomeFailed)
			must(t, err)
			b.refuse(t, 2)
			b.finish(t, second.ID)
			b.finish(t, newsletter.RetryID("weekly-1", newsletter.OutcomeUnknown))
			if b.mailed(0, 1, 60) != 3 || b.mailed(2) != 1 || len(b.mailer.twice()) != 0 {
				t.Errorf("mailed %d and %d, twice %v", b.mailed(0, 1, 60), b.mailed(2), b.mailer.twice())
			}
		})
	}
}

// refuse is late news that the provider has not sent a reader's mail after all.
func (b *bench) refuse(t *testing.T, reader int) {
	t.Helper()
	must(t, b.store.Batches(t.Context(), "weekly-1", 0, func(batch newsletter.Batch) error {
		for i, e := range batch.Entries {
			if e.Subscriber == newsletter.Identify([]byte("pepper"), address(reader)) && batch.Refused(i, "rendering failed") {
				return b.store.SaveBatch(t.Context(), &batch)
			}
		}
		return nil
	}))
}

// TestRetryAfterDeathAtAnyWrite kills who asks for a retry, and the worker, at each
// write in turn. A sweep takes it up, or whoever asks again.
func TestRetryAfterDeathAtAnyWrite(t *testing.T) {
	for n, died := 1, true; died; n++ {
		for _, after := range []bool{false, true} {
			for _, asksAgain := range []bool{false, true} {
				t.Run(fmt.Sprintf("write %d, takes effect: %t, asks again: %t", n, after, asksAgain), func(t *testing.T) {
					died = retryDiesAt(t, n, after, asksAgain)
				})
			}
		}
		if !died && n < 8 {
			t.Errorf("only %d writes were tried", n-1)
		}
	}
}

func retryDiesAt(t *testing.T, n int, after, asksAgain bool) (died bool) {
	b := ended(t)
	doomed, id := *b.Engine, newsletter.RetryID("weekly-1", newsletter.OutcomeFailed)
	doomed.Store = &dying{Store: b.store, left: n, after: after}
	_, err := doomed.Retry(t.Context(), "weekly-1", newsletter.OutcomeFailed)
	if err == nil {
		err = doomed.Walk(t.Context(), LaneRef{id, 0})
	}
	if _, lost := b.store.Run(t.Context(), id); asksAgain || lost != nil {
		_, err := b.Retry(t.Context(), "weekly-1", newsletter.OutcomeFailed)
		must(t, err)
	}
	b.now = b.now.Add(newsletter.LeaseTime + time.Second)
	must(t, b.Sweep(t.Context()))
	run := b.finish(t, id)
	if c := run.Counts; c.Sent+c.Unknown != 3 || len(b.mailer.twice()) != 0 || b.mailed(0, 1, 60) < c.Sent || len(b.mailer.got) > 119 {
		t.Errorf("%+v, mailed %d", run, b.mailed(0, 1, 60))
	}
	return errors.Is(err, errCrash)
}

// TestRetryUnderFaults: both retries are asked for again and again while everything
// fails at random. Who had failed is mailed once at most, who was unknown by the
// retry once at most, who was sent never again; and whoever was not is named.
func TestRetryUnderFaults(t *testing.T) {
	seeds := uint64(*simulations / 3)
	if testing.Short() {
		seeds = 15
	}
	retried := 0
	for seed := range seeds {
		w := simulate(seed, false)
		before := map[newsletter.Address]int{}
		for a, n := range w.mailer.got {
			before[a] = n
		}
		fate := w.fates("weekly-1")
		w.retry()
		for _, r := range w.store.readers {
			tried := newsletter.RetryID("weekly-1", fate[r.ID])
			end, more := w.fates(tried)[r.ID], w.mailer.got[r.Address]-before[r.Address]
			retryable := fate[r.ID] == newsletter.OutcomeFailed || fate[r.ID] == newsletter.OutcomeUnknown
			if retryable {
				retried++
			}
			if more > 1 || more > 0 && !retryable || retryable && (end == "" || end == newsletter.OutcomeRetry) ||
				end == newsletter.OutcomeSent && more == 0 || end == newsletter.OutcomeFailed && more == 1 {
				t.Fatalf("seed %d: %s was %s, is %q, and was mailed %d times more", seed, r.Address, fate[r.ID], end, more)
			}
		}
		if w.err != nil {
			t.Fatalf("seed %d: %v", seed, w.err)
		}
	}
	t.Logf("%d runs, %d readers tried again", seeds, retried)
}

// fates are the outcomes of a Run's readers.
func (w *world) fates(run string) map[newsletter.SubscriberID]newsletter.Outcome {
	all := map[newsletter.SubscriberID]newsletter.Outcome{}
	for _, b := range w.store.batches {
		for _, e := range b.Entries {
			if b.Run == run && (e.Outcome != newsletter.OutcomeRetry || all[e.Subscriber] == "") {
				all[e.Subscriber] = e.Outcome
			}
		}
	}
	return all
}

// retry goes on with a world whose Run has ended, until both retries have.
func (w *world) retry() {
	ask := func(o newsletter.Outcome) {
		w.start(func(e *Engine) error {
			_, err := e.Retry(context.Background(), "weekly-1", o)
			return ignoreConflict(err)
		})
	}
	w.calm = false
	for i := range 400 {
		w.calm = i >= 150
		w.spawn()
		if w.calm || w.dice.IntN(4) == 0 {
			ask(newsletter.OutcomeFailed)
			ask(newsletter.OutcomeUnknown)
		}
		w.run(1 + w.dice.IntN(200))
		w.now = w.now.Add(time.Duration(w.dice.IntN(60)) * time.Second)
	}
}
