package render

import (
	"strings"
	"unicode/utf8"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// columns is the width of the plain text: what an 80-column terminal shows with
// room for the quoting of a reply.
const columns = 76

// wrapped is a copy of the view for the plain text template.
func (d *digest) wrapped() *digest {
	w := *d
	for _, s := range []*string{&w.Tagline, &w.Intro, &w.Reason, &w.PostalAddress} {
		*s = wrap(*s, "")
	}
	w.Articles = make([]*article, len(d.Articles))
	for i, a := range d.Articles {
		w.Articles[i] = a.wrapped()
	}
	return &w
}

func (a *article) wrapped() *article {
	w := a.clone()
	w.Title, w.Dek, w.Excerpt = wrap(a.Title, ""), wrap(a.Dek, ""), wrap(a.Excerpt, "")
	for _, by := range w.Authors {
		by.Bio = wrap(by.Bio, "  ")
	}
	return w
}

// wrap breaks lines at spaces and sets them in. A word that is longer than a
// line, a link for one, stays whole.
func wrap(s, indent string) string {
	var b strings.Builder
	b.Grow(len(s) + len(s)/16)
	for i, line := range strings.Split(strings.TrimSpace(s), "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		wrapLine(&b, line, indent)
	}
	return b.String()
}

func wrapLine(b *strings.Builder, line, indent string) {
	column := 0
	for word := range strings.SplitSeq(newsletter.Line(line), " ") {
		width := utf8.RuneCountInString(word)
		switch {
		case column == 0:
			b.WriteString(indent)
		case column+1+width > columns:
			b.WriteByte('\n')
			b.WriteString(indent)
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += width
	}
}
