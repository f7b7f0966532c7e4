package plain

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday" // an allow-list sanitiser with years of attacks behind it
	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Limits of what counts as a bio, in characters.
const (
	shortestBio = 20
	longestBio  = 1200
)

// Bio is what an author's bio comes to.
type Bio struct {
	Text string
	HTML string // links and emphasis only
	More string // where "Learn More →" led
}

// ReadBio takes a bio out of the HTML around it: the furniture goes (the name once
// more, "Learn More →", follow lists), links are made absolute, and what is left must
// be about a person. A placeholder or a shop's blurb gives an empty Bio, which may
// still know More.
func ReadBio(fragment, base, name string) Bio {
	r := bioReader{base: base, name: Line(name)}
	root := r.read(fragment)
	if root == nil {
		return Bio{}
	}
	return r.finish(root)
}

// ReadMore is where "Learn More →" leads in a piece of HTML.
func ReadMore(fragment, base string) string {
	r := bioReader{base: base}
	r.read(fragment)
	return r.more
}

// read parses a bio and takes the furniture out; nil where it cannot be parsed.
func (r *bioReader) read(fragment string) *xhtml.Node {
	nodes, err := xhtml.ParseFragment(strings.NewReader(fragment), &xhtml.Node{Type: xhtml.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		return nil
	}
	root := &xhtml.Node{Type: xhtml.ElementNode, Data: "div", DataAtom: atom.Div}
	for _, n := range nodes {
		root.AppendChild(n)
	}
	r.tidy(root)
	return root
}

type bioReader struct {
	base, name, more string
}

// tidy removes the furniture below n.
func (r *bioReader) tidy(n *xhtml.Node) {
	for child := n.FirstChild; child != nil; {
		next := child.NextSibling
		if r.furniture(child) {
			n.RemoveChild(child)
		} else {
			r.tidy(child)
		}
		child = next
	}
}

// furniture tells whether n is no part of what the bio says.
func (r *bioReader) furniture(n *xhtml.Node) bool {
	if n.Type == xhtml.CommentNode {
		return true
	}
	if n.Type != xhtml.ElementNode {
		return false
	}
	if hidden(n.DataAtom) || n.DataAtom == atom.Img || n.DataAtom == atom.Figure || furnitureClass.MatchString(attribute(n, "class")) {
		return true
	}
	words := spaces(Clean(content(n)))
	if r.name != "" && strings.EqualFold(words, r.name) && r.repeated(n) || label.MatchString(words) {
		return true
	}
	if n.DataAtom == atom.A {
		return r.anchor(n, words)
	}
	return n.DataAtom == atom.Ul && onlyLinks(n)
}

// anchor makes a link absolute, or takes it for furniture.
func (r *bioReader) anchor(n *xhtml.Node, words string) bool {
	target := Link(r.base, attribute(n, "href"))
	if invites.MatchString(words) {
		if r.more == "" {
			r.more = target
		}
		return true
	}
	if social.MatchString(words) || words == "" {
		return true
	}
	n.Attr = nil
	if target != "" {
		n.Attr = []xhtml.Attribute{{Key: "href", Val: target}}
	}
	return false
}

var (
	furnitureClass = regexp.MustCompile(`(?i)\b(social|share|sharing|follow|avatar|read-?more|more-?posts|author-?links?|screen-reader-text|sr-only)`)
	label          = regexp.MustCompile(`(?i)^(about( the)? (author|writer|contributor)s?|(the )?(author|writer)|written by|posted by|by|author|bio(graphy)?|connect with me|follow me|latest posts|recent posts)\s*:?$`)
	invites        = regexp.MustCompile(`(?i)^\W*((learn|read|find out|see|view|show|discover) (more|full|all|the full|complete)\b.{0,60}|view .{0,40}\bprofile|(full|author|complete) (bio|profile)|view archives?|more (posts?|articles?|stories|from|by|about)\b.{0,60}|all (posts?|articles?|stories) (by|from)\b.{0,60}|(voir tou(s|tes) les (articles|publications)|alle (beiträge|artikel) (von|anzeigen|ansehen)|ver tod[ao]s (las|los) (entradas|artículos)|vedi tutti gli articoli|alle berichten|mehr erfahren|mehr lesen|en savoir plus|lire la suite|leer más|saber más|saiba mais|scopri di più|lees meer)\b.{0,40}|more)[\s→»>›….]*$`)
	social         = regexp.MustCompile(`(?i)^\W*(follow( me| us)?( on .{1,20})?|twitter|x|facebook|instagram|linked ?in|youtube|tiktok|threads|mastodon|bluesky|pinterest|github|rss|e-?mail( me)?|website|web ?site|visit (my |the )?(website|site)|homepage|contact( me)?)\W*$`)
)

// repeated tells whether the author's name in n stands over or before the bio rather
// than in a sentence of it.
func (r *bioReader) repeated(n *xhtml.Node) bool {
	if block(n.DataAtom) {
		return true
	}
	next := n.NextSibling
	for next != nil && next.Type == xhtml.TextNode && strings.TrimSpace(next.Data) == "" {
		next = next.NextSibling
	}
	if next == nil || next.DataAtom == atom.Br || block(next.DataAtom) {
		return true
	}
	given, _, _ := strings.Cut(r.name, " ")
	return next.Type == xhtml.TextNode && strings.HasPrefix(strings.TrimSpace(next.Data), given+" ")
}

func onlyLinks(ul *xhtml.Node) bool {
	links, items := 0, 0
	for n := range ul.Descendants() {
		switch n.DataAtom {
		case atom.A:
			links++
		case atom.Li:
			items++
		}
	}
	return items > 1 && links >= items
}

func content(n *xhtml.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == xhtml.TextNode {
			b.WriteString(d.Data)
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func attribute(n *xhtml.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// finish sanitises what is left and judges it.
func (r *bioReader) finish(root *xhtml.Node) Bio {
	flat := inline(root)
	text := spaces(Clean(html.UnescapeString(textOnly.Sanitize(flat))))
	safe := spaces(Clean(bioTags.Sanitize(flat)))
	text, safe = strings.ReplaceAll(text, " ,", ","), strings.ReplaceAll(safe, " ,", ",") // where a picture with a link stood
	if !credible(text, r.name) {
		return Bio{More: r.more}
	}
	if utf8.RuneCountInString(text) > longestBio {
		text = Cut(text, longestBio)
		safe = html.EscapeString(text)
	}
	if first, _ := utf8.DecodeRuneInString(text); r.name != "" && (unicode.IsLower(first) || first == '(') { // "[Ada Byron] is the author of …"
		text, safe = r.name+" "+text, html.EscapeString(r.name)+" "+safe
	}
	return Bio{Text: text, HTML: safe, More: r.more}
}

// inline renders root with a space wherever a block begins or ends.
func inline(root *xhtml.Node) string {
	for n := range root.Descendants() {
		if n.Type == xhtml.ElementNode && (block(n.DataAtom) || n.DataAtom == atom.Br) {
			n.Data, n.DataAtom, n.Attr = "span", atom.Span, nil
			n.Parent.InsertBefore(&xhtml.Node{Type: xhtml.TextNode, Data: " "}, n)
			n.AppendChild(&xhtml.Node{Type: xhtml.TextNode, Data: " "})
		}
	}
	var b strings.Builder
	for n := root.FirstChild; n != nil; n = n.NextSibling {
		if err := xhtml.Render(&b, n); err != nil {
			return ""
		}
	}
	return b.String()
}

// Policies are safe to share once they are made.
var (
	textOnly = bluemonday.StrictPolicy()
	bioTags  = bioPolicy()
)

// bioPolicy lets links and emphasis pass.
func bioPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("em", "strong", "b", "i")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https")
	p.RequireParseableURLs(true)
	return p
}

// credible tells whether text says something about a person called name.
func credible(text, name string) bool {
	said := strings.TrimSpace(strings.TrimPrefix(text, name))
	if utf8.RuneCountInString(said) < shortestBio && !isCJK(said) || placeholder.MatchString(text) {
		return false
	}
	return !blurb.MatchString(text) && tells(said)
}

// tells tells whether a text in letters with cases has a sentence in it: a date, a job
// title or a list of names alone says nothing of a person.
func tells(text string) bool {
	lower, cased := 0, false
	for _, word := range strings.Fields(text) {
		r, _ := utf8.DecodeRuneInString(word)
		cased = cased || unicode.IsUpper(r)
		if unicode.IsLower(r) {
			lower++
		}
	}
	return !cased || lower >= 2
}

// isCJK tells whether a text is in a script that says a sentence in few characters.
func isCJK(text string) bool {
	n := 0
	for _, r := range text {
		if r >= 0x2e80 && r <= 0xd7ff {
			n++
		}
	}
	return n >= 6
}

var (
	placeholder = regexp.MustCompile(`(?i)lorem ipsum|^text bio|\b(your|author'?s?|insert( your)?|add( your| a)?|short) (bio|biography|description) (here|goes here|text)|` +
		`has not yet (filled|added|written)|hasn'?t (filled|added|written)|no (bio|biography|description)( available| yet| found)|^this is (the|a|my) (author )?(bio|description)\b|` +
		`^\S+ \S+ is on (twitter|x|facebook|instagram|mastodon|bluesky)\b.{0,60}$|so far .{1,60} has created [\d,]+ (blog )?entr|^biographical info|dolor sit amet|^(site|website|super)? ?admin(istrator)?\b`)
	blurb = regexp.MustCompile(`(?i)\b(add to cart|shop now|buy now|free shipping|check ?out our|our (shop|store|products)|use (the )?code\b|% off|all rights reserved|privacy policy|` +
		`cookie policy|terms of (use|service)|subscribe to our|sign up for our|leave a (reply|comment)|your email address will not be published|affiliate links?|as an amazon associate)\b|©`)
)
