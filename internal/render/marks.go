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
type marks struct{ unsubscribe, preferences, name string }

func newMarks() marks { return marks{"u" + rand.Text(), "p" + rand.Text(), "n" + rand.Text()} }

// html turns the rendered HTML into that of a Mail.
func (m marks) html(s string) string {
	return m.placeholders(s, "&#123;&#123;", newsletter.PlaceholderNameHTML)
}

// text turns rendered plain text into that of a Mail.
func (m marks) text(s string) string {
	return m.placeholders(s, "{{"+newsletter.PlaceholderBraces+"}}", newsletter.PlaceholderNameText)
}

// placeholders replaces the braces first, so that none of ours is among them.
func (m marks) placeholders(s, braces, name string) string {
	s = strings.ReplaceAll(s, "{{", braces)
	s = strings.ReplaceAll(s, m.unsubscribe, "{{"+newsletter.PlaceholderUnsubscribe+"}}")
	s = strings.ReplaceAll(s, m.preferences, "{{"+newsletter.PlaceholderPreferences+"}}")
	return strings.ReplaceAll(s, m.name, "{{"+name+"}}")
}
