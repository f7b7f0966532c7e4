package magazine

import (
	"fmt"
	"strings"
)

// entities writes plain text as WordPress renders it into titles and excerpts:
// markup characters and typographic ones become numeric character references
// (wptexturize, https://developer.wordpress.org/reference/functions/wptexturize/).
func entities(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch r {
		case '&', '<', '>', '"', '‘', '’', '“', '”', '–', '—', '…':
			fmt.Fprintf(&b, "&#%03d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// excerpt is an article's dek as WordPress shows a hand-written excerpt.
func (a *article) excerpt() string { return "<p>" + entities(a.Dek) + "</p>\n" }

// markup is the article's text. Other languages than the magazine's are marked,
// so that screen readers and hyphenation know.
func (a *article) markup(magazine string) string {
	if a.Language == magazine {
		return string(a.Body)
	}
	return fmt.Sprintf("<div lang=%q dir=%q>\n%s</div>\n", a.Language, a.Dir, a.Body)
}
