package collect_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/collect"
	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/local/magazine"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestSampleMagazine collects the built-in magazine as it would any site: by its home
// page, which leads to the REST API, and by its feed, which leads to the pages.
func TestSampleMagazine(t *testing.T) {
	for path, kind := range map[string]newsletter.SourceKind{"": newsletter.SourceWordPress, "/feed/": newsletter.SourceFeed} {
		handler, err := magazine.New(magazine.Morning(noon))
		if err != nil {
			t.Fatal(err)
		}
		site := httptest.NewServer(handler)
		t.Cleanup(site.Close)
		store := newStore(t)
		c := &collect.Collector{Store: store, Now: func() time.Time { return noon }, Fetch: &fetch.Client{Allow: []string{strings.TrimPrefix(site.URL, "http://")}}}
		report := visit(t, c, site.URL+path)
		if report.Err != nil || report.New != 12 || report.WithBio != 7 || report.WithoutBio != 1 || report.Source.Kind != kind {
			t.Fatalf("%s: %+v", kind, report)
		}
		if report.Source.Title != "The Lantern Post" {
			t.Errorf("%s: the site is called %q", kind, report.Source.Title)
		}
		checkMagazine(t, store, site.URL)
		again := c.Visit(t.Context(), report.Source.ID)
		if again.Err != nil || again.New != 0 || again.Updated != 0 || !again.NotModified && again.Seen != 12 {
			t.Errorf("%s: second visit: %+v", kind, again)
		}
	}
}

func checkMagazine(t *testing.T, store collectStore, site string) {
	t.Helper()
	lists, err := store.ArticlesSince(t.Context(), "weekly", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	articles := map[string]newsletter.Article{}
	for _, a := range lists {
		articles[a.Title] = a
		if a.Dek == "" || a.Excerpt == "" || len(a.Authors) == 0 || !a.Mailable(noon) {
			t.Errorf("%q is not complete: %+v", a.Title, a)
		}
	}
	lighthouse := articles["The Lighthouse That Learned to Whisper"]
	if lighthouse.Image.Width != 1200 || lighthouse.Image.Alt == "" || lighthouse.Comments != 3 || lighthouse.CommentURL != site+"/the-lighthouse-that-learned-to-whisper/#respond" {
		t.Errorf("%+v", lighthouse)
	}
	if a := articles["Bronze & Patience: “You’ll Know It’s Ready When It Sings”"]; a.URL == "" {
		t.Error("the title with entities is not plain text")
	}
	if a := articles["The Last Ferry Keeps Its Own Time"]; a.CommentURL != "" {
		t.Errorf("comments are closed, but %s is offered", a.CommentURL)
	}
	if a := articles["Die Bibliothek, die nur bei Regen öffnet"]; a.Language != "de" {
		t.Errorf("language %q", a.Language)
	}
	if a := articles["Two Cyclists, One Map, and a River That Moved"]; len(a.Authors) != 2 {
		t.Errorf("the second author is missing: %v", a.Authors)
	}
	maren := authorOf(t, store, lighthouse)
	if !strings.Contains(maren.Bio, "She edits the Harbour Almanac, lives") || !strings.Contains(maren.BioHTML, `<a href="https://harbouralmanac.example/">`) ||
		maren.URL != site+"/author/maren-oksavik/" || maren.Photo == "" {
		t.Errorf("%+v", maren)
	}
}
