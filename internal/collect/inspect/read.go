package inspect

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"codeberg.org/readeck/go-readability/v2" // finds an article's text on its page; only this package needs it, so no Lambda carries it

	"github.com/masthead-mail/masthead/internal/collect/feed"
	"github.com/masthead-mail/masthead/internal/collect/page"
	"github.com/masthead-mail/masthead/internal/collect/plain"
	"github.com/masthead-mail/masthead/internal/collect/wordpress"
)

// Read reads a document of a kind. at is its address, header what the server said of
// it; both may be empty. A fault of the program is in the Result, too.
func Read(kind string, body []byte, at string, header http.Header) (r Result) {
	start := time.Now()
	defer func() {
		if fault := recover(); fault != nil {
			r = Result{Err: fmt.Sprintf("the program failed at this document (%v); please report it", fault)}
		}
		r.MS = float64(time.Since(start).Microseconds()) / 1000
		r.Entries = list(r.Entries)
	}()
	var err error
	switch base := location(at, header); kind {
	case Feed:
		err = r.readFeed(body, header, base)
	case Page:
		err = r.readPage(body, header, base)
	case WordPress:
		err = r.readWordPress(body, base)
	default:
		err = fmt.Errorf("there is no kind %q; use feed, page or wprest", kind)
	}
	if r.OK = err == nil; !r.OK {
		r.Err = err.Error()
	}
	return r
}

// location is what the document's links are relative to (RFC 9110, 8.7).
func location(at string, header http.Header) string {
	return cmp.Or(plain.Link(at, header.Get("Content-Location")), at)
}

func (r *Result) readFeed(body []byte, header http.Header, base string) error {
	d, err := feed.Read(body, header.Get("Content-Type"), base)
	if err != nil {
		return err
	}
	d.Language = cmp.Or(d.Language, header.Get("Content-Language"))
	r.Feed = channel(&d, base)
	for i := range d.Entries {
		r.Entries = append(r.Entries, entry(&d.Entries[i], &d))
	}
	return nil
}

func (r *Result) readWordPress(body []byte, base string) error {
	posts, err := wordpress.Read(body, base)
	if err != nil {
		return err
	}
	for i := range posts {
		p := &posts[i]
		r.Entries = append(r.Entries, Entry{Title: p.Title, Link: p.URL, ID: p.GUID, Authors: writers(p.Byline), Published: stamp(p.Published), Updated: stamp(p.Updated),
			Summary: plain.SafeHTML(p.SummaryHTML, p.URL), Content: plain.SafeHTML(p.ContentHTML, p.URL), Tags: list(p.Categories), Enclosures: []Enclosure{}, Comments: p.CommentURL, Image: p.Image.URL})
	}
	return nil
}

func (r *Result) readPage(body []byte, header http.Header, base string) error {
	p, err := page.Parse(body, header.Get("Content-Type"), base)
	if err != nil {
		return err
	}
	a := p.Article()
	out := &Document{Title: a.Title, Authors: []Author{}, Published: stamp(a.Published), Modified: stamp(a.Updated), Description: cmp.Or(p.Description(), a.Dek, a.Excerpt),
		SiteName: p.Site(header).Name, URL: a.URL, Image: a.Image.URL, Language: a.Language}
	if len(a.Byline) == 0 {
		a.Byline = p.Publisher()
	}
	for _, author := range a.Byline {
		out.Authors = append(out.Authors, Author{Name: author.Name, Bio: author.Bio, URL: author.URL})
	}
	out.Text, out.HTML = mainText(p)
	out.Text = cmp.Or(out.Text, strings.Join(p.Paragraphs(), "\n\n"))
	r.Article = out
	return nil
}

// mainText finds the article's own text on its page.
func mainText(p *page.Page) (text, html string) {
	at, err := url.Parse(p.URL)
	if err != nil || at.Host == "" {
		at = nil
	}
	read, err := readability.FromDocument(p.Root(), at)
	if err != nil || read.Node == nil {
		return "", ""
	}
	var b bytes.Buffer
	if err := read.RenderHTML(&b); err != nil {
		return "", ""
	}
	html = plain.SafeHTML(b.String(), p.URL)
	return plain.Paragraphs(html), html
}
