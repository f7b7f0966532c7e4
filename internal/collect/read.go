package collect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/masthead-mail/masthead/internal/collect/feed"
	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/collect/page"
	"github.com/masthead-mail/masthead/internal/collect/wordpress"
	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// read gets the source's list, finding out first how it is read where that is not
// known yet.
func (v *visit) read(ctx context.Context) (answer, error) {
	validators := fetch.Validators{ETag: v.source.ETag, LastModified: v.source.LastModified}
	switch v.source.Kind {
	case newsletter.SourceFeed:
		return v.readFeed(ctx, v.source.Endpoint, validators)
	case newsletter.SourceWordPress:
		return v.readWordPress(ctx, v.source.Endpoint, validators)
	case newsletter.SourceGhost:
		return v.readGhost(ctx, v.source.Endpoint, validators)
	case newsletter.SourceSitemap:
		return v.readSitemap(ctx, v.source.Endpoint, validators)
	case newsletter.SourcePage:
		return v.readPage(ctx, validators)
	}
	return v.discover(ctx)
}

func contentType(resp *fetch.Response) string { return resp.Header.Get("Content-Type") }

func (v *visit) readFeed(ctx context.Context, endpoint string, validators fetch.Validators) (answer, error) {
	resp, err := v.Fetch.Get(ctx, endpoint, validators)
	if err != nil {
		return answer{}, err
	}
	v.source.Kind, v.source.Endpoint = newsletter.SourceFeed, cmp.Or(resp.Permanent, endpoint)
	if resp.NotModified {
		return answer{notModified: true}, nil
	}
	list, err := feed.Parse(resp.Body, contentType(resp), resp.URL)
	if err != nil {
		return answer{}, expected("a feed", endpoint, err)
	}
	offered(&list, resp)
	return answer{list: list, validators: resp.Validators}, nil
}

// expected says where something else was expected.
func expected(what, at string, err error) error {
	return fmt.Errorf("expected %s at %s, but %w", what, at, err)
}

// readPage reads a source that is a single article or a page that lists some.
func (v *visit) readPage(ctx context.Context, validators fetch.Validators) (answer, error) {
	if !v.allowed(ctx, v.source.Endpoint) {
		return answer{}, fmt.Errorf("the site asks programs not to read %s (in its robots.txt); ask the site for a feed: %w", v.source.Endpoint, newsletter.ErrInvalid)
	}
	resp, err := v.Fetch.Get(ctx, v.source.Endpoint, validators)
	if err != nil {
		return answer{}, err
	}
	if resp.NotModified {
		return answer{notModified: true}, nil
	}
	v.source.Endpoint = cmp.Or(resp.Permanent, v.source.Endpoint)
	p, err := page.Parse(resp.Body, contentType(resp), resp.URL)
	if err != nil {
		return answer{}, err
	}
	return pageAnswer(p, resp, p.IsArticle() || v.isKnown(ctx, v.source.Endpoint))
}

// isKnown tells whether an address has been collected as an article.
func (v *visit) isKnown(ctx context.Context, link string) bool {
	_, err := v.Store.ArticleByAlias(ctx, "AL#"+newsletter.CleanURL(link))
	return err == nil
}

// pageAnswer takes a page for an article or for a list of links to some. What was an
// article once does not become a list because its page has changed.
func pageAnswer(p *page.Page, resp *fetch.Response, isArticle bool) (answer, error) {
	site := p.Site(resp.Header)
	list := found.List{Title: site.Name, Tagline: site.Tagline, Language: site.Language}
	if isArticle {
		list.Articles = []found.Article{p.Article()}
		return answer{list: list, validators: resp.Validators, first: p}, nil
	}
	list.Home = p.URL
	for _, link := range p.Links() {
		a := found.Article{Short: true, Mere: true}
		a.URL, a.Title, a.Comments = link.URL, link.Title, -1
		list.Articles = append(list.Articles, a)
	}
	if len(list.Articles) == 0 {
		return answer{}, fmt.Errorf("%s is a web page on which we found no feed, no WordPress site and no links to articles; give the address of the site's feed, if it has one: %w", p.URL, newsletter.ErrNotFound)
	}
	return answer{list: list, validators: resp.Validators}, nil
}

