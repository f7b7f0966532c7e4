package compose

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// at sets the clock and ticks.
func (d *desk) at(t *testing.T, now time.Time) []Fired {
	t.Helper()
	d.now = now
	fired, err := d.Tick(t.Context())
	must(t, err)
	return fired
}

// plan changes the weekly schedule.
func (d *desk) plan(t *testing.T, change func(s *newsletter.Schedule)) {
	t.Helper()
	s, err := d.store.Schedule(t.Context(), "weekly")
	must(t, err)
	change(&s)
	must(t, d.store.SaveSchedule(t.Context(), &s))
}

func (d *desk) edit(t *testing.T, id string, change func(i *newsletter.Issue) error) newsletter.Issue {
	t.Helper()
	issue, err := d.store.Issue(t.Context(), id)
	must(t, err)
	must(t, change(&issue))
	must(t, d.store.SaveIssue(t.Context(), &issue))
	return issue
}

// TestWhatAScheduleDoesIsInTheAuditTrail once, also where a tick has died and the next
// one does it again.
func TestWhatAScheduleDoesIsInTheAuditTrail(t *testing.T) {
	d := newDesk(t)
	d.add(t, 1)
	d.plan(t, func(s *newsletter.Schedule) { s.LastFire = monday })
	id := newsletter.IssueID("weekly", nextMonday)
	d.at(t, nextMonday)
	d.plan(t, func(s *newsletter.Schedule) { s.LastFire = monday }) // as if it had died before it was noted
	d.at(t, nextMonday.Add(time.Minute))
	d.at(t, nextMonday.AddDate(0, 0, 7)) // there is nothing new
	actions, err := d.store.Actions(t.Context(), "", 10)
	must(t, err)
	var said []string
	for _, a := range actions {
		if a.Who != newsletter.BySchedule {
			t.Errorf("%+v", a)
		}
		said = append(said, a.What+": "+a.Record)
	}
	slices.Sort(said)
	if want := []string{"drafted: issue " + id, "sent nothing: schedule weekly", "sent the issue: issue " + id}; !slices.Equal(said, want) {
		t.Errorf("%q, want %q", said, want)
	}
}

var nextMonday = monday.AddDate(0, 0, 7)

func TestADraftComesAheadOfItsTimeAndGoesOutByItself(t *testing.T) {
	d := newDesk(t)
	d.add(t, 1)
	d.plan(t, func(s *newsletter.Schedule) { s.Lead, s.LastFire = 24*time.Hour, monday })
	id := newsletter.IssueID("weekly", nextMonday)
	d.at(t, nextMonday.Add(-25*time.Hour))
	if _, err := d.store.Issue(t.Context(), id); err == nil {
		t.Error("drafted too early")
	}
	d.at(t, nextMonday.Add(-24*time.Hour))
	if issue, err := d.store.Issue(t.Context(), id); err != nil || issue.State != newsletter.IssueDraft || len(d.started) > 0 {
		t.Fatalf("%+v, %v, started %v", issue, err, d.started)
	}
	if fired := d.at(t, nextMonday); len(fired) != 1 || fired[0].Run == "" || len(d.started) != 1 {
		t.Errorf("%+v", fired)
	}
	if fired := d.at(t, nextMonday.Add(time.Minute)); len(fired) > 0 || len(d.started) != 1 {
		t.Errorf("again: %+v", fired)
	}
}

// TestWhatAnEditorSaysOfADraft tells what comes of it at its time.
func TestWhatAnEditorSaysOfADraft(t *testing.T) {
	for _, c := range []struct {
		name   string
		review bool
		edit   func(i *newsletter.Issue) error
		sent   time.Duration // after the fire; negative: never
		why    string
	}{
		{"nothing: it goes out", false, func(*newsletter.Issue) error { return nil }, 0, ""},
		{"nothing, where somebody must look: it waits", true, func(*newsletter.Issue) error { return nil }, -1, ""},
		{"hold", false, func(i *newsletter.Issue) error { return i.Hold("the lead is wrong") }, -1, "it is held: the lead is wrong"},
		{"approved, where somebody must look", true, func(i *newsletter.Issue) error { return i.Plan(i.FireAt, i.FireAt.Add(-time.Hour)) }, 0, ""},
		{"an hour later", false, func(i *newsletter.Issue) error { return i.Plan(i.FireAt.Add(time.Hour), i.FireAt) }, time.Hour, ""},
		{"approved, then held", true, func(i *newsletter.Issue) error {
			if err := i.Plan(i.FireAt, i.FireAt.Add(-time.Hour)); err != nil {
				return err
			}
			return i.Hold("no")
		}, -1, "it is held: no"},
		{"discarded", false, func(i *newsletter.Issue) error { return i.Discard() }, -1, ""},
		{"a subject that is empty", false, func(i *newsletter.Issue) error { return i.Write("", "", "", "") }, -1, "preflight stops it: The subject is empty."},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.add(t, 1)
			d.plan(t, func(s *newsletter.Schedule) { s.Lead, s.LastFire, s.Review = 24*time.Hour, monday, c.review })
			d.at(t, nextMonday.Add(-time.Hour))
			id := newsletter.IssueID("weekly", nextMonday)
			d.edit(t, id, c.edit)
			why := ""
			for after := time.Duration(0); after <= 2*time.Hour; after += time.Hour {
				for _, fired := range d.at(t, nextMonday.Add(after)) {
					if fired.Skipped != "" {
						why = fired.Skipped
					}
				}
				if sent := len(d.started) > 0; sent != (c.sent >= 0 && after >= c.sent) {
					t.Errorf("%s after its time: sent %v", after, sent)
				}
			}
			if why != c.why || len(d.started) > 1 {
				t.Errorf("why %q, want %q; started %v", why, c.why, d.started)
			}
			if strings.HasPrefix(c.why, "preflight") {
				if issue, err := d.store.Issue(t.Context(), id); err != nil || !issue.Held {
					t.Errorf("%+v, %v", issue, err)
				}
			}
		})
	}
}

func TestTooFewArticlesGoIntoTheNextIssue(t *testing.T) {
	d := newDesk(t)
	d.add(t, 1)
	d.plan(t, func(s *newsletter.Schedule) { s.MinArticles, s.LastFire = 2, monday })
	if fired := d.at(t, nextMonday); len(fired) != 1 || !strings.Contains(fired[0].Skipped, "too few") {
		t.Fatalf("%+v", fired)
	}
	d.add(t, 2)
	if fired := d.at(t, nextMonday.AddDate(0, 0, 7)); len(fired) != 1 || fired[0].Run == "" {
		t.Fatalf("%+v", fired)
	}
	issue, err := d.store.Issue(context.Background(), d.started[0])
	if err != nil || len(issue.Articles) != 2 {
		t.Errorf("%+v, %v", issue, err)
	}
}
