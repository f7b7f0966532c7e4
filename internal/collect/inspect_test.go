package collect_test

import (
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestInspectSaysWhereEachFieldComesFrom(t *testing.T) {
	s := newSite(t)
	s.set("/feed", "text/xml", rss("/a|The ferry is late again|1", "/b|The harbour master resigns|2"))
	s.set("/a", html, `<html lang="en"><head><meta property="og:image" content="/ferry-1200x800.jpg"></head><article><h1>The ferry is late again</h1><p class="byline">By <a rel="author" href="/author/ada/">Ada Byron</a></p></article></html>`)
	s.set("/author/ada/", html, `<h1>Ada Byron</h1><div class="archive-description"><p>Ada writes about water and boats.</p></div>`)
	c, store := collector(t, s)
	in, err := c.Inspect(t.Context(), s.URL+"/feed", 1)
	if err != nil || in.Source.Kind != newsletter.SourceFeed || in.Source.Title != "The Example" || len(in.Articles) != 1 {
		t.Fatalf("%+v, %v", in, err)
	}
	seen := in.Articles[0]
	for field, want := range map[string]string{"title": "list", "link": "list", "authors": "list", "published": "list", "image": "page", "image size": "page", "language": "page", "author 1 bio": "archive", "comments": "", "dek": ""} {
		if seen.From[field] != want && !(field == "image size" && seen.From[field] == "picture") {
			t.Errorf("%s comes from %q, want %q", field, seen.From[field], want)
		}
	}
	if seen.Article.Image.Width != 1200 || seen.Byline[0].Bio != "Ada writes about water and boats." {
		t.Errorf("%+v", seen)
	}
	if list := articles(t, store); len(list) != 0 {
		t.Errorf("stored %+v", list)
	}
	if sources, err := store.Sources(t.Context()); err != nil || len(sources) != 0 {
		t.Errorf("stored %+v, %v", sources, err)
	}
	if _, err := c.Inspect(t.Context(), s.URL+"/none", 1); err == nil {
		t.Error("a site that is not there was read")
	}
}
