package collect_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestTheLinkThatIsMailed: readers get the address that the page names itself, without
// what the feed counts clicks with, and the article stays the same one.
func TestTheLinkThatIsMailed(t *testing.T) {
	const head = `<html><head><meta property="og:type" content="article">`
	const body = `</head><body><article><h1>The ferry is late again</h1><div id="respond"></div></article></body></html>`
	for name, tt := range map[string]struct{ link, path, page, want string }{
		"the canonical one":                   {"/a?source=rss-7&utm_source=x", "/a", head + `<link rel="canonical" href="SITE/2026/a/">` + body, "/2026/a/"},
		"without tracking where none is":      {"/a?utm_source=x&p=7", "/a", head + body, "/a?p=7"},
		"without tracking of a dead page":     {"/a?utm_source=x&utm_medium=rss", "", "", "/a"},
		"not the home page":                   {"/a", "/a", head + `<link rel="canonical" href="SITE/">` + body, "/a"},
		"not the section above":               {"/news/a", "/news/a", head + `<link rel="canonical" href="SITE/news/">` + body, "/news/a"},
		"the article of a light rendition":    {"/news/a/amp/", "/news/a/amp/", head + `<link rel="canonical" href="SITE/news/a/">` + body, "/news/a/"},
		"not what links are relative to":      {"/a", "/a", head + `<base href="/">` + body, "/a"},
		"not another host's":                  {"/a", "/a", head + `<link rel="canonical" href="https://example.net/a">` + body, "/a"},
		"not with tracking of the page's own": {"/a", "/a", head + `<link rel="canonical" href="SITE/a/?utm_source=x">` + body, "/a/"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.set("/feed", "text/xml", strings.ReplaceAll(rss(tt.link+"|The ferry is late again|1"), "&", "&amp;"))
			if tt.page != "" {
				s.set(tt.path, html, tt.page)
			}
			c, store := collector(t, s)
			source := visit(t, c, s.URL+"/feed").Source
			list := articles(t, store)
			if len(list) != 1 || list[0].URL != s.URL+tt.want || list[0].ID != newsletter.ArticleID(s.URL+tt.link) {
				t.Fatalf("%+v", list)
			}
			if reply := list[0].CommentURL; tt.page != "" && reply != list[0].URL+"#respond" {
				t.Errorf("reply at %s", reply)
			}
			if r := c.Visit(t.Context(), source.ID); r.Err != nil || r.New+r.Updated != 0 {
				t.Errorf("second visit: %+v", r)
			}
		})
	}
}

func TestAWallInFrontOfAnArticleIsNotMailed(t *testing.T) {
	s := newSite(t)
	s.set("/feed", "text/xml", rss("/a|The ferry is late again|1"))
	s.handle("/a", http.RedirectHandler("/sign-in", http.StatusFound).ServeHTTP)
	s.set("/sign-in", html, `<html><body><h1>Sign in to read</h1></body></html>`)
	c, store := collector(t, s)
	visit(t, c, s.URL+"/feed")
	if list := articles(t, store); len(list) != 1 || list[0].URL != s.URL+"/a" {
		t.Errorf("%+v", list)
	}
}

// TestADekIsNoExcerpt: where a feed gives the dek only, the excerpt is the page's.
func TestADekIsNoExcerpt(t *testing.T) {
	const dek, text = "Something happened in the town of Example, and a great many people saw it.", "The ferry left at six as on every morning, with one passenger and a crate of lemons."
	for name, head := range map[string]string{
		"that the theme shows":   `<p class="entry-subtitle">` + dek + `</p>`,
		"that the page tells":    `<meta name="description" content="` + dek + `">`,
		"that the page has not":  "",
		"cut short on the page ": `<p class="entry-subtitle">Something happened in the town of Example.</p>`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.set("/feed", "text/xml", rss("/a|The ferry is late again|1"))
			s.set("/a", html, head+`<article><h1>The ferry is late again</h1><div class="entry-content"><p>`+text+`</p></div></article>`)
			c, store := collector(t, s)
			source := visit(t, c, s.URL+"/feed").Source
			a := articles(t, store)[0]
			if a.Excerpt != text || !strings.HasPrefix(a.Dek, "Something happened in the town of Example") {
				t.Errorf("%+v", a)
			}
			s.set("/feed", "text/xml", rss("/a|The ferry was late again|1"))
			if r := c.Visit(t.Context(), source.ID); r.Updated != 1 || articles(t, store)[0].Excerpt != text {
				t.Errorf("after an edit: %+v", articles(t, store)[0])
			}
		})
	}
}
