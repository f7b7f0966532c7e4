package collect

import (
	"context"
	"errors"
	"fmt"

	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Article takes in the article at an address that somebody typed, and returns it: the
// one that is known there, or else what its page tells. It belongs to the source of
// that site, if there is one. newsletter.ErrInvalid: this is no address, or no page
// with a title.
func (c *Collector) Article(ctx context.Context, address string) (newsletter.Article, error) {
	link, err := normalise(address)
	if err != nil {
		return newsletter.Article{}, err
	}
	bare := newsletter.Article{URL: link}
	known, err := c.Store.ArticleByAlias(ctx, bare.Aliases()...)
	if !errors.Is(err, newsletter.ErrNotFound) {
		return known, err
	}
	source, err := c.sourceOf(ctx, link)
	if err != nil {
		return newsletter.Article{}, err
	}
	v := c.newVisit(source)
	reading, cancel := context.WithTimeout(fetch.With(ctx, fetch.Manner{UserAgent: source.UserAgent, HTTP1: source.HTTP1}), pageTime)
	defer cancel()
	return v.takeOne(ctx, reading, v.identify(found.Article{Article: newsletter.Article{URL: link, Comments: -1}}))
}

// sourceOf is the source on the same host; an empty one where there is none.
func (c *Collector) sourceOf(ctx context.Context, link string) (newsletter.Source, error) {
	sources, err := c.Store.Sources(ctx)
	for i := range sources {
		if s := &sources[i]; host(s.Home) == host(link) || host(s.URL) == host(link) {
			return *s, err
		}
	}
	return newsletter.Source{Primed: true}, err
}

// takeOne completes an article from its page and stores it.
func (v *visit) takeOne(ctx, reading context.Context, p piece) (newsletter.Article, error) {
	read := v.page(reading, p.URL)
	if read == nil {
		return newsletter.Article{}, fmt.Errorf("%s cannot be read as a page now: %w", p.URL, newsletter.ErrInvalid)
	}
	seen := read.Article()
	p.Article.Complete(seen)
	p.relocate(read, seen)
	if p.Title == "" {
		return newsletter.Article{}, fmt.Errorf("%s has no title: %w", p.URL, newsletter.ErrInvalid)
	}
	known, err := v.Store.ArticleByAlias(ctx, p.aliases...)
	if !errors.Is(err, newsletter.ErrNotFound) {
		return known, err
	}
	v.completeAuthors(reading, &p)
	v.chooseImage(reading, &p)
	if _, err := v.add(ctx, p); err != nil {
		return newsletter.Article{}, err
	}
	return v.Store.ArticleByAlias(ctx, p.aliases...)
}
