package collect_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// press is a WordPress site whose posts a test changes.
type press struct {
	*site
	mu    sync.Mutex
	posts []map[string]any // the newest first
	asked []string         // queries
}

func newPress(t *testing.T, folder string) *press {
	p := &press{site: newSite(t)}
	p.handle(folder+"/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "<"+p.URL+folder+`/wp-json/>; rel="https://api.w.org/"`)
		w.Header().Set("Content-Type", html)
		fmt.Fprint(w, `<html><head><title>The Example</title></head></html>`)
	})
	p.handle(folder+"/wp-json/wp/v2/posts", p.serve)
	return p
}

func (p *press) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, r.URL.RawQuery)
	n, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	list := p.posts
	if after := r.URL.Query().Get("modified_after"); after != "" {
		list = nil
		for _, post := range p.posts {
			if post["modified_gmt"].(string) > after {
				list = append(list, post)
			}
		}
	}
	w.Header().Set("X-WP-TotalPages", strconv.Itoa((len(list)+n-1)/n))
	from := min(max(page-1, 0)*n, len(list))
	json.NewEncoder(w).Encode(list[from:min(from+n, len(list))])
}

// publish adds posts, each an hour after the one before.
func (p *press) publish(count int, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range count {
		i := len(p.posts)
		at := noon.Add(-1000*time.Hour + time.Duration(i)*time.Hour).Format("2006-01-02T15:04:05")
		link := fmt.Sprintf("%s/post/%d/", p.URL, i)
		p.posts = append([]map[string]any{{"link": link, "guid": map[string]any{"rendered": link}, "title": map[string]any{"rendered": fmt.Sprintf("Post number %d of the town", i)},
			"excerpt": map[string]any{"rendered": "<p>What it is about.</p>"}, "content": map[string]any{"rendered": "<p>" + text + "</p>"}, "date_gmt": at, "modified_gmt": at, "comment_status": "closed",
			"_embedded": map[string]any{"author": []any{map[string]any{"name": "Ada Byron", "description": "Ada writes about water and boats for the town.", "link": p.URL + "/author/ada/"}},
				"wp:featuredmedia": []any{map[string]any{"source_url": p.URL + "/a.jpg"}}}}}, p.posts...)
	}
}

func TestAllPostsSinceTheLastVisitAreRead(t *testing.T) {
	p := newPress(t, "/blog")
	p.publish(50, "The pool opened on the first warm Sunday of the year.")
	c, _ := collector(t, p.site)
	c.FirstVisit = 5
	r := visit(t, c, p.URL+"/blog/")
	if r.Err != nil || r.Source.Kind != newsletter.SourceWordPress || r.New != 5 || r.WithBio != 1 {
		t.Fatalf("%+v", r)
	}
	p.publish(15, "The pool was closed.")
	if r = c.Visit(t.Context(), r.Source.ID); r.Err != nil || r.New != 15 {
		t.Fatalf("%+v", r)
	}
	p.publish(20, "The pool was opened.")
	p.publish(38, "The pool was closed again.") // 58 new: two pages
	r = c.Visit(t.Context(), r.Source.ID)
	if r.Err != nil || !r.Held { // so many at once are a flood
		t.Fatalf("%+v", r)
	}
	pages := 0
	for _, query := range p.asked {
		if strings.Contains(query, "page=2") {
			pages++
		}
	}
	if pages != 1 {
		t.Errorf("the second page was asked for %d times: %v", pages, p.asked)
	}
}

