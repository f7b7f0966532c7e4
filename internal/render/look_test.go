package render

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/mailtest"
	"github.com/masthead-mail/masthead/internal/mime"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/words"
)

// TestEveryThemeShowsEverything: a theme is a look, not a choice of what is said.
func TestEveryThemeShowsEverything(t *testing.T) {
	for _, theme := range newsletter.Themes() {
		for _, n := range []int{1, 3, 10, 20} {
			c := content(n)
			c.Publication.Theme = theme
			m := render(t, c)
			for i := range c.Articles {
				a := &c.Articles[i]
				for _, want := range []string{">" + a.Title + "</a>", `href="` + a.URL + `" aria-label="Learn more: ` + a.Title, `href="` + a.CommentURL} {
					if !strings.Contains(m.HTML, want) {
						t.Errorf("%s, %d articles: article %d lacks %s", theme, n, i, want)
					}
				}
			}
			if got := strings.Count(m.HTML, ">Mara writes about the harbour"); got != min(n, 4) {
				t.Errorf("%s, %d articles: %d bios", theme, n, got)
			}
		}
	}
}

// TestReadingTime stands above the title, beside what the article is about; under a
// section's heading alone.
func TestReadingTime(t *testing.T) {
	for language, want := range map[string]string{"en": "7 min read", "de": "7 Min. Lesezeit", "ar": "7 دقائق للقراءة"} {
		c := content(8)
		c.Publication.Language = language
		c.Articles[0].Minutes, c.Articles[1].Minutes = 7, 7
		c.Articles[1].Categories = nil
		m := render(t, c)
		for _, where := range []string{">Food · " + want + "<", ">" + want + "<"} {
			if !strings.Contains(m.HTML, where) {
				t.Errorf("%s: the HTML lacks %q", language, where)
			}
		}
		if strings.Count(m.HTML, want) != 2 || strings.Count(m.Text, want) != 2 {
			t.Errorf("%s: %d times in the HTML, %d in the text", language, strings.Count(m.HTML, want), strings.Count(m.Text, want))
		}
	}
}

// TestSizes are those that the mail must stay below, with an author of their own for
// every article.
func TestSizes(t *testing.T) {
	for n, limit := range map[int]int{10: 45_000, 20: 85_000} {
		for _, theme := range newsletter.Themes() {
			for _, language := range words.Languages() {
				c := content(n)
				c.Publication.Theme, c.Publication.Language, c.Issue.Intro = theme, language, "A word before."
				for i := range c.Articles {
					key := fmt.Sprint("author of ", i)
					c.Articles[i].Authors = []string{key}
					c.Authors[key] = c.Authors["author0"]
				}
				if m := render(t, c); len(m.HTML) >= limit {
					t.Errorf("%d articles, %s, %s: %d bytes, limit %d", n, theme, language, len(m.HTML), limit)
				}
			}
		}
	}
}

func TestTextsCanBeReadOnTheirSurfaces(t *testing.T) {
	for theme, l := range looks {
		for name, p := range map[string]*palette{"light": l.Light, "dark": l.Dark} {
			for _, surface := range []string{p.Ground, p.Card, p.Box, p.Initials} {
				texts := []string{p.Ink, p.Soft}
				if surface == p.Initials {
					texts = texts[:1]
				}
				for _, text := range texts {
					if ratio, err := newsletter.Contrast(text, surface); err != nil || ratio < newsletter.MinContrast {
						t.Errorf("%s, %s: %s on %s has %.2f, %v", theme, name, text, surface, ratio, err)
					}
				}
			}
		}
	}
}

func categories(names ...string) []newsletter.Article {
	var all []newsletter.Article
	for i, name := range names {
		a := newsletter.Article{ID: fmt.Sprint(i)}
		if name != "" {
			a.Categories = []string{name}
		}
		all = append(all, a)
	}
	return all
}

func TestSections(t *testing.T) {
	for _, c := range []struct {
		name     string
		articles []newsletter.Article
		order    string
		names    string
	}{
		{"few need none", categories("a", "b", "a", "b", "a", "b"), "012345", ""},
		{"one category is none", categories("a", "a", "a", "a", "a", "a", "a"), "0123456", ""},
		{"two groups, the lead apart", categories("a", "a", "b", "a", "b", "a", "b"), "0135246", "1a 2b"},
		{"who is alone comes last", categories("x", "c", "a", "", "b", "a", "b", "d"), "02546137", "1other 2a 4b"},
	} {
		order, names := sections(c.articles, "other")
		got, named := "", []string{}
		for _, i := range order {
			got += fmt.Sprint(i)
		}
		for i, name := range names {
			named = append(named, fmt.Sprint(i, name))
		}
		slices.Sort(named)
		if got != c.order || strings.Join(named, " ") != c.names {
			t.Errorf("%s: %s, %v; want %s, %s", c.name, got, named, c.order, c.names)
		}
	}
}

