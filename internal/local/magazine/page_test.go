package magazine

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var (
	anID      = regexp.MustCompile(` id="([^"]*)"`)
	reference = regexp.MustCompile(` (?:for|href)="#?([^"/:]+)"`)
)

func TestPagesAreSound(t *testing.T) {
	base := serve(t).URL
	for _, path := range []string{"/", "/author/joss-quillfeather/", "/category/craft/", "/in-praise-of-the-unfinished-list/", "/two-cyclists-one-map-and-a-river-that-moved/",
		"/the-last-ferry-keeps-its-own-time/"} {
		body := expect(t, base+path, 200)
		if n := strings.Count(body, "<h1"); n != 1 {
			t.Errorf("%s has %d h1", path, n)
		}
		if !strings.Contains(body, `<html lang="en" dir="ltr">`) || strings.Contains(body, "ZgotmplZ") || strings.Contains(body, "<no value>") {
			t.Errorf("%s: no language, or the template let something slip", path)
		}
		ids := map[string]bool{}
		for _, m := range anID.FindAllStringSubmatch(body, -1) {
			if ids[m[1]] || m[1] == "" {
				t.Errorf("%s: the id %q is there twice or empty", path, m[1])
			}
			ids[m[1]] = true
		}
		for _, m := range reference.FindAllStringSubmatch(body, -1) {
			if !ids[m[1]] {
				t.Errorf("%s refers to #%s, which is not there", path, m[1])
			}
		}
	}
}

func TestAnArticlePageShowsItsPeople(t *testing.T) {
	body := expect(t, serve(t).URL+"/two-cyclists-one-map-and-a-river-that-moved/", 200)
	for part, want := range map[string]int{
		`class="author-box"`: 2, `class="author-bio"`: 2, `Learn More →</a>`: 2, `class="author-photo" src=`: 2, `rel="author" href=`: 2,
		`class="entry-subtitle"`: 1, `>Leave a Reply</h2>`: 1, `class="comment"`: 5, `property="og:image:width" content="1200"`: 1,
	} {
		if got := strings.Count(body, part); got != want {
			t.Errorf("%s is there %d times, want %d", part, got, want)
		}
	}
}

func TestPagesSayTheirLanguage(t *testing.T) {
	base := serve(t).URL
	for slug, want := range map[string][]string{
		"die-bibliothek-die-nur-bei-regen-oeffnet": {`<html lang="de" dir="ltr">`, `lang="de" dir="ltr">`, `content="de_DE"`},
		"the-watchmaker-who-mends-time":            {`<html lang="ar" dir="rtl">`, `lang="ar" dir="rtl">`, `content="ar_AR"`},
	} {
		body := expect(t, base+"/"+slug+"/", 200)
		for _, part := range want {
			if !strings.Contains(body, part) {
				t.Errorf("%s lacks %s", slug, part)
			}
		}
	}
}

func TestClosedCommentsHaveNoForm(t *testing.T) {
	body := expect(t, serve(t).URL+"/the-last-ferry-keeps-its-own-time/", 200)
	if strings.Contains(body, "<form") || !strings.Contains(body, "Comments are closed.") {
		t.Error("the form is there although comments are closed")
	}
}

func TestTheHomePageAnnouncesFeedAndAPI(t *testing.T) {
	base := serve(t).URL
	answer, body := get(t, base+"/")
	if got, want := answer.Header.Get("Link"), "<"+base+`/wp-json/>; rel="https://api.w.org/"`; got != want {
		t.Errorf("Link: %s, want %s", got, want)
	}
	for _, link := range []string{`<link rel="alternate" type="application/rss+xml" title="The Lantern Post » Feed" href="` + base + `/feed/">`,
		`<link rel="https://api.w.org/" href="` + base + `/wp-json/">`, `<meta name="generator" content="WordPress 6.8">`} {
		if !strings.Contains(body, link) {
			t.Errorf("the home page lacks %s", link)
		}
	}
}

func TestAReplyIsReadAndForgotten(t *testing.T) {
	base := serve(t).URL
	answer, err := http.PostForm(base+"/wp-comments-post.php", url.Values{"comment": {"Hello"}, "comment_post_ID": {"112"}})
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("a reply answers %d, want 403", answer.StatusCode)
	}
	if before, after := len(edited(t).LatestComments), len(parseFeed(t, expect(t, base+"/comments/feed/", 200)).Items); before != after {
		t.Errorf("%d comments became %d", before, after)
	}
}
