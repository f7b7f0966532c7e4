package feed

import (
	"fmt"
	"html"
	"strings"

	"github.com/masthead-mail/masthead/internal/collect/plain"
)

// maxDepth is how deep elements may nest; real feeds stay below twenty.
const maxDepth = 128

// errTooDeep means that a document nests its elements to harm its reader.
var errTooDeep = fmt.Errorf("the feed nests its elements more than %d deep; it is broken or hostile", maxDepth)

// Bounds for the work that a document can make; real ones stay far below them.
const (
	maxRepairs  = 100_000 // bare ampersands and angle brackets
	maxElements = 200_000
)

// errTooMuch means that a document is made of nothing but mistakes or tiny elements.
var errTooMuch = fmt.Errorf("the feed has more than %d elements or %d mistakes; it is broken or hostile", maxElements, maxRepairs)

// scan makes a tree of what people publish as XML: with bare ampersands and angle
// brackets, HTML entities, entities of a DTD, unquoted attributes, stray and missing
// end tags, control characters, or broken off in the middle. An XML parser would
// refuse most of that. Comments, processing instructions and the DTD go; what is text
// stays text. It tells whether the document broke off. url is where it was.
func scan(xml, url string) (root *node, truncated bool, err error) {
	s := scanner{in: xml, url: url, names: map[string]path{}, root: &node{}}
	s.open = []opened{{n: s.root}}
	for s.in != "" && err == nil {
		if err = s.step(); s.repairs > maxRepairs || s.elements > maxElements {
			err = errTooMuch
		}
	}
	root = s.root.first
	if root == nil {
		root = s.root
	}
	return root, s.truncated || len(s.open) > 1, err
}

type scanner struct {
	in, url   string // still to be read; where the document was
	root      *node  // above the document's root
	open      []opened
	names     map[string]path   // resolved in the present scope
	entities  map[string]string // of the DTD
	rooted    bool              // the root has been opened
	truncated bool
	endless   bool // no CDATA section is closed any more
	expanded  int  // bytes that entities of the DTD gave
	repairs   int
	elements  int

	nodes []node      // to be handed out, so that each costs no allocation
	attrs []attribute // the same
}

// opened is an element that is not closed yet.
type opened struct {
	n     *node
	raw   string // its name as written
	scope *scope
}

func (s *scanner) top() *opened { return &s.open[len(s.open)-1] }

func (s *scanner) node() *node {
	if len(s.nodes) == 0 {
		s.nodes = make([]node, 256)
	}
	n := &s.nodes[0]
	s.nodes = s.nodes[1:]
	return n
}

// step consumes the text up to the next markup, and that markup.
func (s *scanner) step() error {
	at := strings.IndexByte(s.in, '<')
	if at < 0 {
		s.addText(s.in)
		s.in = ""
		return nil
	}
	s.addText(s.in[:at])
	s.in = s.in[at:]
	switch {
	case strings.HasPrefix(s.in, "</"):
		s.endTag()
	case strings.HasPrefix(s.in, "<![CDATA["):
		s.cdata()
	case strings.HasPrefix(s.in, "<!--"):
		s.skip("-->")
	case strings.HasPrefix(s.in, "<!"):
		s.doctype()
	case strings.HasPrefix(s.in, "<?"):
		s.skip(">")
	case len(s.in) > 1 && nameByte(s.in[1]) && !digit(s.in[1]):
		return s.startTag()
	default:
		s.repairs++
		s.keep("<")
		s.in = s.in[1:]
	}
	return nil
}

func (s *scanner) skip(end string) {
	at := strings.Index(s.in, end)
	if at < 0 {
		s.in, s.truncated = "", true
		return
	}
	s.in = s.in[at+len(end):]
}

// addText adds character data, its references resolved. Outside the root there is none.
func (s *scanner) addText(text string) {
	if text != "" && len(s.open) > 1 {
		s.keep(s.unescape(text))
	}
}

// keep adds a piece of text to the open element.
func (s *scanner) keep(text string) {
	if text = xmlChars(text); text == "" || len(s.open) == 1 {
		return
	}
	n := s.node()
	n.text = text
	s.top().n.add(n)
}

// cdata adds a CDATA section. One that is never closed ends with its element.
func (s *scanner) cdata() {
	content := s.in[len("<![CDATA["):]
	end, next := -1, 3
	if !s.endless {
		end = strings.Index(content, "]]>")
	}
	if end < 0 {
		s.endless, next, end = true, 0, len(content)
		if len(s.open) > 1 {
			if at := strings.Index(content, "</"+s.top().raw); at >= 0 {
				end = at
			}
		}
	}
	s.in = content[end+next:]
	s.keep(content[:end])
}

