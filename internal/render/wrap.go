package render

import (
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// columns is the width of the plain text: what an 80-column terminal shows with
// room for the quoting of a reply.
const columns = 76

// wrapped is a copy of the view for the plain text template.
func (d *digest) wrapped() *digest {
	w := *d
	for _, s := range []*string{&w.Tagline, &w.Notice, &w.Intro, &w.Reason, &w.PostalAddress} {
		*s = wrap(*s, "")
	}
	w.Contents = make([]*entry, len(d.Contents))
	for i, line := range d.Contents {
		w.Contents[i] = &entry{Title: "  " + strings.TrimPrefix(wrap(line.Title, "  "), "  ")}
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
	for line := range strings.SplitSeq(strings.TrimSpace(s), "\n") {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		wrapLine(&b, line, indent)
	}
	return b.String()
}

func wrapLine(b *strings.Builder, line, indent string) {
	for line = newsletter.Line(line); line != ""; {
		end := fits(line)
		b.WriteString(indent)
		b.WriteString(line[:end])
		if line = strings.TrimPrefix(line[end:], " "); line != "" {
			b.WriteByte('\n')
		}
	}
}

// fits is where to break a line: at the last space within the columns, else at
// the first one after them.
func fits(line string) int {
	space, column := -1, 0
	for i, r := range line {
		if r == ' ' {
			if column > columns {
				return i // the first word is longer than a line
			}
			space = i
		}
		if column++; column > columns && space >= 0 {
			return space
		}
	}
	return len(line)
}
