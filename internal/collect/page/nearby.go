package page

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/collect/plain"
)

// addNearby looks for the bios of authors whom no known box tells of: in elements that
// by their class are about the author, whatever the theme calls them, then in the last
// paragraphs of the text, where magazines without boxes put them. A text counts only if it names
// the author, so that nobody gets another's bio.
func (p *Page) addNearby(byline []found.Author) {
	for i := range byline {
		author := &byline[i]
		if author.Bio != "" || strings.IndexByte(author.Name, ' ') < 0 {
			continue
		}
		for _, look := range []func(string) *goquery.Selection{p.inOwnPlace, p.atTheEnd} {
			if s := look(author.Name); s != nil {
				p.take(author, s)
				break
			}
		}
	}
}

// take gives an author what stands in s.
func (p *Page) take(author *found.Author, s *goquery.Selection) {
	bio := plain.ReadBio(outer(s), p.base, author.Name)
	box := found.Author{BioFrom: "box"}
	box.Name, box.Bio, box.BioHTML, box.URL = author.Name, bio.Text, bio.HTML, bio.More
	author.Merge(box)
}

// places are what themes call the place of a bio. Hashes that build tools append follow.
var places = regexp.MustCompile(`(?i)(author|contributor|writer|byline)s?[-_]*(detail|info|card|profile)?[-_]*(bio|box|desc|about|info|card|profile|blurb|meta|summary)|about[-_]*(the[-_]*)?(author|writer|contributor)|(^|[\s_-])(bio|biography)([\s_-]|$)`)

// inOwnPlace finds the smallest element that tells of the author, in an element made
// for that.
func (p *Page) inOwnPlace(name string) *goquery.Selection {
	var told *goquery.Selection
	looked := 0
	p.people.EachWithBreak(func(_ int, s *goquery.Selection) bool {
		if !places.MatchString(s.AttrOr("class", "") + " " + s.AttrOr("id", "")) {
			return true
		}
		if s.ClosestMatcher(css(outside)).Length() > 0 || s.IsMatcher(css("body, main, article")) || large(s) {
			return true
		}
		looked++
		told = p.telling(s, name)
		return told == nil && looked < mostPlaces
	})
	return told
}

// mostPlaces are looked at on one page.
const mostPlaces = 40

// telling finds the first piece of text in s that tells of the author, and the paragraphs
// that go on with it.
func (p *Page) telling(s *goquery.Selection, name string) *goquery.Selection {
	for n := range s.Get(0).Descendants() {
		if n.Type == html.ElementNode && textBlock(n) && p.tells(s.FindNodes(n), name) {
			return p.withNext(s.FindNodes(n))
		}
	}
	if own := s.Get(0); textBlock(own) && p.tells(s, name) {
		return s
	}
	return nil
}

// withNext adds the paragraphs that follow one.
func (p *Page) withNext(s *goquery.Selection) *goquery.Selection {
	if !s.IsMatcher(css("p")) {
		return s
	}
	following := s.NextUntil(":not(p)")
	return s.AddSelection(following.Slice(0, min(following.Length(), mostFollowing)))
}

// mostFollowing paragraphs go on with a bio.
const mostFollowing = 3

// textBlock tells whether an element holds text itself, rather than other blocks.
func textBlock(n *html.Node) bool {
	switch n.DataAtom {
	case atom.P, atom.Div, atom.Span, atom.Li, atom.Td, atom.Section, atom.Em, atom.I, atom.Aside, atom.Footer, atom.Dd:
	default:
		return false
	}
	text := 0
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		switch {
		case child.Type == html.TextNode:
			text += len(strings.TrimSpace(child.Data))
		case child.DataAtom == atom.P || child.DataAtom == atom.Div || child.DataAtom == atom.Ul:
			return false
		}
	}
	return text >= shortestTelling
}

// shortestTelling is in bytes.
const shortestTelling = 20

// tells tells whether a text says who the author is: it names the author and is no more
// than a bio.
func (p *Page) tells(s *goquery.Selection, name string) bool {
	text := line(s)
	return utf8.RuneCountInString(text) <= longestHeaded && named(text, name) && plain.ReadBio(outer(s), p.base, name).Text != ""
}

// named tells whether a text is about somebody: begins with the first or the whole name,
// or has it in its first words.
func named(text, name string) bool {
	text, name = strings.ToLower(text), strings.ToLower(name)
	given, _, _ := strings.Cut(name, " ")
	at := strings.Index(text, name)
	return strings.HasPrefix(text, given+" ") || at >= 0 && at <= 40
}

// lastParagraphs of a text may tell of its author.
const lastParagraphs = 5

// introduces is how a sentence goes on that tells who somebody is.
var introduces = regexp.MustCompile(`^,? ?(\([^)]{1,40}\) )?(is|was|are|writes|wrote|covers|covered|has|have|lives|works|teaches|reports|edits|served|serves|directs|holds|runs|studied|leads|hosts|co-?founded|founded|recently|currently|, an?|,? author of|ist|schreibt|arbeitet|lebt|est|écrit|vit|es|escribe|vive|è|scrive)\b`)

// atTheEnd finds a paragraph at the end of the text that begins with the author's name and
// says who that is.
func (p *Page) atTheEnd(name string) *goquery.Selection {
	for _, selector := range bodies[:len(bodies)-1] {
		body := p.marked.FilterMatcher(css(selector)).First()
		paragraphs := body.FindMatcher(css("p"))
		if paragraphs.Length() == 0 {
			continue
		}
		first := max(0, paragraphs.Length()-lastParagraphs)
		found := paragraphs.Slice(first, paragraphs.Length()).FilterFunction(func(_ int, s *goquery.Selection) bool {
			rest, ok := strings.CutPrefix(strings.TrimSpace(line(s)), name)
			return ok && introduces.MatchString(strings.TrimPrefix(rest, " ")) && s.ClosestMatcher(css(outside)).Length() == 0 && p.tells(s, name)
		}).Last()
		if found.Length() > 0 {
			return found
		}
	}
	return nil
}