// doctype reads the simple entities that a DTD declares. They are never expanded
// inside one another, so they cannot multiply.
func (s *scanner) doctype() {
	if head, _, _ := strings.Cut(s.in, ">"); !s.rooted && s.entities == nil {
		if subset := strings.IndexByte(head, '['); subset >= 0 {
			inside, rest, closed := strings.Cut(s.in[subset+1:], "]")
			s.declare(inside)
			if closed {
				s.in = rest
			}
		}
	}
	s.skip(">")
}

// Limits for what a DTD may declare.
const (
	maxEntities     = 300
	maxEntityLength = 500
	maxExpansion    = 1 << 20 // bytes that all uses of them may give
)

func (s *scanner) declare(subset string) {
	s.entities = map[string]string{}
	for _, declaration := range strings.Split(subset, "<!ENTITY")[1:] {
		fields := strings.Fields(declaration)
		start := strings.IndexAny(declaration, `"'`)
		if len(fields) < 2 || start < 0 || len(s.entities) == maxEntities {
			continue
		}
		value, _, closed := strings.Cut(declaration[start+1:], declaration[start:start+1])
		if closed && len(value) <= maxEntityLength {
			s.entities[fields[0]] = html.UnescapeString(value)
		}
	}
}

// endTag closes its element and whatever was left open inside. One that closes
// nothing is dropped.
func (s *scanner) endTag() {
	name := tagName(s.in[2:])
	at := strings.IndexByte(s.in, '>')
	if at < 0 {
		s.in, s.truncated = "", true
		return
	}
	s.in = s.in[at+1:]
	for i := len(s.open) - 1; i > 0; i-- {
		if strings.EqualFold(s.open[i].raw, name) {
			s.closeTo(i)
			return
		}
	}
}

// closeTo closes the open elements from i on.
func (s *scanner) closeTo(i int) {
	if s.open[i-1].scope != s.top().scope {
		clear(s.names)
	}
	s.open = s.open[:i]
}

func (s *scanner) startTag() error {
	tag, rest, complete := cutTag(s.in)
	if !complete {
		s.in, s.truncated = "", true
		return nil
	}
	s.in = rest
	if s.rooted && len(s.open) == 1 { // nothing follows the root
		s.in = ""
		return nil
	}
	raw := tagName(tag[1:])
	body := tag[1+len(raw) : len(tag)-1]
	self := strings.HasSuffix(body, "/")
	s.rooted = true
	s.elements++
	s.closeLeaf(raw)
	s.element(raw, strings.TrimSuffix(body, "/"))
	if top := s.top().n; self || void[top.name] && (top.space == own || top.space == xhtml) {
		s.closeTo(len(s.open) - 1)
	}
	if len(s.open) > maxDepth {
		return errTooDeep
	}
	return nil
}

// closeLeaf closes an element that holds text only where the next one begins without its
// end: a title is no place for a link.
func (s *scanner) closeLeaf(raw string) {
	if top := s.top(); top.n.space == own && leaves[top.n.name] && top.n.first != nil {
		if p := s.resolve(raw, top.scope); p.space == own && parts[p.name] {
			s.closeTo(len(s.open) - 1)
		}
	}
}

// leaves hold text only; parts are what else an item has.
var (
	leaves = map[string]bool{"title": true, "link": true, "pubdate": true, "guid": true, "comments": true}
	parts  = map[string]bool{"title": true, "link": true, "pubdate": true, "guid": true, "comments": true, "description": true, "author": true, "category": true, "enclosure": true, "item": true}
)

// element opens an element.
func (s *scanner) element(raw, body string) {
	parent := s.top()
	n := s.node()
	n.attrs = s.attributes(body)
	n.base, n.lang = parent.n.base, parent.n.lang
	within := parent.scope
	for _, a := range n.attrs {
		switch prefix, name, _ := strings.Cut(a.name, ":"); {
		case a.name == "xmlns":
			within = &scope{outer: within, space: familyOf(a.value)}
			if within.space == other && (len(s.open) == 1 || parent.n.space == own && a.value == "") { // a root of an unknown kind is our own all the same
				within.space = own
			}
		case prefix == "xmlns":
			within = &scope{outer: within, prefix: name, space: familyOf(a.value)}
		case a.name == "xml:base":
			n.base = firstOf(plain.Link(firstOf(parent.n.base, s.url), a.value), n.base)
		case a.name == "xml:lang":
			n.lang = a.value
		}
	}
	if within != parent.scope {
		clear(s.names)
	}
	s.open = append(s.open, opened{n, raw, within})
	p := s.resolve(raw, within)
	n.space, n.name = p.space, p.name
	parent.n.add(n)
}

// resolve tells which element a name stands for in a scope.
func (s *scanner) resolve(raw string, within *scope) path {
	if p, known := s.names[raw]; known {
		return p
	}
	prefix, name, prefixed := strings.Cut(strings.ToLower(raw), ":")
	if !prefixed {
		prefix, name = "", prefix
	}
	p := path{within.lookUp(prefix), name}
	if name == "" { // "<x:>"
		p.name = "-"
	}
	s.names[raw] = p
	return p
}

