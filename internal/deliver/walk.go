package deliver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// margin is the time kept back for storing a result: no batch is sent when less
// than this and the send's timeout are left of the lease or of ctx.
const margin = 5 * time.Second

// walk is one worker's visit to a Lane that it has leased.
type walk struct {
	*Engine
	lane        newsletter.Lane
	run         newsletter.Run
	issue       newsletter.Issue
	mails       map[string]*newsletter.Mail // by variant, as they are needed
	publication newsletter.Publication
	quota       newsletter.Quota
	quotaRead   time.Time
	outOfTime   bool // the lane goes back on the queue
	stalled     bool // the lease may be another's
}

// Walk works a Lane until nothing is left to do there now, the Run is halted, or
// ctx is about to end; then it gives the Lane back. It returns nil where another
// worker has the Lane: the queue message has done its duty.
func (e *Engine) Walk(ctx context.Context, ref LaneRef) error {
	w, err := e.lease(ctx, ref)
	if errors.Is(err, newsletter.ErrConflict) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("walk lane %d of run %s: %w", ref.Lane, ref.Run, err)
	}
	err = w.work(ctx)
	if errors.Is(err, newsletter.ErrConflict) {
		return nil // the lease was lost; whoever has it now goes on
	}
	if err != nil {
		return fmt.Errorf("walk lane %d of run %s: %w", ref.Lane, ref.Run, err)
	}
	return errors.Join(e.holdCanary(ctx, ref.Run), e.Finish(ctx, ref.Run))
}

func (e *Engine) lease(ctx context.Context, ref LaneRef) (*walk, error) {
	w := &walk{Engine: e, mails: map[string]*newsletter.Mail{}}
	var err error
	if w.run, err = e.Store.Run(ctx, ref.Run); err != nil {
		return nil, err
	}
	if !w.run.Working() {
		return nil, newsletter.ErrConflict
	}
	if w.lane, err = e.Store.Lane(ctx, ref.Run, ref.Lane); err != nil {
		return nil, err
	}
	if !w.lane.Due(&w.run, e.Now()) && w.lane.Resting(e.Now()) {
		return nil, newsletter.ErrConflict // a late message; sweep comes back to it
	}
	if err := w.lane.Take(e.Owner, e.Now()); err != nil {
		return nil, err
	}
	if err := e.Store.SaveLane(ctx, &w.lane); err != nil {
		return nil, err
	}
	if w.publication, err = e.Publication(ctx); err != nil {
		return nil, err
	}
	if w.issue, err = e.Store.Issue(ctx, w.run.Issue); err != nil {
		return nil, err
	}
	_, err = w.mail(ctx, "") // before anybody is claimed: a store without it can send nothing
	return w, err
}

// work claims and sends batch after batch. Whatever ends it, the Lane is given
// back with all that is known.
func (w *walk) work(ctx context.Context) error {
	if err := w.recover(ctx); err != nil {
		return err
	}
	for {
		going, err := w.batch(ctx)
		if err != nil {
			return err
		}
		if !going {
			break
		}
		if w.Progress != nil {
			w.Progress(&w.lane)
		}
	}
	w.lane.Finish()
	w.lane.Release()
	if err := w.Store.SaveLane(lasting(ctx), &w.lane); err != nil || !w.outOfTime {
		return err
	}
	return w.Queue.Put(lasting(ctx), LaneRef{w.run.ID, w.lane.N}) // only now: who takes the message must find the lane free
}

// batch sends one batch. It tells false when the walk should end here.
func (w *walk) batch(ctx context.Context) (bool, error) {
	if !w.timeLeft(ctx) {
		w.outOfTime = true
		return false, nil
	}
	run, err := w.Store.Run(ctx, w.run.ID)
	if err != nil {
		return false, err
	}
	if w.run = run; !run.Working() {
		return false, nil
	}
	if run.State == newsletter.RunCancelling {
		return false, w.abandon(ctx)
	}
	if err := w.refresh(ctx); err != nil {
		return false, err
	}
	before := w.lane
	chosen, err := w.next(ctx)
	if err != nil || len(chosen.all) == 0 {
		return false, err
	}
	if err := w.pace(ctx, len(chosen.receive)); err != nil {
		w.lane = before // nobody was claimed: whoever comes next must find them again
		return false, postpone(err)
	}
	if err := w.lane.Claim(chosen.ids(), chosen.tries, w.Now()); err != nil {
		return false, err
	}
	w.lane.Inflight.From = chosen.from
	// A claim that is stored but reported as interrupted would leave readers in doubt
	// whom nobody has mailed.
	if err := w.Store.SaveLane(lasting(ctx), &w.lane); err != nil {
		return false, err
	}
	return w.send(ctx, chosen)
}

