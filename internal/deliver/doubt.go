package deliver

import (
	"context"
	"errors"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Settling. A delivery in doubt is sent if the provider reports it. If it does not,
// that proves something only where its reports are known to come through: then the
// reader was not mailed, and is tried again. Else the question stays open for some
// hours, and in the end the reader is named as unknown.
const (
	// grace is how long a batch in doubt waits for news: longer than any worker can
	// still be sending it.
	grace = 15 * time.Minute
	// lastAsk is how old a doubt may become before its readers are named.
	lastAsk = 6 * time.Hour
)

// settle looks at all deliveries of a Run that are in doubt. One that cannot be
// settled now does not hold up the others.
func (e *Engine) settle(ctx context.Context, run *newsletter.Run) error {
	var doubtful []newsletter.Batch
	err := e.Store.DoubtfulBatches(ctx, run.ID, func(b newsletter.Batch) error {
		b.Entries = nil // the list may be old: it only tells where to look
		doubtful = append(doubtful, b)
		return nil
	})
	faults := []error{err}
	g := &gate{Engine: e, run: run}
	for i := range doubtful {
		faults = append(faults, ignoreConflict(e.settleBatch(ctx, g, &doubtful[i]))) // whoever was faster has settled it, or the next sweep does
	}
	return errors.Join(faults...)
}

func (e *Engine) settleBatch(ctx context.Context, g *gate, listed *newsletter.Batch) error {
	age := e.Now().Sub(listed.At)
	maySend := e.Events && g.run.State != newsletter.RunCancelling
	resend := false
	if maySend && age > grace {
		var err error
		if resend, err = g.open(ctx, listed.At); err != nil {
			return err
		}
	}
	// The order counts. The batch's own reports are read after it was found that reports
	// come through, or they might be on their way still; and the batch after its lane, or
	// a resend that is over by now might be made a second time.
	lane, err := e.Store.Lane(ctx, listed.Run, listed.Lane)
	if err != nil {
		return err
	}
	if lane.Mark() != nil && !e.Now().Before(lane.Lease) {
		return e.mend(ctx, &lane)
	}
	batch, err := e.reported(ctx, g.run, listed)
	if err != nil || batch.Doubted() == 0 || age <= grace {
		return err
	}
	switch {
	case resend:
		return e.resend(ctx, &lane, &batch)
	case maySend && age <= lastAsk:
		return nil
	}
	batch.GiveUp()
	return e.Store.SaveBatch(ctx, &batch)
}

// reported is a batch as it is stored, after what has been reported of it was written
// into it.
func (e *Engine) reported(ctx context.Context, run *newsletter.Run, listed *newsletter.Batch) (newsletter.Batch, error) {
	batch, err := e.Store.Batch(ctx, listed.Run, listed.Lane, listed.Seq)
	if err != nil || !e.Events {
		return batch, err
	}
	reports, err := e.Store.Reports(ctx, batch.Run, batch.Lane, batch.Seq)
	if err != nil {
		return batch, err
	}
	earlier, err := e.heardBefore(ctx, run, &batch)
	if err != nil {
		return batch, err
	}
	changed := batch.Settle(reports)
	if changed = batch.Heard(earlier) || changed; changed {
		err = e.Store.SaveBatch(ctx, &batch)
	}
	return batch, err
}

// heard are the entries of a batch of which the provider has reported that it took the
// message of this try, or of an earlier one.
func (e *Engine) heard(ctx context.Context, run *newsletter.Run, b *newsletter.Batch) (uint64, error) {
	reports, err := e.Store.Reports(ctx, b.Run, b.Lane, b.Seq)
	if err != nil {
		return 0, err
	}
	earlier, err := e.heardBefore(ctx, run, b)
	return earlier | reports.Seen()&^reports.Refused, err
}

// heardBefore are the entries of a batch whose readers have been heard of by an earlier
// try: in this Run, or in that whose unknown readers it tries again.
func (e *Engine) heardBefore(ctx context.Context, run *newsletter.Run, b *newsletter.Batch) (uint64, error) {
	switch {
	case b.From != 0:
		earlier, err := e.Store.Batch(ctx, b.Run, b.Lane, b.From)
		if err != nil {
			return 0, ignoreNotFound(err) // results do not live for ever
		}
		heard, err := e.heard(ctx, run, &earlier)
		return earlier.Among(heard, b), err
	case run.Outcome == newsletter.OutcomeUnknown:
		earlier, err := e.Store.Batch(ctx, run.Parent, b.Lane, b.Seq)
		return earlier.Among(earlier.Sent(), b), ignoreNotFound(err)
	}
	return 0, nil
}

// resend puts the readers of a batch that are in doubt up for another try. See
// newsletter.Lane.Resend for the three writes.
func (e *Engine) resend(ctx context.Context, lane *newsletter.Lane, batch *newsletter.Batch) error {
	if err := lane.Resend(batch.Seq, batch.Doubted(), e.Now()); err != nil {
		return err
	}
	if err := e.Store.SaveLane(ctx, lane); err != nil {
		return err
	}
	return e.mend(ctx, lane)
}

// mend ends the resend that a mark of the Lane tells of, whoever has begun it.
// ErrConflict: somebody else has written the Lane.
func (e *Engine) mend(ctx context.Context, lane *newsletter.Lane) error {
	mark := lane.Mark()
	if mark == nil {
		return nil
	}
	for {
		batch, err := e.Store.Batch(ctx, lane.Run, lane.N, mark.Seq)
		if err != nil {
			return err
		}
		if !batch.Resend(mark.Entries) {
			break
		}
		if err := e.Store.SaveBatch(ctx, &batch); err == nil {
			break
		} else if !errors.Is(err, newsletter.ErrConflict) {
			return err
		}
	}
	lane.Unmark(mark.Seq)
	return e.Store.SaveLane(ctx, lane)
}
