package subscribe

import (
	"context"
	"errors"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// provider keeps a list of addresses that it delivers nothing to.
type provider struct {
	unblocked []newsletter.Address
	down      error
}

func (p *provider) Unblock(_ context.Context, a newsletter.Address) error {
	p.unblocked = append(p.unblocked, a)
	return p.down
}

// TestTheProvidersListIsClearedFirst: a reader whose mailbox is alive again gets the
// confirmation, which the provider would swallow otherwise.
func TestTheProvidersListIsClearedFirst(t *testing.T) {
	d, p := open(t), &provider{down: errors.New("throttled")}
	d.Provider = p
	id := newsletter.Identify(pepper, "ada@example.org")
	must(t, d.store.SaveSuppression(t.Context(), &newsletter.Suppression{ID: id, Reason: newsletter.Bounced, At: monday.Add(-31 * day)}))
	if err := d.SignUp(t.Context(), Request{Address: "ada@example.org"}); !errors.Is(err, p.down) || len(d.post.sent) > 0 {
		t.Errorf("%v, %d mails", err, len(d.post.sent))
	}
	p.down = nil
	must(t, d.SignUp(t.Context(), Request{Address: "ada@example.org"}))
	if len(d.post.sent) != 1 || len(p.unblocked) != 2 {
		t.Fatalf("%d mails, unblocked %v", len(d.post.sent), p.unblocked)
	}
	_, err := d.Confirm(t.Context(), d.Tokens.Sign(token.Confirm, token.Claims{Subscriber: id, Expires: monday.Add(hour)}))
	must(t, err)
	if _, err := d.store.Suppression(t.Context(), id); !errors.Is(err, newsletter.ErrNotFound) || len(p.unblocked) != 3 {
		t.Errorf("%v, unblocked %v", err, p.unblocked)
	}
}

// TestNobodyIsUnblockedTooSoon: within 30 days of a bounce, or where nothing stands
// against the address.
func TestNobodyIsUnblockedTooSoon(t *testing.T) {
	d, p := open(t), &provider{}
	d.Provider = p
	must(t, d.store.SaveSuppression(t.Context(), &newsletter.Suppression{ID: newsletter.Identify(pepper, "ada@example.org"), Reason: newsletter.Bounced, At: monday.Add(-29 * day)}))
	for _, address := range []string{"ada@example.org", "bob@example.org"} {
		must(t, d.SignUp(t.Context(), Request{Address: address}))
	}
	if len(p.unblocked) > 0 {
		t.Errorf("unblocked %v", p.unblocked)
	}
}
