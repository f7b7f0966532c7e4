package feed

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
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

// repair makes well-formed XML of what people publish: bare ampersands and angle
// brackets, HTML entities, entities of a DTD, unquoted attributes, stray and missing
// end tags, control characters, a document that breaks off. Comments, processing
// instructions and the DTD go; what is text stays text. It tells whether the
// document broke off.
func repair(xml string) (repaired string, truncated bool, err error) {
	r := repairer{in: xml}
	r.out.Grow(len(xml) + len(xml)/16)
	for r.in != "" && err == nil {
		if err = r.step(); r.repairs > maxRepairs || r.elements > maxElements {
			err = errTooMuch
		}
	}
	for len(r.open) > 0 {
		r.truncated = true
		r.close()
	}
	return r.out.String(), r.truncated, err
}

type repairer struct {
	in        string // still to be read
	out       strings.Builder
	open      []string          // elements
	entities  map[string]string // of the DTD
	rooted    bool              // the root has been opened
	truncated bool
	endless   bool // no CDATA section is closed any more
	expanded  int  // bytes that entities of the DTD gave
	repairs   int
	elements  int
}

// step consumes the text up to the next markup, and that markup.
func (r *repairer) step() error {
	at := strings.IndexByte(r.in, '<')
	if at < 0 {
		r.text(r.in)
		r.in = ""
		return nil
	}
	r.text(r.in[:at])
	r.in = r.in[at:]
	switch {
	case strings.HasPrefix(r.in, "<!--"):
		r.skip("-->")
	case strings.HasPrefix(r.in, "<![CDATA["):
		r.cdata()
	case strings.HasPrefix(r.in, "<!"):
		r.doctype()
	case strings.HasPrefix(r.in, "<?"):
		r.skip(">")
	case strings.HasPrefix(r.in, "</"):
		r.endTag()
	case len(r.in) > 1 && nameByte(r.in[1]) && !digit(r.in[1]):
		return r.startTag()
	default:
		r.repairs++
		r.out.WriteString("&lt;")
		r.in = r.in[1:]
	}
	return nil
}

func (r *repairer) skip(end string) {
	at := strings.Index(r.in, end)
	if at < 0 {
		r.in, r.truncated = "", true
		return
	}
	r.in = r.in[at+len(end):]
}

// cdata passes a CDATA section on. One that is never closed ends with its element.
func (r *repairer) cdata() {
	content := r.in[len("<![CDATA["):]
	end, next := -1, 3
	if !r.endless {
		end = strings.Index(content, "]]>")
	}
	if end < 0 {
		r.endless, next, end = true, 0, len(content)
		if len(r.open) > 0 {
			if at := strings.Index(content, "</"+r.open[len(r.open)-1]); at >= 0 {
				end = at
			}
		}
	}
	r.in = content[end+next:]
	if len(r.open) > 0 {
		r.out.WriteString("<![CDATA[" + xmlChars(content[:end]) + "]]>")
	}
}

// doctype reads the simple entities that a DTD declares. They are never expanded
// inside one another, so they cannot multiply.
func (r *repairer) doctype() {
	if head, _, _ := strings.Cut(r.in, ">"); !r.rooted && r.entities == nil {
		if subset := strings.IndexByte(head, '['); subset >= 0 {
			inside, rest, closed := strings.Cut(r.in[subset+1:], "]")
			r.declare(inside)
			if closed {
				r.in = rest
			}
		}
	}
	r.skip(">")
}

// Limits for what a DTD may declare.
const (
	maxEntities     = 300
	maxEntityLength = 500
	maxExpansion    = 1 << 20 // bytes that all uses of them may give
)

func (r *repairer) declare(subset string) {
	r.entities = map[string]string{}
	for _, declaration := range strings.Split(subset, "<!ENTITY")[1:] {
		fields := strings.Fields(declaration)
		start := strings.IndexAny(declaration, `"'`)
		if len(fields) < 2 || start < 0 || len(r.entities) == maxEntities {
			continue
		}
		value, _, closed := strings.Cut(declaration[start+1:], declaration[start:start+1])
		if closed && len(value) <= maxEntityLength {
			r.entities[fields[0]] = html.UnescapeString(value)
		}
	}
}

// endTag closes its element and whatever was left open inside. One that closes
// nothing is dropped.
func (r *repairer) endTag() {
	name := tagName(r.in[2:])
	at := strings.IndexByte(r.in, '>')
	if at < 0 {
		r.in, r.truncated = "", true
		return
	}
	r.in = r.in[at+1:]
	for i := len(r.open) - 1; i >= 0; i-- {
		if strings.EqualFold(r.open[i], name) {
			for len(r.open) > i {
				r.close()
			}
			return
		}
	}
}

func (r *repairer) close() {
	last := len(r.open) - 1
	r.out.WriteString("</" + r.open[last] + ">")
	r.open = r.open[:last]
}

