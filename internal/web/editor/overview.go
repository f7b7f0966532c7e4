package editor

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/masthead-mail/masthead/internal/compose"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// overviewPage is what an editor sees first.
type overviewPage struct {
	Alarms      []string
	Schedules   []scheduleRow
	Drafts      []issueRow
	Sent        []issueRow
	Sources     []sourceRow
	MoreSources int
	MayEdit     bool
}

type scheduleRow struct {
	ID, Name, Next string
	Review         bool
	Waiting        int
	Draft          string // its URL; empty: there is none
	Quiet          string // the last time, of which too few articles were new; empty: enough were
}

type issueRow struct {
	ID, URL, Subject, When string
	State                  badge
	Result                 string
	Run, Archive           string // where they are; empty: nowhere
}

// Issues that the overview looks at, and those it shows.
const (
	issuesRead  = 20
	issuesShown = 8
)

func (p *Pages) overview(v *visit) (page, error) {
	zone, err := p.zone(v)
	if err != nil {
		return page{}, err
	}
	body := overviewPage{MayEdit: v.person.May(newsletter.RoleEditor) == nil}
	issues, err := p.Store.Issues(v.Context(), issuesRead)
	if err != nil {
		return page{}, err
	}
	schedules, err := p.Store.Schedules(v.Context())
	if err != nil {
		return page{}, err
	}
	for _, fill := range []func() error{
		func() error { return p.fillIssues(v, &body, issues, schedules, zone) },
		func() error { return p.fillSchedules(v, &body, issues, schedules, zone) },
		func() error { return p.fillSources(v, &body, zone) },
		func() error { return p.alarms(v, &body, issues, schedules, zone) },
	} {
		if err := fill(); err != nil {
			return page{}, err
		}
	}
	return page{name: "overview", title: "Overview", body: body}, nil
}

func (p *Pages) fillIssues(v *visit, body *overviewPage, issues []newsletter.Issue, schedules []newsletter.Schedule, zone *time.Location) error {
	for i := range issues {
		issue := &issues[i]
		row := issueRow{ID: issue.ID, URL: issueURL(issue.ID), Subject: subject(issue)}
		row.State, row.When = standing(issue, reviews(schedules, issue.Schedule), zone)
		switch {
		case issue.State == newsletter.IssueDraft:
			body.Drafts = append(body.Drafts, row)
		case issue.State == newsletter.IssueApproved && len(body.Sent) < issuesShown:
			run, err := p.Store.Run(v.Context(), issue.ID)
			if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
				return err
			}
			if err == nil {
				row.URL, row.State, row.When = "/desk/runs/"+url.PathEscape(run.ID), runBadge(run.State), day(run.StartedAt, zone)
				row.Result = result(&run)
			}
			body.Sent = append(body.Sent, row)
		}
	}
	return nil
}

func reviews(schedules []newsletter.Schedule, id string) bool {
	for i := range schedules {
		if schedules[i].ID == id {
			return schedules[i].Review
		}
	}
	return false
}

func result(run *newsletter.Run) string {
	c := run.Counts
	words := fmt.Sprintf("%d sent", c.Sent)
	if c.Failed > 0 {
		words += fmt.Sprintf(", %d failed", c.Failed)
	}
	if c.Unknown > 0 {
		words += fmt.Sprintf(", %d unknown", c.Unknown)
	}
	return words
}

func (p *Pages) fillSchedules(v *visit, body *overviewPage, issues []newsletter.Issue, schedules []newsletter.Schedule, zone *time.Location) error {
	for _, s := range soonest(schedules, p.Now()) {
		row := scheduleRow{ID: s.ID, Name: s.Name, Review: s.Review}
		none := newsletter.Issue{Schedule: s.ID}
		for j := range issues {
			if issues[j].Schedule == s.ID && issues[j].State == newsletter.IssueDraft {
				row.Draft = issueURL(issues[j].ID)
				none.Articles = issues[j].Articles
			}
		}
		if s.Missed == compose.TooFew && !sentSince(issues, s) {
			row.Quiet = moment(s.LastFire, zone)
		}
		if next, ok := s.Next(p.Now()); ok {
			row.Next = moment(next, zone)
		}
		waiting, err := p.Composer.Waiting(v.Context(), &none)
		if err != nil {
			return err
		}
		row.Waiting = len(waiting)
		body.Schedules = append(body.Schedules, row)
	}
	return nil
}

