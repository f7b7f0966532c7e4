package newsletter

import (
	"errors"
	"testing"
	"time"
)

func TestSubscriberMoves(t *testing.T) {
	statuses := []Status{Pending, Active, Unsubscribed, Bounced, Complained}
	for _, c := range []struct {
		name string
		move func(*Subscriber)
		want map[Status]Status // where it is not as before
	}{
		{"confirming makes a pending reader active", func(s *Subscriber) { s.Confirm(noon) }, map[Status]Status{Pending: Active}},
		{"signing up starts anew, unless active", func(s *Subscriber) { s.SignUp(Consent{At: noon}) },
			map[Status]Status{Unsubscribed: Pending, Bounced: Pending, Complained: Pending}},
		{"unsubscribing keeps the graver status", func(s *Subscriber) { s.Unsubscribe(noon) },
			map[Status]Status{Pending: Unsubscribed, Active: Unsubscribed}},
		{"a bounce counts, except after a complaint", func(s *Subscriber) { s.Suppressed(Bounced, noon) },
			map[Status]Status{Pending: Bounced, Active: Bounced, Unsubscribed: Bounced}},
		{"a complaint always counts", func(s *Subscriber) { s.Suppressed(Complained, noon) },
			map[Status]Status{Pending: Complained, Active: Complained, Unsubscribed: Complained, Bounced: Complained}},
	} {
		for _, from := range statuses {
			s := Subscriber{Status: from, ChangedAt: noon.Add(-time.Hour)}
			c.move(&s)
			want, moves := c.want[from]
			if !moves {
				want = from
			}
			changed := s.ChangedAt.Equal(noon)
			signedUpAgain := from == Pending && s.Consent.At.Equal(noon) // the week of a pending sign-up starts anew
			if s.Status != want || changed != (moves || signedUpAgain) {
				t.Errorf("%s: %s becomes %s, changed %v; want %s", c.name, from, s.Status, changed, want)
			}
		}
	}
}

func TestSubscriberConfirm(t *testing.T) {
	s := Subscriber{Status: Pending}
	if err := s.Confirm(noon); err != nil || !s.ConfirmedAt.Equal(noon) {
		t.Errorf("%v, confirmed at %v", err, s.ConfirmedAt)
	}
	if err := s.Confirm(noon.Add(time.Hour)); err != nil || !s.ConfirmedAt.Equal(noon) {
		t.Errorf("confirming twice: %v, confirmed at %v", err, s.ConfirmedAt)
	}
	for _, status := range []Status{Unsubscribed, Bounced, Complained} {
		s := Subscriber{Status: status}
		if err := s.Confirm(noon); !errors.Is(err, ErrConflict) {
			t.Errorf("an old link of somebody %s: %v", status, err)
		}
	}
}

func TestSubscriberMayReceive(t *testing.T) {
	for _, c := range []struct {
		name string
		s    Subscriber
		want bool
	}{
		{"active, confirmed before, wanting all", Subscriber{Status: Active, ConfirmedAt: noon.Add(-time.Hour)}, true},
		{"confirmed at the very start", Subscriber{Status: Active, ConfirmedAt: noon}, true},
		{"confirmed after the start", Subscriber{Status: Active, ConfirmedAt: noon.Add(time.Microsecond)}, false},
		{"wanting this one among others", Subscriber{Status: Active, Schedules: []string{"daily", "weekly"}}, true},
		{"wanting another one", Subscriber{Status: Active, Schedules: []string{"daily"}}, false},
		{"pending", Subscriber{Status: Pending}, false},
		{"unsubscribed", Subscriber{Status: Unsubscribed}, false},
		{"bounced", Subscriber{Status: Bounced}, false},
		{"complained", Subscriber{Status: Complained}, false},
	} {
		if got := c.s.MayReceive("weekly", noon); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestSubscriberLeftSince(t *testing.T) {
	left := Subscriber{Status: Unsubscribed, ConfirmedAt: noon.Add(-time.Hour), ChangedAt: noon.Add(time.Minute)}
	for _, c := range []struct {
		name   string
		change func(*Subscriber)
		want   bool
	}{
		{"left during the run", func(*Subscriber) {}, true},
		{"left before it", func(s *Subscriber) { s.ChangedAt = noon.Add(-time.Minute) }, false},
		{"still there", func(s *Subscriber) { s.Status = Active }, false},
		{"never confirmed", func(s *Subscriber) { s.ConfirmedAt = time.Time{} }, false},
		{"confirmed after the start", func(s *Subscriber) { s.ConfirmedAt = noon.Add(time.Second) }, false},
		{"of another schedule", func(s *Subscriber) { s.Schedules = []string{"daily"} }, false},
	} {
		s := left
		c.change(&s)
		if got := s.LeftSince("weekly", noon); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestSubscriberExpired(t *testing.T) {
	for _, c := range []struct {
		name   string
		status Status
		age    time.Duration
		want   bool
	}{
		{"a fresh sign-up", Pending, PendingTTL - time.Second, false},
		{"a sign-up of a week ago", Pending, PendingTTL, true},
		{"an active reader never", Active, 100 * PendingTTL, false},
	} {
		s := Subscriber{Status: c.status, ChangedAt: noon.Add(-c.age)}
		if got := s.Expired(noon); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestSinceWhenAReaderReads(t *testing.T) {
	made := time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
	for _, c := range []struct{ consent, want time.Time }{
		{made.AddDate(-1, 0, 0), made.AddDate(-1, 0, 0)}, // a list that was taken over
		{time.Time{}, made},
		{made.AddDate(0, 0, 1), made}, // signed up once more
	} {
		s := Subscriber{CreatedAt: made, Consent: Consent{At: c.consent}}
		if got := s.Since(); !got.Equal(c.want) {
			t.Errorf("consent %s: %s, want %s", c.consent, got, c.want)
		}
	}
}
