package collect_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/collect"
	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/local/sqlitetest"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

type collectStore interface {
	collect.Store
	ArticlesSince(ctx context.Context, schedule string, since time.Time) ([]newsletter.Article, error)
}

func newStore(t *testing.T) collectStore {
	t.Helper()
	return sqlitetest.Open(t)
}

// site is a web site whose pages a test changes while it runs.
type site struct {
	URL   string
	mu    sync.Mutex
	pages map[string]http.HandlerFunc
	asked map[string]int
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{pages: map[string]http.HandlerFunc{}, asked: map[string]int{}}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	s.URL = srv.URL
	return s
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	page := s.pages[r.URL.Path]
	s.asked[r.URL.Path]++
	s.mu.Unlock()
	if page == nil {
		http.NotFound(w, r)
		return
	}
	page(w, r)
}

// set serves a document at a path. SITE stands for the site's address.
func (s *site) set(path, contentType, document string) {
	s.handle(path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		io.WriteString(w, strings.ReplaceAll(document, "SITE", s.URL))
	})
}

func (s *site) handle(path string, h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[path] = h
}

func (s *site) times(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[path]
}

// collector collects from these sites into a new store at noon.
func collector(t *testing.T, sites ...*site) (*collect.Collector, collectStore) {
	t.Helper()
	client := &fetch.Client{}
	for _, s := range sites {
		client.Allow = append(client.Allow, strings.TrimPrefix(s.URL, "http://"))
	}
	store := newStore(t)
	return &collect.Collector{Store: store, Fetch: client, Now: func() time.Time { return noon }}, store
}

func visit(t *testing.T, c *collect.Collector, address string) collect.Report {
	t.Helper()
	source, err := c.Add(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return c.Visit(t.Context(), source.ID)
}

func articles(t *testing.T, store collectStore) []newsletter.Article {
	t.Helper()
	list, err := store.ArticlesSince(t.Context(), "weekly", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func authorOf(t *testing.T, store collectStore, a newsletter.Article) newsletter.Profile {
	t.Helper()
	if len(a.Authors) == 0 {
		t.Fatalf("%q has no author", a.Title)
	}
	author, err := store.Author(t.Context(), a.Authors[0])
	if err != nil {
		t.Fatal(err)
	}
	return author.Profile()
}

// rss is a feed of items, each "path|title|days ago".
func rss(items ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>The Example</title><link>SITE/</link><description>Daily news</description>`)
	for _, item := range items {
		f := strings.Split(item, "|")
		var days int
		fmt.Sscan(f[2], &days)
		fmt.Fprintf(&b, `<item><title>%s</title><link>SITE%s</link><guid>SITE%s</guid><dc:creator>Ada Byron</dc:creator><pubDate>%s</pubDate><description>Something happened in the town of Example, and a great many people saw it.</description></item>`,
			f[1], f[0], f[0], noon.AddDate(0, 0, -days).Format(time.RFC1123Z))
	}
	return b.String() + `</channel></rss>`
}
