package plain

import (
	"slices"
	"strings"
	"testing"
)

func TestMinutes(t *testing.T) {
	for _, c := range []struct {
		name, fragment string
		want           int
	}{
		{"nothing", "", 0},
		{"how an article begins", "<p>" + strings.Repeat("word ", 149) + "</p>", 0},
		{"a short article", "<p>" + strings.Repeat("word ", 150) + "</p>", 1},
		{"four minutes", strings.Repeat("<p>It’s a <b>long</b> and winding road &amp; we go on.</p>\n", 100), 4},
		{"tags and their attributes are not read", strings.Repeat(`<img alt="many words in an attribute"><br>`, 1000), 0},
		{"nor scripts and styles", "<SCRIPT>" + strings.Repeat("var a = b; ", 900) + "</SCRIPT><style>" + strings.Repeat("a b c ", 900) + "</style>", 0},
		{"Chinese", "<p>" + strings.Repeat("灯笼照亮了港口的街道", 150) + "</p>", 3},
		{"Arabic", strings.Repeat("قصة الميناء الطويلة جدا ", 240), 4},
		{"a tag that is never closed", strings.Repeat("word ", 300) + "<p", 1},
		{"a script that is never closed", "<script>" + strings.Repeat("word ", 300), 0},
	} {
		if got := Minutes(c.fragment); got != c.want {
			t.Errorf("%s: %d minutes, want %d", c.name, got, c.want)
		}
	}
	if got := MinutesOf(slices.Values([]string{strings.Repeat("a b ", 100), strings.Repeat("c ", 276)})); got != 2 {
		t.Errorf("in pieces: %d", got)
	}
}
