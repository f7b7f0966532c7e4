package collect_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// renamed is a feed of thirty pieces under addresses and titles of their own.
func renamed(of string) string {
	var items []string
	for i := range 30 {
		items = append(items, fmt.Sprintf("/%s/%d|The %s number %d of many|%d", of, i, of, i, i))
	}
	return rss(items...)
}

func TestASourceThatRenamesEverythingIsHeld(t *testing.T) {
	s := newSite(t)
	s.set("/feed", "text/xml", renamed("story"))
	c, store := collector(t, s)
	source := visit(t, c, s.URL+"/feed").Source
	before := len(articles(t, store))
	s.set("/feed", "text/xml", renamed("piece"))
	for range 2 {
		r := c.Visit(t.Context(), source.ID)
		if r.Err != nil || !r.Held || r.New+r.Past != 0 || len(articles(t, store)) != before || !strings.Contains(r.Source.Health(noon), "30 of the 30 articles") {
			t.Fatalf("%+v", r)
		}
	}
	held, err := store.Source(t.Context(), source.ID)
	if err != nil {
		t.Fatal(err)
	}
	held.Release()
	if err := store.SaveSource(t.Context(), &held); err != nil {
		t.Fatal(err)
	}
	c.FirstVisit = 2
	if r := c.Visit(t.Context(), source.ID); r.Err != nil || r.Held || r.New != 2 || r.Past != 28 || r.Source.Health(noon) != "good" {
		t.Errorf("after the release: %+v", r)
	}
}

func TestAHeldSourceThatThinksBetterOfIt(t *testing.T) {
	s := newSite(t)
	s.set("/feed", "text/xml", renamed("story"))
	c, _ := collector(t, s)
	source := visit(t, c, s.URL+"/feed").Source
	s.set("/feed", "text/xml", renamed("piece"))
	c.Visit(t.Context(), source.ID)
	s.set("/feed", "text/xml", renamed("story"))
	if r := c.Visit(t.Context(), source.ID); r.Held || !r.Source.HeldSince.IsZero() || r.Source.Health(noon) != "good" {
		t.Errorf("%+v", r)
	}
}

func TestPagesAreReadAsRobotsMay(t *testing.T) {
	const page = `<article><h1>T</h1><p class="dek">Once again.</p><div class="author-bio"><h4>Ada Byron</h4><p class="author-description">Ada writes about water and boats.</p></div></article>`
	for name, tt := range map[string]struct {
		robots string
		read   bool
	}{
		"no word":                    {"", true},
		"all forbidden":              {"User-agent: *\nDisallow: /", false},
		"us forbidden":               {"User-agent: masthead\nDisallow: /news/\n\nUser-agent: *\nAllow: /", false},
		"another forbidden":          {"User-agent: evilbot\nDisallow: /", true},
		"only we allowed":            {"User-agent: *\nDisallow: /\n\nUser-agent: Masthead\nAllow: /", true},
		"the longest match decides":  {"User-agent: *\nDisallow: /news/\nAllow: /news/a", true},
		"a wildcard":                 {"User-agent: *\nDisallow: /*/a$", false},
		"a web page in its place":    {"<html>not here", true},
		"nothing that makes a sense": {"\x00\x01 disallow all!", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.set("/feed", "text/xml", rss("/news/a|The ferry is late again|1"))
			s.set("/news/a", html, page)
			if tt.robots != "" {
				s.set("/robots.txt", "text/plain", tt.robots)
			}
			c, store := collector(t, s)
			r := visit(t, c, s.URL+"/feed")
			if r.Err != nil || len(articles(t, store)) != 1 || (s.times("/news/a") == 1) != tt.read {
				t.Errorf("%+v, the page was read %d times", r, s.times("/news/a"))
			}
		})
	}
	s := newSite(t)
	s.handle("/robots.txt", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	s.set("/feed", "text/xml", rss("/a|One piece of news|1", "/b|Another piece of news|2"))
	c, _ := collector(t, s)
	if r := visit(t, c, s.URL+"/feed"); r.New != 2 || s.times("/a")+s.times("/b") != 0 || s.times("/robots.txt") != 1 {
		t.Errorf("a site at fault: %+v, its rules were asked for %d times", r, s.times("/robots.txt"))
	}
}

func TestAPageThatRobotsMayNotReadIsNoSource(t *testing.T) {
	s := newSite(t)
	s.set("/swim/", html, articlePage)
	c, _ := collector(t, s)
	source := visit(t, c, s.URL+"/swim/").Source
	s.set("/robots.txt", "text/plain", "User-agent: *\nDisallow: /swim/")
	other, _ := collector(t, s)
	other.Store = c.Store
	if r := other.Visit(t.Context(), source.ID); r.Err == nil || !strings.Contains(r.Err.Error(), "robots.txt") {
		t.Errorf("%+v", r)
	}
}

func TestASourceIsAskedInItsManner(t *testing.T) {
	s := newSite(t)
	s.handle("/feed", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("User-Agent") != "Reader/7" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		fmt.Fprint(w, strings.ReplaceAll(rss("/a|One piece of news|1"), "SITE", s.URL))
	})
	c, store := collector(t, s)
	source := visit(t, c, s.URL+"/feed").Source
	if source.Failures != 1 {
		t.Fatalf("%+v", source)
	}
	source.UserAgent = "Reader/7"
	if err := store.SaveSource(t.Context(), &source); err != nil {
		t.Fatal(err)
	}
	if r := c.Visit(t.Context(), source.ID); r.Err != nil || r.New != 1 || r.Source.UserAgent != "Reader/7" {
		t.Errorf("%+v", r)
	}
}

func TestLostBiosAreNoticed(t *testing.T) {
	s := newSite(t)
	c, store := collector(t, s)
	var items []string
	for i := range 24 {
		path := fmt.Sprintf("/%d", i)
		box := `<div class="author-bio"><h4>Ada Byron</h4><p class="author-description">Ada writes about water and boats.</p></div>`
		if i >= 12 {
			box = ""
		}
		s.set(path, html, `<article><h1>The news of day number `+path+`</h1>`+box+`</article>`)
		items = append([]string{fmt.Sprintf("%s|The news of day number %d|%d", path, i, 24-i)}, items...)
		s.set("/feed", "text/xml", rss(items[:min(len(items), 10)]...))
		source := visit(t, c, s.URL+"/feed").Source
		if i == 22 && source.Warning != "" || i == 23 && !strings.Contains(source.Health(noon), "no author's bio") {
			t.Errorf("after %d pages (%s): %q", i+1, source.Bios, source.Health(noon))
		}
	}
	stored, err := store.Sources(t.Context())
	if err != nil || len(stored) != 1 || stored[0].Warning == "" {
		t.Errorf("%+v, %v", stored, err)
	}
}
