package web

import (
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/words"
)

// snippet is the form for another site: plain HTML that takes over the look of where it
// stands.
func (l *look) snippet(p *newsletter.Publication, w *words.Words) (string, error) {
	var b strings.Builder
	err := l.form.Execute(&b, struct {
		*words.Words
		Lang, Dir, Action string
	}{w, w.Tag, w.Dir(), p.BaseURL + newsletter.SubscribePath})
	return b.String(), err
}
