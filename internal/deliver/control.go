package deliver

import (
	"context"
	"errors"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Hold pauses a Run on a person's wish, with the reason in words. Every lane obeys
// within one batch. Neither sweep nor a new pass lets it go on, only Resume.
// ErrConflict, with words: nothing is left to pause.
func (e *Engine) Hold(ctx context.Context, id, reason string) (newsletter.Run, error) {
	return e.change(ctx, id, func(r *newsletter.Run) error { return r.Hold(reason, e.Now()) })
}

// Resume lets a Run go on that is paused, by a person or a fault, or waits. What it
// was stopped for is accepted with that: the brake counts from here. ErrConflict,
// with words: it has ended.
func (e *Engine) Resume(ctx context.Context, id string) (newsletter.Run, error) {
	return e.change(ctx, id, func(r *newsletter.Run) error {
		if r.State == newsletter.RunPaused && r.Braked() {
			figures, err := e.Reported(ctx, r)
			if err != nil {
				return err
			}
			r.Tolerated = figures
		}
		return r.Resume(e.Now())
	})
}

// Cancel ends a Run for good. Every lane obeys within one batch; whoever works on
// it last, or sweep, closes the books, and until then it is cancelling. Readers
// whom it never came to are not in the books; those who waited for another try have
// failed; deliveries in doubt are settled as ever. ErrConflict, with words: it has
// ended.
func (e *Engine) Cancel(ctx context.Context, id, reason string) (newsletter.Run, error) {
	return e.change(ctx, id, func(r *newsletter.Run) error { return r.Cancel(reason, e.Now()) })
}

// change does what a person wishes, however many others change the Run meanwhile.
// The Run comes back as it stands, also with an error.
func (e *Engine) change(ctx context.Context, id string, do func(*newsletter.Run) error) (newsletter.Run, error) {
	for {
		run, err := e.Store.Run(ctx, id)
		if err != nil {
			return run, err
		}
		before := run
		if err := do(&run); err != nil {
			return before, err
		}
		if run != before {
			err = e.Store.SaveRun(ctx, &run)
		}
		if errors.Is(err, newsletter.ErrConflict) {
			continue
		}
		if err == nil && run.Working() {
			err = e.requeue(ctx, &run)
		}
		return run, err
	}
}

// abandon closes the lane of a cancelled Run: who waited for another try has
// failed. The books first: should the worker die in between, the next one does it
// again, to the same effect.
func (w *walk) abandon(ctx context.Context) error {
	for _, retry := range w.lane.Retries {
		if err := w.giveUp(ctx, retry); err != nil {
			return err
		}
	}
	w.lane.Abandon()
	return nil
}

func (w *walk) giveUp(ctx context.Context, retry newsletter.Retry) error {
	for {
		batch, err := w.Store.Batch(ctx, w.run.ID, w.lane.N, retry.Seq)
		if err != nil || !batch.Abandon(retry) {
			return ignoreNotFound(err) // results do not live for ever
		}
		if err := w.Store.SaveBatch(ctx, &batch); !errors.Is(err, newsletter.ErrConflict) {
			return err
		}
	}
}