func TestAnOldPostThatIsEditedIsUpdated(t *testing.T) {
	p := newPress(t, "")
	p.publish(30, "The pool opened on the first warm Sunday of the year.")
	c, store := collector(t, p.site)
	c.FirstVisit = 30
	source := visit(t, c, p.URL).Source
	p.publish(15, "The pool was closed.")
	c.Visit(t.Context(), source.ID)
	p.publish(15, "The pool was opened.") // the first is on the second page now
	c.Visit(t.Context(), source.ID)
	p.mu.Lock()
	first := p.posts[len(p.posts)-1]
	first["title"], first["modified_gmt"] = map[string]any{"rendered": "Post number nought, corrected"}, noon.Format("2006-01-02T15:04:05")
	p.mu.Unlock()
	r := c.Visit(t.Context(), source.ID)
	if r.Err != nil || r.Updated != 1 || r.New != 0 {
		t.Fatalf("%+v", r)
	}
	found, err := store.ArticleByAlias(t.Context(), "AL#"+newsletter.CleanURL(first["link"].(string)))
	if err != nil || found.Title != "Post number nought, corrected" || !found.FirstSeen.Equal(noon) {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestGhost(t *testing.T) {
	s := newSite(t)
	s.set("/", html, `<html><head><title>The Example</title><script defer src="https://cdn.example.net/portal.min.js" data-ghost="SITE/" data-key="0a1b2c3d4e5f60718293a4b5c6" data-api="SITE/ghost/api/content/"></script><link rel="alternate" type="application/rss+xml" href="/rss/"></head></html>`)
	s.handle("/ghost/api/content/posts/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("key") != "0a1b2c3d4e5f60718293a4b5c6" || r.URL.Query().Get("include") != "authors,tags" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		fmt.Fprint(w, strings.ReplaceAll(`{"posts":[{"id":"5f","url":"SITE/swim/","title":"A Town Learns to Swim","html":"<p>The pool opened on the first warm Sunday of the year.</p>","published_at":"2026-11-24T12:00:00.000Z",
"feature_image":"SITE/a.jpg","authors":[{"name":"Ada Byron","bio":"Ada writes about water and boats.","url":"SITE/author/ada/"}]}]}`, "SITE", s.URL))
	})
	c, store := collector(t, s)
	r := visit(t, c, s.URL)
	if r.Err != nil || r.Source.Kind != newsletter.SourceGhost || r.New != 1 || r.Source.Title != "The Example" {
		t.Fatalf("%+v", r)
	}
	if author := authorOf(t, store, articles(t, store)[0]); author.Bio != "Ada writes about water and boats." {
		t.Errorf("%+v", author)
	}
	if r = c.Visit(t.Context(), r.Source.ID); r.Err != nil || r.Seen != 1 {
		t.Errorf("%+v", r)
	}
}

const mapped = `<meta property="og:type" content="article"><article><h1>%s</h1><time class="published" datetime="%s">x</time><p>The pool opened on the first warm Sunday of the year, and by noon there was no water left.</p></article>`

func TestASiteWithASitemapOnly(t *testing.T) {
	const urls = `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>SITE/about</loc></url><url><loc>SITE/a</loc><lastmod>2026-11-24</lastmod></url><url><loc>SITE/b</loc><lastmod>2026-11-23</lastmod></url>%s</urlset>`
	s := newSite(t)
	s.set("/", html, `<html><head><title>The Example</title></head><body>Welcome.</body></html>`)
	s.set("/about", html, `<html><body><h1>About us</h1></body></html>`)
	s.set("/a", html, fmt.Sprintf(mapped, "The first piece", "2026-11-24T12:00:00Z"))
	s.set("/b", html, fmt.Sprintf(mapped, "The second piece", "2026-11-23T12:00:00Z"))
	s.set("/robots.txt", "text/plain", "User-agent: *\nAllow: /\nSitemap: SITE/maps.xml\n")
	s.set("/maps.xml", "text/xml", `<sitemapindex><sitemap><loc>SITE/category-sitemap.xml</loc></sitemap><sitemap><loc>SITE/post-sitemap.xml</loc></sitemap></sitemapindex>`)
	s.set("/post-sitemap.xml", "text/xml", fmt.Sprintf(urls, ""))
	c, store := collector(t, s)
	r := visit(t, c, s.URL)
	if r.Err != nil || r.Source.Kind != newsletter.SourceSitemap || r.New != 2 || r.Past != 1 || r.Source.Title != "The Example" {
		t.Fatalf("%+v", r)
	}
	if list := articles(t, store); list[0].Title != "The first piece" || list[0].Published.Day() != 24 {
		t.Errorf("%+v", list)
	}
	s.set("/post-sitemap.xml", "text/xml", fmt.Sprintf(urls, `<url><loc>SITE/c</loc><lastmod>2026-11-25</lastmod></url><url><loc>SITE/old</loc><lastmod>2026-11-25</lastmod></url>`))
	s.set("/c", html, fmt.Sprintf(mapped, "The third piece", "2026-11-25T08:00:00Z"))
	s.set("/old", html, fmt.Sprintf(mapped, "A piece of last year", "2025-11-25T08:00:00Z"))
	if r = c.Visit(t.Context(), r.Source.ID); r.Err != nil || r.New != 1 || r.Past != 1 {
		t.Errorf("%+v", r)
	}
	if n := s.times("/about"); n != 1 {
		t.Errorf("a page that is no article was read %d times", n)
	}
}

func TestASitemapOfNews(t *testing.T) {
	s := newSite(t)
	s.set("/", html, `<html><head><title>The Example</title></head><body><h2><a href="/a">The first piece</a></h2></body></html>`)
	s.set("/news-sitemap.xml", "text/xml", `<urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>SITE/a</loc><news:news><news:publication_date>2026-11-24T12:00:00Z</news:publication_date><news:title>The first piece</news:title></news:news></url></urlset>`)
	c, store := collector(t, s)
	for _, address := range []string{s.URL, s.URL + "/news-sitemap.xml"} {
		r := visit(t, c, address)
		if list := articles(t, store); r.Err != nil || r.Source.Kind != newsletter.SourceSitemap || len(list) != 1 || list[0].Published.Day() != 24 {
			t.Errorf("%s: %+v", address, r)
		}
	}
}
