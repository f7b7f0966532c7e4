package compose

import (
	"context"
	"errors"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// latest is how late a fire may still be acted on. A system that was stopped or
// restored must not send last month's issue.
const latest = 6 * time.Hour

// Fired says what came of one fire of a schedule.
type Fired struct {
	Schedule string
	At       time.Time
	Issue    string // the draft or the approved Issue; empty where there is none
	Run      string // empty where an editor must approve first, or nothing is mailed
	Skipped  string // why nothing is mailed, in words for the editor
}

// Tick acts on the fires that have come due since each schedule fired last: it
// drafts their Issues and, where no editor must approve, sends them. Several
// ticks at once do no harm, and a tick that dies is made good by the next. A
// schedule that fails does not stop the others; the errors are joined.
func (c *Composer) Tick(ctx context.Context) ([]Fired, error) {
	if err := c.Recover(ctx); err != nil {
		return nil, err
	}
	schedules, err := c.Store.Schedules(ctx)
	if err != nil {
		return nil, err
	}
	var fired []Fired
	var faults []error
	for i := range schedules {
		s := &schedules[i]
		for _, at := range s.Due(s.LastFire, c.Now()) {
			result, err := c.fire(ctx, s, at)
			if err != nil {
				faults = append(faults, err)
				break // the next tick tries this fire again
			}
			fired = append(fired, result)
		}
	}
	return fired, errors.Join(faults...)
}

// fire acts on one fire and then notes it as done.
func (c *Composer) fire(ctx context.Context, s *newsletter.Schedule, at time.Time) (Fired, error) {
	result, err := c.act(ctx, s, at)
	if err != nil {
		return result, err
	}
	s.LastFire = at
	err = c.Store.SaveSchedule(ctx, s)
	if errors.Is(err, newsletter.ErrConflict) {
		err = nil // another tick has noted it, or an editor has changed the schedule
	}
	return result, err
}

func (c *Composer) act(ctx context.Context, s *newsletter.Schedule, at time.Time) (Fired, error) {
	result := Fired{Schedule: s.ID, At: at}
	if c.Now().Sub(at) > latest {
		result.Skipped = "its time was long past when Masthead came to it; send it by hand if it is still wanted"
		return result, nil
	}
	issue, err := c.Compose(ctx, s.ID, at)
	switch {
	case errors.Is(err, ErrNothingNew):
		result.Skipped = "there were too few new articles; they go into the next issue"
		return result, nil
	case err != nil:
		return result, err
	}
	result.Issue = issue.ID
	if s.Review || issue.State == newsletter.IssueDiscarded {
		return result, nil
	}
	run, err := c.Approve(ctx, issue.ID)
	if errors.Is(err, ErrNothingNew) {
		result.Skipped = "another issue has taken its articles"
		return result, nil
	}
	result.Run = run.ID
	return result, err
}
