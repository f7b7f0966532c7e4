package subscribe

import (
	"errors"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

func TestConfirmMakesActiveAndMayBeRepeated(t *testing.T) {
	d := open(t)
	d.signUp(t, string(ada))
	d.now = d.now.Add(hour)
	for range 3 {
		must(t, d.press(t, d.link(t)))
		d.now = d.now.Add(hour)
	}
	if sub := d.wantStatus(t, adaID, newsletter.Active); sub.ConfirmedAt != monday.Add(hour) {
		t.Errorf("confirmed at %v", sub.ConfirmedAt)
	}
}

func TestConfirmLiftsWhatAFreshSignUpMay(t *testing.T) {
	for _, c := range []struct {
		reason newsletter.Status
		before int // days
	}{{newsletter.Unsubscribed, 0}, {newsletter.Complained, 1}, {newsletter.Bounced, 31}} {
		d := open(t)
		d.suppress(t, ada, c.reason, d.now.AddDate(0, 0, -c.before))
		d.reader(t, string(ada))
		d.wantSuppressed(t, adaID, "")
		d.wantStatus(t, adaID, newsletter.Active)
	}
}

func TestConfirmAgainMendsAnInterruptedOne(t *testing.T) {
	d := open(t)
	d.reader(t, string(ada))
	d.suppress(t, ada, newsletter.Unsubscribed, monday.Add(-day)) // its process died before lifting it
	must(t, d.press(t, d.link(t)))
	d.wantSuppressed(t, adaID, "")
}

func TestALateLinkConfirmsNothing(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(t *testing.T, d *desk)
		want   error
		status newsletter.Status
	}{
		{"after 48 hours", func(_ *testing.T, d *desk) { d.now = d.now.Add(token.ConfirmTTL) }, token.ErrExpired, newsletter.Pending},
		{"after the reader has left", func(t *testing.T, d *desk) { must(t, d.Unsubscribe(t.Context(), d.unsubscribeLink(ada))) }, newsletter.ErrConflict, newsletter.Unsubscribed},
		{"after the mail to it came back", func(t *testing.T, d *desk) { d.suppress(t, ada, newsletter.Bounced, d.now) }, newsletter.ErrConflict, newsletter.Pending},
		{"after a complaint", func(t *testing.T, d *desk) {
			d.set(t, func(s *newsletter.Subscriber) { s.Status = newsletter.Complained })
		}, newsletter.ErrConflict, newsletter.Complained},
		{"after it was revoked", func(t *testing.T, d *desk) { d.set(t, func(s *newsletter.Subscriber) { s.TokenVersion++ }) }, token.ErrForged, newsletter.Pending},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t)
			d.signUp(t, string(ada))
			c.change(t, d)
			if err := d.press(t, d.link(t)); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			d.wantStatus(t, adaID, c.status)
		})
	}
}

func (d *desk) set(t *testing.T, change func(*newsletter.Subscriber)) {
	t.Helper()
	must(t, d.change(t.Context(), adaID, func(s *newsletter.Subscriber) (bool, error) { change(s); return true, nil }))
}

func TestUnsubscribeWorksForEverAndMayBeRepeated(t *testing.T) {
	d := open(t)
	d.reader(t, string(ada))
	d.now = d.now.AddDate(20, 0, 0)
	must(t, d.Unsubscribe(t.Context(), d.unsubscribeLink(ada)))
	first := d.wantStatus(t, adaID, newsletter.Unsubscribed)
	d.now = d.now.Add(hour)
	must(t, d.Unsubscribe(t.Context(), d.unsubscribeLink(ada)))
	if again := d.wantStatus(t, adaID, newsletter.Unsubscribed); again.Rev != first.Rev {
		t.Errorf("the record was written again")
	}
	d.wantSuppressed(t, adaID, newsletter.Unsubscribed)
}

func TestUnsubscribe(t *testing.T) {
	t.Run("of somebody erased leaves a suppression", func(t *testing.T) {
		d := open(t)
		must(t, d.Unsubscribe(t.Context(), d.unsubscribeLink(ada)))
		d.wantSuppressed(t, adaID, newsletter.Unsubscribed)
	})
	t.Run("keeps the graver reason", func(t *testing.T) {
		d := open(t)
		d.reader(t, string(ada))
		d.suppress(t, ada, newsletter.Complained, d.now)
		d.set(t, func(s *newsletter.Subscriber) { s.Suppressed(newsletter.Complained, d.now) })
		must(t, d.Unsubscribe(t.Context(), d.unsubscribeLink(ada)))
		d.wantSuppressed(t, adaID, newsletter.Complained)
		d.wantStatus(t, adaID, newsletter.Complained)
	})
	t.Run("is not done by another link", func(t *testing.T) {
		d := open(t)
		d.reader(t, string(ada))
		for _, tok := range []string{"", "x", d.link(t), d.unsubscribeLink(ada) + "x"} {
			if err := d.Unsubscribe(t.Context(), tok); !errors.Is(err, token.ErrForged) {
				t.Errorf("%q: %v", tok, err)
			}
		}
		d.wantStatus(t, adaID, newsletter.Active)
	})
}

