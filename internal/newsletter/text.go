package newsletter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line is text on one line: every run of white space becomes one space.
func Line(s string) string {
	if s = strings.TrimSpace(s); onOneLine(s) {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// onOneLine tells the usual case, where nothing has to be copied: ASCII spaces
// only, one at a time, none at the ends. Other scripts' text may hold other
// spaces, which strings.Fields knows.
func onOneLine(s string) bool {
	space := true // none may come first
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ' ' && !space:
			space = true
		case c <= ' ' || c >= 0xc2 && c <= 0xe3 && spaceAt(s[i:]):
			return false
		default:
			space = false
		}
	}
	return !space || s == ""
}

func spaceAt(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsSpace(r)
}

// Shorten cuts a line of text to n characters, at a space where there is one
// near, and says so with an ellipsis. Scripts without spaces are cut between
// characters.
func Shorten(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	short := string([]rune(s)[:max(0, n-1)])
	if space := strings.LastIndexByte(short, ' '); space > len(short)/2 {
		short = short[:space]
	}
	return strings.TrimRight(short, " ,;:·–-") + "…"
}