// postpone turns a slot that cannot be had now into the end of this walk; sweep
// comes back to the lane.
func postpone(err error) error {
	if errors.Is(err, newsletter.ErrThrottled) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

// send mails a claimed batch and stores what became of it, whatever happens to
// ctx meanwhile.
func (w *walk) send(ctx context.Context, chosen selection) (bool, error) {
	batch := newsletter.NewBatch(w.run.ID, w.lane.N, w.lane.Inflight, newsletter.OutcomeSkipped, "no longer subscribed")
	results, halt := w.mailing(ctx, chosen)
	if halt != nil {
		batch.Uncount()
	}
	batch.Apply(chosen.spread(results))
	batch.KnownSent(chosen.known)
	stored := lasting(ctx)
	if err := w.record(stored, &batch); err != nil {
		return false, err
	}
	if err := w.lane.Record(&batch, w.Now()); err != nil {
		return false, err
	}
	if !w.Events && batch.Count().Failed > 0 {
		if err := w.Brake(stored, w.run.ID); err != nil {
			return false, err
		}
	}
	if halt == nil && len(chosen.receive) > 0 {
		return w.check(stored, &batch)
	}
	if halt != nil && !errors.Is(halt, newsletter.ErrThrottled) {
		w.lane.RetryNow(batch.Seq) // the Run halts; when it goes on, these readers come first
	}
	return w.halt(stored, halt)
}

// record stores the result of a batch. Where another worker has meanwhile noted
// it as ambiguous, this one, who alone knows the answer, writes it there, as far as
// that is still open; but the lane is the other's now, and only its retries are tried
// again. So who was refused here stays in doubt, rather than waiting for nobody.
func (w *walk) record(ctx context.Context, b *newsletter.Batch) error {
	err := w.Store.SaveBatch(ctx, b)
	for errors.Is(err, newsletter.ErrConflict) {
		stored, readErr := w.Store.Batch(ctx, b.Run, b.Lane, b.Seq)
		if readErr != nil {
			return readErr
		}
		if stored.Ambiguous() == 0 {
			return err
		}
		b.Doubt(newsletter.OutcomeRetry)
		stored.Answer(b.Entries)
		*b = stored
		err = w.Store.SaveBatch(ctx, b)
	}
	return err
}

// halt does what the mailer's error asks of the Run. It tells whether the walk
// goes on.
func (w *walk) halt(ctx context.Context, err error) (bool, error) {
	if err != nil && w.Trouble != nil {
		w.Trouble(err)
	}
	switch {
	case errors.Is(err, newsletter.ErrQuotaSpent):
		return false, w.stop(ctx, newsletter.RunWaitingQuota, err)
	case errors.As(err, &errSuspect{}):
		return false, w.stopFor(ctx, err)
	case errors.Is(err, newsletter.ErrSendingPaused):
		return false, w.stop(ctx, newsletter.RunPaused, err)
	case errors.Is(err, newsletter.ErrUnavailable):
		return false, nil // sweep comes back
	case errors.Is(err, newsletter.ErrThrottled):
		return true, errors.Join(w.slowDown(ctx), postpone(w.Sleep(ctx, throttlePause)))
	}
	return true, nil
}

// throttlePause is how long a lane rests when the provider asks to slow down.
const throttlePause = 2 * time.Second

func (w *walk) stop(ctx context.Context, to newsletter.RunState, why error) error {
	_, err := w.Move(ctx, w.run.ID, to, why.Error())
	return ignoreConflict(err) // it was halted by somebody else
}

func ignoreConflict(err error) error {
	if errors.Is(err, newsletter.ErrConflict) {
		return nil
	}
	return err
}

// stopFor pauses the Run for a reason that a person may accept.
func (w *walk) stopFor(ctx context.Context, why error) error {
	var found errSuspect
	errors.As(why, &found)
	_, err := w.change(ctx, w.run.ID, func(r *newsletter.Run) error { return r.PauseFor(found.reason, why.Error(), w.Now()) })
	return ignoreConflict(err)
}

// timeLeft tells whether ctx leaves time for another batch.
func (w *walk) timeLeft(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() == nil && (!ok || time.Until(deadline) > w.sendTimeout()+2*margin)
}

// lasting is ctx without its end: what has been sent must be written down even
// when the worker is told to stop.
func lasting(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

func repeat(r newsletter.Result, n int) []newsletter.Result {
	results := make([]newsletter.Result, n)
	for i := range results {
		results[i] = r
	}
	return results
}
