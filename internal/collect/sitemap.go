package collect

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/collect/feed"
	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/collect/page"
	"github.com/masthead-mail/masthead/internal/collect/plain"
	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

const (
	mostMapped = 200                 // of the newest pages that a sitemap lists are looked at
	mostMaps   = 3                   // of an index are read, the newest
	staleAfter = 14 * 24 * time.Hour // a page that is older when it turns up is no news
)

// readSitemap reads a source that is a sitemap.
func (v *visit) readSitemap(ctx context.Context, endpoint string, validators fetch.Validators) (answer, error) {
	resp, err := v.Fetch.Get(ctx, endpoint, validators)
	if err != nil {
		return answer{}, err
	}
	if resp.NotModified {
		return answer{notModified: true}, nil
	}
	sitemap, err := feed.ReadSitemap(resp.Body, contentType(resp), resp.URL)
	if err != nil {
		return answer{}, expected("a sitemap", endpoint, err)
	}
	got, err := v.takeSitemap(ctx, sitemap, cmp.Or(resp.Permanent, endpoint))
	if len(sitemap.Maps) == 0 { // an index that has not changed says nothing of its sitemaps
		got.validators = resp.Validators
	}
	return got, err
}

// takeSitemap makes articles of a sitemap's newest pages, or of those of the newest
// sitemaps of an index.
func (v *visit) takeSitemap(ctx context.Context, sitemap feed.Sitemap, endpoint string) (answer, error) {
	pages := sitemap.Pages
	for _, m := range newestMaps(sitemap.Maps) {
		resp, err := v.Fetch.Get(ctx, m.URL, fetch.Validators{})
		if err != nil {
			return answer{}, err
		}
		inner, err := feed.ReadSitemap(resp.Body, contentType(resp), resp.URL)
		if err != nil {
			return answer{}, expected("a sitemap", m.URL, err)
		}
		pages = append(pages, inner.Pages...)
	}
	list := found.List{Home: home(endpoint)}
	for _, p := range newestPages(pages) {
		list.Articles = append(list.Articles, mapped(p))
	}
	if len(list.Articles) == 0 {
		return answer{}, fmt.Errorf("the sitemap %s lists no pages: %w", endpoint, newsletter.ErrNotFound)
	}
	v.source.Kind, v.source.Endpoint = newsletter.SourceSitemap, endpoint
	return answer{list: list}, nil
}

func home(link string) string { return plain.Link(link, "/") }

// mapped is what a sitemap tells of an article: the page tells the rest.
func mapped(p feed.Listed) found.Article {
	a := found.Article{Short: true, Mere: p.Title == ""}
	a.URL, a.Title, a.Published, a.Updated, a.Language, a.Comments = p.URL, p.Title, p.Published, p.Changed, p.Language, -1
	return a
}

var (
	newsMap  = regexp.MustCompile(`(?i)news|post|article|stor(y|ies)|blog`)
	otherMap = regexp.MustCompile(`(?i)categor|tag|author|user|image|video|product|page-sitemap|taxonom`)
)

// newestMaps chooses the sitemaps of an index that list articles by their names, the last
// changed first.
func newestMaps(maps []feed.Listed) []feed.Listed {
	maps = slices.DeleteFunc(slices.Clone(maps), func(m feed.Listed) bool { return otherMap.MatchString(m.URL) })
	slices.SortStableFunc(maps, func(a, b feed.Listed) int {
		return cmp.Or(named(b.URL)-named(a.URL), b.Changed.Compare(a.Changed))
	})
	return maps[:min(len(maps), mostMaps)]
}

func named(link string) int {
	if newsMap.MatchString(link) {
		return 1
	}
	return 0
}

// newestPages are the last published, or else changed; without any dates those that come
// last, where generators put what is new.
func newestPages(pages []feed.Listed) []feed.Listed {
	pages = slices.Clone(pages)
	if !slices.ContainsFunc(pages, func(p feed.Listed) bool { return !p.Published.IsZero() || !p.Changed.IsZero() }) {
		slices.Reverse(pages)
	}
	at := func(p feed.Listed) time.Time {
		if !p.Published.IsZero() {
			return p.Published
		}
		return p.Changed
	}
	slices.SortStableFunc(pages, func(a, b feed.Listed) int { return at(b).Compare(at(a)) })
	return pages[:min(len(pages), mostMapped)]
}

// newsMaps and anyMaps are where sites keep their sitemaps.
var (
	newsMaps = []string{"/news-sitemap.xml", "/sitemap-news.xml"}
	anyMaps  = []string{"/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml"}
)

// exploreSitemaps looks for a sitemap of a site without a feed: those that its
// robots.txt names, then the usual places. One of news is better than the page's links,
// another one only where the page has none.
func (v *visit) exploreSitemaps(ctx context.Context, p *page.Page) (answer, bool) {
	if v.source.URL != p.URL && strings.Trim(strings.TrimPrefix(p.URL, home(p.URL)), "/") != "" { // a section is not the whole site
		return answer{}, false
	}
	links := len(p.Links()) > 0
	for _, candidate := range slices.Concat(v.namedMaps(ctx, p.URL), newsMaps, anyMaps) {
		if links && !strings.Contains(strings.ToLower(candidate), "news") {
			continue
		}
		if got, err := v.readSitemap(ctx, plain.Link(p.URL, candidate), fetch.Validators{}); err == nil {
			got.list.Title, got.list.Language = p.Site(nil).Name, p.Site(nil).Language
			return got, true
		}
	}
	return answer{}, false
}
