package render

import (
	"crypto/rand"
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// marks stand for the placeholders while a template runs. They are random
// letters and digits, which no escaping changes and no article can guess. After
// the run, every "{{" that an article brought along is made harmless, and only
// then do the marks become placeholders.
type marks struct{ unsubscribe string }

func newMarks() marks { return marks{"u" + rand.Text()} }

// html turns the rendered HTML into that of a Mail.
func (m marks) html(s string) string { return m.placeholders(s, "&#123;&#123;") }

// text turns rendered plain text into that of a Mail.
func (m marks) text(s string) string {
	return m.placeholders(s, "{{"+newsletter.PlaceholderBraces+"}}")
}

// placeholders replaces the braces first, so that none of ours is among them.
func (m marks) placeholders(s, braces string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "{{", braces), m.unsubscribe, "{{"+newsletter.PlaceholderUnsubscribe+"}}")
}
