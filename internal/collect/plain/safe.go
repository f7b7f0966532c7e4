package plain

import (
	"html"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	xhtml "golang.org/x/net/html"
)

// SafeHTML is a piece of an article as a page may show it: text, pictures, tables and
// links, all addresses absolute and of the web, nothing that runs, asks, frames or
// styles. base is what addresses are relative to.
func SafeHTML(fragment, base string) string {
	fragment = strings.TrimSpace(Clean(fragment))
	if strings.IndexByte(fragment, '<') < 0 {
		return html.EscapeString(html.UnescapeString(fragment))
	}
	return strings.TrimSpace(safe.Sanitize(absolute(fragment, base)))
}

var safe = safePolicy()

func safePolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("a", "abbr", "acronym", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup",
		"dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd",
		"li", "main", "mark", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "section", "small", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody",
		"td", "tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var", "wbr", "audio", "video", "source", "picture")
	p.AllowNoAttrs().OnElements("a", "font", "span", "img", "bdo", "audio", "video", "source", "picture")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("src", "alt", "title").OnElements("img")
	p.AllowAttrs("src", "type").OnElements("audio", "video", "source")
	p.AllowAttrs("controls").OnElements("audio", "video")
	p.AllowAttrs("poster").OnElements("video")
	p.AllowAttrs("width", "height").Matching(bluemonday.NumberOrPercent).OnElements("img", "video", "table", "td", "th", "col")
	p.AllowAttrs("cite").OnElements("blockquote", "q", "del", "ins")
	p.AllowAttrs("datetime").OnElements("time", "del", "ins")
	p.AllowAttrs("title").OnElements("abbr", "acronym", "dfn", "a")
	p.AllowAttrs("dir", "lang").Matching(bluemonday.SpaceSeparatedTokens).Globally()
	p.AllowAttrs("colspan", "rowspan", "start", "value").Matching(bluemonday.Integer).OnElements("td", "th", "ol", "li", "col", "colgroup")
	p.AllowURLSchemes("http", "https", "mailto")
	p.RequireParseableURLs(true)
	p.SkipElementsContent("script", "style", "noscript", "iframe", "object", "embed", "applet", "form", "select", "textarea", "button", "svg", "template", "head", "title", "noembed", "noframes", "frameset")
	return p
}

// absolute makes the addresses in a piece of HTML absolute. What is left without one
// loses the attribute.
func absolute(fragment, base string) string {
	var b strings.Builder
	z := xhtml.NewTokenizer(strings.NewReader(fragment))
	for {
		kind := z.Next()
		if kind == xhtml.ErrorToken {
			b.Write(z.Raw()) // what is broken off
			return b.String()
		}
		raw := string(z.Raw())
		if kind != xhtml.StartTagToken && kind != xhtml.SelfClosingTagToken || strings.IndexByte(raw, '=') < 0 {
			b.WriteString(raw)
			continue
		}
		token := z.Token()
		if rebase(&token, base) {
			raw = token.String()
		}
		b.WriteString(raw)
	}
}

// rebase makes the addresses of a tag absolute; it tells whether it has any.
func rebase(token *xhtml.Token, base string) bool {
	addressed := false
	kept := token.Attr[:0]
	for _, a := range token.Attr {
		switch a.Key {
		case "src":
			a.Val = source(token, base)
		case "href", "cite", "poster":
			a.Val = target(base, a.Val)
		default:
			kept = append(kept, a)
			continue
		}
		addressed = true
		if a.Val != "" {
			kept = append(kept, a)
		}
	}
	token.Attr = kept
	return addressed
}

// source is where a picture or a film is, lazily loaded or not.
func source(token *xhtml.Token, base string) string {
	return Link(base, Picture(func(name string) string {
		for _, a := range token.Attr {
			if a.Key == name {
				return a.Val
			}
		}
		return ""
	}))
}

// target is where a link in a text leads: a page, a place in the text's own page, or
// somebody's mail.
func target(base, ref string) string {
	ref = strings.TrimSpace(ref)
	if scheme, _, found := strings.Cut(ref, ":"); found && strings.EqualFold(scheme, "mailto") {
		return ref
	}
	if strings.HasPrefix(ref, "#") && base != "" {
		page, _, _ := strings.Cut(base, "#")
		return Link("", page+ref)
	}
	return Link(base, ref)
}
