package compose

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// latest is how late a fire may still be acted on. A system that was stopped or
// restored must not send last month's issue.
const latest = 6 * time.Hour

// TooFew is why nothing is mailed where fewer articles are new than a schedule asks for:
// nothing is wrong.
const TooFew = "there were too few new articles; they go into the next issue"

// Fired says what came of one fire of a schedule.
type Fired struct {
	Schedule string
	At       time.Time
	Issue    string // the draft or the approved Issue; empty where there is none
	Run      string // empty where an editor must approve first, or nothing is mailed
	Early    bool   // the Issue was sent before its time, by hand
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
	fired, err := c.planned(ctx)
	faults := []error{err}
	for i := range schedules {
		s := &schedules[i]
		faults = append(faults, c.ahead(ctx, s))
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
	var result Fired
	err := c.undisturbed(func() (err error) {
		result, err = c.act(ctx, s, at)
		return err
	})
	if err == nil {
		err = c.note(ctx, &result)
	}
	if err != nil {
		return result, err
	}
	s.LastFire, s.Missed = at, ""
	if result.Issue == "" { // a draft that was stopped speaks for itself
		s.Missed = result.Skipped
	}
	err = c.Store.SaveSchedule(ctx, s)
	if errors.Is(err, newsletter.ErrConflict) {
		err = nil // another tick has noted it, or an editor has changed the schedule
	}
	return result, err
}

// undisturbed looks again and decides anew where an editor has changed the Issue, or held
// it, between a look at it and what came of that.
func (c *Composer) undisturbed(do func() error) (err error) {
	for range tries {
		if err = do(); !errors.Is(err, newsletter.ErrConflict) {
			break
		}
	}
	return err
}

func (c *Composer) act(ctx context.Context, s *newsletter.Schedule, at time.Time) (Fired, error) {
	result := Fired{Schedule: s.ID, At: at}
	if c.Now().Sub(at) > latest {
		result.Skipped = "its time was long past when Masthead came to it; send it by hand if it is still wanted"
		return result, nil
	}
	issue, err := c.composeByItself(ctx, s.ID, at)
	switch {
	case errors.Is(err, ErrNothingNew):
		result.Skipped = TooFew
		return result, nil
	case err != nil:
		return result, err
	}
	result.Issue = issue.ID
	if issue.State == newsletter.IssueApproved && issue.ApprovedAt.Before(at) {
		result.Early = true // what is new since then comes into the next one
		return result, nil
	}
	if at, goes := issue.Goes(s.Review); issue.State != newsletter.IssueApproved && !issue.Approving() && (!goes || at.After(c.Now())) {
		if issue.Held {
			result.Skipped = "it is held: " + cmp.Or(issue.HeldFor, "nobody has said why")
		}
		return result, nil // an editor's word is still to come, or it goes out later
	}
	return c.send(ctx, &issue, result)
}

// plannedAmong are the newest issues, among which a draft that waits for its moment is.
const plannedAmong = 50

// planned sends the drafts whose moment an editor has chosen, and which has come.
func (c *Composer) planned(ctx context.Context) (fired []Fired, err error) {
	issues, err := c.Store.Issues(ctx, plannedAmong)
	if err != nil {
		return nil, err
	}
	var faults []error
	for i := range issues {
		issue, result, goes := &issues[i], Fired{}, false
		err := c.undisturbed(func() (err error) {
			if result, goes, err = c.sendPlanned(ctx, issue); errors.Is(err, newsletter.ErrConflict) {
				fresh, readErr := c.Store.Issue(ctx, issue.ID)
				*issue, err = fresh, cmp.Or(readErr, err)
			}
			return err
		})
		if err == nil && goes {
			err = c.note(ctx, &result)
		}
		if err != nil {
			faults = append(faults, err)
		} else if goes {
			fired = append(fired, result)
		}
	}
	return fired, errors.Join(faults...)
}

// sendPlanned sends a draft, if its moment has come.
func (c *Composer) sendPlanned(ctx context.Context, issue *newsletter.Issue) (result Fired, goes bool, err error) {
	at, goes := issue.Goes(true)
	if !goes || at.After(c.Now()) || c.Now().Sub(at) > latest {
		return result, false, nil
	}
	result, err = c.send(ctx, issue, Fired{Schedule: issue.Schedule, At: at, Issue: issue.ID})
	return result, true, err
}

// ahead drafts the next Issue of a schedule before its time, where it has a Lead. As
// long as too little is new, it looks again at every tick.
func (c *Composer) ahead(ctx context.Context, s *newsletter.Schedule) error {
	for _, at := range s.Due(c.Now(), c.Now().Add(s.Lead)) {
		if _, err := c.composeByItself(ctx, s.ID, at); err != nil && !errors.Is(err, ErrNothingNew) {
			return err
		}
	}
	return nil
}

// composeByItself is Compose, with an entry of the audit trail where nobody had drafted it
// before.
func (c *Composer) composeByItself(ctx context.Context, schedule string, at time.Time) (newsletter.Issue, error) {
	_, err := c.Store.Issue(ctx, newsletter.IssueID(schedule, at))
	if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
		return newsletter.Issue{}, err
	}
	there := err == nil
	issue, err := c.Compose(ctx, schedule, at)
	if err == nil && !there {
		entry := newsletter.Unattended("drafted", "issue "+issue.ID, "", issue.CreatedAt)
		err = c.Store.AddAction(ctx, &entry)
	}
	return issue, err
}

// note writes down what was done, or not done, at a time of a schedule.
func (c *Composer) note(ctx context.Context, f *Fired) error {
	var entry newsletter.Action
	switch {
	case f.Skipped != "" && f.Issue != "":
		entry = newsletter.Unattended("did not send the issue", "issue "+f.Issue, f.Skipped, f.At)
	case f.Skipped != "":
		entry = newsletter.Unattended("sent nothing", "schedule "+f.Schedule, f.Skipped, f.At)
	default:
		return nil // it is noted, or the draft waits for its editor
	}
	return c.Store.AddAction(ctx, &entry)
}

// mends are the rules whose faults an approval mends by itself: it leaves such articles
// out.
var mends = []string{"no-articles", "removed-article", "duplicate-article", "dead-link"}

// send approves a draft, unless preflight stops it: then it is held, with the reason.
func (c *Composer) send(ctx context.Context, issue *newsletter.Issue, result Fired) (Fired, error) {
	if issue.State == newsletter.IssueDraft && !issue.Approving() {
		found, err := c.Glance(ctx, issue)
		if err != nil {
			return result, err
		}
		stops := slices.DeleteFunc(found.Blocking(), func(f newsletter.Finding) bool { return slices.Contains(mends, f.Rule) })
		if len(stops) > 0 {
			result.Skipped = "preflight stops it: " + stops[0].Text
			if err := issue.Hold(result.Skipped); err != nil {
				return result, err
			}
			return result, c.Store.SaveIssue(ctx, issue)
		}
	}
	if err := c.Begin(ctx, issue, ""); err != nil {
		return result, err
	}
	entry := newsletter.Unattended("sent the issue", "issue "+issue.ID, "", result.At)
	if err := c.Store.AddAction(ctx, &entry); err != nil {
		return result, err
	}
	run, err := c.Finish(ctx, issue.ID)
	if errors.Is(err, ErrNothingNew) {
		result.Skipped = "another issue has taken its articles"
		return result, nil
	}
	result.Run = run.ID
	return result, err
}
