// Package feed reads RSS (0.9x, 1.0, 2.0), Atom (0.3, 1.0) and JSON Feed (1.0, 1.1)
// as people really publish them: in the wrong encoding, with bare ampersands, with
// relative links, broken off in the middle. A scanner that takes everything makes a
// tree of the document, a reader makes a Document of the tree, and List concludes from
// it what is needed to collect. (The passes that made such documents fit for a strict
// parser were longer, slower and lost what the parser did not foresee.)
//
// It fetches nothing and decides nothing about which articles are new.
package feed

import (
	"errors"
	"strings"
	"unicode"

	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/collect/plain"
)

// ErrNotAFeed means that the document is something else; the message says what.
var ErrNotAFeed = errors.New("not a feed")

// notFeed is an ErrNotAFeed with the words for an editor.
type notFeed string

func (n notFeed) Error() string { return string(n) }
func (n notFeed) Unwrap() error { return ErrNotAFeed }

// Feed is what a feed says.
type Feed = found.List

// Parse reads a feed's articles: Read and List in one.
func Parse(body []byte, contentType, base string) (Feed, error) {
	d, err := Read(body, contentType, base)
	if err != nil {
		return Feed{}, err
	}
	return d.List(), nil
}

// Read reads a feed. contentType is the server's header, url what answered; both may be
// empty. A document that is no feed gives ErrNotAFeed.
func Read(body []byte, contentType, url string) (Document, error) {
	text := strings.TrimLeftFunc(decode(body, contentType), func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' || r == 0 })
	switch {
	case text == "":
		return Document{}, notFeed("the answer is empty")
	case text[0] == '{':
		return readJSON([]byte(text), url)
	}
	return readXML(text, url)
}

func readXML(text, url string) (Document, error) {
	switch root(text) {
	case "rss", "rdf", "channel", "feed", "entry":
	case "html", "head", "body":
		return Document{}, notFeed("this is a web page (HTML), not a feed")
	case "urlset", "sitemapindex":
		return Document{}, notFeed("this is a sitemap, not a feed")
	case "opml":
		return Document{}, notFeed("this is a list of feeds (OPML), not a feed")
	default:
		if head := strings.ToLower(text[:min(len(text), 15)]); head == "<!doctype html>" {
			return Document{}, notFeed("this is a web page (HTML), not a feed")
		}
		return Document{}, notFeed("this is neither RSS nor Atom nor a JSON Feed")
	}
	tree, truncated, err := scan(text[start(text):], url)
	if err != nil {
		return Document{}, err
	}
	d := readTree(tree, url)
	d.Truncated = truncated
	return d, nil
}

// start finds where the first element begins, past whatever precedes it.
func start(text string) int {
	for at := 0; at < len(text); {
		open := strings.IndexByte(text[at:], '<')
		if open < 0 || at+open+1 >= len(text) {
			return len(text)
		}
		at += open
		switch rest := text[at:]; {
		case strings.HasPrefix(rest, "<!--"):
			at += past(rest, "-->")
		case strings.HasPrefix(rest, "<!DOCTYPE") && !strings.HasPrefix(strings.ToLower(rest), "<!doctype html"):
			return at // repair reads it
		case rest[1] == '?' || rest[1] == '!':
			at += past(rest, ">")
		default:
			return at
		}
	}
	return len(text)
}

func past(text, end string) int {
	if at := strings.Index(text, end); at >= 0 {
		return at + len(end)
	}
	return len(text)
}

// root is the local name of the first element, in lower case.
func root(text string) string {
	text = text[start(text):]
	if strings.HasPrefix(text, "<!DOCTYPE") {
		inside := text
		if head, _, _ := strings.Cut(text, ">"); strings.Contains(head, "[") {
			inside = text[past(text, "]"):]
		}
		text = inside[past(inside, ">"):]
		text = text[start(text):]
	}
	name := strings.ToLower(tagName(strings.TrimPrefix(text, "<")))
	if at := strings.IndexByte(name, ':'); at >= 0 {
		name = name[at+1:]
	}
	return name
}

// setText sets an article's excerpt and dek from what a feed gives of its text. A
// summary that is not just how the content begins was written by hand: it is the dek.
func setText(a *found.Article, summary, content string) {
	short, broken := plain.Excerpt(summary)
	if strings.TrimSpace(content) == strings.TrimSpace(summary) {
		content = ""
	}
	begins, contentBroken := plain.Excerpt(content)
	if begins == "" {
		a.Excerpt, a.Short = short, broken || short == ""
		a.Summary = !a.Short
		return
	}
	a.Excerpt, a.Short = begins, contentBroken
	if !contentBroken {
		a.Minutes = plain.Minutes(content)
	}
	if short != "" && !broken && len(short) < plain.ExcerptLength && !plain.Repeats(short, begins) {
		a.Dek = plain.Literal(short)
	}
}

// topics cleans a list of categories; the same one twice is one.
func topics(raw []string) []string {
	var list []string
	for _, r := range raw {
		topic := plain.Line(r)
		if topic != "" && !contains(list, topic) && len(list) < 20 && !strings.EqualFold(topic, "uncategorized") {
			list = append(list, topic)
		}
	}
	return list
}

// Bounds for what a feed can cost: real ones stay far below them.
const (
	mostArticles = 1000 // that are read, from the start
	mostPeople   = 30   // who sign one article
)

func addPerson(list []found.Author, a found.Author, name string) []found.Author {
	if len(list) == mostPeople {
		return list
	}
	a.Name = name
	for i := range list {
		if list[i].Same(a) {
			list[i].Merge(a)
			return list
		}
	}
	return append(list, a)
}
