package render

import (
	"errors"
	"flag"
	"fmt"
	htmltemplate "html/template"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html" // reads the mail as a client would

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/templates"
)

var update = flag.Bool("update", false, "write the goldens anew")

func renderer(t testing.TB) *Renderer {
	t.Helper()
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// content is an issue of n articles, each with all that an article can have.
func content(n int) newsletter.IssueContent {
	c := newsletter.IssueContent{
		Publication: newsletter.Publication{Name: "The Lantern Post", Tagline: "Slow news, well lit", Site: "https://magazine.example.org/",
			From: "digest@example.org", PostalAddress: "1 Wharf Lane, Harbour Town", Language: "en", BaseURL: "https://news.example.org"},
		Issue:   newsletter.Issue{ID: "weekly-1", Subject: "Bread and lamplight", Preheader: "And the rest of the week", FireAt: time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)},
		Authors: map[string]newsletter.Author{},
	}
	for i := range n {
		key := fmt.Sprintf("author%d", i%4)
		c.Authors[key] = newsletter.Author{Key: key, Found: newsletter.Profile{Name: "Mara Quill", URL: "https://magazine.example.org/author/mara/",
			Photo: "https://magazine.example.org/mara.jpg", Bio: strings.Repeat("Mara writes about the harbour and its people. ", 6)}}
		c.Articles = append(c.Articles, newsletter.Article{
			ID: fmt.Sprint(i), URL: fmt.Sprintf("https://magazine.example.org/2026/03/article-%d/", i), Title: fmt.Sprintf("The bakers who never sleep, part %d", i),
			Dek: "What a town smells like at four in the morning", Excerpt: strings.Repeat("The ovens are lit before the gulls wake. ", 9),
			Image:      newsletter.Image{URL: fmt.Sprintf("https://magazine.example.org/uploads/%d.jpg", i), Alt: "An oven", Width: 1200, Height: 675},
			CommentURL: fmt.Sprintf("https://magazine.example.org/2026/03/article-%d/#respond", i), Comments: i, Categories: []string{"Food"}, Authors: []string{key},
		})
	}
	return c
}

func render(t testing.TB, c newsletter.IssueContent) newsletter.Mail {
	t.Helper()
	m, err := renderer(t).Issue(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestEveryArticleIsThereWithItsAuthor(t *testing.T) {
	m := render(t, content(3))
	for _, want := range []string{
		`<a class="t1" href="https://magazine.example.org/2026/03/article-1/"`, "The bakers who never sleep, part 1</a></h2>",
		"What a town smells like", "The ovens are lit", `width="600" height="337"`, `width="536" height="301"`, ">FOOD<", `alt="An oven"`,
		`aria-label="Learn more: The bakers who never sleep, part 2"`, "Learn More ", "Leave a Reply (2)", `href="https://magazine.example.org/2026/03/article-2/#respond"`,
		"Mara Quill", "Mara writes about", `href="https://magazine.example.org/author/mara/" aria-label="Learn more about Mara Quill"`,
		"https://news.example.org/unsubscribe/{{unsub}}", "https://news.example.org/issues/weekly-1", "Forwarded this?", "1 Wharf Lane", "3 new articles",
	} {
		if !strings.Contains(strings.Replace(m.HTML, ">Food<", ">FOOD<", 1), want) {
			t.Errorf("the HTML lacks %s", want)
		}
	}
	for _, want := range []string{
		"The bakers who never sleep, part 1\n", "Learn More [4] · Leave a Reply (1) [5]\n", "  Mara Quill · Learn More [6]\n",
		"[4] https://magazine.example.org/2026/03/article-1/\n[5] https://magazine.example.org/2026/03/article-1/#respond\n[6] https://magazine.example.org/author/mara/\n", "Unsubscribe: https://news.example.org/unsubscribe/{{unsub}}\n", "Read on the web: https://news.example.org/issues/weekly-1\n",
	} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("the text lacks %q", want)
		}
	}
}

