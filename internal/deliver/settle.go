package deliver

import (
	"context"
	"errors"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// recover settles the batch that a dead worker left in flight. If its result was
// stored, that counts. If not, a mailer that can look tells; else the batch is in
// doubt, and noted so.
func (w *walk) recover(ctx context.Context) error {
	if err := w.mend(ctx, &w.lane); err != nil {
		return err
	}
	claim := w.lane.Inflight
	if claim == nil {
		return nil
	}
	batch, err := w.Store.Batch(ctx, w.run.ID, w.lane.N, claim.Seq)
	unheard := errors.Is(err, newsletter.ErrNotFound)
	if unheard {
		batch, err = w.recall(ctx, claim)
	}
	if err != nil {
		return err
	}
	if err := w.lane.Record(&batch, w.Now()); err != nil {
		return err
	}
	if unheard {
		w.lane.RetryNow(batch.Seq)
	}
	return w.Store.SaveLane(ctx, &w.lane)
}

// recall finds out about a claim without a result, and stores what it finds.
func (w *walk) recall(ctx context.Context, claim *newsletter.Claim) (newsletter.Batch, error) {
	batch := newsletter.NewBatch(w.run.ID, w.lane.N, claim, newsletter.OutcomeAmbiguous, "the worker died while it was sending")
	if mailer, ok := w.Mailer.(Recaller); ok {
		chosen, err := w.claimed(ctx, claim)
		if err != nil {
			return batch, err
		}
		results, err := w.byVariant(ctx, chosen, func(m *newsletter.Mailing) ([]newsletter.Result, error) { return mailer.Recall(ctx, m) })
		if err != nil {
			return batch, err
		}
		batch.Uncount()
		batch.Apply(chosen.spread(results))
	}
	err := w.Store.SaveBatch(ctx, &batch)
	if errors.Is(err, newsletter.ErrConflict) { // the sender was alive after all
		return w.Store.Batch(ctx, w.run.ID, w.lane.N, claim.Seq)
	}
	return batch, err
}

// claimed reads the readers of a claim. Whoever was erased meanwhile is skipped.
func (w *walk) claimed(ctx context.Context, claim *newsletter.Claim) (selection, error) {
	var chosen selection
	for _, id := range claim.IDs {
		sub, err := w.Store.Subscriber(ctx, id)
		if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
			return chosen, err
		}
		chosen.add(sub, err == nil)
	}
	return chosen, nil
}