func TestPeekChangesNothing(t *testing.T) {
	d := open(t)
	d.signUp(t, string(ada))
	before := d.wantStatus(t, adaID, newsletter.Pending)
	if sub, err := d.Peek(t.Context(), d.link(t), token.Confirm); sub.Status != newsletter.Pending || err != nil {
		t.Errorf("%s, %v", sub.Status, err)
	}
	if sub, err := d.Peek(t.Context(), d.unsubscribeLink(ada), token.Unsubscribe); sub.Status != newsletter.Pending || err != nil {
		t.Errorf("%s, %v", sub.Status, err)
	}
	if _, err := d.Peek(t.Context(), d.unsubscribeLink(ada), token.Confirm); !errors.Is(err, token.ErrForged) {
		t.Errorf("a link of another purpose: %v", err)
	}
	if _, err := d.Peek(t.Context(), d.unsubscribeLink("eve@example.org"), token.Unsubscribe); !errors.Is(err, newsletter.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	if after := d.wantStatus(t, adaID, newsletter.Pending); after.Rev != before.Rev {
		t.Error("the record was written")
	}
}

func TestRejoinTakesLeavingBack(t *testing.T) {
	d := open(t)
	d.reader(t, string(ada))
	link := d.unsubscribeLink(ada)
	must(t, errors.Join(d.Unsubscribe(t.Context(), link), d.Rejoin(t.Context(), link), d.Rejoin(t.Context(), link)))
	d.wantStatus(t, adaID, newsletter.Active)
	d.wantSuppressed(t, adaID, "")

	must(t, d.Unsubscribe(t.Context(), link))
	d.now = d.now.Add(newsletter.RejoinTime + 1)
	if err := d.Rejoin(t.Context(), link); !errors.Is(err, newsletter.ErrConflict) {
		t.Errorf("a day later: %v", err)
	}
	d.wantSuppressed(t, adaID, newsletter.Unsubscribed)
	if err := d.Rejoin(t.Context(), d.link(t)); !errors.Is(err, token.ErrForged) {
		t.Errorf("with another link: %v", err)
	}
}

// TestWhoLeavesIsCountedForTheIssueTheyGotLast once, and not if they take it back.
func TestWhoLeavesIsCountedForTheIssueTheyGotLast(t *testing.T) {
	d := open(t)
	d.reader(t, string(ada))
	d.now = d.now.Add(time.Hour)
	issue := newsletter.Issue{ID: "weekly-1", Schedule: "weekly", State: newsletter.IssueApproved, CreatedAt: d.now, ApprovedAt: d.now}
	must(t, d.store.SaveIssue(t.Context(), &issue))
	link := d.unsubscribeLink(ada)
	want := func(n int) {
		t.Helper()
		if counts, err := d.store.Counts(t.Context(), issue.ID); err != nil || counts[newsletter.MetricUnsubscribed] != n {
			t.Errorf("%v, %v; want %d", counts, err, n)
		}
	}
	d.now = d.now.Add(time.Hour)
	must(t, errors.Join(d.Unsubscribe(t.Context(), link), d.Unsubscribe(t.Context(), link)))
	want(1)
	d.now = d.now.Add(time.Hour)
	must(t, errors.Join(d.Rejoin(t.Context(), link), d.Rejoin(t.Context(), link)))
	want(0)
	must(t, d.Unsubscribe(t.Context(), link))
	want(1)
}

func TestRejoinEndsNothingGraver(t *testing.T) {
	d := open(t)
	d.reader(t, string(ada))
	link := d.unsubscribeLink(ada)
	d.suppress(t, ada, newsletter.Complained, d.now)
	must(t, d.Unsubscribe(t.Context(), link))
	if err := d.Rejoin(t.Context(), link); !errors.Is(err, newsletter.ErrConflict) {
		t.Errorf("%v", err)
	}
	d.wantStatus(t, adaID, newsletter.Unsubscribed)
	d.wantSuppressed(t, adaID, newsletter.Complained)
}

func TestSixteenPressTheSameButton(t *testing.T) {
	d := open(t)
	d.signUp(t, string(ada))
	d.suppress(t, ada, newsletter.Unsubscribed, monday.Add(-day))
	confirm, leave := d.link(t), d.unsubscribeLink(ada)
	if faults := race(func() error { return d.press(t, confirm) }); len(faults) > 0 {
		t.Errorf("confirm: %v", faults)
	}
	d.wantStatus(t, adaID, newsletter.Active)
	d.wantSuppressed(t, adaID, "")
	if faults := race(func() error { return d.Unsubscribe(t.Context(), leave) }); len(faults) > 0 {
		t.Errorf("unsubscribe: %v", faults)
	}
	d.wantStatus(t, adaID, newsletter.Unsubscribed)
	d.wantSuppressed(t, adaID, newsletter.Unsubscribed)
}

// TestWhoeverLeavesLastHasLeft: everybody confirms and then leaves, so nobody
// who decided earlier may bring the reader back.
func TestWhoeverLeavesLastHasLeft(t *testing.T) {
	d := open(t)
	d.signUp(t, string(ada))
	confirm, leave := d.link(t), d.unsubscribeLink(ada)
	faults := race(func() error { return errors.Join(d.press(t, confirm), d.Unsubscribe(t.Context(), leave)) })
	for _, err := range faults {
		if !errors.Is(err, newsletter.ErrConflict) {
			t.Error(err)
		}
	}
	d.wantStatus(t, adaID, newsletter.Unsubscribed)
}