// TestOutlookConditionalsSurvive guards against html/template, which deletes
// comments without a word.
func TestOutlookConditionalsSurvive(t *testing.T) {
	m := render(t, content(2))
	opened, closed := strings.Count(m.HTML, "<!--[if mso]>"), strings.Count(m.HTML, "<![endif]-->")
	if opened != 5 || closed != 5 {
		t.Errorf("%d conditional comments opened, %d closed; want 5 of each", opened, closed)
	}
	if strings.Count(m.HTML, `<table role="presentation" align="center" width="600"`) != 2 {
		t.Error("the ghost tables are gone")
	}
}

const evil = `<script>alert(1)</script>"'&+{{unsub}}{{lb}}{{{x}}}`

// hostile is an issue in which every text is an attack.
func hostile() newsletter.IssueContent {
	c := content(2)
	a := &c.Articles[0]
	a.Title, a.Dek, a.Excerpt, a.Categories, a.Image.Alt = evil, evil+"d", evil+"e", []string{evil}, evil
	c.Authors["author0"] = newsletter.Author{Found: newsletter.Profile{Name: evil, Bio: evil, URL: "javascript:alert(1)", Photo: "data:text/html,x"}}
	c.Issue.Subject, c.Issue.Intro, c.Publication.Name = evil, evil, evil
	a.CommentURL = "https://x.example/{{unsub}}"
	a.Language = `de" onload="x`
	c.Articles[1].URL, c.Articles[1].Image.URL = `https://x.example/"><script>?a=b&c='`, "https://x.example/a b+c.png"
	return c
}

func TestWhatStrangersWroteIsEscaped(t *testing.T) {
	c := hostile()
	m := render(t, c)
	z := html.NewTokenizer(strings.NewReader(m.HTML))
	for z.Next() != html.ErrorToken {
		tok := z.Token()
		if tok.Data == "script" {
			t.Error("a script tag came through")
		}
		for _, attr := range tok.Attr {
			if strings.HasPrefix(attr.Key, "on") || strings.HasPrefix(attr.Val, "javascript:") || strings.HasPrefix(attr.Val, "data:") {
				t.Errorf("attribute %s=%s", attr.Key, attr.Val)
			}
		}
	}
	for part, text := range map[string]string{"html": m.HTML, "text": m.Text, "subject": m.Subject} {
		for i, name := range newsletter.Segments(text) {
			if i%2 == 1 && !slices.Contains([]string{newsletter.PlaceholderUnsubscribe, newsletter.PlaceholderPreferences, newsletter.PlaceholderBraces, newsletter.PlaceholderNameHTML, newsletter.PlaceholderNameText}, name) {
				t.Errorf("%s: placeholder %q made by an article", part, name)
			}
		}
	}
	if n := strings.Count(m.HTML, "{{unsub}}"); n != 1 {
		t.Errorf("%d unsubscribe placeholders in the HTML, want the footer's alone", n)
	}
	reader := newsletter.Recipient{Unsubscribe: "TOKEN"}
	if got := newsletter.Splice(m.Subject, reader.Value); got != newsletter.Line(evil) {
		t.Errorf("subject reads %q, want what the editor wrote", got)
	}
	if text := newsletter.Splice(m.Text, reader.Value); !strings.Contains(text, newsletter.Line(evil)) || strings.Contains(text, "javascript:") {
		t.Errorf("text:\n%s", text)
	}
}

// TestEscapingIsThatOfItsContext runs the HTML templates under html/template,
// which knows what each context needs, on the unescaped view. It must come to the
// same bytes (the comments apart, which it deletes): then every value stands
// where our escaping is the right one.
func TestEscapingIsThatOfItsContext(t *testing.T) {
	judge := htmltemplate.Must(htmltemplate.New("mail").ParseFS(templates.Mail, "mail/*.html.tmpl"))
	r := renderer(t)
	for _, theme := range newsletter.Themes() {
		for _, logo := range []string{"", `https://x.example/"><script>`} {
			c := hostile()
			c.Publication.Theme, c.Publication.Logo, c.Publication.LogoDark, c.Issue.Notice = theme, logo, logo, evil
			d := newDigest(&c, len(c.Articles), newMarks())
			d.Contents = []*entry{{evil, "https://x.example/?a=b&c=d"}}
			got, _, err := r.execute("digest", d.escaped(), d)
			if err != nil {
				t.Fatal(err)
			}
			sameAs(t, judge, "digest.html.tmpl", d, got)
			sameBlocks(t, judge, r, d, false)
			sameBlocks(t, judge, r, d, true)
		}
	}
}