func (r *repairer) startTag() error {
	tag, rest, complete := cutTag(r.in)
	if !complete {
		r.in, r.truncated = "", true
		return nil
	}
	r.in = rest
	if r.rooted && len(r.open) == 0 { // nothing follows the root
		r.in = ""
		return nil
	}
	name := tagName(tag[1:])
	body := tag[1+len(name) : len(tag)-1]
	self := strings.HasSuffix(body, "/")
	r.rooted = true
	r.elements++
	r.out.WriteString("<" + name)
	r.attributes(strings.TrimSuffix(body, "/"))
	if self {
		r.out.WriteString("/>")
		return nil
	}
	r.out.WriteByte('>')
	r.about(name, body)
	if r.open = append(r.open, name); len(r.open) > maxDepth {
		return errTooDeep
	}
	return nil
}

// about makes a guid of the rdf:about of an RSS 1.0 item, which gofeed passes over. A
// guid of the item's own, which comes later, replaces it.
func (r *repairer) about(name, body string) {
	_, value, found := strings.Cut(body, "rdf:about=")
	if name != "item" || !found {
		return
	}
	id, _ := cutValue(value)
	r.out.WriteString(`<guid isPermaLink="false">`)
	r.text(id)
	r.out.WriteString("</guid>")
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
		case (c == '"' || c == '\'') && in[i-1] == '=' || (c == '"' || c == '\'') && in[i-1] == ' ':
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

// attributes writes the attributes of a tag, each once and quoted.
func (r *repairer) attributes(body string) {
	var seen []string
	for {
		body = strings.TrimLeftFunc(body, func(c rune) bool { return c > 127 || !nameByte(byte(c)) })
		name := tagName(body)
		if name == "" || len(seen) == maxAttributes {
			return
		}
		body = strings.TrimLeft(body[len(name):], " \t\r\n")
		value := ""
		if strings.HasPrefix(body, "=") {
			value, body = cutValue(strings.TrimLeft(body[1:], " \t\r\n"))
		}
		if digit(name[0]) || name[0] == '-' || name[0] == '.' || contains(seen, name) {
			continue
		}
		seen = append(seen, name)
		if name == "xmlns" && len(r.open) == 0 && draftAtom[strings.TrimSpace(value)] {
			value = "http://purl.org/atom/ns#"
		}
		r.out.WriteString(" " + name + `="`)
		r.text(value)
		r.out.WriteByte('"')
	}
}

// draftAtom are the namespaces of Atom before it had that name.
var draftAtom = map[string]bool{"http://example.com/newformat#": true, "http://example.com/necho": true, "http://purl.org/echo/": true, "http://purl.org/pie/": true, "uri/of/echo/namespace#": true}

func contains(list []string, name string) bool {
	for _, s := range list {
		if s == name {
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

// text writes character data. Outside the root there is none.
func (r *repairer) text(text string) {
	if !r.rooted && len(r.open) == 0 {
		return
	}
	if strings.IndexByte(text, '<') >= 0 {
		text = strings.ReplaceAll(text, "<", "&lt;")
	}
	text = strings.ReplaceAll(xmlChars(text), `"`, "&quot;")
	for {
		at := strings.IndexByte(text, '&')
		if at < 0 || r.repairs > maxRepairs {
			r.out.WriteString(text)
			return
		}
		r.out.WriteString(text[:at])
		text = r.reference(text[at:])
	}
}

// maxReference bounds how far from its "&" a reference may end, in bytes.
const maxReference = 40

// reference writes the reference that text begins with, and returns what follows it.
func (r *repairer) reference(text string) string {
	end := strings.IndexByte(text[:min(len(text), maxReference)], ';')
	if end < 2 || strings.ContainsAny(text[1:end], " &\t\n\"'=/") {
		r.repairs++
		r.out.WriteString("&amp;")
		return text[1:]
	}
	name := text[1:end]
	value, known := r.entities[name]
	switch decoded := html.UnescapeString(text[:end+1]); {
	case name == "amp" || name == "lt" || name == "gt" || name == "quot" || name == "apos":
		r.out.WriteString(text[:end+1])
	case known && r.expanded < maxExpansion:
		r.expanded += len(value)
		r.out.WriteString(html.EscapeString(xmlChars(value)))
	case decoded == text[:end+1] || strings.HasSuffix(decoded, ";"):
		if !known {
			r.repairs++
		}
		r.out.WriteString("&amp;")
		return text[1:]
	default:
		r.out.WriteString(html.EscapeString(xmlChars(decoded)))
	}
	return text[end+1:]
}

// xmlChars drops what XML forbids even as a reference.
func xmlChars(text string) string {
	if strings.IndexFunc(text, notXML) < 0 && utf8.ValidString(text) {
		return text
	}
	return strings.Map(func(c rune) rune {
		if notXML(c) {
			return -1
		}
		return c
	}, strings.ToValidUTF8(text, "\ufffd"))
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
