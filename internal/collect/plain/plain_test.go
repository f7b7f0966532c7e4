package plain

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestLine(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"plain text stays":                      {"A Town Learns to Swim", "A Town Learns to Swim"},
		"white space is one space":              {"  A\n\tTown\u00a0Learns ", "A Town Learns"},
		"entities are decoded":                  {"Bronze &amp; Patience &#8211; &hellip;", "Bronze & Patience – …"},
		"entities escaped twice are decoded":    {"Fish &amp;amp; Chips", "Fish & Chips"},
		"an ampersand is an ampersand":          {"R&D, AT&T; and &c.", "R&D, AT&T; and &c."},
		"a whole document is its text":          {"<!DOCTYPE html><html><head><title>x</title></head><body onload=x><script >a</script\n><h1>A</h1><p>b &amp; c</p></body></html>", "A b & c"},
		"a title on a tag of HTML stays":        {"How the <html-include> tag works", "How the <html-include> tag works"},
		"markup goes":                           {"A <em>very</em> <b>bold</b> title", "A very bold title"},
		"escaped markup goes":                   {"A &lt;em&gt;very&lt;/em&gt; title", "A very title"},
		"a line break is a space":               {"Two<br/>lines<br>here", "Two lines here"},
		"a comparison stays":                    {"If a < b and b > c", "If a < b and b > c"},
		"a lone tag is what it says":            {"How <script> came to be", "How <script> came to be"},
		"a script goes with what it says":       {"Hello <script>alert(1)</script>world", "Hello world"},
		"an image goes":                         {"<img src=x onerror=alert(1)>Cats", "Cats"},
		"a link that is cut off goes":           {`See <a href="https://example.org">this`, "See this"},
		"a generic type stays":                  {"List<String> explained", "List<String> explained"},
		"template syntax stays":                 {`{{.Name}} {{template "x"}} ${jndi}`, `{{.Name}} {{template "x"}} ${jndi}`},
		"control characters go":                 {"a\x00b\x1bc\u009d\u202ed\ufeff", "abcd"},
		"Windows characters are what they mean": {"it\u0092s \u0093quoted\u0094", "it’s “quoted”"},
		"broken UTF-8 is dropped":               {"a\xffb", "ab"},
		"joiners stay":                          {"👩\u200d🚀 نامه\u200cای", "👩\u200d🚀 نامه\u200cای"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Line(tt.in); got != tt.want {
				t.Errorf("%q\n got %q\nwant %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("This sentence is of a good length for a test. ", 30)
	for name, tt := range map[string]struct {
		in, want string
		broken   bool
	}{
		"paragraphs":                         {"<p>One.</p>\n<p>Two.</p>", "One.\n\nTwo.", false},
		"text without markup":                {"One\nstill one.\n\nTwo.", "One still one.\n\nTwo.", false},
		"what readers do not read goes":      {"<figure><img><figcaption>Cap</figcaption></figure><style>p{}</style><p>One.</p><script>x()</script><form>Mail <input></form>", "One.", false},
		"headings go":                        {"<h2>Start</h2><p>One.</p>", "One.", false},
		"WordPress breaks off":               {"<p>The pool opened on [&hellip;]</p>", "The pool opened on…", true},
		"an invitation goes":                 {"<p>The pool opened on Sunday. <a href='/x'>Continue reading →</a></p>", "The pool opened on Sunday.", true},
		"where it appeared first is no text": {`<p>One.</p><p>The post <a href="/x">A Town</a> appeared first on <a href="/">The Example</a>.</p>`, "One.", false},
		"reading more is no invitation":      {"<p>In winter I read more than in summer.</p>", "In winter I read more than in summer.", false},
		"an invitation of its own":           {"<p>One.</p><p>Read more »</p>", "One.", true},
		"a long text is cut at a sentence":   {long, strings.TrimSpace(strings.Repeat("This sentence is of a good length for a test. ", 9)), false},
		"buttons are no text":                {"<p>It begins here.</p><p><a>Subscribe now</a></p>", "It begins here.", false},
		"shortcodes of plugins are no text":  {"<p>[et_pb_section fb=”1″][et_pb_text]</p><p>It begins [sic] here.[/et_pb_text]</p>", "It begins [sic] here.", false},
		"nothing":                            {"<img src=x>", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			got, broken := Excerpt(tt.in)
			if got != tt.want || broken != tt.broken {
				t.Errorf("got %q, %v\nwant %q, %v", got, broken, tt.want, tt.broken)
			}
		})
	}
}

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		in    string
		limit int
		want  string
	}{
		{"short", 10, "short"},
		{"one two three four", 10, "one two…"},
		{"One two. Three four five six", 16, "One two. Three…"},
		{"One two three. Four five six", 20, "One two three."},
		{"日本語の文章です。とても長い文章です。", 12, "日本語の文章です。"},
		{strings.Repeat("x", 20), 5, "xxxxx…"},
	} {
		if got := Cut(tt.in, tt.limit); got != tt.want {
			t.Errorf("%q at %d: %q, want %q", tt.in, tt.limit, got, tt.want)
		}
	}
}

