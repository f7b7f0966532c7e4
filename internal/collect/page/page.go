// Package page reads web pages: where a site keeps its feed, what an article page
// says of the article, and the bios of its authors. Sites write all of it in many
// ways, so each thing is looked for down a ladder, and nothing is invented where
// nothing is found. It fetches nothing.
package page

import (
	"bytes"
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery" // selectors: where a thing stands in a page is best said in CSS
	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/transform"

	"github.com/masthead-mail/masthead/internal/collect/plain"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Page is a parsed page.
type Page struct {
	URL   string // that answered
	Size  int    // elements and texts
	base  string // that links are relative to
	doc   *goquery.Document
	data  []node // JSON-LD
	metas map[string][]string
	// The elements among which selectors look: see marks.
	marked, people, deks, replies, pictures *goquery.Selection
}

// Bounds for what a page can cost: real articles stay far below them.
const (
	largestPage = 60_000 // elements and texts
	mostTags    = 2 * largestPage
	mostMatches = 20 // of one selector that are looked at closely
)

var errTooLarge = fmt.Errorf("the page has more than %d parts; it is broken or hostile", largestPage)

// few keeps the first matches of a selector.
func few(s *goquery.Selection) *goquery.Selection { return s.Slice(0, min(mostMatches, s.Length())) }

// Root is the parsed document, for those who read it in other ways. It must not be
// changed.
func (p *Page) Root() *html.Node { return p.doc.Get(0) }

// Parse reads a page. contentType is the server's header.
func Parse(body []byte, contentType, url string) (*Page, error) {
	if bytes.Count(body, []byte("<")) > mostTags { // a parser that closes what was left open makes many more of them
		return nil, errTooLarge
	}
	root, err := html.Parse(bytes.NewReader(decode(body, contentType)))
	if err != nil {
		return nil, fmt.Errorf("the page cannot be read: %w", err)
	}
	size := 0
	for range root.Descendants() {
		if size++; size > largestPage {
			return nil, errTooLarge
		}
	}
	p := &Page{URL: url, Size: size, base: url, doc: goquery.NewDocumentFromNode(root)}
	p.mark()
	p.base = cmp.Or(plain.Link(url, p.attr("base[href]", "href")), url)
	p.data, p.metas = p.jsonLD(), p.readMetas()
	return p, nil
}

// decode turns a page into UTF-8. What is UTF-8 stays so, whatever it claims to be.
func decode(body []byte, contentType string) []byte {
	if utf8.Valid(body) {
		return body
	}
	encoding, _, _ := charset.DetermineEncoding(body, contentType)
	text, _, err := transform.Bytes(encoding.NewDecoder(), body)
	if err != nil {
		return body
	}
	return text
}

// attr is the attribute of the first element that matches and has it.
func (p *Page) attr(selector, name string) string {
	value := ""
	p.marked.FilterMatcher(css(selector)).EachWithBreak(func(_ int, s *goquery.Selection) bool {
		value = strings.TrimSpace(s.AttrOr(name, ""))
		return value == ""
	})
	return value
}

// meta is the content of the first of the named meta elements that says anything.
func (p *Page) meta(names ...string) string {
	for _, name := range names {
		if values := p.metas[name]; len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// readMetas collects the meta elements by property, name or itemprop.
func (p *Page) readMetas() map[string][]string {
	metas := map[string][]string{}
	p.marked.FilterMatcher(css("meta[content]")).Each(func(_ int, s *goquery.Selection) {
		value := strings.TrimSpace(s.AttrOr("content", ""))
		names := strings.ToLower(cmp.Or(s.AttrOr("property", ""), s.AttrOr("name", ""), s.AttrOr("itemprop", "")))
		for _, name := range strings.Fields(names) {
			if value != "" {
				metas[name] = append(metas[name], value)
			}
		}
	})
	return metas
}

// link resolves a reference of the page.
func (p *Page) link(ref string) string { return plain.Link(p.base, ref) }

// Canonical is the page's own word on its address. A word that leads to another host,
// to the home page or to a section above the page is a mistake of the site's settings
// and does not count.
func (p *Page) Canonical() string {
	link := p.link(p.attr(`link[rel="canonical"]`, "href"))
	if link == "" {
		link = p.link(p.meta("og:url"))
	}
	if link == "" || host(link) != host(p.URL) || home(link) && !home(p.URL) || above(link, p.URL) {
		link = p.URL
	}
	return newsletter.WithoutTracking(link)
}

// above tells whether link leads to a section in which the page lies. A rendition of
// the page, or a later part of it, lies in the page itself.
func above(link, page string) bool {
	rest, ok := strings.CutPrefix(pathOf(page), strings.TrimRight(pathOf(link), "/")+"/")
	return ok && !partOfPage.MatchString(rest)
}

var partOfPage = regexp.MustCompile(`^((amp|print|\d+|page/\d+|(index|default)\.\w+)/?)?$`)

func host(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Host), "www.")
}

// home tells whether a link leads to the root of its host.
func home(link string) bool {
	u, err := url.Parse(link)
	return err == nil && strings.Trim(u.Path, "/") == "" && u.RawQuery == ""
}

// line is the text of a selection on one line.
func line(s *goquery.Selection) string { return plain.Literal(s.Text()) }