func TestALongIssueHasSectionsAndContents(t *testing.T) {
	c := content(12)
	for i := range c.Articles {
		c.Articles[i].Categories = []string{[]string{"Food", "Harbour"}[i%2]}
	}
	m := render(t, c)
	for _, want := range []string{">Food</h2>", ">Harbour</h2>", "<h3 class=\"h2\"", "In this issue"} {
		if !strings.Contains(m.HTML, want) {
			t.Errorf("the HTML lacks %s", want)
		}
	}
	if n := strings.Count(m.HTML, `<a class="t1" href="https://magazine.example.org/2026/03/article-5/"`); n != 2 {
		t.Errorf("article 5 is linked by its title %d times, want in the contents and where it stands", n)
	}
	for _, want := range []string{"====\nFood\n", "In this issue:\n  The bakers who never sleep, part 1\n"} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("the text lacks %q:\n%s", want, m.Text)
		}
	}
	if short := render(t, content(3)); strings.Contains(short.HTML, "In this issue") || strings.Contains(short.HTML, "<h3") {
		t.Error("a short issue has contents or sections")
	}
}

func TestAnAuthorsSecondArticleHasAShortCard(t *testing.T) {
	c := content(2)
	c.Articles[1].Authors = c.Articles[0].Authors
	m := render(t, c)
	if got := strings.Count(m.HTML, ">Mara writes about the harbour"); got != 1 {
		t.Errorf("%d bios", got)
	}
	if got := strings.Count(m.HTML, ">Mara Quill</p>"); got != 2 {
		t.Errorf("%d cards", got)
	}
}

func TestGreeting(t *testing.T) {
	c := content(1)
	if m := render(t, c); strings.Contains(m.HTML, "Hello") || strings.Contains(m.Text, "Hello") {
		t.Error("greeted without a word to follow")
	}
	c.Issue.Intro = "This week the harbour wakes early."
	m := render(t, c)
	for name, want := range map[string]string{"": "Hello,", "Ada": "Hello Ada,", "<b>Zoë\r\nX": "Hello <b>Zoë X,"} {
		reader := newsletter.Recipient{Name: name}
		if text := newsletter.Splice(m.Text, reader.Value); !strings.Contains(text, "\n"+want+"\n") {
			t.Errorf("%q is not greeted %q:\n%s", name, want, text)
		}
		if html := newsletter.Splice(m.HTML, reader.Value); !strings.Contains(html, ">"+escape(want)+"</p>") {
			t.Errorf("%q is not greeted %q", name, want)
		}
	}
}

// TestLanguages: the mail's own words, its direction and its date are those of the
// publication, or of the variant.
func TestLanguages(t *testing.T) {
	for language, want := range map[string][]string{
		"de-AT": {`lang="de" dir="ltr"`, "Mehr erfahren", "Abmelden", "2. März 2026", "3 neue Artikel"},
		"ar":    {`lang="ar" dir="rtl"`, "اقرأ المزيد", "3 مقالات جديدة", "&larr;", "padding-right:16px"},
		"ru":    {"Подробнее", "3 новые статьи"},
		"tlh":   {`lang="en" dir="ltr"`, "Learn More"},
	} {
		c := content(3)
		c.Publication.Language = language
		for _, viaVariant := range []bool{false, true} {
			if viaVariant {
				c.Publication.Language, c.Language = "fr", language
			}
			m := render(t, c)
			for _, s := range want {
				if !strings.Contains(m.HTML, s) {
					t.Errorf("%s: the HTML lacks %s", language, s)
				}
			}
			if m.Language != words.For(language).Tag {
				t.Errorf("%s: Content-Language %s", language, m.Language)
			}
		}
	}
}

func TestLogo(t *testing.T) {
	c := content(1)
	c.Publication.Logo = "https://magazine.example.org/logo.png"
	m := render(t, c)
	if !strings.Contains(m.HTML, `src="https://magazine.example.org/logo.png" alt="The Lantern Post" height="40"`) || strings.Contains(m.HTML, `class="logod"`) {
		t.Error("no logo, or a dark one that nobody set")
	}
	c.Publication.LogoDark = "https://magazine.example.org/logo-dark.png"
	if m := render(t, c); !strings.Contains(m.HTML, `class="logod" src="https://magazine.example.org/logo-dark.png"`) {
		t.Error("no dark logo")
	}
	c.Publication.Logo, c.Publication.LogoDark = "javascript:x", ""
	if m := render(t, c); strings.Contains(m.HTML, "javascript") || !strings.Contains(m.HTML, ">The Lantern Post</a>") {
		t.Error("a logo that is no web address")
	}
}