// maxTag bounds how far a quote may hide the end of its tag, in bytes.
const maxTag = 64 << 10

// cutTag takes a tag off in. A ">" inside quotes does not end it, unless the quotes
// are never closed.
func cutTag(in string) (tag, rest string, complete bool) {
	quote := byte(0)
	for i := 1; i < len(in) && i < maxTag; i++ {
		switch c := in[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && (in[i-1] == '=' || in[i-1] == ' '):
			quote = c
		case c == '>':
			return in[:i+1], in[i+1:], true
		}
	}
	if at := strings.IndexByte(in, '>'); at >= 0 {
		return in[:at+1], in[at+1:], true
	}
	return in, "", false
}

// maxAttributes are kept of one tag; real ones have a dozen namespaces at most.
const maxAttributes = 100

// attributes reads the attributes of a tag, each once.
func (s *scanner) attributes(body string) []attribute {
	start := len(s.attrs)
	for {
		body = strings.TrimLeftFunc(body, func(c rune) bool { return c > 127 || !nameByte(byte(c)) })
		name := tagName(body)
		if name == "" || len(s.attrs)-start == maxAttributes {
			return s.attrs[start:len(s.attrs):len(s.attrs)]
		}
		body = strings.TrimLeft(body[len(name):], " \t\r\n")
		value := ""
		if strings.HasPrefix(body, "=") {
			value, body = cutValue(strings.TrimLeft(body[1:], " \t\r\n"))
		}
		name = strings.ToLower(name)
		if digit(name[0]) || name[0] == '-' || name[0] == '.' || listed(s.attrs[start:], name) {
			continue
		}
		s.attrs = append(s.attrs, attribute{name, xmlChars(s.unescape(value))})
	}
}

func listed(list []attribute, name string) bool {
	for _, a := range list {
		if a.name == name {
			return true
		}
	}
	return false
}

func cutValue(body string) (value, rest string) {
	if body != "" && (body[0] == '"' || body[0] == '\'') {
		value, rest, _ = strings.Cut(body[1:], body[:1])
		return value, rest
	}
	if at := strings.IndexAny(body, " \t\r\n"); at >= 0 {
		return body[:at], body[at:]
	}
	return body, ""
}

// unescape resolves the references in a text. A bare ampersand stays one.
func (s *scanner) unescape(text string) string {
	at := strings.IndexByte(text, '&')
	if at < 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for at >= 0 && s.repairs <= maxRepairs {
		b.WriteString(text[:at])
		text = s.reference(&b, text[at:])
		at = strings.IndexByte(text, '&')
	}
	b.WriteString(text)
	return b.String()
}

// maxReference bounds how far from its "&" a reference may end, in bytes.
const maxReference = 40

// reference resolves the reference that text begins with, and returns what follows it.
func (s *scanner) reference(b *strings.Builder, text string) string {
	end := strings.IndexByte(text[:min(len(text), maxReference)], ';')
	if end < 2 || strings.ContainsAny(text[1:end], " &\t\n\"'=/") {
		s.repairs++
		b.WriteByte('&')
		return text[1:]
	}
	switch name := text[1:end]; name {
	case "amp":
		b.WriteByte('&')
	case "lt":
		b.WriteByte('<')
	case "gt":
		b.WriteByte('>')
	case "quot":
		b.WriteByte('"')
	case "apos":
		b.WriteByte('\'')
	default:
		return s.entity(b, text, end)
	}
	return text[end+1:]
}

// entity resolves a numeric reference, an entity of the DTD, or one of HTML.
func (s *scanner) entity(b *strings.Builder, text string, end int) string {
	value, known := s.entities[text[1:end]]
	switch decoded := html.UnescapeString(text[:end+1]); {
	case known && s.expanded < maxExpansion:
		s.expanded += len(value)
		b.WriteString(value)
	case known, decoded == text[:end+1], strings.HasSuffix(decoded, ";") && text[1] != '#':
		if !known {
			s.repairs++
		}
		b.WriteByte('&')
		return text[1:]
	default:
		b.WriteString(decoded)
	}
	return text[end+1:]
}

// xmlChars drops what XML forbids even as a reference.
func xmlChars(text string) string {
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\n' && c != '\t' && c != '\r' || c >= 0xef {
			return strings.Map(func(c rune) rune {
				if notXML(c) {
					return -1
				}
				return c
			}, strings.ToValidUTF8(text, "\ufffd"))
		}
	}
	return text
}

func notXML(c rune) bool {
	return c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0xfffe || c == 0xffff
}

func tagName(s string) string {
	i := 0
	for i < len(s) && nameByte(s[i]) {
		i++
	}
	return s[:i]
}

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || digit(c) || c == '_' || c == ':' || c == '-' || c == '.'
}

func digit(c byte) bool { return c >= '0' && c <= '9' }
