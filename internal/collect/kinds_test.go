package collect_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

const html = "text/html; charset=utf-8"

// articlePage is a page as a theme of WordPress makes it.
const articlePage = `<!DOCTYPE html><html lang="en-GB"><head><title>A Town Learns to Swim – The Example</title>
<link rel="canonical" href="SITE/swim/"><link rel="alternate" type="application/rss+xml" href="SITE/feed/">
<meta property="og:type" content="article"><meta property="og:site_name" content="The Example">
<meta property="og:image" content="SITE/pool.jpg"><meta property="og:image:width" content="1200"><meta property="og:image:height" content="800">
</head><body><article><header><h1 class="entry-title">A Town Learns to Swim</h1><p class="dek">Nobody had asked for a pool.</p>
<span class="byline">By <a rel="author" href="/author/ada/">Ada Byron</a></span></header>
<div class="entry-content"><img src="/pool.jpg" alt="A blue pool"><p>The pool opened on the first warm Sunday of the year, and by noon there was no water left to see.</p>
<p>It had taken eleven years, four mayors and one very patient plumber, who swam the first length himself.</p></div>
<section class="author-bio"><img class="avatar" src="/ada.jpg" alt=""><h3><a href="/author/ada/">Ada Byron</a></h3>
<p class="author-description">Ada Byron writes about water at <a href="/about/">The Example</a> and owns no boat. <a href="https://ada.example.org/">Learn More →</a></p></section>
</article><section id="comments"><h2 class="comments-title">2 thoughts on “A Town Learns to Swim”</h2><ol class="comment-list"><li class="comment">x</li><li class="comment">y</li></ol>
<div id="respond"><h3 id="reply-title">Leave a Reply</h3><form id="commentform"></form></div></section></body></html>`

func checkSwim(t *testing.T, store collectStore, s *site) {
	t.Helper()
	list := articles(t, store)
	if len(list) != 1 {
		t.Fatalf("%d articles: %+v", len(list), list)
	}
	a := list[0]
	if a.Title != "A Town Learns to Swim" || a.URL != s.URL+"/swim/" || a.Dek != "Nobody had asked for a pool." || !strings.Contains(a.Excerpt, "first warm Sunday") {
		t.Errorf("%+v", a)
	}
	if a.Image != (newsletter.Image{URL: s.URL + "/pool.jpg", Alt: "A blue pool", Width: 1200, Height: 800}) {
		t.Errorf("image %+v", a.Image)
	}
	if a.CommentURL != s.URL+"/swim/#respond" || a.Comments != 2 {
		t.Errorf("comments %s, %d", a.CommentURL, a.Comments)
	}
	want := newsletter.Profile{Name: "Ada Byron", Bio: "Ada Byron writes about water at The Example and owns no boat.",
		BioHTML: `Ada Byron writes about water at <a href="` + s.URL + `/about/">The Example</a> and owns no boat.`, URL: "https://ada.example.org/", Photo: s.URL + "/ada.jpg"}
	if got := authorOf(t, store, a); got != want {
		t.Errorf("author\n got %+v\nwant %+v", got, want)
	}
}

func TestEveryKindOfSourceIsRecognised(t *testing.T) {
	const item = `<item><title>A Town Learns to Swim</title><link>/swim/</link><guid isPermaLink="false">42</guid><author>ada@example.org (Ada Byron)</author><pubDate>Tue, 24 Nov 2026 08:00:00 GMT</pubDate></item>`
	const atom = `<feed xmlns="http://www.w3.org/2005/Atom"><title>The Example</title><link href="SITE/"/><id>tag:x</id><author><name>Ada Byron</name><uri>SITE/author/ada/</uri></author>
<entry><id>tag:x,42</id><title type="html">A Town Learns to &lt;i&gt;Swim&lt;/i&gt;</title><link rel="alternate" href="/swim/"/><published>2026-11-24T08:00:00Z</published></entry></feed>`
	const jsonFeed = `{"version":"https://jsonfeed.org/version/1.1","title":"The Example","home_page_url":"SITE/","items":[{"id":42,"url":"SITE/swim/","title":"A Town Learns to Swim","authors":{"name":"Ada Byron"},"date_published":"2026-11-24T08:00:00Z"}]}`
	home := func(link string) string {
		return `<html><head><title>The Example</title>` + link + `</head><body><h1>The Example</h1></body></html>`
	}
	for name, tt := range map[string]struct {
		kind  newsletter.SourceKind
		pages map[string]string
		start string
	}{
		"an RSS feed":                    {newsletter.SourceFeed, map[string]string{"/rss": "<rss><channel><title>The Example</title>" + item + "</channel></rss>"}, "/rss"},
		"an Atom feed":                   {newsletter.SourceFeed, map[string]string{"/atom": atom}, "/atom"},
		"a JSON Feed":                    {newsletter.SourceFeed, map[string]string{"/json": jsonFeed}, "/json"},
		"a home page with a feed link":   {newsletter.SourceFeed, map[string]string{"/": home(`<link rel=alternate type="application/atom+xml" href="/atom">`), "/atom": atom}, "/"},
		"a home page that forgot it":     {newsletter.SourceFeed, map[string]string{"/": home(""), "/feed/": "<rss><channel>" + item + "</channel></rss>"}, ""},
		"a feed behind a dead API":       {newsletter.SourceFeed, map[string]string{"/": home(`<link rel="https://api.w.org/" href="SITE/wp-json/"><link rel=alternate type="application/rss+xml" href="/rss">`), "/rss": "<rss><channel>" + item + "</channel></rss>"}, "/"},
		"an article":                     {newsletter.SourcePage, map[string]string{}, "/swim/"},
		"a page that lists its articles": {newsletter.SourcePage, map[string]string{"/": home("") + `<main><ul><li><a href="/swim/">A Town Learns to Swim</a></li></ul></main>`}, "/"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.set("/swim/", html, articlePage)
			for path, document := range tt.pages {
				s.set(path, html, document) // as many servers call everything HTML
			}
			c, store := collector(t, s)
			report := visit(t, c, s.URL+tt.start)
			if report.Err != nil || report.New != 1 || report.WithBio != 1 || report.Source.Kind != tt.kind || report.Source.Title != "The Example" {
				t.Fatalf("%+v", report)
			}
			checkSwim(t, store, s)
			if again := c.Visit(t.Context(), report.Source.ID); again.Err != nil || again.New+again.Updated != 0 {
				t.Errorf("second visit: %+v", again)
			}
		})
	}
}

