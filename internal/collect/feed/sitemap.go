package feed

import (
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/collect/plain"
)

// Sitemap is what a sitemap lists (sitemaps.org, and Google's extension for news).
type Sitemap struct {
	Pages []Listed // in the order of the document
	Maps  []Listed // other sitemaps, where it is an index
}

// Listed is a page or a sitemap that a sitemap lists.
type Listed struct {
	URL       string
	Changed   time.Time // zero where unknown
	Title     string    // of a news article
	Published time.Time // of a news article
	Language  string    // of a news article
}

// mostListed are read of one sitemap; its own limit is 50,000.
const mostListed = 50_000

// ReadSitemap reads a sitemap, an index of them, or a text with one address a line.
// What is none gives ErrNotAFeed.
func ReadSitemap(body []byte, contentType, url string) (Sitemap, error) {
	text := strings.TrimLeft(decode(body, contentType), " \t\r\n\ufeff")
	switch root(text) {
	case "urlset", "sitemapindex":
	default:
		return readList(text)
	}
	tree, _, err := scan(text[start(text):], url)
	if err != nil {
		return Sitemap{}, err
	}
	r := reader{url: url, home: url}
	var s Sitemap
	for child := tree.first; child != nil && len(s.Pages)+len(s.Maps) < mostListed; child = child.next {
		l := r.listed(child)
		switch {
		case l.URL == "":
		case child.name == "url":
			s.Pages = append(s.Pages, l)
		case child.name == "sitemap":
			s.Maps = append(s.Maps, l)
		}
	}
	return s, nil
}

func (r *reader) listed(n *node) Listed {
	l := Listed{URL: r.link(n, n.says(path{own, "loc"})), Changed: firstDate(n.says(path{own, "lastmod"}))}
	if article := n.find(path{news, "news"}); article != nil {
		l.Title = plain.Line(article.says(path{news, "title"}))
		l.Published = firstDate(article.says(path{news, "publication_date"}))
		if publication := article.find(path{news, "publication"}); publication != nil {
			l.Language = language(publication.says(path{news, "language"}))
		}
	}
	return l
}

// readList reads addresses, one a line.
func readList(text string) (Sitemap, error) {
	var s Sitemap
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		link := plain.Link("", line)
		if link == "" || strings.ContainsAny(line, " <") || len(s.Pages) == mostListed {
			return Sitemap{}, notFeed("this is no sitemap")
		}
		s.Pages = append(s.Pages, Listed{URL: link})
	}
	if len(s.Pages) == 0 {
		return Sitemap{}, notFeed("this is no sitemap")
	}
	return s, nil
}
