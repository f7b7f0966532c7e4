package collect

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/collect/page"
	"github.com/masthead-mail/masthead/internal/collect/plain"
	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// addFresh completes each new article from its page and adds it. A page that fails
// costs what it would have told, never the article.
func (v *visit) addFresh(ctx context.Context, fresh []piece, got answer) error {
	reading, cancel := context.WithTimeout(ctx, pageTime)
	defer cancel()
	for i, p := range fresh {
		v.tell(Event{Source: v.source, Article: p.Title, Done: i, Total: len(fresh)})
		if got.first == nil {
			var keep bool
			if p, keep = v.complete(reading, p); !keep {
				continue
			}
		}
		v.completeAuthors(reading, &p)
		v.chooseImage(reading, &p)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := v.addOne(ctx, p); err != nil {
			return err
		}
	}
	v.tell(Event{Source: v.source, Done: v.report.New, Total: v.report.New})
	return nil
}

func (v *visit) addOne(ctx context.Context, p piece) error {
	added, err := v.add(ctx, p)
	if err != nil || !added {
		return err
	}
	if p.Past {
		v.report.Past++
		return nil
	}
	v.report.New++
	v.source.LastNew = v.at
	var keys []string
	for _, author := range p.Byline {
		keys = append(keys, newsletter.AuthorKey(v.source.ID, author.Name, author.Page))
	}
	v.count(keys)
	return nil
}

// lacks tells whether the article's page can add anything that readers would see.
func (v *visit) lacks(ctx context.Context, a found.Article) bool {
	if a.Dek == "" || a.Excerpt == "" || a.Short || a.Image.URL == "" || len(a.Byline) == 0 {
		return true
	}
	if !a.Closed && (a.CommentURL == "" || a.Comments < 0) {
		return true
	}
	for _, author := range a.Byline {
		if !v.hasBio(ctx, author) {
			return true
		}
	}
	return false
}

// complete reads the article's page. keep is false for a mere link that turns out not
// to lead to an article, or whose page cannot be read now: the next visit sees it
// again.
func (v *visit) complete(ctx context.Context, p piece) (_ piece, keep bool) {
	if !v.lacks(ctx, p.Article) {
		return p, true
	}
	read := v.page(ctx, p.URL)
	if read == nil {
		return p, !p.Mere
	}
	seen := read.Article()
	if p.Mere && (!read.IsArticle() || v.stale(seen)) {
		p.Past = true // remembered, so that it is not asked for again, and never mailed
		return p, true
	}
	v.source.SawPage(tellsBio(seen))
	p.Article.Complete(seen)
	p.relocate(read, seen)
	return p, true
}

// stale tells whether a page that a mere link led to is no news, such as an old one that
// a sitemap lists as changed.
func (v *visit) stale(seen found.Article) bool {
	return v.source.Primed && !seen.Published.IsZero() && v.at.Sub(seen.Published) > staleAfter
}

// tellsBio tells whether a page has anybody's bio.
func tellsBio(seen found.Article) bool {
	for _, author := range append(seen.Byline, seen.Others...) {
		if author.Bio != "" {
			return true
		}
	}
	return false
}

// relocate notes the addresses under which the page really is, and mails the one that
// the page names itself. The id stays, except where the link goes through another
// host's counter.
func (p *piece) relocate(read *page.Page, seen found.Article) {
	answered, canonical := read.URL, seen.URL
	for _, link := range []string{answered, canonical} {
		if alias := "AL#" + newsletter.CleanURL(link); !contains(p.aliases, alias) {
			p.aliases = append(p.aliases, alias)
		}
	}
	elsewhere := host(answered) != host(p.URL)
	redirected := newsletter.CleanURL(answered) != newsletter.CleanURL(p.URL)
	switch {
	case elsewhere:
		p.ID = newsletter.ArticleID(canonical)
	case redirected && !plain.Repeats(p.Title, seen.Title), // a wall in front of the article
		strings.HasPrefix(p.URL, "https:") && !strings.HasPrefix(canonical, "https:"):
		return
	}
	if reply, ok := strings.CutPrefix(p.CommentURL, p.URL+"#"); ok {
		p.CommentURL = canonical + "#" + reply
	}
	p.URL = canonical
}

func contains(list []string, text string) bool {
	for _, s := range list {
		if s == text {
			return true
		}
	}
	return false
}

func host(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Host), "www.")
}

// page fetches and parses a page within what this visit may still ask for; nil where
// that failed or there is nothing left to ask for.
func (v *visit) page(ctx context.Context, link string) *page.Page {
	if v.pages == 0 || v.parts <= 0 || v.givenUp(host(link)) || ctx.Err() != nil {
		return nil
	}
	v.pages--
	if !v.allowed(ctx, link) {
		return nil
	}
	resp, err := v.Fetch.Get(ctx, link, fetch.Validators{})
	if failed := (*fetch.Failure)(nil); errors.As(err, &failed) && !errors.Is(err, fetch.ErrTooLarge) {
		v.dead[host(link)]++
	}
	if err != nil || !isHTML(resp) {
		return nil
	}
	p, err := page.Parse(resp.Body, contentType(resp), resp.URL)
	if err != nil {
		v.dead[host(link)]++
		return nil
	}
	v.parts -= p.Size + len(resp.Body)/bytesAPart
	return p
}

// givenUp tells whether a host is asked for no more pages in this visit: the source's
// own host has several tries, another one, whose look-up alone may take long, has one.
func (v *visit) givenUp(name string) bool {
	tries := 1
	if name == host(v.source.Endpoint) {
		tries = maxDead
	}
	return v.dead[name] >= tries || len(v.dead) >= maxDead
}

// completeAuthors asks the archive pages of authors whose bio nobody told so far.
func (v *visit) completeAuthors(ctx context.Context, p *piece) {
	for i := range p.Byline {
		author := &p.Byline[i]
		if author.Page == "" || v.hasBio(ctx, *author) {
			continue
		}
		if archive := v.page(ctx, author.Page); archive != nil {
			seen := archive.AuthorPage(author.Name)
			seen.Page = author.Page
			author.Merge(seen)
		}
	}
}