// sameBlocks looks at the articles, as they are or as rows.
func sameBlocks(t *testing.T, judge *htmltemplate.Template, r *Renderer, d *digest, row bool) {
	for _, a := range d.Articles {
		a.Row, a.Section = row, evil
	}
	name := "article.html.tmpl"
	laidOut := d.escaped()
	if err := r.layOut("article.html.tmpl", laidOut); err != nil {
		t.Fatal(err)
	}
	if row {
		name = "row.html.tmpl"
	}
	for i, a := range d.Articles {
		sameAs(t, judge, name, a, laidOut.Blocks[i])
	}
}

// sameAs demands of got what the judge makes of the unescaped view.
func sameAs(t *testing.T, judge *htmltemplate.Template, name string, view any, got string) {
	t.Helper()
	comments := regexp.MustCompile(`(?s)<!--.*?-->`)
	var want strings.Builder
	if err := judge.ExecuteTemplate(&want, name, view); err != nil {
		t.Fatal(err)
	}
	if got = comments.ReplaceAllString(got, ""); got != want.String() {
		for i := range got {
			if !strings.HasPrefix(want.String(), got[:i+1]) {
				t.Fatalf("html/template differs at\n%.200s\nour\n%.200s", want.String()[max(0, i-60):], got[max(0, i-60):])
			}
		}
		t.Error("html/template wrote more")
	}
}

// TestBlocksAreWhatTheTemplateWrites compares the short cut with the template
// itself, for articles of every shape, again after the blocks are there.
func TestBlocksAreWhatTheTemplateWrites(t *testing.T) {
	r := renderer(t)
	for range 2 {
		for bits := range 1 << 11 {
			c := content(1)
			c.Publication.Theme = newsletter.Themes()[bits%3]
			a := &c.Articles[0]
			by := newsletter.Profile{Name: "Mara Quill", Bio: "A bio", URL: "https://x.example/", Photo: "https://x.example/p.jpg"}
			for i, empty := range []func(){
				func() { a.Image = newsletter.Image{} }, func() { a.Image.Height = 0 }, func() { a.Dek = "" }, func() { a.Excerpt = "" }, func() { a.CommentURL = "" },
				func() { a.Language = "ar" }, func() { by.Bio = "" }, func() { by.Photo = "" }, func() { by.URL = "" },
			} {
				if bits>>i&1 == 1 {
					empty()
				}
			}
			c.Authors["author0"] = newsletter.Author{Found: by}
			view := newDigest(&c, 1, newMarks()).escaped()
			a0 := view.Articles[0]
			a0.Lead, a0.Sub, a0.Row = bits%2 == 0, bits>>9&1 == 1, bits>>10&1 == 1
			name := "article.html.tmpl"
			if a0.Row {
				name = "row.html.tmpl"
			}
			var want strings.Builder
			if err := errors.Join(r.templates.ExecuteTemplate(&want, name, view.Articles[0]), r.layOut("article.html.tmpl", view)); err != nil {
				t.Fatal(err)
			}
			if view.Blocks[0] != want.String() {
				t.Fatalf("%s\nwant\n%s", view.Blocks[0], &want)
			}
		}
	}
	if len(r.blocks) > maxBlocks {
		t.Errorf("%d blocks are kept", len(r.blocks))
	}
}

