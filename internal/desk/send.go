package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/address"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Draft composes the next Issue of a schedule ahead of its time, or returns the one
// that is drafted. What was discarded is drafted anew.
func (d *Desk) Draft(ctx context.Context, p Person, schedule string) (newsletter.Issue, error) {
	if err := p.May(newsletter.RoleEditor); err != nil {
		return newsletter.Issue{}, err
	}
	issue, made, err := d.Composer.Next(ctx, schedule)
	if err != nil || !made {
		return issue, err
	}
	return issue, d.note(ctx, p, "drafted", "issue "+issue.ID, "")
}

// Hold keeps a draft from going out by itself. It needs no Rev: whoever presses hold
// means whatever there is.
func (d *Desk) Hold(ctx context.Context, p Person, id, why string) (newsletter.Issue, error) {
	for {
		issue, err := d.Store.Issue(ctx, id)
		if err != nil {
			return issue, err
		}
		issue, err = d.change(ctx, p, id, issue.Rev, "held the issue", func(i *newsletter.Issue) (string, error) { return why, i.Hold(why) })
		if changed := (*ChangedError)(nil); errors.As(err, &changed) {
			continue
		}
		return issue, err
	}
}

// Release lets a draft that was held go its way again.
func (d *Desk) Release(ctx context.Context, p Person, id string, rev int64) (newsletter.Issue, error) {
	return d.change(ctx, p, id, rev, "let the issue go its way again", func(i *newsletter.Issue) (string, error) { return "", i.Release() })
}

// Plan lets a draft go out at a moment.
func (d *Desk) Plan(ctx context.Context, p Person, id string, rev int64, at time.Time) (newsletter.Issue, error) {
	return d.change(ctx, p, id, rev, "scheduled the issue", func(i *newsletter.Issue) (string, error) {
		return "for " + at.UTC().Format("2 January 2006 15:04 UTC"), i.Plan(at, d.Now())
	})
}

// Unplan takes back when a draft was to go out.
func (d *Desk) Unplan(ctx context.Context, p Person, id string, rev int64) (newsletter.Issue, error) {
	return d.change(ctx, p, id, rev, "took the moment back", func(i *newsletter.Issue) (string, error) { return "", i.Unplan() })
}

// Approve lets a draft go out when its schedule says, or at once where that is past.
// sent tells that it is on its way.
func (d *Desk) Approve(ctx context.Context, p Person, id string, rev int64) (issue newsletter.Issue, sent bool, err error) {
	if issue, err = d.checked(ctx, p, id, rev); err != nil {
		return issue, false, err
	}
	if issue.FireAt.After(d.Now()) {
		issue, err = d.change(ctx, p, id, rev, "approved the issue", func(i *newsletter.Issue) (string, error) {
			return "for " + i.FireAt.UTC().Format("2 January 2006 15:04 UTC"), i.Plan(i.FireAt, d.Now())
		})
		return issue, false, err
	}
	err = d.start(ctx, p, &issue, "approved the issue")
	return issue, err == nil, err
}

// SendNow sends a draft at once.
func (d *Desk) SendNow(ctx context.Context, p Person, id string, rev int64) (newsletter.Issue, error) {
	issue, err := d.checked(ctx, p, id, rev)
	if err != nil {
		return issue, err
	}
	return issue, d.start(ctx, p, &issue, "sent the issue at once")
}

// start has the Issue sent as it was checked, which took seconds: what others have done
// meanwhile counts. It is noted once it is begun; where a process dies in between, the
// next tick goes on, and notes who has begun.
func (d *Desk) start(ctx context.Context, p Person, issue *newsletter.Issue, what string) error {
	err := d.Composer.Begin(ctx, issue, p.Who)
	if err != nil {
		return d.overtaken(ctx, issue, err)
	}
	noted := d.note(ctx, p, what, "issue "+issue.ID, "")
	if _, err = d.Composer.Finish(ctx, issue.ID); err != nil {
		if now, readErr := d.Store.Issue(ctx, issue.ID); readErr == nil && now.State == newsletter.IssueDiscarded {
			noted = errors.Join(noted, d.note(ctx, p, "could not send the issue", "issue "+issue.ID, "it has no articles any more"))
		}
	}
	return errors.Join(err, noted)
}

