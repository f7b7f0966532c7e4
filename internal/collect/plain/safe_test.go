package plain

import (
	"strings"
	"testing"

	xhtml "golang.org/x/net/html"
)

func TestSafeHTML(t *testing.T) {
	const base = "https://example.org/2026/swim/"
	for name, tt := range map[string]struct{ in, want string }{
		"formatting stays":          {`<p>A <b>bold</b> <em>word</em>.</p>`, `<p>A <b>bold</b> <em>word</em>.</p>`},
		"text without markup":       {`Fish & chips < 5`, `Fish &amp; chips &lt; 5`},
		"a script and what it says": {`a<script>alert(1)</script>b`, `ab`},
		"a script that stays open":  {`a<script>alert(1)`, `a`},
		"a style":                   {`a<style>p{}</style><p style="x:expression(1)">b</p>`, `a<p>b</p>`},
		"handlers":                  {`<p onclick="x()" onmouseover=y>a</p>`, `<p>a</p>`},
		"a script as a link":        {`<a href=" JaVaScRiPt:alert(1)">a</a>`, `<a>a</a>`},
		"a hidden script":           {"<a href=\"java\nscript:alert(1)\">a</a>", `<a>a</a>`},
		"a frame":                   {`a<iframe src="https://example.net/">x</iframe>b`, `ab`},
		"a form":                    {`a<form action="/x"><input name=a><button>b</button></form>c`, `ac`},
		"a drawing":                 {`a<svg onload=alert(1)><p>x</p></svg>b`, `ab`},
		"a relative link":           {`<a href="../x?a=1&amp;b=2">a</a>`, `<a href="https://example.org/2026/x?a=1&amp;b=2">a</a>`},
		"a place in the text":       {`<a href="#n1">a</a>`, `<a href="https://example.org/2026/swim/#n1">a</a>`},
		"somebody's mail":           {`<a href="mailto:ada@example.org">a</a>`, `<a href="mailto:ada@example.org">a</a>`},
		"a relative picture":        {`<img src="/a.jpg" alt="A boat" onerror=x width=600 class=c>`, `<img src="https://example.org/a.jpg" alt="A boat" width="600">`},
		"a lazy picture":            {`<img src="data:image/gif;base64,x" data-src="/a.jpg">`, `<img src="https://example.org/a.jpg">`},
		"data as a picture":         {`<img src="data:text/html,<script>">`, `<img>`},
		"a broken tag at the end":   {`<p>a</p><img src="x" onerror`, `<p>a</p>`},
		"a comment":                 {`a<!-- <script>x</script> -->b`, `ab`},
	} {
		if got := SafeHTML(tt.in, base); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// active finds what could run, frame or ask in a piece of HTML.
func active(fragment string) string {
	z := xhtml.NewTokenizer(strings.NewReader(fragment))
	for kind := z.Next(); kind != xhtml.ErrorToken; kind = z.Next() {
		token := z.Token()
		if kind != xhtml.StartTagToken && kind != xhtml.SelfClosingTagToken {
			continue
		}
		switch token.Data {
		case "script", "style", "iframe", "object", "embed", "form", "input", "svg", "math", "link", "meta", "base", "template":
			return token.String()
		}
		for _, a := range token.Attr {
			value := strings.ToLower(a.Val)
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" || (a.Key == "href" || a.Key == "src") && !strings.HasPrefix(value, "http") && !strings.HasPrefix(value, "mailto:") {
				return token.String()
			}
		}
	}
	return ""
}

func FuzzSafeHTML(f *testing.F) {
	for _, seed := range []string{`<p onclick=x>a<script>b`, `<a href="javascript:x">`, `<img src=x onerror=y>`, `<svg><script>x`, `<<script>script>`, "<a href='\x00j'>", `<math><mi xlink:href=x>`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, fragment string) {
		if bad := active(SafeHTML(fragment, "https://example.org/")); bad != "" {
			t.Errorf("%q lets %s through", fragment, bad)
		}
	})
}
