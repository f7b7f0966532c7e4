package deliver

import (
	"context"
	"errors"
	"fmt"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Reported tells what came of a Run so far: messages sent, bounces and complaints.
// Where the mailer has no events, bounces are the readers whom the mail server
// refused for good while it was spoken to: the same addresses do the same harm to a
// sender's name, whether they are refused at once or sent back later; but not those
// refused for a reason that a person has accepted. It reads the lanes, and is as late
// as they are, one batch at most.
func (e *Engine) Reported(ctx context.Context, run *newsletter.Run) (newsletter.Figures, error) {
	var counts newsletter.Counts
	refused := 0
	for n := range run.Lanes {
		lane, err := e.Store.Lane(ctx, run.ID, n)
		if err := ignoreNotFound(err); err != nil {
			return newsletter.Figures{}, err
		}
		counts = counts.Plus(lane.Counts)
		for _, r := range lane.Health.Refusals {
			if !run.Accepts(r.Reason) {
				refused += r.Readers
			}
		}
	}
	if !e.Events {
		return newsletter.Figures{Sent: counts.Sent + counts.Failed, Bounced: refused}, nil
	}
	bounced, complained, err := e.Store.Returned(ctx, run.ID)
	return newsletter.Figures{Sent: counts.Sent, Bounced: bounced, Complained: complained}, err
}

// Brake pauses the Run where too many of its messages bounced or were called spam,
// with the figures and the cure as its reason. It is held as if a person had paused
// it: only Resume lets it go on, and what had been reported by then does not stop
// it again. A Run that is not there needs no brake.
func (e *Engine) Brake(ctx context.Context, id string) error {
	for {
		run, err := e.Store.Run(ctx, id)
		if err != nil {
			return ignoreNotFound(err)
		}
		if few, err := e.few(ctx, &run); few || err != nil {
			return err
		}
		figures, err := e.Reported(ctx, &run)
		if err != nil {
			return err
		}
		reason := run.Brake(figures)
		if reason == "" {
			return nil
		}
		if err := run.Hold("it has stopped by itself: "+reason, e.Now()); err != nil {
			return err
		}
		run.Tolerated = figures
		if err := e.Store.SaveRun(ctx, &run); !errors.Is(err, newsletter.ErrConflict) {
			if err == nil && e.Trouble != nil {
				e.Trouble(fmt.Errorf("run %s: %s: %w", run.ID, reason, newsletter.ErrSendingPaused))
			}
			return err
		}
	}
}

// few tells, by one read, that too few messages came back for the brake.
func (e *Engine) few(ctx context.Context, run *newsletter.Run) (bool, error) {
	if !e.Events {
		return false, nil
	}
	bounced, complained, err := e.Store.Returned(ctx, run.ID)
	return newsletter.Figures{Bounced: bounced, Complained: complained}.Since(run.Tolerated).Few(), err
}
