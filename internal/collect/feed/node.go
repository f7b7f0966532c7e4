package feed

import (
	"html"
	"strings"
)

// node is an element of a feed, or a piece of text in one. Names are in lower case and
// their prefixes resolved, so that a feed may call its namespaces as it likes.
type node struct {
	space family
	name  string // local; empty for a text
	text  string // of a text
	attrs []attribute
	base  string // that links in it are relative to, where xml:base says so
	lang  string // xml:lang

	first, last, next *node
}

// attribute is one of an element, its name as written, in lower case.
type attribute struct{ name, value string }

func (n *node) add(child *node) {
	if n.last == nil {
		n.first = child
	} else {
		n.last.next = child
	}
	n.last = child
}

// attr is the value of an attribute, whatever its prefix where name has none.
func (n *node) attr(name string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.attrs {
		if a.name == name {
			return a.value
		}
	}
	return ""
}

// has tells whether n holds elements.
func (n *node) has() bool {
	for child := n.first; child != nil; child = child.next {
		if child.name != "" {
			return true
		}
	}
	return false
}

// value is what n holds: its text, or its markup where it holds elements.
func (n *node) value() string {
	switch {
	case n == nil || n.first == nil:
		return ""
	case n.has():
		return n.markup()
	case n.first == n.last:
		return strings.TrimSpace(n.first.text)
	}
	var b strings.Builder
	for child := n.first; child != nil; child = child.next {
		b.WriteString(child.text)
	}
	return strings.TrimSpace(b.String())
}

// markup writes n's content as HTML.
func (n *node) markup() string {
	var b strings.Builder
	n.write(&b)
	return strings.TrimSpace(b.String())
}

func (n *node) write(b *strings.Builder) {
	for child := n.first; child != nil; child = child.next {
		if child.name == "" {
			b.WriteString(html.EscapeString(child.text))
			continue
		}
		b.WriteString("<" + child.name)
		for _, a := range child.attrs {
			if !strings.HasPrefix(a.name, "xmlns") && !strings.HasPrefix(a.name, "xml:") {
				b.WriteString(" " + a.name + `="` + html.EscapeString(a.value) + `"`)
			}
		}
		b.WriteByte('>')
		child.write(b)
		if !void[child.name] {
			b.WriteString("</" + child.name + ">")
		}
	}
}

// void are the elements of HTML that have no end tag.
var void = map[string]bool{"br": true, "hr": true, "img": true, "wbr": true, "input": true, "area": true, "col": true, "embed": true, "param": true}

// path names elements by family and name, such as "title" of the feed's own or
// "dc:title".
type path struct {
	space family
	name  string
}

func (n *node) is(p path) bool { return n.name == p.name && n.space == p.space }

// find is the first child of that name that holds anything, or has attributes.
func (n *node) find(p path) *node {
	for child := n.first; child != nil; child = child.next {
		if child.is(p) && (child.first != nil || len(child.attrs) > 0) {
			return child
		}
	}
	return nil
}

// all are the children of any of these names, in the order of the document.
func (n *node) all(paths ...path) []*node {
	var list []*node
	for child := n.first; child != nil; child = child.next {
		for _, p := range paths {
			if child.is(p) {
				list = append(list, child)
				break
			}
		}
	}
	return list
}

// says is the value of the first child, in the order of paths, that says anything.
func (n *node) says(paths ...path) string {
	for _, p := range paths {
		for child := n.first; child != nil; child = child.next {
			if !child.is(p) {
				continue
			}
			if text := child.value(); text != "" {
				return text
			}
		}
	}
	return ""
}
