package subscribe

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/local/sqlite"
	"github.com/masthead-mail/masthead/internal/local/sqlitetest"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

const (
	hour = time.Hour
	day  = 24 * hour
)

var (
	monday = time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
	pepper = []byte("pepper")
)

// desk is the stage over a real store, with a post box that remembers and a clock
// that only moves when told.
type desk struct {
	*Subscribers
	store *sqlite.Store
	post  *postBox
	now   time.Time

	topics string // of the publication
}

func open(t testing.TB) *desk {
	t.Helper()
	store := sqlitetest.Open(t)
	d := &desk{store: store, post: &postBox{}, now: monday}
	d.Subscribers = &Subscribers{
		Store: store, Mail: d.post, Render: letter{}, Pepper: pepper, Now: func() time.Time { return d.now },
		Publication: func(context.Context) (newsletter.Publication, error) {
			return newsletter.Publication{Name: "The Lantern Post", BaseURL: "https://news.example.org", Topics: d.topics}, nil
		},
		Tokens: &token.Signer{Keys: []token.Key{{ID: "a", Secret: []byte("secret")}}},
	}
	return d
}

// letter is a single mail of nothing but its kind and its link.
type letter struct{}

func (letter) Letter(p *newsletter.Publication, kind newsletter.Letter, language, link string) (newsletter.Message, error) {
	return newsletter.Message{Publication: p, Subject: string(kind), Text: link, Language: language, Automatic: true}, nil
}

// press is the button of a confirmation.
func (d *desk) press(t testing.TB, tok string) error {
	_, err := d.Confirm(t.Context(), tok)
	return err
}

type postBox struct {
	lock sync.Mutex
	sent []newsletter.Message
	down error
}

func (p *postBox) Post(_ context.Context, m *newsletter.Message) error {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.down != nil {
		return p.down
	}
	p.sent = append(p.sent, *m)
	return nil
}

// link is the token in the newest confirmation.
func (d *desk) link(t *testing.T) string {
	t.Helper()
	if len(d.post.sent) == 0 {
		t.Fatal("no confirmation was mailed")
	}
	tok, found := strings.CutPrefix(d.post.sent[len(d.post.sent)-1].Text, "https://news.example.org/confirm/")
	if !found {
		t.Fatalf("the link is %q", d.post.sent[0].Text)
	}
	return tok
}

func (d *desk) unsubscribeLink(a newsletter.Address) string {
	return d.Tokens.Sign(token.Unsubscribe, token.Claims{Subscriber: newsletter.Identify(pepper, a)})
}

func (d *desk) signUp(t *testing.T, address string) {
	t.Helper()
	must(t, d.SignUp(t.Context(), Request{Address: address, Network: "192.0.2.1", Origin: "form", Wording: "2026-03"}))
}

// reader makes somebody active and returns their id.
func (d *desk) reader(t *testing.T, address string) newsletter.SubscriberID {
	t.Helper()
	d.signUp(t, address)
	must(t, d.press(t, d.link(t)))
	return newsletter.Identify(pepper, newsletter.Address(address))
}

func (d *desk) suppress(t *testing.T, a newsletter.Address, why newsletter.Status, at time.Time) {
	t.Helper()
	must(t, d.store.SaveSuppression(t.Context(), &newsletter.Suppression{ID: newsletter.Identify(pepper, a), Reason: why, At: at}))
}

func (d *desk) wantStatus(t *testing.T, id newsletter.SubscriberID, want newsletter.Status) newsletter.Subscriber {
	t.Helper()
	sub, err := d.store.Subscriber(t.Context(), id)
	if err != nil || sub.Status != want {
		t.Errorf("subscriber is %q (%v), want %s", sub.Status, err, want)
	}
	return sub
}

// wantSuppressed checks what stands against an address; "": nothing.
func (d *desk) wantSuppressed(t *testing.T, id newsletter.SubscriberID, want newsletter.Status) {
	t.Helper()
	found, err := d.store.Suppression(t.Context(), id)
	if err != nil && !errors.Is(err, newsletter.ErrNotFound) || found.Reason != want {
		t.Errorf("suppressed for %q (%v), want %q", found.Reason, err, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const racers = 16

// race calls f from sixteen goroutines at once and returns their errors.
func race(f func() error) []error {
	faults := make([]error, racers)
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range racers {
		done.Go(func() {
			start.Wait()
			faults[i] = f()
		})
	}
	start.Done()
	done.Wait()
	return slices.DeleteFunc(faults, func(err error) bool { return err == nil })
}
