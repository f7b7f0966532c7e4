package subscribe

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

const ada = newsletter.Address("ada@example.org")

var adaID = newsletter.Identify(pepper, ada)

func TestSignUpMailsOneLinkAndNothingElse(t *testing.T) {
	d := open(t)
	d.signUp(t, " Ada@Example.ORG ")
	if len(d.post.sent) != 1 || d.post.sent[0].To != "Ada@example.org" || !d.post.sent[0].Automatic {
		t.Fatalf("mailed %+v", d.post.sent)
	}
	sub := d.wantStatus(t, adaID, newsletter.Pending)
	if want := (newsletter.Consent{At: monday, Origin: "form", Wording: "2026-03"}); sub.Consent != want || sub.CreatedAt != monday {
		t.Errorf("on record %+v", sub)
	}
}

func TestTheAnswerIsTheSameForEveryAddress(t *testing.T) {
	d := open(t)
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, a newsletter.Address)
		mailed  bool
	}{
		{"unknown", func(*testing.T, newsletter.Address) {}, true},
		{"asked just before", func(t *testing.T, a newsletter.Address) { d.signUp(t, string(a)) }, false},
		{"asked under another case", func(t *testing.T, a newsletter.Address) { d.signUp(t, strings.ToUpper(string(a))) }, false},
		{"asked a day ago", func(t *testing.T, a newsletter.Address) { d.signUp(t, string(a)); d.now = d.now.Add(day) }, true},
		{"active", func(t *testing.T, a newsletter.Address) { d.reader(t, string(a)) }, false},
		{"has left", func(t *testing.T, a newsletter.Address) {
			d.reader(t, string(a))
			must(t, d.Unsubscribe(t.Context(), d.unsubscribeLink(a)))
		}, true},
		{"bounced yesterday", func(t *testing.T, a newsletter.Address) { d.suppress(t, a, newsletter.Bounced, d.now.Add(-day)) }, false},
		{"bounced 30 days ago", func(t *testing.T, a newsletter.Address) { d.suppress(t, a, newsletter.Bounced, d.now.Add(-30*day)) }, true},
		{"was erased after leaving", func(t *testing.T, a newsletter.Address) { d.suppress(t, a, newsletter.Unsubscribed, d.now) }, true},
		{"complained of the digest: the reader's own sign-up may end it", func(t *testing.T, a newsletter.Address) { d.suppress(t, a, newsletter.Complained, d.now) }, true},
		{"complained of the confirmation just now", func(t *testing.T, a newsletter.Address) {
			d.signUp(t, string(a))
			d.now = d.now.Add(1)
			must(t, d.change(t.Context(), newsletter.Identify(pepper, a), func(s *newsletter.Subscriber) (bool, error) {
				s.Suppressed(newsletter.Complained, d.now)
				return true, nil
			}))
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			address := newsletter.Address(strings.ReplaceAll(strings.ReplaceAll(c.name, " ", "."), ":", "") + "@example.org")
			c.prepare(t, address)
			before := len(d.post.sent)
			d.signUp(t, string(address)) // no error, whoever it is
			if got := len(d.post.sent) > before; got != c.mailed {
				t.Errorf("mailed: %v", got)
			}
		})
	}
}

func TestWhatNobodyCanBeMailedAtIsRefused(t *testing.T) {
	d := open(t)
	for _, typed := range []string{"", "ada", "ada@example", "ada@example.org\r\nBcc: eve@example.org", "Ada <ada@example.org>", "a@example.org, b@example.org",
		"zoë@example.org", strings.Repeat("a", 300) + "@example.org", "ada@example.org\x00"} {
		if err := d.SignUp(t.Context(), Request{Address: typed, Network: "192.0.2.1"}); !errors.Is(err, newsletter.ErrInvalid) {
			t.Errorf("%q: %v", typed, err)
		}
	}
	if len(d.post.sent) != 0 {
		t.Errorf("mailed %v", d.post.sent)
	}
}

func TestSignUpsAreLimited(t *testing.T) {
	ask := func(d *desk, i int, network string) error {
		return d.SignUp(t.Context(), Request{Address: fmt.Sprintf("reader%d@example.org", i), Network: network})
	}
	t.Run("from one network", func(t *testing.T) {
		d := open(t)
		for i := range perNetwork {
			must(t, ask(d, i, "192.0.2.1"))
		}
		if err := ask(d, perNetwork, "192.0.2.1"); !errors.Is(err, ErrTooMany) {
			t.Errorf("one more: %v", err)
		}
		if err := ask(d, perNetwork, "192.0.2.2"); err != nil {
			t.Errorf("from another network: %v", err)
		}
		if len(d.post.sent) != perNetwork+1 {
			t.Errorf("%d mails", len(d.post.sent))
		}
	})
	t.Run("of all together", func(t *testing.T) {
		d := open(t)
		d.Store = spent{d.store}
		if err := ask(d, 1, "192.0.2.1"); !errors.Is(err, ErrTooMany) || len(d.post.sent) > 0 {
			t.Errorf("%v, %d mails", err, len(d.post.sent))
		}
	})
	t.Run("of one address, even where it confirms and leaves each time", func(t *testing.T) {
		d := open(t)
		for range perAddress + 2 {
			d.signUp(t, string(ada))
			must(t, errors.Join(d.press(t, d.link(t)), d.Unsubscribe(t.Context(), d.unsubscribeLink(ada))))
			d.now = d.now.Add(1e9)
		}
		if len(d.post.sent) != perAddress {
			t.Errorf("%d mails", len(d.post.sent))
		}
	})
}

func TestAfterAFailedMailTheNextTryIsMailed(t *testing.T) {
	d := open(t)
	d.post.down = newsletter.ErrUnavailable
	if err := d.SignUp(t.Context(), Request{Address: string(ada), Network: "192.0.2.1"}); !errors.Is(err, newsletter.ErrUnavailable) {
		t.Fatalf("%v", err)
	}
	d.post.down = nil
	d.signUp(t, string(ada))
	must(t, d.press(t, d.link(t)))
}

func TestOfSixteenSignUpsAtOnceOneIsMailed(t *testing.T) {
	d := open(t)
	if faults := race(func() error {
		return d.SignUp(t.Context(), Request{Address: string(ada), Network: "192.0.2.1"})
	}); len(faults) > 0 {
		t.Errorf("%v", faults)
	}
	if len(d.post.sent) != 1 {
		t.Errorf("%d mails", len(d.post.sent))
	}
}

// spent is a store whose limit of all sign-ups together is used up.
type spent struct{ Store }

func (s spent) Allow(ctx context.Context, kind, key string, limit int, window time.Duration, now time.Time) (bool, error) {
	if kind == "signup" {
		limit = 0
	}
	return s.Store.Allow(ctx, kind, key, limit, window, now)
}