// soonest are the schedules in the order in which they are next, those without a time last.
func soonest(schedules []newsletter.Schedule, now time.Time) []*newsletter.Schedule {
	ordered := make([]*newsletter.Schedule, len(schedules))
	for i := range schedules {
		ordered[i] = &schedules[i]
	}
	slices.SortStableFunc(ordered, func(a, b *newsletter.Schedule) int {
		next, isNext := a.Next(now)
		other, isOther := b.Next(now)
		if isNext != isOther {
			return map[bool]int{true: -1, false: 1}[isNext]
		}
		return next.Compare(other)
	})
	return ordered
}

// sourcesShown is how many sources the overview has, those first that need a look.
const sourcesShown = 6

func (p *Pages) fillSources(v *visit, body *overviewPage, zone *time.Location) error {
	sources, err := p.Store.Sources(v.Context())
	rows := sourceRows(sources, p.Now(), zone)
	body.Sources, body.MoreSources = rows[:min(len(rows), sourcesShown)], max(0, len(rows)-sourcesShown)
	return err
}

// alarms says in words what somebody should look at.
func (p *Pages) alarms(v *visit, body *overviewPage, issues []newsletter.Issue, schedules []newsletter.Schedule, zone *time.Location) error {
	tell := func(format string, args ...any) { body.Alarms = append(body.Alarms, fmt.Sprintf(format, args...)) }
	for i := range schedules {
		s := &schedules[i]
		if fire, overdue := s.Overdue(p.Now()); overdue {
			tell("The %s issue of %s did not run: nobody has acted on it for more than half an hour. See whether the compose function, or the server, runs.", s.ID, moment(fire, zone))
		}
		if s.Missed != "" && s.Missed != compose.TooFew && !sentSince(issues, s) {
			tell("The %s issue of %s did not run, because %s.", s.ID, moment(s.LastFire, zone), s.Missed)
		}
		if s.Paused {
			tell("The schedule %s is paused: no issue goes out by itself.", s.Name)
		}
	}
	for i := range issues {
		issue := &issues[i]
		if issue.State != newsletter.IssueDraft || issue.FireAt.After(p.Now()) {
			continue
		}
		switch {
		case issue.Held:
			tell("“%s” was due %s and is held: %s.", issue.Subject, moment(issue.FireAt, zone), reason(issue.HeldFor))
		case issue.SendAt.IsZero() && reviews(schedules, issue.Schedule):
			tell("“%s” was due %s and waits for somebody to approve it.", issue.Subject, moment(issue.FireAt, zone))
		}
	}
	open, err := p.Store.OpenRuns(v.Context())
	for i := range open {
		if run := &open[i]; run.Reason != "" {
			tell("The run %s stands still (%s): %s.", run.ID, run.State, run.Reason)
		}
	}
	if err != nil {
		return err
	}
	hooks, err := p.Hooks.Trouble(v.Context(), v.person)
	body.Alarms = append(body.Alarms, hooks...)
	return err
}

// sentSince tells whether an Issue of the schedule has gone out since its last time: by
// hand, after nothing had come of that.
func sentSince(issues []newsletter.Issue, s *newsletter.Schedule) bool {
	return slices.ContainsFunc(issues, func(i newsletter.Issue) bool {
		return i.Schedule == s.ID && i.State == newsletter.IssueApproved && i.ApprovedAt.After(s.LastFire)
	})
}

func reason(why string) string {
	if why == "" {
		return "nobody has said why"
	}
	return why
}
