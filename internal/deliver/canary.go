package deliver

import (
	"context"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// holdCanary lets the Run wait once every lane has mailed its share of the first
// readers, and some have more ahead.
func (e *Engine) holdCanary(ctx context.Context, id string) error {
	run, err := e.Store.Run(ctx, id)
	if err != nil || run.Canary.Readers == 0 || !run.Walking() {
		return err
	}
	ahead := false
	for n := range run.Lanes {
		lane, err := e.Store.Lane(ctx, id, n)
		if err != nil {
			return ignoreNotFound(err)
		}
		if lane.Done {
			continue
		}
		if !run.Canary.Holds(&lane) || lane.Inflight != nil || len(lane.Retries) > 0 {
			return nil
		}
		ahead = true
	}
	if !ahead {
		return nil
	}
	_, err = e.Move(ctx, id, newsletter.RunCanaryHold, "the first readers have it; what comes back of these decides whether it goes on")
	return ignoreConflict(err)
}

// judgeCanary lets the Run go on once its time is over, if what came back of the
// first readers is within bounds. If not, a person must look.
func (e *Engine) judgeCanary(ctx context.Context, run *newsletter.Run) error {
	if e.Now().Sub(run.Since) < run.Canary.Hold {
		return nil
	}
	figures, err := e.Reported(ctx, run)
	if err != nil {
		return err
	}
	_, err = e.change(ctx, run.ID, func(r *newsletter.Run) error {
		if r.State != newsletter.RunCanaryHold {
			return nil // a person was faster
		}
		if reason := r.Canary.Judge(figures); reason != "" {
			return r.Hold(reason, e.Now())
		}
		return r.Resume(e.Now())
	})
	return ignoreConflict(err)
}
