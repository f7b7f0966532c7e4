package plain

import (
	"strings"
	"unicode"
)

// How fast people read (https://doi.org/10.1016/j.jml.2019.104047): words a minute, and
// signs a minute where a word is one or two of them.
const (
	wordsAMinute = 238
	signsAMinute = 500
)

// shortestText is the fewest words from which on a text counts as a whole article rather
// than as how one begins.
const shortestText = 150

// Minutes is how long it takes to read a piece of HTML, about; 0 where it is too short
// to be an article.
func Minutes(fragment string) int {
	var count counter
	for fragment != "" {
		text, tag, _ := strings.Cut(fragment, "<")
		count.add(text)
		_, fragment, _ = strings.Cut(tag, ">")
		if name := strings.ToLower(tag[:min(len(tag), 6)]); strings.HasPrefix(name, "script") || strings.HasPrefix(name, "style") {
			_, fragment, _ = strings.Cut(fragment, "</")
			_, fragment, _ = strings.Cut(fragment, ">")
		}
	}
	return count.minutes()
}

// MinutesOf is Minutes of plain text in pieces.
func MinutesOf(texts func(yield func(string) bool)) int {
	var count counter
	for text := range texts {
		count.add(text)
	}
	return count.minutes()
}

// counter counts what is read.
type counter struct{ words, signs int }

func (c *counter) add(text string) {
	within := false
	for _, r := range text {
		letter := r == '\'' || r == '’' || r < 0x80 && ('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9') || r >= 0x80 && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r))
		switch {
		case r >= 0x2e80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
			c.signs++
			within = false
		case letter && !within:
			c.words++
			within = true
		case !letter:
			within = false
		}
	}
}

func (c *counter) minutes() int {
	words := c.words + c.signs*wordsAMinute/signsAMinute
	if words < shortestText {
		return 0
	}
	return max(1, (words+wordsAMinute/2)/wordsAMinute)
}