// wordPress serves a small WordPress site whose API hides the authors, as security
// plugins make it.
func wordPress(t *testing.T, root string) *site {
	s := newSite(t)
	s.handle("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "<"+s.URL+root+`>; rel="https://api.w.org/"`)
		w.Header().Set("Content-Type", html)
		route := r.URL.Query().Get("rest_route")
		if route == "/wp/v2/posts" {
			fmt.Fprint(w, strings.ReplaceAll(posts, "SITE", s.URL))
			return
		}
		fmt.Fprint(w, `<html><head><title>The Example</title></head></html>`)
	})
	s.set("/wp-json/wp/v2/posts", "application/json", posts)
	s.set("/swim/", html, articlePage)
	return s
}

const posts = `[{"id":42,"date_gmt":"2026-11-24T08:00:00","guid":{"rendered":"SITE/?p=42"},"link":"SITE/swim/","title":{"rendered":"A Town Learns to Swim"},
"excerpt":{"rendered":"<p>The pool opened on the first warm Sunday [&hellip;]</p>"},"content":{"rendered":"<p>The pool opened on the first warm Sunday of the year, and by noon there was no water left to see.</p>"},
"comment_status":"open","_embedded":{"author":[{"code":"rest_user_invalid_id","message":"Invalid user ID.","data":{"status":404}}]}}]`

func TestWordPressThatHidesItsAuthors(t *testing.T) {
	for _, root := range []string{"/wp-json/", "/?rest_route=/"} {
		s := wordPress(t, root)
		c, store := collector(t, s)
		report := visit(t, c, s.URL)
		if report.Err != nil || report.Source.Kind != newsletter.SourceWordPress || report.WithBio != 1 {
			t.Fatalf("%s: %+v", root, report)
		}
		checkSwim(t, store, s)
	}
}

func TestACategoryIsNotTheWholeSite(t *testing.T) {
	s := wordPress(t, "/wp-json/")
	s.set("/category/food/", html, `<html><head><link rel="https://api.w.org/" href="SITE/wp-json/"><link rel=alternate type="application/rss+xml" href="/feed/"><link rel=alternate type="application/rss+xml" href="/category/food/feed/"></head><h1>Food</h1>`)
	s.set("/category/food/feed/", html, rss("/soup|Soup for everybody|1"))
	c, _ := collector(t, s)
	report := visit(t, c, s.URL+"/category/food/")
	if report.Err != nil || report.Source.Endpoint != s.URL+"/category/food/feed/" {
		t.Errorf("%+v", report)
	}
}

func TestBioFromTheAuthorsArchivePage(t *testing.T) {
	s := newSite(t)
	s.set("/feed", "application/rss+xml", rss("/swim|A Town Learns to Swim|1", "/run|A Town Learns to Run Away|2"))
	page := `<html><head><meta property="og:type" content="article"></head><body><article><h1>T</h1><p>By <a rel="author" href="/author/ada/">Ada Byron</a></p></article></body></html>`
	s.set("/swim", html, page)
	s.set("/run", html, page)
	s.set("/author/ada/", html, `<html><body><h1>Author: Ada Byron</h1><div class="archive-description"><p>Ada Byron has sailed twice around the harbour.</p></div></body></html>`)
	c, store := collector(t, s)
	if report := visit(t, c, s.URL+"/feed"); report.Err != nil || report.WithBio != 1 || report.WithoutBio != 0 {
		t.Fatalf("%+v", report)
	}
	if p := authorOf(t, store, articles(t, store)[0]); p.Bio != "Ada Byron has sailed twice around the harbour." || p.URL != s.URL+"/author/ada/" {
		t.Errorf("%+v", p)
	}
	if n := s.times("/author/ada/"); n != 1 {
		t.Errorf("the archive page was asked for %d times", n)
	}
}
