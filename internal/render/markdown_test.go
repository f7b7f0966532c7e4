package render

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestAnIntroIsMarkdown(t *testing.T) {
	for in, want := range map[string]string{
		"One.\n\nTwo\nlines.":                  "Two<br>",
		"**bold** and *slanted*":               "<strong>bold</strong> and <em>slanted</em>",
		"[a link](https://x.example/?a=1&b=2)": `href="https://x.example/?a=1&amp;b=2"`,
		"- one\n- two":                         "<li class=",
		"# Heading":                            "<strong>Heading</strong></p>",
		"5 < 6 & \"so\"":                       "5 &lt; 6 &amp; &quot;so&quot;",
	} {
		got, err := intro(in, lookOf(newsletter.Editorial), "#9a2c1e", "left")
		if err != nil || !strings.Contains(got, want) {
			t.Errorf("%q: %q (%v), want %q in it", in, got, err, want)
		}
	}
}

// TestAnIntroBringsNothingElse looks at the elements of hostile Markdown.
func TestAnIntroBringsNothingElse(t *testing.T) {
	allowed := map[string]bool{"p": true, "a": true, "strong": true, "em": true, "br": true, "ul": true, "ol": true, "li": true, "blockquote": true}
	for _, in := range []string{"<script>alert(1)</script>", "[x](javascript:alert(1))", "![x](https://x.example/pixel.gif)", "<img src=x onerror=alert(1)>",
		"[x](data:text/html,<script>)", "a <b onclick=x>c</b>", `[x](https://x.example "title onmouseover=y")`, "<https://x.example/\"onclick=alert(1)>",
		"```\n<script>\n```", "{{unsub}} {{x}}", "[x](vbscript:x)", "&#60;script&#62;", "<!-- x --><style>p{}</style>", "[a]: javascript:alert(1)\n[a]", evil} {
		got, err := intro(in, lookOf(newsletter.Editorial), "#9a2c1e", "left")
		if err != nil {
			t.Error(err)
		}
		for z := html.NewTokenizer(strings.NewReader(got)); z.Next() != html.ErrorToken; {
			tok := z.Token()
			if tok.Type != html.TextToken && !allowed[tok.Data] {
				t.Errorf("%q: <%s> came through: %s", in, tok.Data, got)
			}
			for _, a := range tok.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "href" && !strings.HasPrefix(a.Val, "http") && a.Val != "" {
					t.Errorf("%q: %s=%q came through", in, a.Key, a.Val)
				}
			}
		}
	}
}

func FuzzIntro(f *testing.F) {
	f.Add("**x** <script> [y](javascript:z)")
	f.Fuzz(func(t *testing.T, in string) {
		got, err := intro(in, lookOf(newsletter.Editorial), "#9a2c1e", "left")
		if err != nil {
			t.Skip()
		}
		for z := html.NewTokenizer(strings.NewReader(got)); z.Next() != html.ErrorToken; {
			if tok := z.Token(); tok.Data == "script" && tok.Type != html.TextToken || tok.Data == "img" && tok.Type != html.TextToken {
				t.Errorf("%q: %s", in, got)
			}
		}
	})
}
