package newsletter

import (
	"strings"
	"testing"
)

func TestShortenKeepsWholeWords(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"short", "short"}, {"one two three four", "one two…"}, {"abcdefghijklmnop", "abcdefghi…"},
		{"灯笼照亮了港口的街道夜", "灯笼照亮了港口的街…"}, {"äöüäöüäöü", "äöüäöüäöü"}, {"one two, three", "one two…"}, {"", ""},
	} {
		if got := Shorten(c.in, 10); got != c.want {
			t.Errorf("Shorten(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestLine(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"as it is", "as it is"}, {"", ""}, {" ", ""}, {" at the ends ", "at the ends"}, {"two  spaces", "two spaces"}, {"a\nb\tc", "a b c"},
		{"no\u00a0break", "no break"}, {"thin\u2009and wide\u3000", "thin and wide"}, {"Grüße, 灯笼 🏮", "Grüße, 灯笼 🏮"}, {"\u0085", ""}, {"e\u0301 à", "e\u0301 à"},
	} {
		if got := Line(c.in); got != c.want {
			t.Errorf("Line(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// FuzzLine holds the short cut to what it stands for.
func FuzzLine(f *testing.F) {
	f.Add("a b")
	f.Add("\u00a0\xc2 x")
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := Line(s), strings.Join(strings.Fields(s), " "); got != want {
			t.Errorf("Line(%q) = %q, want %q", s, got, want)
		}
	})
}