// Sweep looks after every open Run, every few minutes: it launches what was
// approved, queues lanes that nobody works on, lets a Run that waited for quota
// try again, and closes the books. A Run that fails does not stop the others.
func (e *Engine) Sweep(ctx context.Context) error {
	runs, err := e.Store.OpenRuns(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for i := range runs {
		faults = append(faults, e.tend(ctx, &runs[i]))
	}
	return errors.Join(faults...)
}

func (e *Engine) tend(ctx context.Context, run *newsletter.Run) error {
	switch run.State {
	case newsletter.RunApproved:
		return e.launch(ctx, run)
	case newsletter.RunWaitingQuota:
		if spent, err := e.quotaSpent(ctx); spent || err != nil {
			return err
		}
		_, err := e.Move(ctx, run.ID, newsletter.RunSending, "")
		return ignoreConflict(err) // a person has paused or cancelled it just now
	case newsletter.RunCanaryHold:
		return e.judgeCanary(ctx, run)
	case newsletter.RunSending, newsletter.RunSettling, newsletter.RunCancelling:
		doubts := e.settle(ctx, run) // what cannot be settled now does not hold up the lanes
		if err := e.holdCanary(ctx, run.ID); err != nil {
			return errors.Join(doubts, err)
		}
		if err := e.requeue(ctx, run); err != nil {
			return errors.Join(doubts, err)
		}
		return errors.Join(doubts, e.Finish(ctx, run.ID))
	}
	return nil
}

// quotaNews is how long it counts that the provider said the day's quota is spent:
// where nobody asks it any more, sending finds out by trying.
const quotaNews = time.Hour

// quotaSpent tells whether the provider would certainly take nothing now.
func (e *Engine) quotaSpent(ctx context.Context) (bool, error) {
	q, err := storedQuota(ctx, e.Store)
	return q.Left() == 0 && e.Now().Sub(q.AskedAt) < quotaNews, err
}

// requeue puts the lanes on the queue that have work due and no worker.
func (e *Engine) requeue(ctx context.Context, run *newsletter.Run) error {
	for n := range run.Lanes {
		lane, err := e.openLane(ctx, run, n)
		if err != nil {
			return err
		}
		if !lane.Due(run, e.Now()) {
			continue
		}
		if err := e.Queue.Put(ctx, LaneRef{run.ID, n}); err != nil {
			return err
		}
	}
	return nil
}

// Finish closes the Run's books if all its lanes are done: into settling while
// some deliveries are in doubt, into sent once none is; one that was cancelled,
// into cancelled.
func (e *Engine) Finish(ctx context.Context, id string) error {
	run, err := e.Store.Run(ctx, id)
	if err != nil || !run.Working() {
		return err
	}
	for n := range run.Lanes {
		lane, err := e.Store.Lane(ctx, id, n)
		if err != nil || !lane.Done {
			return ignoreNotFound(err)
		}
	}
	if waits, err := e.stillSettling(ctx, &run); waits || err != nil {
		return err
	}
	counts, err := e.close(ctx, &run)
	if errors.Is(err, newsletter.ErrConflict) {
		return nil // news of a delivery came just now: the next sweep counts again
	}
	if err != nil {
		return err
	}
	before := run
	if err := run.Close(counts, e.Now()); err != nil || run == before {
		return err
	}
	if event, sent := newsletter.Sent(&run); sent && e.Announce != nil {
		if err := e.Announce(ctx, event); err != nil {
			return err
		}
	}
	return ignoreConflict(e.Store.SaveRun(ctx, &run)) // somebody else closes it
}

// Counts adds up what became of the deliveries of a Run so far.
func (e *Engine) Counts(ctx context.Context, run *newsletter.Run) (newsletter.Counts, error) {
	var counts newsletter.Counts
	for n := range run.Lanes {
		err := e.Store.Batches(ctx, run.ID, n, func(b newsletter.Batch) error {
			counts = counts.Plus(b.Count())
			return nil
		})
		if err != nil {
			return counts, err
		}
	}
	return counts, nil
}

// stillSettling tells, without reading all books, that a Run which settles has
// deliveries in doubt as before.
func (e *Engine) stillSettling(ctx context.Context, run *newsletter.Run) (bool, error) {
	if run.State != newsletter.RunSettling {
		return false, nil
	}
	err := e.Store.DoubtfulBatches(ctx, run.ID, func(newsletter.Batch) error { return errEnough })
	return errors.Is(err, errEnough), ignoreEnough(err)
}

// close counts the outcomes of all batches. What the provider refused after all, and
// said so before the batch was stored, is written into the books now.
func (e *Engine) close(ctx context.Context, run *newsletter.Run) (newsletter.Counts, error) {
	var counts newsletter.Counts
	for n := range run.Lanes {
		refused, err := e.refused(ctx, run, n)
		if err != nil {
			return counts, err
		}
		err = e.Store.Batches(ctx, run.ID, n, func(b newsletter.Batch) error {
			if reports, ok := refused[b.Seq]; ok && b.Settle(reports) {
				if err := e.Store.SaveBatch(ctx, &b); err != nil {
					return err
				}
			}
			counts = counts.Plus(b.Count())
			return nil
		})
		if err != nil {
			return counts, err
		}
	}
	return counts, nil
}

// refused are the Reports of a lane that tell of a refusal, by batch.
func (e *Engine) refused(ctx context.Context, run *newsletter.Run, lane int) (map[int]newsletter.Reports, error) {
	found := map[int]newsletter.Reports{}
	if !e.Events {
		return found, nil
	}
	return found, e.Store.LaneReports(ctx, run.ID, lane, func(r newsletter.Reports) error {
		if r.Refused != 0 {
			found[r.Seq] = r
		}
		return nil
	})
}

func ignoreNotFound(err error) error {
	if errors.Is(err, newsletter.ErrNotFound) {
		return nil
	}
	return err
}