func TestSizeStaysBelowTheClip(t *testing.T) {
	for _, c := range []struct {
		name  string
		text  string
		n     int
		shown int
	}{
		{"twenty ordinary articles all fit", "", 20, 20},
		{"twenty of the longest Chinese articles are cut to what fits", strings.Repeat("灯笼照亮了港口的街道", 60), 20, 0},
		{"a hundred articles are cut to what fits", "", 100, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := content(c.n)
			for i := range in.Articles {
				if c.text != "" {
					a := &in.Articles[i]
					a.Title, a.Dek, a.Excerpt, a.Image.Alt = c.text, "副"+c.text, c.text, c.text
				}
			}
			m := render(t, in)
			shown := strings.Count(m.HTML, "<h2 ")
			t.Logf("%d of %d articles in %d bytes", shown, c.n, len(m.HTML))
			if len(m.HTML) >= 100_000 {
				t.Errorf("%d bytes", len(m.HTML))
			}
			if c.shown != 0 && shown != c.shown || shown < 10 {
				t.Errorf("%d articles shown", shown)
			}
			if rest := fmt.Sprintf("And %d more", c.n-shown); shown < c.n && (!strings.Contains(m.HTML, rest) || !strings.Contains(m.Text, rest)) {
				t.Errorf("nobody says %q", rest)
			}
			if !strings.Contains(m.HTML, fmt.Sprintf("%d new articles", c.n)) {
				t.Error("the headline does not count them all")
			}
		})
	}
}

func TestWhatIsMissingLeavesNoHole(t *testing.T) {
	c := content(2)
	a := &c.Articles[1]
	a.Image, a.Dek, a.CommentURL, a.Categories, a.Excerpt = newsletter.Image{}, "", "", nil, ""
	c.Authors["author1"] = newsletter.Author{Found: newsletter.Profile{Name: "Jo Ferry"}}
	c.Publication.PostalAddress, c.Publication.Tagline = "", ""
	m := render(t, c)
	_, second, _ := strings.Cut(m.HTML, "article-1/")
	for _, absent := range []string{"<img", "Leave a Reply", "<p class=\"acc\"", "Learn more about"} {
		if strings.Contains(second, absent) {
			t.Errorf("the bare article shows %s", absent)
		}
	}
	if !strings.Contains(second, ">JF<") {
		t.Error("no initials in place of the photo")
	}
	if strings.Contains(m.Text, "\n\n\n\n") {
		t.Errorf("a hole in the text:\n%s", m.Text)
	}
}

