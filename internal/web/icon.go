package web

import (
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/masthead-mail/masthead/internal/render"
)

// icon is what browsers show on a tab: the publication's initial on its colour.
func (s *Site) icon(w http.ResponseWriter, r *http.Request) {
	p, err := s.Publication(r.Context())
	if err != nil {
		http.Error(w, "the icon cannot be made now", http.StatusServiceUnavailable)
		return
	}
	accent, _ := render.Accents(p.Accent)
	s.publish(w, r, "image/svg+xml", fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="%s"/>`+
		`<text x="16" y="23" text-anchor="middle" font-family="Georgia,serif" font-size="21" font-weight="bold" fill="#fff">%s</text></svg>`, accent, html.EscapeString(initial(p.Name))), time.Time{})
}

// initial is the first letter or digit of a name. "The Lantern Post" begins with L.
func initial(name string) string {
	words := strings.Fields(name)
	if len(words) > 1 && slices.Contains([]string{"the", "a", "an", "der", "die", "das", "le", "la", "les", "el", "los"}, strings.ToLower(words[0])) {
		name = strings.Join(words[1:], " ")
	}
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return "•"
}
