package page

import (
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// TestMarksMissNothing: what a selector would find in the whole page is among the marks
// in which it is looked for.
func TestMarksMissNothing(t *testing.T) {
	p := parse(t, `<body class="author-archive"><article class="post about"><h1>T</h1><p class="dek">D</p><p class="byline">By <a href="/x"><b>Ada</b></a></p>
<div class="saboxplugin-wrap"><div><i>x</i></div></div><div itemprop="author" itemscope><a href="/y">Ada</a></div><a href="/author/ada/">Ada</a><p id="plain">Text</p>
<div id="comments"><h2>3 comments</h2><form action="/wp-comments-post.php"></form></div></article></body>`)
	for name, tt := range map[string]struct {
		among    *goquery.Selection
		selector string
		want     int
	}{
		"inside a byline":                {p.people, ".byline a", 1},
		"inside a box":                   {p.people, ".saboxplugin-wrap i", 1},
		"inside an author":               {p.people, `[itemprop="author"] a`, 1},
		"by its address":                 {p.people, `a[href*="/author/"]`, 1},
		"a page about authors is no box": {p.people, "#plain", 0},
		"a dek":                          {p.deks, deks, 1},
		"inside the comments":            {p.replies, "#comments h2", 1},
		"by where it is sent":            {p.replies, `form[action*="wp-comments-post"]`, 1},
		"a heading":                      {p.marked, "h1", 1},
	} {
		if got := tt.among.Filter(tt.selector).Length(); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
}