var matrix = flag.String("matrix", "", "folder to write an issue into for every theme, language and length, ordinary and awkward, for other people's judges")

// TestMatrix writes what the mail checks of .ci/run judge.
func TestMatrix(t *testing.T) {
	if *matrix == "" {
		t.Skip("no -matrix")
	}
	for _, theme := range newsletter.Themes() {
		for _, language := range words.Languages() {
			for _, n := range []int{3, 10, 20} {
				for name, change := range map[string]func(*newsletter.IssueContent){"ordinary": illustrate, "awkward": awkward} {
					c := content(n)
					c.Publication.Theme, c.Publication.Language = theme, language
					c.Issue.Intro, c.Issue.Notice = "This week the harbour wakes early.\nRead on.", "The archive is open to all until Friday."
					change(&c)
					writeMessage(t, fmt.Sprintf("%s/%s-%s-%02d-%s", *matrix, theme, language, n, name), &c)
				}
			}
		}
	}
}

// TestLettersForTheMatrix writes every letter for the same judges, in a language of each
// direction.
func TestLettersForTheMatrix(t *testing.T) {
	if *matrix == "" {
		t.Skip("no -matrix")
	}
	p := content(1).Publication
	for _, language := range []string{"en", "ar"} {
		for _, kind := range newsletter.Letters() {
			m, err := renderer(t).Letter(&p, kind, language, confirmLink)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(fmt.Sprintf("%s/letter-%s-%s.html", *matrix, kind, language), []byte(m.HTML), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// writeMessage writes a mail as a reader gets it, and beside it both of its parts, for
// parsers to find the same in it. The first parser is here.
func writeMessage(t *testing.T, name string, c *newsletter.IssueContent) {
	t.Helper()
	m := render(t, *c)
	r := newsletter.Recipient{Address: "ada@example.org", Name: "Ada Byron", Unsubscribe: "v1.a.u.1smazUo2eMIYpCyf-PvBkg.0.0.LRYOpMFLA_TxCo5IQRL3xg"}
	html, text := newsletter.Splice(m.HTML, r.Value), newsletter.Splice(m.Text, r.Value)
	raw := mime.NewDigest(&c.Publication, &m, m.Issue).Append(nil, &r, time.Now())
	if got := mailtest.Parse(t, "", raw); got.HTML != html || got.Text != text {
		t.Errorf("%s: the message does not hold what was rendered", name)
	}
	for ending, content := range map[string]string{".html": html, ".txt": text, ".eml": string(raw)} {
		if err := os.WriteFile(name+ending, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// illustrate gives the articles categories, and takes some pictures away.
func illustrate(c *newsletter.IssueContent) {
	for i := range c.Articles {
		c.Articles[i].Categories, c.Articles[i].Minutes = []string{[]string{"Food", "Harbour", "Books"}[i%3]}, i
		if i%5 == 2 {
			c.Articles[i].Image = newsletter.Image{}
		}
	}
}

// awkward is what real sites have: words without end, scripts of all kinds, emoji,
// nothing where something should be, and what is no markup.
func awkward(c *newsletter.IssueContent) {
	long := "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
	texts := []string{long + long, "灯笼照亮了港口的街道和房屋", "🏮🏮🏮 👩‍👩‍👧‍👦", "قصة الميناء الطويلة جدا", "<b>No</b> &amp; \"markup\" {{x}}", "https://magazine.example.org/a/very/long/address/that/nobody/can/break/anywhere/at/all?with=a&query=too", "ｆｕｌｌ　ｗｉｄｔｈ"}
	c.Publication.Name, c.Publication.Tagline = long, "灯笼 🏮 "+long
	c.Issue.Intro = strings.Join(texts, "\n")
	for i := range c.Articles {
		a, text := &c.Articles[i], texts[i%len(texts)]
		a.Title, a.Dek, a.Excerpt, a.Categories = text, text+" "+text, strings.Repeat(text+" ", 5), []string{text}
		a.Language = []string{"", "zh", "ar", "de"}[i%4]
		switch i % 4 {
		case 0:
			a.Image = newsletter.Image{URL: "https://magazine.example.org/unknown-size.jpg"}
		case 1:
			a.Image = newsletter.Image{URL: "https://magazine.example.org/tall.jpg", Width: 300, Height: 3000}
		case 2:
			a.Image, a.CommentURL, a.Dek = newsletter.Image{}, "", ""
		}
		key := fmt.Sprint("awkward", i)
		a.Authors = []string{key, "author0"}
		c.Authors[key] = newsletter.Author{Key: key, Found: newsletter.Profile{Name: text, Bio: text}}
	}
}
