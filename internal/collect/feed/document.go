package feed

import (
	"html"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/collect/plain"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Document is what a feed says, field by field, before anything is concluded from it.
// Titles, names and tags are plain text, links are absolute, times are in UTC and zero
// where the feed has none that can be read.
type Document struct {
	Title     string
	Subtitle  string
	Link      string // the page that the feed stands for
	ID        string // as it is written
	Language  string // BCP 47
	Authors   []Person
	Updated   time.Time
	Published time.Time
	Image     string
	Tags      []string
	Entries   []Entry
	Hub       string // tells of new entries at once (WebSub)
	Self      string // the feed's own address, by which the hub knows it
	// Truncated tells that the document broke off in the middle.
	Truncated bool

	signed []Person // who sign what names no author: no editor or web master
}

// Entry is one item of a feed.
type Entry struct {
	Title      string
	Link       string
	ID         string // as it is written
	Authors    []Person
	Published  time.Time // where the feed has one date only, that
	Updated    time.Time
	Summary    Text
	Content    Text
	Tags       []string
	Enclosures []Enclosure
	Comments   string // where readers reply
	Replies    int    // how many have, -1 where the feed does not say
	Language   string
	Subtitle   string

	media []picture
	home  string // what relative links in it are relative to
}

// Person is somebody a feed names.
type Person struct{ Name, Email, URL, Avatar, Bio string }

// Enclosure is a file that belongs to an entry.
type Enclosure struct {
	Href, Type string
	Length     int64 // bytes, 0 where the feed does not say
}

// Text is a piece of writing in a feed.
type Text struct {
	value string // HTML, or text where plain
	base  string // that its links are relative to
	plain bool
}

// HTML is the text as the feed gave it: not safe to show.
func (t Text) HTML() string {
	if t.plain {
		return html.EscapeString(t.value)
	}
	return t.value
}

// Safe is the text as HTML without active content, its links absolute.
func (t Text) Safe() string { return plain.SafeHTML(t.HTML(), t.base) }

// empty tells whether there is nothing in it.
func (t Text) empty() bool { return strings.TrimSpace(t.value) == "" }

// List concludes from the document what the collect stage needs.
func (d *Document) List() Feed {
	feed := Feed{Title: d.Title, Tagline: d.Subtitle, Home: d.Link, Language: d.Language, Truncated: d.Truncated, Hub: d.Hub, Self: d.Self}
	known := signatures{}
	for i := range d.Entries {
		feed.Articles = append(feed.Articles, d.Entries[i].article(known))
	}
	if last := len(feed.Articles) - 1; d.Truncated && last > 0 {
		feed.Articles = feed.Articles[:last] // half an article is none; the next visit brings it whole
	}
	return feed
}

// article concludes what an entry tells of an article.
func (e *Entry) article(known signatures) found.Article {
	a := found.Article{}
	a.URL, a.GUID, a.Title, a.CommentURL, a.Comments = e.Link, plain.Literal(e.ID), e.Heading(), e.Comments, e.Replies
	a.Published, a.Updated, a.Language = e.Published, e.Updated, e.Language
	setText(&a, e.Summary.HTML(), e.Content.HTML())
	if e.Subtitle != "" && a.Dek == "" && !plain.Repeats(e.Subtitle, a.Excerpt) {
		a.Dek = e.Subtitle
	}
	a.Byline = known.byline(e.Authors)
	a.Categories = topics(e.Tags)
	a.Image = e.Image()
	for _, m := range e.media {
		if isImage(m) {
			a.Images = append(a.Images, newsletter.Image{URL: m.url, Alt: plain.Line(m.alt), Width: m.width, Height: m.height})
		}
	}
	return a
}

// Heading is the title, or how the text begins where there is none.
func (e *Entry) Heading() string {
	if e.Title != "" {
		return e.Title
	}
	for _, t := range []Text{e.Summary, e.Content} {
		if begins, _ := plain.Excerpt(t.HTML()); begins != "" {
			return plain.Line(plain.Cut(plain.Literal(begins), longestHeading))
		}
	}
	return ""
}

// longestHeading is in characters.
const longestHeading = 80

// Image is the picture that a digest shows of an entry; it may have none.
func (e *Entry) Image() newsletter.Image {
	text := e.Content
	if text.empty() {
		text = e.Summary
	}
	return choose(e.media, text, e.home)
}

// signatures are whom bylines of a feed name: few people sign many entries.
type signatures map[string][]string

func (known signatures) of(byline string) []string {
	list, read := known[byline]
	if !read {
		list = plain.Names(byline)
		known[byline] = list
	}
	return list
}

// byline makes authors of the persons who are ones.
func (known signatures) byline(persons []Person) []found.Author {
	var list []found.Author
	for _, p := range persons[:min(len(persons), mostPeople)] {
		signed := known.of(p.Name)
		for _, name := range signed {
			a := found.Author{}
			if len(signed) == 1 {
				a.Page, a.Photo = p.URL, p.Avatar
				a.URL = a.Page
			}
			list = addPerson(list, a, name)
		}
	}
	return list
}
