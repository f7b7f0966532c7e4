package newsletter

import (
	"strings"
	"unicode/utf8"
)

// Line is text on one line: every run of white space becomes one space.
func Line(s string) string { return strings.Join(strings.Fields(s), " ") }

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