// overtaken makes a ChangedError of a lost race.
func (d *Desk) overtaken(ctx context.Context, issue *newsletter.Issue, err error) error {
	if !errors.Is(err, newsletter.ErrConflict) {
		return err
	}
	now, readErr := d.Store.Issue(ctx, issue.ID)
	if readErr == nil && now.Rev != issue.Rev {
		return &ChangedError{now}
	}
	return errors.Join(err, readErr)
}

// checked is the draft as the person has seen it, if nothing stops it.
func (d *Desk) checked(ctx context.Context, p Person, id string, rev int64) (newsletter.Issue, error) {
	if err := p.May(newsletter.RoleEditor); err != nil {
		return newsletter.Issue{}, err
	}
	issue, err := d.Store.Issue(ctx, id)
	switch {
	case err != nil:
		return issue, err
	case issue.State != newsletter.IssueDraft:
		return issue, fmt.Errorf("issue %s is %s: %w", id, issue.State, newsletter.ErrConflict)
	case issue.Rev != rev:
		return issue, &ChangedError{issue}
	}
	found, err := d.Composer.Preflight(ctx, &issue)
	if err == nil && len(found.Blocking()) > 0 {
		err = &BlockedError{found}
	}
	return issue, err
}

// Discard gives a draft up; its articles come into the next one.
func (d *Desk) Discard(ctx context.Context, p Person, id string, rev int64) error {
	if err := p.May(newsletter.RoleEditor); err != nil {
		return err
	}
	issue, err := d.Store.Issue(ctx, id)
	if err != nil {
		return err
	}
	if issue.Rev != rev {
		return &ChangedError{issue}
	}
	if err := d.Composer.Discard(ctx, &issue); err != nil {
		return d.overtaken(ctx, &issue, err)
	}
	return d.note(ctx, p, "discarded the draft", "issue "+id, "")
}

// The limits of test mails.
const (
	mostTests    = 10  // addresses at once
	testsAnHour  = 100 // of all
	testMark     = "[TEST] "
	nobodysToken = "test"
)

