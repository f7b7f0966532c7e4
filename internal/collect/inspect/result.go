// Package inspect shows what Masthead sees in a feed, a page or an answer of the
// WordPress REST API, field by field, so that anybody can report a fault with one
// file, and so that other projects' test suites can be put to us. It fetches and
// stores nothing; package collect decides what becomes of what is seen here.
package inspect

import (
	"cmp"
	"time"

	"github.com/masthead-mail/masthead/internal/collect/feed"
	"github.com/masthead-mail/masthead/internal/collect/found"
)

// Kinds of documents.
const (
	Feed      = "feed"   // RSS, Atom, JSON Feed
	Page      = "page"   // HTML of an article
	WordPress = "wprest" // /wp/v2/posts, or one post of it
)

// Result is what was seen in one document. Titles, names, tags and descriptions are
// plain text; summaries, contents and Article.HTML are HTML without active content; links are
// absolute http(s) addresses; times are RFC 3339 in UTC. What a document does not say is
// empty, never left out.
type Result struct {
	ID      any       `json:"id"` // the case's
	OK      bool      `json:"ok"`
	Err     string    `json:"err"` // why nothing was seen, in words for people
	MS      float64   `json:"ms"`  // that reading it took, in milliseconds
	Feed    *Channel  `json:"feed"`
	Entries []Entry   `json:"entries"`
	Article *Document `json:"article"`
}

// Channel is what a feed says of itself.
type Channel struct {
	Title     string   `json:"title"` // else its link
	Link      string   `json:"link"`  // the page it stands for, else its own address
	Subtitle  string   `json:"subtitle"`
	Language  string   `json:"language"` // BCP 47
	ID        string   `json:"id"`
	Authors   []Person `json:"authors"`
	Updated   string   `json:"updated"`
	Published string   `json:"published"`
	Image     string   `json:"image"`
	Tags      []string `json:"tags"`
}

// Entry is one item of a feed, or one post of the WordPress API.
type Entry struct {
	Title      string      `json:"title"` // else how the text begins, else the link
	Link       string      `json:"link"`
	ID         string      `json:"id"`
	Authors    []Person    `json:"authors"` // of the entry, else those who sign the feed
	Published  string      `json:"published"`
	Updated    string      `json:"updated"`
	Summary    string      `json:"summary"`
	Content    string      `json:"content"`
	Tags       []string    `json:"tags"` // of the entry, else of the feed
	Enclosures []Enclosure `json:"enclosures"`
	Comments   string      `json:"comments"` // where readers reply
	Image      string      `json:"image"`    // the one a digest would show
}

// Person is somebody who writes.
type Person struct {
	Name   string `json:"name"`
	Email  string `json:"email"`
	URL    string `json:"url"`
	Avatar string `json:"avatar"`
	Bio    string `json:"bio"`
}

// Enclosure is a file that belongs to an entry; Length is in bytes, 0 where unknown.
type Enclosure struct {
	Href   string `json:"href"`
	Type   string `json:"type"`
	Length int64  `json:"length"`
}

// Document is what the page of an article says.
type Document struct {
	Title       string   `json:"title"`
	Authors     []Author `json:"authors"`
	Published   string   `json:"published"`
	Modified    string   `json:"modified"`
	Description string   `json:"description"` // what the page tells other programs, else its dek, else how it begins
	SiteName    string   `json:"sitename"`
	URL         string   `json:"url"` // canonical
	Image       string   `json:"image"`
	Language    string   `json:"language"`
	Text        string   `json:"text"` // of the article, paragraphs apart by an empty line
	HTML        string   `json:"html"`
}

// Author is somebody who signs a page.
type Author struct {
	Name string `json:"name"`
	Bio  string `json:"bio"`
	URL  string `json:"url"` // where "Learn More →" leads
}

func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

func list[T any](in []T) []T {
	if in == nil {
		return []T{}
	}
	return in
}

// channel takes the document's address for what the feed does not say of itself.
func channel(d *feed.Document, at string) *Channel {
	link := cmp.Or(d.Link, at)
	return &Channel{Title: cmp.Or(d.Title, link), Link: link, Subtitle: d.Subtitle, Language: d.Language, ID: d.ID, Authors: people(d.Authors),
		Updated: stamp(d.Updated), Published: stamp(d.Published), Image: d.Image, Tags: list(d.Tags)}
}

// entry calls what has no title by how it begins, as a digest would, or by its link.
func entry(e *feed.Entry, d *feed.Document) Entry {
	out := Entry{Title: cmp.Or(e.Heading(), e.Link), Link: e.Link, ID: e.ID, Authors: people(e.Authors), Published: stamp(e.Published), Updated: stamp(e.Updated),
		Summary: e.Summary.Safe(), Content: e.Content.Safe(), Tags: list(e.Tags), Enclosures: []Enclosure{}, Comments: e.Comments, Image: e.Image().URL}
	if len(out.Tags) == 0 {
		out.Tags = list(d.Tags)
	}
	for _, file := range e.Enclosures {
		out.Enclosures = append(out.Enclosures, Enclosure(file))
	}
	return out
}

func people(in []feed.Person) []Person {
	out := []Person{}
	for _, p := range in {
		out = append(out, Person(p))
	}
	return out
}

func writers(in []found.Author) []Person {
	out := []Person{}
	for _, a := range in {
		out = append(out, Person{Name: a.Name, URL: a.URL, Avatar: a.Photo, Bio: a.Bio})
	}
	return out
}
