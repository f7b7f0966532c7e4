package plain

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// ExcerptLength is how many characters of an article an excerpt shows at most.
const ExcerptLength = 420

// text turns a piece of HTML into its paragraphs as plain text. What readers do not
// read as text is left out: scripts, forms, headings, pictures and their captions. A text
// without any markup is one paragraph per blank line. It stops reading once it has
// enough bytes of text.
func text(fragment string, enough int) []string {
	return (&writer{}).read(fragment, enough)
}

func (w *writer) read(fragment string, enough int) []string {
	z := xhtml.NewTokenizer(strings.NewReader(fragment))
	for w.size < enough {
		switch kind := z.Next(); kind {
		case xhtml.ErrorToken:
			w.end()
			return w.paragraphs
		case xhtml.TextToken:
			w.text(string(z.Text()))
		case xhtml.StartTagToken, xhtml.EndTagToken, xhtml.SelfClosingTagToken:
			name, _ := z.TagName()
			w.tag(kind, atom.Lookup(name))
		}
	}
	w.end()
	return w.paragraphs
}

// writer collects paragraphs.
type writer struct {
	paragraphs []string
	size       int  // of all of it in bytes
	all        bool // headings and captions, too
	current    strings.Builder
	hidden     atom.Atom // the element that hides what is inside it
	depth      int       // of elements of that name
}

func (w *writer) text(text string) {
	if w.hidden != 0 {
		return
	}
	if !strings.Contains(text, "\n") {
		w.current.WriteString(text)
		return
	}
	for i, part := range blankLine.Split(text, -1) {
		if i > 0 {
			w.end()
		}
		w.current.WriteString(part)
	}
}

var blankLine = regexp.MustCompile(`\n[ \t\r]*\n`)

func (w *writer) tag(kind xhtml.TokenType, a atom.Atom) {
	switch {
	case w.hidden != 0:
		w.skip(kind, a)
	case kind == xhtml.StartTagToken && (hidden(a) || a == atom.Title || !w.all && (heading(a) || a == atom.Figure)):
		w.hidden, w.depth = a, 1
		if block(a) {
			w.end()
		}
		w.current.WriteByte(' ')
	case a == atom.Br || a == atom.Td || a == atom.Th:
		w.current.WriteByte(' ')
	case block(a):
		w.end()
	}
}

// heading tells whether an element is a heading: read without what it heads, it is
// no text.
func heading(a atom.Atom) bool {
	switch a {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return true
	}
	return false
}

func (w *writer) skip(kind xhtml.TokenType, a atom.Atom) {
	if a != w.hidden {
		return
	}
	switch kind {
	case xhtml.StartTagToken:
		w.depth++
	case xhtml.EndTagToken:
		if w.depth--; w.depth == 0 {
			w.hidden = 0
		}
	}
}

func (w *writer) end() {
	if p := spaces(Clean(w.current.String())); p != "" {
		w.paragraphs = append(w.paragraphs, p)
		w.size += len(p)
	}
	w.current.Reset()
}

// Paragraphs is all of a piece of HTML that is read as text, its paragraphs apart by an
// empty line.
func Paragraphs(fragment string) string {
	w := writer{all: true}
	return strings.Join(w.read(fragment, len(fragment)+1), "\n\n")
}

// Excerpt is how an article begins: a paragraph or two of plain text. broken tells
// that the source's own text breaks off before its end, as short feeds do.
// Invitations to read on are no part of it.
func Excerpt(fragment string) (excerpt string, broken bool) {
	var kept []string
	for _, p := range text(fragment, 4*ExcerptLength) {
		p, more := cutInvitation(strings.TrimSpace(shortcode.ReplaceAllString(p, "")))
		broken = broken || more
		if p != "" && !button.MatchString(p) {
			kept = append(kept, p)
		}
	}
	whole := strings.Join(kept, "\n\n")
	excerpt = Cut(whole, ExcerptLength)
	return excerpt, broken && excerpt == whole
}

var (
	// shortcode is what a plugin that was not asked leaves in a WordPress text.
	shortcode = regexp.MustCompile(`\[/?(et_pb_\w+|vc_\w+|fusion_\w+|av_\w+|caption|gallery|embed|audio|video|playlist|contact-form(-7)?|mc4wp_form|elementor-template)\b[^\]]*\]`)
	// button is a paragraph that is none.
	button = regexp.MustCompile(`(?i)^(subscribe( now)?|share( this post)?|leave a comment|upgrade to paid|sign up|donate( now)?|listen now|table of contents)$`)
)

// Repeats tells whether a summary is only how the text begins.
func Repeats(summary, text string) bool {
	a, b := letters(summary), letters(text)
	n := min(len(a), len(b), 80)
	return a[:n] == b[:n]
}

// Within tells whether the first words of a part stand somewhere in text.
func Within(part, text string) bool {
	a := letters(part)
	return strings.Contains(letters(text), a[:min(len(a), 80)])
}

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// longestInvitation bounds how much of a paragraph's end is looked at, in bytes.
const longestInvitation = 600

// invitations to read on, as a paragraph of their own or after a sentence.
var invitations = []string{"continue reading", "read more", "read on", "read the full", "read the rest", "weiterlesen", "lire la suite", "seguir leyendo", "leer más", "continua a leggere", "lees meer"}

// origins say where an article appeared first, as feeds add it to every text.
var origins = []string{" appeared first on ", " first appeared on ", " erschien zuerst auf ", " est apparu en premier sur ", " se publicó primero en "}

// cutInvitation takes an invitation off a paragraph's end, and tells whether the text
// breaks off there. Words on where it appeared first also follow whole texts.
func cutInvitation(paragraph string) (rest string, broken bool) {
	from := max(0, len(paragraph)-longestInvitation)
	tail := strings.ToLower(paragraph[from:])
	if len(tail) != len(paragraph)-from { // a letter whose lower case is longer
		tail = paragraph[from:]
	}
	if end := originAt(tail); end >= 0 {
		return cutInvitation(strings.TrimSpace(paragraph[:from+end]))
	}
	for _, invitation := range invitations {
		at := strings.LastIndex(tail, invitation)
		if at >= 0 && len(tail)-at < 200 && endsSentence(tail[:at]) {
			rest, _ = cutInvitation(strings.TrimSpace(paragraph[:from+at]))
			return rest, true
		}
	}
	for _, mark := range []string{"[…]", "[...]", "[&hellip;]", "[ … ]"} {
		if rest, ok := strings.CutSuffix(paragraph, mark); ok {
			return strings.TrimRight(rest, " .,;:…") + "…", true
		}
	}
	return paragraph, strings.HasSuffix(paragraph, "…")
}

// originAt finds where in tail words about where the text appeared first begin.
func originAt(tail string) int {
	for _, origin := range origins {
		at := strings.LastIndex(tail, origin)
		if at < 0 {
			continue
		}
		begin := -1
		for _, subject := range []string{"the post ", "this post ", "the article ", "this article ", "der beitrag ", "l’article ", "l'article ", "la entrada "} {
			begin = max(begin, strings.LastIndex(tail[:at], subject))
		}
		if begin >= 0 && endsSentence(tail[:begin]) {
			return begin
		}
	}
	return -1
}

// endsSentence tells whether a new sentence may begin after text.
func endsSentence(text string) bool {
	text = strings.TrimRight(text, " \u00a0»›→>([")
	if text == "" {
		return true
	}
	last, _ := utf8.DecodeLastRuneInString(text)
	return strings.ContainsRune(".!?…:;\"”’')]。！？", last)
}
