package feedback_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/feedback"
	"github.com/masthead-mail/masthead/internal/local/sqlitetest"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// counted is an issue of some links, and who counts.
type counted struct {
	*feedback.Clicks
	t     *testing.T
	now   time.Time
	links []newsletter.Link
}

func newCounted(t *testing.T, n int) *counted {
	store := sqlitetest.Open(t)
	c := &counted{t: t, now: time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)}
	c.Clicks = &feedback.Clicks{Store: store, Tokens: &token.Signer{Keys: []token.Key{{ID: "a", Secret: []byte("secret")}}}, Pepper: []byte("pepper"), Now: func() time.Time { return c.now }}
	all := newsletter.Links{Issue: "weekly-1"}
	for i := range n {
		url := fmt.Sprintf("https://magazine.example.org/%d", i)
		c.links = append(c.links, newsletter.Link{ID: newsletter.LinkID(url), URL: url, Title: fmt.Sprint("Article ", i)})
	}
	all.Add(c.links)
	if err := store.SaveLinks(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *counted) press(network string, link int, change ...func(*newsletter.Visit)) string {
	c.t.Helper()
	v := newsletter.Visit{Method: "GET", Agent: "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", Accept: "text/html", Network: network}
	for _, f := range change {
		f(&v)
	}
	to, err := c.Follow(c.t.Context(), c.Tokens.SignLink("weekly-1", c.links[link].ID), &v)
	if err != nil {
		c.t.Fatal(err)
	}
	return to
}

func (c *counted) want(name string, want ...int) {
	c.t.Helper()
	list, err := c.Of(c.t.Context(), "weekly-1")
	if err != nil {
		c.t.Fatal(err)
	}
	for i := range list {
		if n := 0; i < len(want) {
			n = want[i]
			if list[i].Clicks != n {
				c.t.Errorf("%s: link %d has %d clicks, want %d", name, i, list[i].Clicks, n)
			}
		}
	}
}

func TestClicksOfPeopleCount(t *testing.T) {
	c := newCounted(t, 3)
	if to := c.press("192.0.2.1", 0); to != "https://magazine.example.org/0" {
		t.Errorf("led to %s", to)
	}
	c.press("192.0.2.2", 0)
	c.press("192.0.2.2", 1)
	c.want("two readers", 2, 1, 0)
	c.press("192.0.2.1", 0)
	c.want("pressed again within the hour", 2, 1, 0)
	c.now = c.now.Add(time.Hour)
	c.press("192.0.2.1", 0)
	c.want("pressed again later", 3, 1, 0)
	if to := c.press("192.0.2.3", 1, func(v *newsletter.Visit) { v.Method = "HEAD" }); to != "https://magazine.example.org/1" {
		t.Errorf("HEAD led to %s", to)
	}
	c.press("192.0.2.3", 1, func(v *newsletter.Visit) { v.Agent = "curl/8" })
	c.want("machines", 3, 1, 0)
}

// TestAScannerThatPassesForABrowser opens all links at once.
func TestAScannerThatPassesForABrowser(t *testing.T) {
	c := newCounted(t, 30)
	for i := range c.links {
		c.press("198.51.100.7", i)
	}
	list, err := c.Of(t.Context(), "weekly-1")
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, link := range list {
		total += link.Clicks
	}
	if total != 4 {
		t.Errorf("%d of its visits were counted, want 4", total)
	}
	c.press("192.0.2.1", 20)
	c.want("a reader meanwhile", 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
}

func TestALinkLedElsewhere(t *testing.T) {
	c, ctx := newCounted(t, 2), t.Context()
	const corrected = "https://magazine.example.org/0-corrected"
	before, err := c.Retarget(ctx, "weekly-1", c.links[0].ID, corrected)
	if err != nil || before.Target() != c.links[0].URL {
		t.Errorf("%+v, %v", before, err)
	}
	if to := c.press("192.0.2.1", 0); to != corrected {
		t.Errorf("led to %s", to)
	}
	c.want("the count goes on", 1, 0)
	for name, c := range map[string]struct {
		got, want error
	}{
		"an unknown link":  {second(c.Retarget(ctx, "weekly-1", "nothing", corrected)), newsletter.ErrNotFound},
		"an unknown issue": {second(c.Retarget(ctx, "weekly-2", c.links[0].ID, corrected)), newsletter.ErrNotFound},
		"a script":         {second(c.Retarget(ctx, "weekly-1", c.links[0].ID, "javascript:alert(1)")), newsletter.ErrInvalid},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v", name, c.got)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestForgedLinksLeadNowhere(t *testing.T) {
	c := newCounted(t, 1)
	good := c.Tokens.SignLink("weekly-1", c.links[0].ID)
	other := &token.Signer{Keys: []token.Key{{ID: "a", Secret: []byte("other")}}}
	for name, tok := range map[string]string{
		"somebody else's":  other.SignLink("weekly-1", c.links[0].ID),
		"another issue's":  "v1.a.r.weekly-2" + good[len("v1.a.r.weekly-1"):],
		"a reader's token": c.Tokens.Sign(token.Unsubscribe, token.Claims{}),
		"nothing":          "",
	} {
		if to, err := c.Follow(t.Context(), tok, &newsletter.Visit{}); !errors.Is(err, token.ErrForged) || to != "" {
			t.Errorf("%s: %q, %v", name, to, err)
		}
	}
	if _, err := c.Tokens.Verify(good, token.Unsubscribe, c.now); !errors.Is(err, token.ErrForged) {
		t.Errorf("a link unsubscribes: %v", err)
	}
	if to, err := c.Follow(t.Context(), c.Tokens.SignLink("weekly-1", "gone"), &newsletter.Visit{}); !errors.Is(err, newsletter.ErrNotFound) || to != "" {
		t.Errorf("a link that is not there: %q, %v", to, err)
	}
}

// rivals saves links as a store where others change them first, or that has a fault.
type rivals struct {
	feedback.ClickStore
	races, saves int
	fault        error
}

func (r *rivals) SaveLinks(ctx context.Context, l *newsletter.Links) error {
	r.saves++
	if r.fault != nil {
		return r.fault
	}
	if r.saves <= r.races {
		return fmt.Errorf("save links: %w", newsletter.ErrConflict)
	}
	return r.ClickStore.SaveLinks(ctx, l)
}

// TestALinkThatOthersLeadElsewhereToo: a lost race is tried again, a fault is not.
func TestALinkThatOthersLeadElsewhereToo(t *testing.T) {
	broken := errors.New("the store is away")
	for name, r := range map[string]struct {
		races int
		fault error
		saves int
		want  error
	}{
		"nobody else": {0, nil, 1, nil},
		"a lost race": {1, nil, 2, nil},
		"ever again":  {100, nil, 4, newsletter.ErrConflict},
		"a fault":     {0, broken, 1, broken},
	} {
		c := newCounted(t, 1)
		store := &rivals{ClickStore: c.Store, races: r.races, fault: r.fault}
		c.Store = store
		_, err := c.Retarget(t.Context(), "weekly-1", c.links[0].ID, "https://magazine.example.org/corrected")
		if !errors.Is(err, r.want) || (err == nil) != (r.want == nil) || store.saves != r.saves {
			t.Errorf("%s: %v after %d saves, want %v after %d", name, err, store.saves, r.want, r.saves)
		}
	}
}
