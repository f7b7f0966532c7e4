package deliver

import (
	"context"
	"fmt"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// stuckAfter is how long a Run that works may stand still before a person should look:
// longer than any rest of the breaker.
const stuckAfter = 30 * time.Minute

// Stuck is a Run that should be getting on and does not.
type Stuck struct {
	Run   string
	Since time.Time // of the last claim, or of its last change of state
}

// Words tells a person how long it has stood still, and what to look at.
func (s *Stuck) Words(now time.Time) string {
	return fmt.Sprintf("run %s has stood still for %d minutes: no lane gets on; see whether the workers run and what their logs say", s.Run, int(now.Sub(s.Since).Minutes()))
}

// Stuck lists the open Runs that stand still. One that settles waits for reports, and
// one that is paused, held or out of quota for its reason: these do not count.
func (e *Engine) Stuck(ctx context.Context) ([]Stuck, error) {
	runs, err := e.Store.OpenRuns(ctx)
	if err != nil {
		return nil, err
	}
	var all []Stuck
	for i := range runs {
		stuck, is, err := e.StuckSince(ctx, &runs[i])
		if err != nil {
			return all, err
		}
		if is {
			all = append(all, stuck)
		}
	}
	return all, nil
}

// StuckSince tells whether the Run stands still.
func (e *Engine) StuckSince(ctx context.Context, run *newsletter.Run) (Stuck, bool, error) {
	s := Stuck{run.ID, run.Since}
	if run.State != newsletter.RunSending && run.State != newsletter.RunCancelling || e.Now().Sub(run.Since) <= stuckAfter {
		return s, false, nil
	}
	for n := range run.Lanes {
		at, err := e.lastClaim(ctx, run, n)
		if err != nil {
			return s, false, err
		}
		if at.After(s.Since) {
			s.Since = at
		}
	}
	return s, e.Now().Sub(s.Since) > stuckAfter, nil
}

func (e *Engine) lastClaim(ctx context.Context, run *newsletter.Run, n int) (time.Time, error) {
	lane, err := e.Store.Lane(ctx, run.ID, n)
	switch {
	case err != nil || lane.Seq == 0:
		return time.Time{}, ignoreNotFound(err)
	case lane.Inflight != nil:
		return lane.Inflight.At, nil
	}
	batch, err := e.Store.Batch(ctx, run.ID, n, lane.Seq)
	return batch.At, ignoreNotFound(err)
}
