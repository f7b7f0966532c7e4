package newsletter

import (
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func TestSuppressionKeepsTheGraverReason(t *testing.T) {
	hour := time.Hour
	for _, c := range []struct {
		name   string
		before Status
		add    Status
		after  time.Duration
		want   Status
		moved  bool
	}{
		{"the first reason counts", "", Unsubscribed, 0, Unsubscribed, true},
		{"a bounce outweighs an unsubscription", Unsubscribed, Bounced, -hour, Bounced, true},
		{"a complaint outweighs a bounce", Bounced, Complained, -hour, Complained, true},
		{"a bounce does not replace a complaint", Complained, Bounced, hour, Complained, false},
		{"leaving does not replace a bounce", Bounced, Unsubscribed, hour, Bounced, false},
		{"a later bounce starts its rest anew", Bounced, Bounced, hour, Bounced, true},
		{"the same event twice changes nothing", Bounced, Bounced, 0, Bounced, false},
		{"an older event of the same kind changes nothing", Bounced, Bounced, -hour, Bounced, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Suppression{Reason: c.before, At: noon}
			if moved := s.Note(c.add, "", noon.Add(c.after)); moved != c.moved || s.Reason != c.want {
				t.Errorf("moved %v, reason %s; want %v, %s", moved, s.Reason, c.moved, c.want)
			}
			if moved := s.At.Equal(noon.Add(c.after)); c.moved && !moved {
				t.Errorf("at %v", s.At)
			}
		})
	}
}

func TestWhatASignUpLifts(t *testing.T) {
	day := 24 * time.Hour
	for _, c := range []struct {
		name   string
		reason Status
		age    time.Duration
		want   bool
	}{
		{"an unsubscription at once", Unsubscribed, 0, true},
		{"a complaint: only its reader can confirm", Complained, 0, true},
		{"no bounce of yesterday", Bounced, day, false},
		{"no bounce of 29 days", Bounced, 30*day - 1, false},
		{"a bounce after 30 days: mailboxes come back", Bounced, 30 * day, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Suppression{Reason: c.reason, At: noon}
			if got := s.LiftedBySignUp(noon.Add(c.age)); got != c.want {
				t.Errorf("lifted: %v", got)
			}
		})
	}
}

func TestConfirmingLiftsWhatWasBefore(t *testing.T) {
	for _, c := range []struct {
		name   string
		status Status
		at     time.Time
		want   bool
	}{
		{"what came before", Active, noon.Add(-time.Hour), true},
		{"what came at the same moment", Active, noon, true},
		{"not what came after", Active, noon.Add(time.Second), false},
		{"nothing of a reader who is not active", Pending, noon.Add(-time.Hour), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Suppression{Reason: Unsubscribed, At: c.at}
			if got := s.LiftedBy(&Subscriber{Status: c.status, ConfirmedAt: noon}); got != c.want {
				t.Errorf("lifted: %v", got)
			}
		})
	}
}

func TestInvitedKeepsASecondMailAway(t *testing.T) {
	for _, c := range []struct {
		name             string
		asked, confirmed time.Time
		want             bool
	}{
		{"asked an hour ago and did nothing", noon.Add(-time.Hour), time.Time{}, true},
		{"asked a day ago", noon.Add(-24 * time.Hour), time.Time{}, false},
		{"never asked", time.Time{}, time.Time{}, false},
		{"confirmed, left, and asks again at once", noon.Add(-time.Hour), noon.Add(-time.Minute), false},
		{"was a reader long ago and was asked an hour ago", noon.Add(-time.Hour), noon.AddDate(-1, 0, 0), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Subscriber{Status: Pending, Consent: Consent{At: c.asked}, ConfirmedAt: c.confirmed}
			if got := s.Invited(noon); got != c.want {
				t.Errorf("invited: %v", got)
			}
		})
	}
}

func TestRejoinIsForWhoJustLeft(t *testing.T) {
	left := func(status Status, ago time.Duration) Subscriber {
		return Subscriber{Status: status, ConfirmedAt: noon.AddDate(0, -1, 0), ChangedAt: noon.Add(-ago)}
	}
	never := left(Unsubscribed, time.Minute)
	never.ConfirmedAt = time.Time{}
	for _, c := range []struct {
		name string
		sub  Subscriber
		want bool
	}{
		{"left a minute ago", left(Unsubscribed, time.Minute), true},
		{"left a day ago", left(Unsubscribed, RejoinTime), true},
		{"left two days ago", left(Unsubscribed, 2*RejoinTime), false},
		{"is active", left(Active, time.Hour), true},
		{"bounced", left(Bounced, time.Minute), false},
		{"complained", left(Complained, time.Minute), false},
		{"never confirmed", never, false},
		{"waits for a confirmation", left(Pending, time.Minute), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.sub.Rejoin(noon)
			if got := err == nil && c.sub.Status == Active; got != c.want {
				t.Errorf("rejoined: %v, %v", got, err)
			}
		})
	}
}

func TestRefusedAfterAll(t *testing.T) {
	for _, c := range []struct {
		before Outcome
		want   bool
	}{{OutcomeSent, true}, {OutcomeAmbiguous, true}, {OutcomeUnknown, true}, {OutcomeFailed, false}, {OutcomeSkipped, false}, {OutcomeRetry, false}} {
		b := Batch{Entries: []Entry{{}, {Outcome: c.before}}}
		if got := b.Refused(1, "no such template"); got != c.want || got != (b.Entries[1].Reason != "") {
			t.Errorf("%s: %v, %+v", c.before, got, b.Entries[1])
		}
		if b.Refused(-1, "") || b.Refused(2, "") {
			t.Error("an entry that is not there was refused")
		}
	}
}
