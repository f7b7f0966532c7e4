package newsletter

import "testing"

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
