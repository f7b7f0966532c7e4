package subscribe

import (
	"errors"
	"slices"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

func (d *desk) preferencesLink(t *testing.T, id newsletter.SubscriberID) string {
	t.Helper()
	sub, err := d.store.Subscriber(t.Context(), id)
	must(t, err)
	return d.Subscribers.link(token.Preferences, &sub, 0)
}

func TestAReaderChooses(t *testing.T) {
	d := open(t)
	d.topics = "Sea, Bread"
	for _, id := range []string{"daily", "weekly"} {
		must(t, d.store.SaveSchedule(t.Context(), &newsletter.Schedule{ID: id}))
	}
	d.reader(t, string(ada))
	link := d.preferencesLink(t, adaID)
	p, err := d.Preferences(t.Context(), link)
	must(t, err)
	if !slices.Equal(p.Offer.Schedules, []string{"daily", "weekly"}) || !slices.Equal(p.Offer.Topics, []string{"Sea", "Bread"}) || len(p.Offer.Languages) != 6 {
		t.Errorf("offered %+v", p.Offer)
	}
	wish := newsletter.Wishes{Schedules: []string{"daily"}, Topics: []string{"Bread"}, Name: "Ada", Language: "fr", Zone: "Europe/Paris", PausedUntil: newsletter.PauseEnd(d.now, 2, monday.Location())}
	changed, err := d.Choose(t.Context(), link, p.Seen, wish)
	if err != nil || len(changed) != 6 {
		t.Errorf("%v, %v", changed, err)
	}
	first := d.wantStatus(t, adaID, newsletter.Active)
	if len(first.Wishes().Since(wish)) > 0 {
		t.Errorf("on record %+v", first)
	}
	if changed, err = d.Choose(t.Context(), link, p.Seen, wish); err != nil || len(changed) > 0 {
		t.Errorf("the same again: %v, %v", changed, err)
	}
	if again := d.wantStatus(t, adaID, newsletter.Active); again.Rev != first.Rev {
		t.Error("the record was written again")
	}
	wish.Name = "Augusta"
	if _, err = d.Choose(t.Context(), link, p.Seen, wish); !errors.Is(err, ErrStale) {
		t.Errorf("by a page that is out of date: %v", err)
	}
}

func TestWhoMayChoose(t *testing.T) {
	d := open(t)
	d.reader(t, string(ada))
	link := d.preferencesLink(t, adaID)
	p, err := d.Preferences(t.Context(), link)
	must(t, err)
	if _, err := d.Choose(t.Context(), link, p.Seen, newsletter.Wishes{Zone: "Atlantis"}); !errors.Is(err, newsletter.ErrInvalid) {
		t.Errorf("a zone that is not there: %v", err)
	}
	must(t, d.Unsubscribe(t.Context(), d.unsubscribeLink(ada)))
	if _, err := d.Choose(t.Context(), link, p.Seen, newsletter.Wishes{Name: "Ada"}); !errors.Is(err, newsletter.ErrConflict) {
		t.Errorf("who has left: %v", err)
	}
	d.set(t, func(s *newsletter.Subscriber) { s.TokenVersion++ })
	if _, err := d.Preferences(t.Context(), link); !errors.Is(err, token.ErrForged) {
		t.Errorf("revoked: %v", err)
	}
}

// TestTwoWhoChooseAtOnce: of two different wishes by the same page one is taken, and
// the other reader is told to look again.
func TestTwoWhoChooseAtOnce(t *testing.T) {
	d := open(t)
	d.reader(t, string(ada))
	link := d.preferencesLink(t, adaID)
	p, err := d.Preferences(t.Context(), link)
	must(t, err)
	names := make(chan string, racers)
	for i := range racers {
		names <- string(rune('A' + i))
	}
	faults := race(func() error {
		_, err := d.Choose(t.Context(), link, p.Seen, newsletter.Wishes{Name: <-names})
		return err
	})
	if len(faults) != racers-1 {
		t.Errorf("%d were refused", len(faults))
	}
	for _, err := range faults {
		if !errors.Is(err, ErrStale) {
			t.Errorf("%v", err)
		}
	}
}

func TestWhyAReaderLeft(t *testing.T) {
	d := open(t)
	d.reader(t, string(ada))
	link := d.unsubscribeLink(ada)
	if err := d.Because(t.Context(), link, newsletter.LeftTooOften); !errors.Is(err, newsletter.ErrConflict) {
		t.Errorf("who is still there: %v", err)
	}
	must(t, d.Unsubscribe(t.Context(), link))
	for range 2 {
		must(t, d.Because(t.Context(), link, newsletter.LeftTooOften))
	}
	if sub := d.wantStatus(t, adaID, newsletter.Unsubscribed); sub.LeaveReason != newsletter.LeftTooOften {
		t.Errorf("%q", sub.LeaveReason)
	}
	if err := d.Because(t.Context(), link, "anything"); !errors.Is(err, newsletter.ErrInvalid) {
		t.Errorf("%v", err)
	}
	must(t, d.Because(t.Context(), d.unsubscribeLink("nobody@example.org"), newsletter.LeftTooOften))
	must(t, d.Rejoin(t.Context(), link))
	if sub := d.wantStatus(t, adaID, newsletter.Active); sub.LeaveReason != "" {
		t.Errorf("who is back left for %q", sub.LeaveReason)
	}
}
