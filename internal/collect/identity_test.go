package collect_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/collect"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestAtAFirstVisitAllButTheNewestFewArePast(t *testing.T) {
	s := newSite(t)
	var items []string
	for day := 30; day > 0; day-- { // the oldest first, as no feed should
		items = append(items, fmt.Sprintf("/%d|The news of day %d in full length|%d", day, day, day))
	}
	s.set("/feed", "text/xml", rss(append(items, "/tomorrow|The news of tomorrow in full length|-1")...))
	c, store := collector(t, s)
	c.FirstVisit = 3
	r := visit(t, c, s.URL+"/feed")
	if r.Err != nil || r.New != 4 || r.Past != 27 {
		t.Fatalf("%+v", r)
	}
	list := articles(t, store)
	if len(list) != 4 || list[0].Mailable(noon) || !list[1].Mailable(noon) || list[1].URL != s.URL+"/1" {
		t.Errorf("%+v", list)
	}
	if n := s.times("/20"); n != 0 {
		t.Errorf("the page of a past article was asked for")
	}
}

func TestAnArticleIsCollectedOnce(t *testing.T) {
	for name, second := range map[string]string{
		"unchanged":                     rss("/a?utm_source=feed|The ferry is late again today|1"),
		"another guid":                  strings.ReplaceAll(rss("/a|The ferry is late again today|1"), "<guid>SITE/a", "<guid>urn:7"),
		"another link":                  strings.ReplaceAll(rss("/a|The ferry is late again today|1"), "<link>SITE/a", "<link>SITE/2026/a"),
		"another link and guid":         rss("/moved|The ferry is late again today|1"),
		"with www and a trailing slash": rss("/a/|The ferry is late again today|1"),
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.set("/feed", "text/xml", rss("/a|The ferry is late again today|1"))
			c, store := collector(t, s)
			source := visit(t, c, s.URL+"/feed").Source
			s.set("/feed", "text/xml", second)
			if r := c.Visit(t.Context(), source.ID); r.Err != nil || r.New != 0 || len(articles(t, store)) != 1 {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestTwoArticlesWithOneGuidAreTwo(t *testing.T) {
	s := newSite(t)
	s.set("/feed", "text/xml", strings.ReplaceAll(rss("/a|The ferry is late again today|1", "/b|The harbour master resigns|2"), "<guid>SITE/", "<guid>post"))
	s.set("/same", "text/xml", `<rss><channel><item><guid>0</guid><title>One</title><link>SITE/one</link></item><item><guid>0</guid><title>Two</title><link>SITE/two</link></item></channel></rss>`)
	c, _ := collector(t, s)
	if r := visit(t, c, s.URL+"/same"); r.Err != nil || r.New != 2 {
		t.Errorf("%+v", r)
	}
}

func TestAnEditUpdatesTheStoredArticle(t *testing.T) {
	s := newSite(t)
	s.set("/feed", "text/xml", rss("/a|The ferry is late|1"))
	s.set("/a", html, `<html><head><meta property="og:image" content="/ferry.jpg"></head><body><article><h1>The ferry is late</h1><p class="dek">Once again.</p></article></body></html>`)
	c, store := collector(t, s)
	source := visit(t, c, s.URL+"/feed").Source
	s.set("/feed", "text/xml", strings.ReplaceAll(rss("/a|The ferry was late|1"), "Ada Byron", "Ada Byron and Grace Example"))
	r := c.Visit(t.Context(), source.ID)
	list := articles(t, store)
	if r.Err != nil || r.Updated != 1 || r.New != 0 || len(list) != 1 {
		t.Fatalf("%+v", r)
	}
	if a := list[0]; a.Title != "The ferry was late" || a.Dek != "Once again." || a.Image.URL != s.URL+"/ferry.jpg" || len(a.Authors) != 2 || !a.FirstSeen.Equal(noon) {
		t.Errorf("%+v", a)
	}
	if r = c.Visit(t.Context(), source.ID); r.Updated != 0 || r.Seen != 1 {
		t.Errorf("the same edit twice: %+v", r)
	}
}

func TestTheSameArticleFromTwoSourcesIsOne(t *testing.T) {
	s := newSite(t)
	s.set("/feed", "text/xml", rss("/a|The ferry is late|1"))
	s.set("/other", "text/xml", `<rss><channel><item><guid>77</guid><title>Ferry late (via The Example)</title><link>SITE/click/77</link></item></channel></rss>`)
	s.set("/a", html, `<link rel="canonical" href="SITE/a"><article><h1>The ferry is late</h1></article>`)
	s.handle("/click/77", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/a", http.StatusFound) })
	c, store := collector(t, s)
	visit(t, c, s.URL+"/feed")
	r := visit(t, c, s.URL+"/other")
	if list := articles(t, store); r.Err != nil || r.New != 0 || len(list) != 1 || list[0].Title != "The ferry is late" {
		t.Errorf("%+v %+v", r, list)
	}
}

func TestOldArticlesThatComeUpAgainAreThePast(t *testing.T) {
	s := newSite(t)
	items := []string{"/1|The news of day one|1", "/2|The news of day two|2", "/3|The news of day three|3", "/4|The news of day four|4", "/5|The news of day five|5"}
	s.set("/feed", "text/xml", rss(items...))
	c, _ := collector(t, s)
	source := visit(t, c, s.URL+"/feed").Source
	s.set("/feed", "text/xml", rss(append([]string{"/0|The news of today|0"}, append(items, "/9|The news of long ago|90")...)...))
	if r := c.Visit(t.Context(), source.ID); r.Err != nil || r.New != 1 || r.Past != 1 {
		t.Errorf("%+v", r)
	}
}

func TestUndatedArticlesKeepTheOrderOfTheList(t *testing.T) {
	s := newSite(t)
	s.set("/feed", "text/xml", `<rss><channel><item><title>First</title><link>SITE/1</link></item><item><title>Second</title><link>SITE/2</link></item><item><title>Third</title><link>SITE/3</link></item></channel></rss>`)
	c, store := collector(t, s)
	visit(t, c, s.URL+"/feed")
	var titles []string
	for _, a := range articles(t, store) {
		titles = append(titles, a.Title)
		if !a.Mailable(noon) {
			t.Errorf("%+v", a)
		}
	}
	if got := strings.Join(titles, " "); got != "First Second Third" {
		t.Error(got)
	}
}

func TestAuthorsWhoShareAPageAreToldApart(t *testing.T) {
	for _, page := range []string{"SITE/", "SITE/staff/"} {
		s := newSite(t)
		s.set("/feed", "application/json", `{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","url":"SITE/1","title":"One","authors":[{"name":"Ada Byron","url":"`+page+`"}]},{"id":"2","url":"SITE/2","title":"Two","authors":[{"name":"Grace Hopper","url":"`+page+`"}]}]}`)
		c, store := collector(t, s)
		visit(t, c, s.URL+"/feed")
		list := articles(t, store)
		if one, two := authorOf(t, store, list[0]), authorOf(t, store, list[1]); one.Name != "Ada Byron" || two.Name != "Grace Hopper" || one.URL == "" {
			t.Errorf("%+v, %+v", one, two)
		}
	}
}

func TestAnOverriddenBioStays(t *testing.T) {
	s := newSite(t)
	s.set("/swim/", html, articlePage)
	c, store := collector(t, s)
	source := visit(t, c, s.URL+"/swim/").Source
	author, err := store.Author(t.Context(), articles(t, store)[0].Authors[0])
	if err != nil {
		t.Fatal(err)
	}
	author.Override.Bio = "Written by the editor."
	if err := store.SaveAuthor(t.Context(), &author); err != nil {
		t.Fatal(err)
	}
	s.set("/swim/", html, strings.ReplaceAll(articlePage, "owns no boat", "owns a boat by now"))
	c.Visit(t.Context(), source.ID)
	author, err = store.Author(t.Context(), author.Key)
	if err != nil || author.Profile().Bio != "Written by the editor." || !strings.Contains(author.Found.Bio, "a boat by now") {
		t.Errorf("%+v, %v", author, err)
	}
}

func TestAnArticleDoesNotBecomeAList(t *testing.T) {
	s := newSite(t)
	s.set("/swim/", html, articlePage)
	c, _ := collector(t, s)
	source := visit(t, c, s.URL+"/swim/").Source
	s.set("/swim/", html, `<html><body><h1>We are moving house</h1><main><h2><a href="/x">Something else altogether</a></h2></main></body></html>`)
	if r := c.Visit(t.Context(), source.ID); r.Err != nil || r.New != 0 || r.Past != 0 {
		t.Errorf("%+v", r)
	}
}

func TestAMovedFeedIsFollowedForGood(t *testing.T) {
	s := newSite(t)
	s.handle("/old", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/new", http.StatusMovedPermanently) })
	s.set("/new", "text/xml", rss("/a|The ferry is late|1"))
	c, _ := collector(t, s)
	source := visit(t, c, s.URL+"/old").Source
	c.Visit(t.Context(), source.ID)
	if source.Endpoint != s.URL+"/new" || s.times("/old") != 1 {
		t.Errorf("%+v; the old address was asked %d times", source, s.times("/old"))
	}
}

// brittle is a store in which one write fails, as if the process died there.
type brittle struct {
	collectStore
	left int
}

var errDied = errors.New("the process died")

func (b *brittle) write() error {
	if b.left--; b.left < 0 {
		return errDied
	}
	return nil
}

func (b *brittle) AddArticle(ctx context.Context, a *newsletter.Article, aliases ...string) error {
	for _, key := range a.Authors {
		if _, err := b.Author(ctx, key); err != nil {
			return fmt.Errorf("article %s before its author: %w", a.URL, err)
		}
	}
	if err := b.write(); err != nil {
		return err
	}
	return b.collectStore.AddArticle(ctx, a, aliases...)
}

func (b *brittle) SaveAuthor(ctx context.Context, a *newsletter.Author) error {
	if err := b.write(); err != nil {
		return err
	}
	return b.collectStore.SaveAuthor(ctx, a)
}

func (b *brittle) SaveSource(ctx context.Context, s *newsletter.Source) error {
	if err := b.write(); err != nil {
		return err
	}
	return b.collectStore.SaveSource(ctx, s)
}

// TestAKilledVisitLosesNothing lets a visit die at each of its writes in turn. The
// next visit must bring the rest, although the source would answer "not modified" to
// whoever saved its validators too early.
func TestAKilledVisitLosesNothing(t *testing.T) {
	for died := range 8 {
		s := newSite(t)
		s.handle("/feed", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"1"`)
			if r.Header.Get("If-None-Match") != "" {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			fmt.Fprint(w, strings.ReplaceAll(rss("/a|The ferry is late|1", "/b|The harbour master resigns|2", "/c|The gulls have won|3"), "SITE", s.URL))
		})
		c, store := collector(t, s)
		c.FirstVisit = 2
		source, err := c.Add(t.Context(), s.URL+"/feed")
		if err != nil {
			t.Fatal(err)
		}
		c.Store = &brittle{store, died}
		c.Visit(t.Context(), source.ID)
		c.Store = store
		c.Visit(t.Context(), source.ID)
		if list := articles(t, store); len(list) != 2 {
			t.Errorf("died at write %d: %d articles", died, len(list))
		}
		if r := c.Visit(t.Context(), source.ID); !r.NotModified {
			t.Errorf("died at write %d: the validators were lost: %+v", died, r)
		}
	}
}

func TestABrokenOffFeedIsAskedForAgain(t *testing.T) {
	s := newSite(t)
	whole := strings.ReplaceAll(rss("/a|The ferry is late|1", "/b|The harbour master resigns|2"), "SITE", s.URL)
	body := whole[:strings.LastIndex(whole, "resigns")]
	s.handle("/feed", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprint(w, body)
	})
	c, store := collector(t, s)
	source := visit(t, c, s.URL+"/feed").Source
	body = whole
	if r := c.Visit(t.Context(), source.ID); r.New != 1 {
		t.Errorf("%+v", r)
	}
	for _, a := range articles(t, store) {
		if a.Title != "The ferry is late" && a.Title != "The harbour master resigns" {
			t.Errorf("half a title: %q", a.Title)
		}
	}
}

func TestAVisitCalledOffIsNobodysFault(t *testing.T) {
	s := newSite(t)
	c, store := collector(t, s)
	source, err := c.Add(t.Context(), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s.handle("/", func(http.ResponseWriter, *http.Request) { cancel() })
	if r := c.Visit(ctx, source.ID); !errors.Is(r.Err, context.Canceled) {
		t.Errorf("%+v", r)
	}
	if stored, err := store.Source(t.Context(), source.ID); err != nil || stored.Failures != 0 {
		t.Errorf("%+v, %v", stored, err)
	}
}

func TestTwoCollectorsAtOnce(t *testing.T) {
	s := newSite(t)
	s.set("/feed", "text/xml", rss("/a|The ferry is late|1", "/b|The harbour master resigns|2", "/c|The gulls have won|3"))
	c, store := collector(t, s)
	source, err := c.Add(t.Context(), s.URL+"/feed")
	if err != nil {
		t.Fatal(err)
	}
	added := 0
	for _, r := range c.VisitAll(t.Context(), []string{source.ID, source.ID, source.ID, source.ID}) {
		if r.Err != nil {
			t.Error(r.Err)
		}
		added += r.New
	}
	if list := articles(t, store); added != 3 || len(list) != 3 {
		t.Errorf("%d added, %d stored", added, len(list))
	}
}

func TestProgressIsTold(t *testing.T) {
	s := newSite(t)
	s.set("/feed", "text/xml", rss("/a|The ferry is late|1", "/b|The harbour master resigns|2"))
	c, _ := collector(t, s)
	var told []string
	c.Progress = func(e collect.Event) { told = append(told, fmt.Sprintf("%d/%d %s", e.Done, e.Total, e.Article)) }
	visit(t, c, s.URL+"/feed")
	if got := strings.Join(told, ", "); got != "0/-1 , 0/2 The ferry is late, 1/2 The harbour master resigns, 2/2 " {
		t.Error(got)
	}
}