func TestOnlyWebAddressesAreLinked(t *testing.T) {
	for in, want := range map[string]string{
		"https://magazine.example.org/a-b_c/?p=1&q=2#x": "https://magazine.example.org/a-b_c/?p=1&q=2#x", "http://x.example:8080/": "http://x.example:8080/",
		"https://x.example/a b(c)'": "https://x.example/a%20b%28c%29%27", "https://bücher.example/ü": "https://xn--bcher-kva.example/%C3%BC",
		"javascript:alert(1)": "", "data:text/html,x": "", "": "", "http://": "", "https:///path": "", "http://?x": "", "//x.example/": "", "/path": "", "ftp://x.example/": "", "httpx://x.example": "",
	} {
		if got := link(in); got != want {
			t.Errorf("link(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWhatASiteSaysTwiceIsShownOnce(t *testing.T) {
	for _, c := range []struct{ name, title, dek, excerpt, wantDek, wantExcerpt string }{
		{"nothing is repeated", "T", "D", "E", "D", "E"},
		{"the excerpt is the dek", "T", "D", "D", "D", ""},
		{"the excerpt begins with the dek", "T", "D", "D and more", "", "D and more"},
		{"the dek is the title", "T", "T", "E", "", "E"},
		{"the excerpt is the title", "T", "", "T", "", ""},
	} {
		if dek, excerpt := withoutRepeats(c.title, c.dek, c.excerpt); dek != c.wantDek || excerpt != c.wantExcerpt {
			t.Errorf("%s: %q, %q", c.name, dek, excerpt)
		}
	}
}

func TestOtherLanguagesAreMarked(t *testing.T) {
	c := content(3)
	c.Articles[1].Language, c.Articles[2].Language = "de", "ar"
	m := render(t, c)
	for _, want := range []string{`lang="de" dir="ltr" align="left"`, `lang="ar" dir="rtl" align="right"`, "padding-right:20px", "&larr;"} {
		if !strings.Contains(m.HTML, want) {
			t.Errorf("the HTML lacks %s", want)
		}
	}
}

func TestTextIsWrapped(t *testing.T) {
	for _, l := range strings.Split(render(t, content(5)).Text, "\n") {
		if utf8.RuneCountInString(l) > columns+2 && !strings.Contains(l, "https://") {
			t.Errorf("%d columns: %s", utf8.RuneCountInString(l), l)
		}
	}
}

func TestWrap(t *testing.T) {
	word := strings.Repeat("w", 80)
	fit := strings.Repeat("a", 37) + " " + strings.Repeat("b", 38) // 76 columns
	for _, c := range []struct{ name, in, want string }{
		{"short text stays", "one two", "one two"},
		{"a full line stays", fit, fit},
		{"one more word moves down", fit + " c", fit + "\nc"},
		{"one more letter moves the word down", fit + "b c", strings.Repeat("a", 37) + "\n" + strings.Repeat("b", 39) + " c"},
		{"a long word stays whole", "a " + word + " b", "a\n" + word + "\nb"},
		{"a long word comes first", word + " b", word + "\nb"},
		{"paragraphs stay apart", "one\n\n two", "one\n\ntwo"},
		{"letters are counted, not bytes", strings.Repeat("ä", 76) + " b", strings.Repeat("ä", 76) + "\nb"},
		{"nothing", "", ""},
	} {
		if got := wrap(c.in, ""); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
	if got := wrap(fit+" c", "  "); got != "  "+fit+"\n  c" {
		t.Errorf("indented: %q", got)
	}
}

func TestDarkAccentsCanBeRead(t *testing.T) {
	for _, accent := range []string{"#9a2c1e", "#000000", "#0b5d3b", "#1f3a93", "#5b2a86", "#ffff00", ""} {
		light, dark := Accents(accent)
		if err := newsletter.CheckAccent(light); err != nil {
			t.Errorf("accent %q: light %v", accent, err)
		}
		for _, surface := range []string{darkCard, darkInk} {
			if ratio, err := newsletter.Contrast(dark, surface); err != nil || ratio < newsletter.MinContrast {
				t.Errorf("accent %q: dark %s on %s: %.2f, %v", accent, dark, surface, ratio, err)
			}
		}
	}
}

func TestGolden(t *testing.T) {
	for _, theme := range newsletter.Themes() {
		c := content(2)
		c.Publication.Theme = theme
		m := render(t, c)
		golden(t, string(theme)+".html", m.HTML)
		if theme == newsletter.Editorial { // the text is the same in all
			golden(t, "digest.txt", m.Text)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := "testdata/" + name
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; if that is meant, run: go test ./internal/render -update", file)
	}
}

// FuzzIssue: whatever an article says, the mail holds our placeholders only, no
// script, and stays below the clip.
func FuzzIssue(f *testing.F) {
	f.Add("Title", "dek", "https://magazine.example.org/")
	f.Add("{{unsub}}", "<script>", "javascript:x")
	f.Add("{{{", "\x00\xff", "https://x/\"onload=")
	r := renderer(f)
	f.Fuzz(func(t *testing.T, title, dek, url string) {
		c := content(2)
		c.Articles[1].Title, c.Articles[1].Dek, c.Articles[1].URL, c.Articles[1].Image.URL, c.Issue.Subject = title, dek, url, url, title
		m, err := r.Issue(c)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(newsletter.Segments(m.HTML)); n != 5 { // around the links to leave and to choose
			t.Errorf("%d segments in the HTML", n)
		}
		if strings.Contains(m.HTML, "<script") || len(m.HTML) > MaxHTML {
			t.Error("script or size")
		}
	})
}

func BenchmarkIssueOf10(b *testing.B) {
	r, c := renderer(b), content(10)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Issue(c); err != nil {
			b.Fatal(err)
		}
	}
}