// discover finds out what the source's address is: a feed, a WordPress site, a site
// with a feed, an article, or a page of links. It remembers the answer in the source.
func (v *visit) discover(ctx context.Context) (answer, error) {
	resp, err := v.Fetch.Get(ctx, v.source.URL, fetch.Validators{})
	if err != nil {
		return answer{}, err
	}
	list, err := feed.Parse(resp.Body, contentType(resp), resp.URL)
	if err == nil {
		v.source.Kind, v.source.Endpoint = newsletter.SourceFeed, cmp.Or(resp.Permanent, v.source.URL)
		offered(&list, resp)
		return answer{list: list, validators: resp.Validators}, nil
	}
	if !errors.Is(err, feed.ErrNotAFeed) {
		return answer{}, err
	}
	if site, siteErr := wordpress.ParseSite(resp.Body); siteErr == nil {
		got, err := v.readWordPress(ctx, resp.URL, fetch.Validators{})
		got.list.Title, got.list.Tagline, got.list.Home = site.Name, site.Tagline, site.Home
		return got, err
	}
	if sitemap, mapErr := feed.ReadSitemap(resp.Body, contentType(resp), resp.URL); mapErr == nil {
		return v.takeSitemap(ctx, sitemap, cmp.Or(resp.Permanent, v.source.URL))
	}
	if !isHTML(resp) {
		return answer{}, expected("a site or a feed", v.source.URL, err)
	}
	p, err := page.Parse(resp.Body, contentType(resp), resp.URL)
	if err != nil {
		return answer{}, err
	}
	return v.explore(ctx, p, resp)
}

func isHTML(resp *fetch.Response) bool {
	return strings.Contains(contentType(resp), "html") || strings.Contains(http.DetectContentType(resp.Body), "html")
}

// explore finds out how the site behind a page is read: best by the WordPress or Ghost
// API, which tell the authors' bios, else by a feed, else by a sitemap of news, by the
// page's links, or by a sitemap.
func (v *visit) explore(ctx context.Context, p *page.Page, resp *fetch.Response) (answer, error) {
	if p.IsArticle() {
		v.source.Kind, v.source.Endpoint = newsletter.SourcePage, cmp.Or(resp.Permanent, v.source.URL)
		return pageAnswer(p, resp, p.IsArticle())
	}
	site := p.Site(resp.Header)
	got, err := v.exploreSite(ctx, p, site)
	if err != nil || v.source.Kind == newsletter.SourceUnknown {
		if ctx.Err() != nil || err != nil && len(site.Feeds) > 0 {
			return answer{}, err
		}
		if got, ok := v.exploreSitemaps(ctx, p); ok {
			return got, nil
		}
		v.source.Kind, v.source.Endpoint = newsletter.SourcePage, cmp.Or(resp.Permanent, v.source.URL)
		return pageAnswer(p, resp, p.IsArticle())
	}
	got.list.Title, got.list.Tagline = cmp.Or(site.Name, got.list.Title), cmp.Or(site.Tagline, got.list.Tagline)
	got.list.Home, got.list.Language = cmp.Or(got.list.Home, p.URL), cmp.Or(got.list.Language, site.Language)
	return got, nil
}

// exploreSite tries the ways that a page advertises, then the usual places. The error
// is that of the last way advertised.
func (v *visit) exploreSite(ctx context.Context, p *page.Page, site page.Site) (answer, error) {
	var failure error
	if site.API != "" {
		got, err := v.readWordPress(ctx, site.API, fetch.Validators{})
		if err == nil && len(got.list.Articles) > 0 {
			return got, nil
		}
		failure = err
	}
	if site.Ghost != "" {
		got, err := v.readGhost(ctx, site.Ghost, fetch.Validators{})
		if err == nil && len(got.list.Articles) > 0 {
			return got, nil
		}
		failure = err
	}
	for i, candidate := range site.Feeds {
		got, err := v.readFeed(ctx, candidate, fetch.Validators{})
		if err == nil {
			return got, nil
		}
		if failure = err; i == 2 {
			break
		}
	}
	if failure == nil && len(site.Feeds) == 0 {
		for _, candidate := range p.GuessFeeds() {
			if got, err := v.readFeed(ctx, candidate, fetch.Validators{}); err == nil {
				return got, nil
			}
		}
	}
	v.source.Kind, v.source.Endpoint = newsletter.SourceUnknown, ""
	return answer{}, failure
}
