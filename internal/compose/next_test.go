package compose

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestNext: whoever asks for a draft gets one that can still be worked on.
func TestNext(t *testing.T) {
	week := 7 * 24 * time.Hour
	for _, c := range []struct {
		name  string
		until func(d *desk, t *testing.T) // what happened before somebody asks
		fire  time.Time
		made  bool
	}{
		{"nothing", func(*desk, *testing.T) {}, nextMonday, true},
		{"it is drafted", func(d *desk, t *testing.T) { d.next(t) }, nextMonday, false},
		{"it was discarded", func(d *desk, t *testing.T) { must(t, d.discard(t, d.next(t).ID)) }, nextMonday, true},
		{"it went out early", func(d *desk, t *testing.T) { d.sendEarly(t) }, nextMonday.Add(week), true},
		{"two went out early", func(d *desk, t *testing.T) { d.sendEarly(t); d.sendEarly(t) }, nextMonday.Add(2 * week), true},
		{"the schedule is paused", func(d *desk, t *testing.T) { d.plan(t, func(s *newsletter.Schedule) { s.Paused = true }) }, monday.Add(time.Hour), true},
		{"it is paused, and one went out", func(d *desk, t *testing.T) {
			d.plan(t, func(s *newsletter.Schedule) { s.Paused = true })
			d.sendEarly(t)
		}, monday.Add(time.Hour + time.Second), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.add(t, 1)
			d.plan(t, func(*newsletter.Schedule) {})
			d.now = monday.Add(time.Hour)
			c.until(d, t)
			issue, made, err := d.Next(t.Context(), "weekly")
			if err != nil || made != c.made || !issue.FireAt.Equal(c.fire) || issue.State != newsletter.IssueDraft || len(issue.Articles) == 0 {
				t.Errorf("%+v, made %t, %v", issue, made, err)
			}
		})
	}
}

// next is the draft that somebody gets who asks, with an article that is new.
func (d *desk) next(t *testing.T) newsletter.Issue {
	t.Helper()
	d.add(t, 10+len(d.started))
	issue, _, err := d.Next(t.Context(), "weekly")
	must(t, err)
	return issue
}

func (d *desk) sendEarly(t *testing.T) {
	t.Helper()
	_, err := d.approve(t, d.next(t).ID)
	must(t, err)
	d.add(t, 20+len(d.started))
}

func TestNextWithNothingNew(t *testing.T) {
	d := newDesk(t)
	d.plan(t, func(*newsletter.Schedule) {})
	if _, _, err := d.Next(t.Context(), "weekly"); !errors.Is(err, ErrNothingNew) {
		t.Error(err)
	}
}

// TestTwoBeginAnew: of two who ask at once after a draft was discarded, both get the one.
func TestTwoBeginAnew(t *testing.T) {
	d := newDesk(t)
	d.plan(t, func(*newsletter.Schedule) {})
	must(t, d.discard(t, d.next(t).ID))
	var group sync.WaitGroup
	var made [2]bool
	var revs [2]int64
	for n := range 2 {
		group.Go(func() {
			issue, mine, err := d.Next(t.Context(), "weekly")
			if err != nil || issue.State != newsletter.IssueDraft {
				t.Errorf("%+v, %v", issue, err)
			}
			made[n], revs[n] = mine, issue.Rev
		})
	}
	group.Wait()
	if made[0] == made[1] || revs[0] != revs[1] {
		t.Errorf("made %v, revs %v", made, revs)
	}
}

// TestAnIssueThatWentOutEarly is not told as sent at its time, and sent once; what is new
// since then waits for the next one.
func TestAnIssueThatWentOutEarly(t *testing.T) {
	d := newDesk(t)
	d.plan(t, func(s *newsletter.Schedule) { s.LastFire = monday })
	d.now = monday.Add(time.Hour)
	d.sendEarly(t)
	fired := d.at(t, nextMonday)
	if len(fired) != 1 || !fired[0].Early || fired[0].Run != "" || fired[0].Skipped != "" || len(d.started) != 1 {
		t.Errorf("%+v, started %v", fired, d.started)
	}
	actions, err := d.store.Actions(t.Context(), "", 10)
	must(t, err)
	for _, a := range actions {
		if a.What == "sent the issue" {
			t.Errorf("the trail says %+v", a)
		}
	}
	if fired = d.at(t, nextMonday.Add(7*24*time.Hour)); len(fired) != 1 || fired[0].Run == "" || len(d.started) != 2 {
		t.Errorf("a week later: %+v, started %v", fired, d.started)
	}
}
