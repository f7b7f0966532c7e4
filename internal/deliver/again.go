package deliver

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Retry sends a Run that has ended once more to exactly those who failed, or to
// those who are unknown; these may get it twice. It returns the Run that does so,
// the same one however often it is asked for. Who has left since is skipped.
// ErrConflict, with words: the Run has not ended, or had nobody with that outcome;
// then the Run that was named comes back.
func (e *Engine) Retry(ctx context.Context, id string, outcome newsletter.Outcome) (newsletter.Run, error) {
	parent, err := e.Store.Run(ctx, id)
	if err != nil {
		return parent, err
	}
	child, err := parent.Again(outcome, e.Now())
	if err != nil {
		return parent, err
	}
	known, err := e.Store.Run(ctx, child.ID)
	if errors.Is(err, newsletter.ErrNotFound) {
		if child.Readers, err = e.chosen(ctx, &parent, outcome); err != nil {
			return parent, err
		}
		known = child
		err = e.Store.SaveRun(ctx, &known)
	}
	if errors.Is(err, newsletter.ErrConflict) {
		known, err = e.Store.Run(ctx, child.ID)
	}
	if err != nil {
		return parent, err
	}
	return known, e.launch(ctx, &known)
}

// chosen is how many readers of the Run had the outcome. It fails where there are
// none.
func (e *Engine) chosen(ctx context.Context, run *newsletter.Run, outcome newsletter.Outcome) (int, error) {
	counts, err := e.Counts(ctx, run)
	if err != nil {
		return 0, err
	}
	n := counts.Failed
	if outcome == newsletter.OutcomeUnknown {
		n = counts.Unknown
	}
	if n == 0 {
		return 0, fmt.Errorf("there is nobody to try again: run %s has no reader who is %s: %w", run.ID, outcome, newsletter.ErrConflict)
	}
	return n, nil
}

// openLane reads a lane of the Run, and makes it first where it is missing.
func (e *Engine) openLane(ctx context.Context, run *newsletter.Run, n int) (newsletter.Lane, error) {
	lane, err := e.Store.Lane(ctx, run.ID, n)
	if !errors.Is(err, newsletter.ErrNotFound) {
		return lane, err
	}
	lane = newsletter.Lane{Run: run.ID, N: n, Lanes: run.Lanes}
	if run.Parent != "" {
		if err := e.choose(ctx, run, &lane); err != nil {
			return lane, err
		}
	}
	err = e.Store.SaveLane(ctx, &lane)
	if errors.Is(err, newsletter.ErrConflict) {
		return e.Store.Lane(ctx, run.ID, n) // somebody else was faster
	}
	return lane, err
}

// choose fills a lane of a Run that tries readers again. Such a lane walks no
// audience: its readers are in its books from the start, waiting for their try. Each
// of its first batches has the number of the Parent's batch that its readers are
// from, and is written if absent; the lane, which names them, comes last. So
// whoever dies in between, or is not alone, leaves nothing that the next one does
// not find and use.
func (e *Engine) choose(ctx context.Context, run *newsletter.Run, lane *newsletter.Lane) error {
	lane.Walked = true
	past, err := e.Store.Lane(ctx, run.Parent, lane.N)
	if err != nil {
		return ignoreNotFound(err) // the Parent was cancelled before it began
	}
	lane.Seq = past.Seq
	return e.Store.Batches(ctx, run.Parent, lane.N, func(b newsletter.Batch) error {
		if err := e.hearOnceMore(ctx, run, &b); err != nil {
			return err
		}
		again := b.Again(run, nobody, e.Now())
		if len(again.Entries) == 0 {
			return nil
		}
		taken, err := e.takenByRival(ctx, run, &b)
		if err != nil {
			return err
		}
		if again = b.Again(run, taken, e.Now()); len(again.Entries) == 0 {
			return nil
		}
		err = e.Store.SaveBatch(ctx, &again)
		if errors.Is(err, newsletter.ErrConflict) {
			again, err = e.Store.Batch(ctx, again.Run, again.Lane, again.Seq)
		}
		lane.Await(&again)
		return err
	})
}

// hearOnceMore brings a batch whose unknown readers shall be tried again up to what
// has been reported of it.
func (e *Engine) hearOnceMore(ctx context.Context, run *newsletter.Run, b *newsletter.Batch) error {
	for e.Events && run.Outcome == newsletter.OutcomeUnknown && b.Count().Unknown > 0 {
		reported, err := e.reported(ctx, run, b)
		if !errors.Is(err, newsletter.ErrConflict) {
			*b = reported
			return err
		}
	}
	return nil
}

func nobody(newsletter.SubscriberID) bool { return false }

// takenByRival tells who of a batch is already being tried again as unknown, and
// must not be tried again as failed too: the news that an unknown delivery has
// failed may come at any time.
//
// It is asked after the batch was read. Where there is no rival yet, one that
// comes later reads the batch later, and finds those failed who were: failed is
// final.
func (e *Engine) takenByRival(ctx context.Context, run *newsletter.Run, b *newsletter.Batch) (func(newsletter.SubscriberID) bool, error) {
	if run.Outcome != newsletter.OutcomeFailed {
		return nobody, nil
	}
	rival, err := e.Store.Run(ctx, newsletter.RetryID(run.Parent, newsletter.OutcomeUnknown))
	if err == nil {
		_, err = e.openLane(ctx, &rival, b.Lane) // its books must be there before they are asked
	}
	if err != nil {
		return nobody, ignoreNotFound(err)
	}
	taken, err := e.Store.Batch(ctx, rival.ID, b.Lane, b.Seq)
	if err != nil {
		return nobody, ignoreNotFound(err)
	}
	return func(id newsletter.SubscriberID) bool {
		return slices.ContainsFunc(taken.Entries, func(e newsletter.Entry) bool { return e.Subscriber == id })
	}, nil
}
