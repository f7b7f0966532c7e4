package plain

import (
	"html"
	"regexp"
	"strings"

	xhtml "golang.org/x/net/html" // the tokeniser browsers agree on
	"golang.org/x/net/html/atom"
)

// Line turns a title, a name or a category into one line of plain text. Sources
// disagree on whether such a text is HTML, text, or HTML escaped twice; so markup
// is taken away where it is markup (a tag and its end, an image, a link), while
// "a < b" and a lone "<script>" stay what a reader should see.
func Line(text string) string {
	text = Clean(text[:min(len(text), maxLine)])
	if strings.IndexByte(text, '<') >= 0 {
		text = stripTags(text)
	}
	if escaped.MatchString(text) {
		text = html.UnescapeString(text)
		if escaped.MatchString(text) { // twice
			text = html.UnescapeString(text)
		}
		if strings.IndexByte(text, '<') >= 0 {
			text = stripTags(text)
		}
		text = Clean(text)
	}
	return spaces(text)
}

// maxLine bounds the work for a line, in bytes; no honest title comes near.
const maxLine = 8 << 10

// Literal is Line for a text that says of itself that it holds no markup: nothing is
// taken away but white space.
func Literal(text string) string { return spaces(Clean(text[:min(len(text), maxLine)])) }

// document is a whole HTML document in the place of a line.
var document = regexp.MustCompile(`(?i)<!doctype html|<html[\s>]`)

var escaped = regexp.MustCompile(`&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});`)

// tag is a piece of a line: text, or a tag with its fate.
type tag struct {
	raw  string
	kind xhtml.TokenType
	name string
	atom atom.Atom
	attr bool // carries attributes
	drop bool
}

// stripTags takes markup out of a line.
func stripTags(text string) string {
	if document.MatchString(text) {
		return Paragraphs(text)
	}
	tags := tokens(text)
	open := map[string][]int{}
	for i := range tags {
		switch t := &tags[i]; t.kind {
		case xhtml.SelfClosingTagToken, xhtml.CommentToken:
			t.drop = t.kind == xhtml.SelfClosingTagToken || strings.HasPrefix(t.raw, "<!--")
		case xhtml.StartTagToken:
			t.drop = void(t.atom) || t.attr && t.atom != 0
			open[t.name] = append(open[t.name], i)
		case xhtml.EndTagToken:
			t.drop = t.atom != 0
			if starts := open[t.name]; len(starts) > 0 {
				start := starts[len(starts)-1]
				open[t.name] = starts[:len(starts)-1]
				dropPair(tags[start:i+1], hidden(t.atom))
			}
		}
	}
	return joinTags(tags)
}

func tokens(text string) []tag {
	var tags []tag
	z := xhtml.NewTokenizer(strings.NewReader(text))
	for {
		kind := z.Next()
		if kind == xhtml.ErrorToken {
			return append(tags, tag{raw: string(z.Raw()), kind: xhtml.TextToken})
		}
		t := tag{raw: string(z.Raw()), kind: kind}
		if kind == xhtml.StartTagToken || kind == xhtml.EndTagToken || kind == xhtml.SelfClosingTagToken {
			name, attr := z.TagName()
			t.name, t.attr, t.atom = string(name), attr, atom.Lookup(name)
			z.NextIsNotRawText()
		}
		tags = append(tags, t)
	}
}

// dropPair drops a tag and its end, and where readers never see it also what is
// between them.
func dropPair(span []tag, whole bool) {
	span[0].drop, span[len(span)-1].drop = true, true
	for i := range span {
		span[i].drop = span[i].drop || whole
	}
}

func joinTags(tags []tag) string {
	var b strings.Builder
	for _, t := range tags {
		switch {
		case !t.drop:
			b.WriteString(t.raw)
		case t.atom == atom.Br || block(t.atom):
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func void(a atom.Atom) bool {
	switch a {
	case atom.Br, atom.Img, atom.Hr, atom.Wbr, atom.Input, atom.Link, atom.Meta, atom.Area, atom.Embed, atom.Source, atom.Col:
		return true
	}
	return false
}

// hidden elements hold nothing that a reader sees as text.
func hidden(a atom.Atom) bool {
	switch a {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Iframe, atom.Object, atom.Svg, atom.Math, atom.Head,
		atom.Audio, atom.Video, atom.Canvas, atom.Select, atom.Textarea, atom.Button, atom.Form, atom.Noembed, atom.Noframes:
		return true
	}
	return false
}

func block(a atom.Atom) bool {
	switch a {
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Aside, atom.Main, atom.Nav, atom.Blockquote, atom.Pre,
		atom.Ul, atom.Ol, atom.Li, atom.Dl, atom.Dt, atom.Dd, atom.Table, atom.Tr, atom.Figure, atom.Figcaption, atom.Hr, atom.Address,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return true
	}
	return false
}
