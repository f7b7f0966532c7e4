package collect_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/collect"
	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/local/magazine"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestAnArticleByItsAddress takes one article in as an editor types its address.
func TestAnArticleByItsAddress(t *testing.T) {
	handler, err := magazine.New(magazine.Morning(noon))
	if err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(handler)
	t.Cleanup(site.Close)
	store := newStore(t)
	c := &collect.Collector{Store: store, Now: func() time.Time { return noon }, Fetch: &fetch.Client{Allow: []string{strings.TrimPrefix(site.URL, "http://")}}}
	link := site.URL + "/the-lighthouse-that-learned-to-whisper/?utm_source=chat"
	a, err := c.Article(t.Context(), " "+link)
	if err != nil {
		t.Fatal(err)
	}
	if a.Title != "The Lighthouse That Learned to Whisper" || a.Dek == "" || a.Image.URL == "" || len(a.Authors) == 0 || !a.Mailable(noon) || strings.Contains(a.URL, "utm") {
		t.Errorf("%+v", a)
	}
	if by := authorOf(t, store, a); by.Name == "" || by.Bio == "" {
		t.Errorf("author %+v", by)
	}
	again, err := c.Article(t.Context(), site.URL+"/the-lighthouse-that-learned-to-whisper")
	if err != nil || again.ID != a.ID || again.Rev != a.Rev {
		t.Errorf("again: %+v, %v", again, err)
	}
	for name, bad := range map[string]string{"no address": "not an address", "no page": site.URL + "/nowhere/", "no page of text": site.URL + "/feed/"} {
		if _, err := c.Article(t.Context(), bad); !errors.Is(err, newsletter.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if all := articles(t, store); len(all) != 1 {
		t.Errorf("%d articles", len(all))
	}
}