// Test mails the draft to a few addresses, marked [TEST]. It is counted nowhere, and
// its link to unsubscribe takes nobody off.
func (d *Desk) Test(ctx context.Context, p Person, id string, typed []string) (to []newsletter.Address, err error) {
	if err := p.May(newsletter.RoleEditor); err != nil {
		return nil, err
	}
	for _, one := range typed {
		address, err := address.Parse(one)
		if err != nil {
			return nil, err
		}
		to = append(to, address)
	}
	if len(to) == 0 || len(to) > mostTests {
		return nil, fmt.Errorf("a test goes to 1 to %d addresses, not %d: %w", mostTests, len(to), newsletter.ErrInvalid)
	}
	issue, err := d.Store.Issue(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, address := range to {
		if err := d.testTo(ctx, &issue, address); err != nil {
			return nil, err
		}
	}
	return to, d.note(ctx, p, "sent a test", "issue "+id, fmt.Sprintf("to %d addresses", len(to))) // they may be readers'
}

func (d *Desk) testTo(ctx context.Context, issue *newsletter.Issue, to newsletter.Address) error {
	ok, err := d.Store.Allow(ctx, "test-mail", "all", testsAnHour, time.Hour, d.Now())
	if err == nil && !ok {
		err = ErrTooMany
	}
	if err != nil {
		return err
	}
	p, err := d.Publication(ctx)
	if err != nil {
		return err
	}
	mail, err := d.Composer.Proof(ctx, issue, "")
	if err != nil {
		return err
	}
	reader := newsletter.Recipient{Address: to, Unsubscribe: nobodysToken, Preferences: nobodysToken}
	return d.Mail.Post(ctx, &newsletter.Message{Publication: &p, To: to, Subject: testMark + newsletter.Splice(mail.Subject, reader.Value),
		HTML: newsletter.Splice(mail.HTML, reader.Value), Text: newsletter.Splice(mail.Text, reader.Value)})
}

// HoldRun pauses a Run.
func (d *Desk) HoldRun(ctx context.Context, p Person, id, reason string) (newsletter.Run, error) {
	return d.steer(ctx, p, id, "paused the run", reason, func() (newsletter.Run, error) { return d.Runs.Hold(ctx, id, reason) })
}

// ResumeRun lets a Run go on.
func (d *Desk) ResumeRun(ctx context.Context, p Person, id string) (newsletter.Run, error) {
	return d.steer(ctx, p, id, "resumed the run", "", func() (newsletter.Run, error) { return d.Runs.Resume(ctx, id) })
}

// CancelRun ends a Run for good.
func (d *Desk) CancelRun(ctx context.Context, p Person, id, reason string) (newsletter.Run, error) {
	return d.steer(ctx, p, id, "cancelled the run", reason, func() (newsletter.Run, error) { return d.Runs.Cancel(ctx, id, reason) })
}

// RetryRun sends a Run that has ended once more to those of an outcome.
func (d *Desk) RetryRun(ctx context.Context, p Person, id string, outcome newsletter.Outcome) (newsletter.Run, error) {
	return d.steer(ctx, p, id, "sent it once more", "to those "+string(outcome), func() (newsletter.Run, error) { return d.Runs.Retry(ctx, id, outcome) })
}

func (d *Desk) steer(ctx context.Context, p Person, id, what, detail string, do func() (newsletter.Run, error)) (newsletter.Run, error) {
	if err := p.May(newsletter.RoleEditor); err != nil {
		return newsletter.Run{}, err
	}
	run, err := do()
	if err != nil {
		return run, err
	}
	return run, d.note(ctx, p, what, "run "+id, strings.TrimSpace(detail))
}

// Override sets what an editor says of an author; an empty field stays as it was found.
// It holds for all issues to come, drafts included.
func (d *Desk) Override(ctx context.Context, p Person, key string, rev int64, own newsletter.Profile) (newsletter.Author, error) {
	if err := p.May(newsletter.RoleEditor); err != nil {
		return newsletter.Author{}, err
	}
	a, err := d.Store.Author(ctx, key)
	if err != nil {
		return a, err
	}
	if a.Rev != rev {
		return a, fmt.Errorf("author %s was changed meanwhile: %w", key, newsletter.ErrConflict)
	}
	before := a.Override
	a.Override = newsletter.Profile{Name: newsletter.Line(own.Name), Bio: newsletter.Shorten(newsletter.Line(own.Bio), 1000), URL: strings.TrimSpace(own.URL), Photo: strings.TrimSpace(own.Photo)}
	for _, link := range []string{a.Override.URL, a.Override.Photo} {
		if link != "" && link != "-" && !strings.HasPrefix(link, "https://") && !strings.HasPrefix(link, "http://") {
			return a, fmt.Errorf("%q is no web address; write it like https://example.org/ada: %w", link, newsletter.ErrInvalid)
		}
	}
	if err := d.Store.SaveAuthor(ctx, &a); err != nil {
		return a, err
	}
	return a, d.note(ctx, p, "changed an author", "author "+key, newsletter.Changes(newsletter.Change("name", before.Name, a.Override.Name),
		newsletter.Change("bio", before.Bio, a.Override.Bio), newsletter.Change("page", before.URL, a.Override.URL), newsletter.Change("photo", before.Photo, a.Override.Photo)))
}
