package subscribe

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// announcer hears of events.
type announcer func(ctx context.Context, e newsletter.Event) error

func (a announcer) Announce(ctx context.Context, e newsletter.Event) error { return a(ctx, e) }

func (a announcer) Calls(ctx context.Context, e newsletter.Event) ([]newsletter.Call, error) {
	call := newsletter.NewCall(&newsletter.Hook{ID: "crm"}, &e, "{}", e.At)
	return []newsletter.Call{call}, a(ctx, e)
}

// hear notes what is announced, and that none of it is stored yet.
func (d *desk) hear(t *testing.T) *[]string {
	t.Helper()
	var heard []string
	d.Hooks = announcer(func(ctx context.Context, e newsletter.Event) error {
		stored, err := d.store.Subscriber(ctx, e.Reader.ID)
		if err == nil && e.Why != newsletter.LeftErased && (stored.Status == e.Reader.Status || !e.At.Equal(e.Reader.ChangedAt)) {
			t.Errorf("%s at %s is announced after it is stored: %+v", e.Type, e.At, stored)
		}
		heard = append(heard, e.Type+" "+e.Why)
		return nil
	})
	return &heard
}

// TestWhatIsAnnouncedOfReaders, and in which order.
func TestWhatIsAnnouncedOfReaders(t *testing.T) {
	const confirmed, left = "subscriber.confirmed ", "subscriber.unsubscribed "
	for name, c := range map[string]struct {
		do   func(d *desk) error
		want []string
	}{
		"signing up only": {func(d *desk) error {
			return d.SignUp(t.Context(), Request{Address: "bea@example.org", Network: "192.0.2.1"})
		}, nil},
		"one click": {func(d *desk) error { return d.Unsubscribe(t.Context(), d.unsubscribeLink("ada@example.org")) }, []string{left}},
		"one click twice": {func(d *desk) error {
			return errors.Join(d.Unsubscribe(t.Context(), d.unsubscribeLink("ada@example.org")), d.Unsubscribe(t.Context(), d.unsubscribeLink("ada@example.org")))
		}, []string{left}},
		"leaving and coming back": {func(d *desk) error {
			return errors.Join(d.Unsubscribe(t.Context(), d.unsubscribeLink("ada@example.org")), d.Rejoin(t.Context(), d.unsubscribeLink("ada@example.org")))
		}, []string{left, confirmed}},
		"an operator's word": {func(d *desk) error {
			_, err := d.Suppress(t.Context(), "ops@example.org", "ada@example.org", newsletter.Unsubscribed, "asked on the phone")
			return err
		}, []string{left}},
		"an operator's word of a complaint": {func(d *desk) error {
			_, err := d.Suppress(t.Context(), "ops@example.org", "ada@example.org", newsletter.Complained, "a letter")
			return err
		}, []string{left + newsletter.LeftComplained}},
		"an operator's word of a bounce": {func(d *desk) error {
			_, err := d.Suppress(t.Context(), "ops@example.org", "ada@example.org", newsletter.Bounced, "no such box")
			return err
		}, nil},
		"erasing": {func(d *desk) error {
			sub, err := d.store.Subscriber(t.Context(), newsletter.Identify(pepper, "ada@example.org"))
			if err != nil {
				return err
			}
			return d.Erase(t.Context(), d.Tokens.Sign(token.Erase, token.Claims{Subscriber: sub.ID, Version: sub.TokenVersion, Expires: d.now.Add(hour)}))
		}, []string{left + newsletter.LeftErased}},
		"a list that is added": {func(d *desk) error {
			_, _, err := d.Add(t.Context(), []string{"new@example.org"}, "command line")
			return err
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			d.reader(t, "ada@example.org")
			d.now = d.now.Add(hour)
			heard := d.hear(t)
			must(t, c.do(d))
			if !slices.Equal(*heard, c.want) {
				t.Errorf("heard %q, want %q", *heard, c.want)
			}
		})
	}
}

func TestConfirmingIsAnnouncedOnce(t *testing.T) {
	d := open(t)
	d.signUp(t, "ada@example.org")
	heard := d.hear(t)
	must(t, d.press(t, d.link(t)))
	must(t, d.press(t, d.link(t)))
	if !slices.Equal(*heard, []string{"subscriber.confirmed "}) {
		t.Errorf("heard %q", *heard)
	}
}

func TestMovingIsAnnouncedOfBothAddresses(t *testing.T) {
	d := open(t)
	old := newsletter.Subscriber{ID: newsletter.SubscriberID{1}, Status: newsletter.Active, MovedTo: newsletter.SubscriberID{2}, ChangedAt: monday}
	young := newsletter.Subscriber{ID: newsletter.SubscriberID{2}, Status: newsletter.Active, ConfirmedAt: d.now}
	must(t, d.store.SaveSubscriber(t.Context(), &old))
	heard := d.hear(t)
	must(t, d.endMove(t.Context(), old.ID, &young))
	if !slices.Equal(*heard, []string{"subscriber.unsubscribed " + newsletter.LeftMoved}) {
		t.Errorf("heard %q", *heard)
	}
}

// TestAReaderLeavesWhateverHooksDo: what cannot be announced is told to whoever looks
// after the system.
func TestAReaderLeavesWhateverHooksDo(t *testing.T) {
	d := open(t)
	id := d.reader(t, "ada@example.org")
	broken, told := errors.New("the store is away"), error(nil)
	d.Hooks = announcer(func(context.Context, newsletter.Event) error { return broken })
	d.Trouble = func(err error) { told = err }
	must(t, d.Unsubscribe(t.Context(), d.unsubscribeLink("ada@example.org")))
	d.wantStatus(t, id, newsletter.Unsubscribed)
	if !errors.Is(told, broken) {
		t.Errorf("told %v", told)
	}
}