func TestReadBio(t *testing.T) {
	for name, tt := range map[string]struct {
		in, text, html, more string
	}{
		"links and emphasis stay": {`<p>Ada writes for <a href="/m" class=x onclick="x()">the magazine</a>, <em>mostly</em>.</p>`,
			"Ada writes for the magazine, mostly.", `Ada writes for <a href="https://example.org/m">the magazine</a>, <em>mostly</em>.`, ""},
		"Learn More is where to learn more": {`<p>Ada has sailed around the harbour twice. <a href="/author/ada/">Learn More →</a></p>`,
			"Ada has sailed around the harbour twice.", "Ada has sailed around the harbour twice.", "https://example.org/author/ada/"},
		"furniture goes": {`<h3>About the Author</h3><h4>Ada Byron</h4><p>Ada has sailed around the harbour twice.</p><ul class="social-links"><li><a href="https://x.example/">X</a></li></ul><a href="/a">View all posts by Ada Byron</a><noscript><img src=x></noscript>`,
			"Ada has sailed around the harbour twice.", "Ada has sailed around the harbour twice.", "https://example.org/a"},
		"scripts go":                                    {`Ada has sailed <script>alert(1)</script>around the harbour twice<a href="javascript:x()">.</a>`, "Ada has sailed around the harbour twice.", "Ada has sailed around the harbour twice.", ""},
		"paragraphs are one":                            {"<p>Ada sails a small boat.</p><p>Grace does not sail.</p>", "Ada sails a small boat. Grace does not sail.", "Ada sails a small boat. Grace does not sail.", ""},
		"a placeholder is none":                         {"Lorem ipsum dolor sit amet, consectetur adipiscing elit.", "", "", ""},
		"Text BIO is none":                              {"Text BIO", "", "", ""},
		"an unwritten one":                              {"This author has not yet filled in any details.", "", "", ""},
		"a shop's blurb is none":                        {"Check out our shop for the best deals and get free shipping today!", "", "", ""},
		"the name alone is none":                        {"<p>Ada Byron</p>", "", "", ""},
		"the name in a sentence stays":                  {"<b>Ada Byron</b> is the author of a small book.", "Ada Byron is the author of a small book.", "<b>Ada Byron</b> is the author of a small book.", ""},
		"the name before the bio goes":                  {`<a href="/a">Ada Byron</a> Ada is the author of a small book.`, "Ada is the author of a small book.", "Ada is the author of a small book.", ""},
		"a sentence that begins with the name above it": {`<h4>Ada Byron</h4><p>is the author of a small book.</p>`, "Ada Byron is the author of a small book.", "Ada Byron is the author of a small book.", ""},
		"a date is no bio":                              {"Ada Byron March 11, 2015 3:46 PM", "", "", ""},
		"baking is no policy":                           {"Ada bakes cookies and writes about them.", "Ada bakes cookies and writes about them.", "Ada bakes cookies and writes about them.", ""},
		"few characters can say enough":                 {"東京在住の作家。猫が好き。", "東京在住の作家。猫が好き。", "東京在住の作家。猫が好き。", ""},
		"a hole where a picture was":                    {`As a content writer at <a href="/"><img src=x></a>, I am always looking.`, "As a content writer at, I am always looking.", "As a content writer at, I am always looking.", ""},
		"an invitation in French":                       {`Ada écrit sur les ports et les gens. <a href="/a">Voir tous les articles</a>`, "Ada écrit sur les ports et les gens.", "Ada écrit sur les ports et les gens.", "https://example.org/a"},
		"a hole where a link was stays":                 {"As a content writer at, I'm always looking for stories.", "As a content writer at, I'm always looking for stories.", "As a content writer at, I&#39;m always looking for stories.", ""},
	} {
		t.Run(name, func(t *testing.T) {
			want := Bio{tt.text, tt.html, tt.more}
			if got := ReadBio(tt.in, "https://example.org/", "Ada Byron"); got != want {
				t.Errorf("got %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestNames(t *testing.T) {
	for byline, want := range map[string]string{
		"Ada Byron": "Ada Byron", "By Ada Byron": "Ada Byron", "by Ada Byron and Grace Hopper": "Ada Byron|Grace Hopper",
		"Ada Byron, Grace Hopper & Mary Example": "Ada Byron|Grace Hopper|Mary Example", "Ada Byron; Grace Hopper": "Ada Byron|Grace Hopper",
		"Ada Byron, PhD": "Ada Byron, PhD", "Bed and Breakfast Weekly": "Bed and Breakfast Weekly", "Hopper, Grace": "Hopper, Grace",
		"ada@example.org (Ada Byron)": "Ada Byron", "Ada Byron <ada@example.org>": "Ada Byron", "Ada Byron (ada@example.org)": "Ada Byron",
		"ada@example.org": "", "admin": "", "Administrator": "", "https://example.org/author/ada": "", "": "", "—": "",
		"Anne-Marie O&#8217;Neill": "Anne-Marie O’Neill", "Byron Example": "Byron Example", "Parker Example": "Parker Example", "Ada": "Ada",
		"Laura E. Adkins December 28, 2016": "Laura E. Adkins", "Paul December 23, 2016 Scifly": "Paul", "Howard Blume Staff Writer": "Howard Blume", "Mute Writer": "Mute Writer", "By Mute Writer, Staff Writer": "Mute Writer", "Mute Staff Writer": "Mute", "Ada, Editor": "Ada", "Ada Byron Editor at Large": "Ada Byron",
		"von Ada Byron": "Ada Byron", "von Byron": "von Byron", "Geschrieben von Ada Byron": "Ada Byron", "بقلم نورا قلم": "نورا قلم", "文・羽根 乃羅": "羽根 乃羅", "di Ada Bianchi": "Ada Bianchi", "Di Example": "Di Example",
		"Emily Kirkpatrick Updated on December 12": "Emily Kirkpatrick",
		"David Smith in Washington":                "David Smith", "Zach Hanlon 5 minute Read": "Zach Hanlon", "T.C. Sottek Nov 29, 2016, 10:00am EST 203 comments / new": "T.C. Sottek", "137 comments / new": "", "By": "",
		"Dec 1st 2016 1:01PM": "", "Illustration by Claire Lordon": "", "More stories by Jeremy Herron": "Jeremy Herron", "Tom Warren, Senior Editor": "Tom Warren", "Lisa de Moraes Lisa de Moraes TV": "Lisa de Moraes", "CEO": "", "Pete Evans · CBC News · Posted": "Pete Evans", "April May": "April May", "Mary Editorson": "Mary Editorson", "Nikki Haley and May Jung": "Nikki Haley|May Jung",
		"山田太郎": "山田太郎", "Written by Ada Byron": "Ada Byron", "Juan de la Cruz y María Example": "Juan de la Cruz|María Example",
	} {
		if got := strings.Join(Names(byline), "|"); got != want {
			t.Errorf("%q: %q, want %q", byline, got, want)
		}
	}
}

func TestLink(t *testing.T) {
	for ref, want := range map[string]string{
		"/a": "https://example.org/a", "b": "https://example.org/x/b", "//cdn.example/i.jpg": "https://cdn.example/i.jpg", "http://example.net/?a=1&amp;b=2": "http://example.net/?a=1&b=2",
		" https://example.net/a b ": "https://example.net/a%20b", "javascript:alert(1)": "", "data:text/html,x": "", "#top": "", "": "", "mailto:a@example.org": "", "https://u:p@example.net/": "",
		"http://": "", "https://example.net/\"onx=1": "https://example.net/%22onx=1", "https://example.net/ü": "https://example.net/%C3%BC", "ht\ntp://x": "", "JaVaScRiPt:x": "",
	} {
		if got := Link("https://example.org/x/y", ref); got != want {
			t.Errorf("%q: %q, want %q", ref, got, want)
		}
	}
}

// checkText fails unless text is what Masthead may keep.
func checkText(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("not UTF-8: %q", text)
	}
	for _, r := range text {
		if unicode.IsControl(r) && r != '\n' {
			t.Errorf("control character %U in %q", r, text)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{"<b>a</b> &amp;lt;script&amp;gt;", "a < b <script", "<p>x<script>y</p>", "<a href='java\nscript:x'>x</a>", "&#0;&#x80;&#150;", "<svg><script>x</script></svg>", "[&hellip;]", "<math><a xlink:href=javascript:x>y", "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		line := Line(in)
		checkText(t, line)
		if strings.ContainsAny(line, "\n") || line != strings.TrimSpace(line) {
			t.Errorf("no line: %q", line)
		}
		excerpt, _ := Excerpt(in)
		checkText(t, excerpt)
		if utf8.RuneCountInString(excerpt) > ExcerptLength+1 {
			t.Errorf("%d characters", utf8.RuneCountInString(excerpt))
		}
		for _, name := range Names(in) {
			checkText(t, name)
		}
		checkBio(t, ReadBio(in, "https://example.org/", "Ada"))
		if link := Link("https://example.org/", in); link != "" && !strings.HasPrefix(link, "https://") && !strings.HasPrefix(link, "http://") {
			t.Errorf("link %q", link)
		}
	})
}

// checkBio fails where the HTML of a bio holds more than links and emphasis.
func checkBio(t *testing.T, bio Bio) {
	t.Helper()
	checkText(t, bio.Text)
	checkText(t, bio.HTML)
	for _, piece := range strings.Split(bio.HTML, "<")[1:] {
		tag, _, closed := strings.Cut(piece, ">")
		name := strings.TrimPrefix(tag, "/")
		href, isLink := strings.CutPrefix(name, `a href="http`)
		switch {
		case name == "em" || name == "strong" || name == "b" || name == "i" || name == "a":
		case isLink && strings.Count(href, `"`) == 1 && strings.HasSuffix(href, `"`):
		default:
			t.Errorf("tag %q (closed: %v) in %q", tag, closed, bio.HTML)
		}
	}
}
