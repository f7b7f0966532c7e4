package page

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// marks are a page's elements that selectors can tell apart, in the page's order. A
// long selector is slow on a whole page; looking among those that can match at all
// costs a fraction.
type marks struct {
	named    []*html.Node // with a class, an id and the like, and the elements that stand for something
	people   []*html.Node // that have to do with authors, and all that is inside of them
	deks     []*html.Node
	comments []*html.Node // and all that is inside of them
	pictures []*html.Node
}

// mark sorts the page's elements.
func (p *Page) mark() {
	m := marks{}
	m.walk(p.doc.Get(0), false, false)
	none := p.doc.FilterNodes() // a new one: Slice shares its memory
	p.marked, p.people, p.deks, p.replies = none.AddNodes(m.named...), none.AddNodes(m.people...), none.AddNodes(m.deks...), none.AddNodes(m.comments...)
	p.pictures = none.AddNodes(m.pictures...)
}

// words by which class names and addresses tell what an element is about.
var (
	personal   = []string{"author", "Author", "byline", "Byline", "bio", "Bio", "ontributor", "riter", "vcard", "h-card", "abox", "a-box", "about", "abh_", "ubox", "p-note"}
	subtitular = []string{"dek", "deck", "subtitle", "sub-title", "standfirst", "excerpt", "subheadline", "summary", "alternativeHeadline"}
	replying   = []string{"comment", "respond", "reply", "disqus"}
)

// walk notes the elements below n, which may itself have to do with an author or with
// comments.
func (m *marks) walk(n *html.Node, personally, reply bool) {
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		if child.Type != html.ElementNode {
			continue
		}
		words, named := telling(child)
		person, comment := personally || mentions(words, personal), reply || mentions(words, replying)
		if person {
			m.people = append(m.people, child)
		}
		if comment {
			m.comments = append(m.comments, child)
		}
		if mentions(words, subtitular) {
			m.deks = append(m.deks, child)
		}
		if child.DataAtom == atom.Img {
			m.pictures = append(m.pictures, child)
		}
		if named || significant(child.DataAtom) {
			m.named = append(m.named, child)
		}
		if whole(child.DataAtom) { // what a theme calls them says nothing of what is inside
			person, comment = personally, reply
		}
		m.walk(child, person, comment)
	}
}

// telling gives what an element's attributes say of it.
func telling(n *html.Node) (words [6]string, named bool) {
	i := 0
	for _, a := range n.Attr {
		switch a.Key {
		case "class", "id", "rel", "itemprop", "datetime":
			named = true
		case "href", "action":
		default:
			continue
		}
		if i < len(words) {
			words[i] = a.Val
			i++
		}
	}
	return words, named
}

// mentions tells whether any of the words stands in any of the texts.
func mentions(texts [6]string, words []string) bool {
	for _, text := range texts {
		if text != "" && slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) }) {
			return true
		}
	}
	return false
}

// significant elements are looked for by their name.
func significant(a atom.Atom) bool {
	switch a {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Article, atom.Main, atom.Body, atom.Form,
		atom.Html, atom.Base, atom.Title, atom.Meta, atom.Link, atom.Script:
		return true
	}
	return false
}

// whole elements are the page itself, whatever their class says.
func whole(a atom.Atom) bool {
	return a == atom.Html || a == atom.Body || a == atom.Main || a == atom.Article
}
