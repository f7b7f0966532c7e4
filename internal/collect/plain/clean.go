// Package plain turns what strangers write into what Masthead keeps: plain text
// without markup or control characters, names, times, absolute web links, and the few
// tags that a bio may carry. Whatever goes in, what comes out is valid UTF-8 and carries no
// active content; a page or mail must still escape it like any other text.
package plain

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap" // the Windows code page that so many texts really are in
)

// Clean makes text valid: broken bytes, control characters other than line feeds,
// and characters that reorder what follows them are dropped. Code points 0x80 to
// 0x9F are read as the Windows-1252 characters that their writers meant.
func Clean(text string) string {
	if isClean(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\r' || r == '\u00a0' || r == '\u2028' || r == '\u2029':
			return ' '
		case r >= 0x80 && r <= 0x9f:
			return windows1252(r)
		case invisible(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}

func isClean(text string) bool {
	for i := range len(text) {
		if c := text[i]; c >= utf8.RuneSelf || c < ' ' && c != '\n' || c == 0x7f {
			return false
		}
	}
	return true
}

func windows1252(r rune) rune {
	meant := charmap.Windows1252.DecodeByte(byte(r))
	if unicode.IsControl(meant) || meant == utf8.RuneError {
		return -1
	}
	return meant
}

// invisible characters do harm in a mail: they break headers, hide text or turn its
// direction round. Joiners stay, scripts and emoji need them.
func invisible(r rune) bool {
	switch {
	case r == '\n':
		return false
	case unicode.IsControl(r), r == utf8.RuneError, r == '\ufeff', r == '\u00ad', r == '\u200b', r == '\u2060':
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // bidirectional embeddings and overrides
		return true
	}
	return r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef // no characters
}

// spaces reduces every run of white space to one space.
func spaces(text string) string { return strings.Join(strings.Fields(text), " ") }

// Cut shortens text to at most limit characters: after a sentence if one ends late
// enough, else after a word, with an ellipsis.
func Cut(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	head := string([]rune(text)[:limit])
	if end := lastSentence(head); end > len(head)/2 {
		return strings.TrimSpace(head[:end])
	}
	if space := strings.LastIndexAny(head, " \n"); space > len(head)/2 {
		head = head[:space]
	}
	return strings.TrimRight(head, " \n,;:–—-.…") + "…"
}

// lastSentence finds where the last whole sentence of text ends, 0 if nowhere.
func lastSentence(text string) int {
	end := 0
	for i, r := range text {
		size := utf8.RuneLen(r)
		switch {
		case strings.ContainsRune("。！？", r):
			end = i + size
		case strings.ContainsRune(".!?…", r) && i+size < len(text) && (text[i+size] == ' ' || text[i+size] == '\n'):
			end = i + size
		}
	}
	return end
}
