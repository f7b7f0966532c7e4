package render

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna" // a link must name its host as DNS knows it

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/words"
)

// The longest texts that a digest shows, in characters. A feed may carry whole
// articles where an excerpt belongs.
const (
	maxTitle   = 200
	maxDek     = 240
	maxExcerpt = 420
	maxBio     = 420
	maxRow     = 160 // excerpt of a row
	maxEntry   = 90
	maxAuthors = 6
)

// Widths of the pictures in CSS pixels: the lead runs to the card's edges.
const (
	leadWidth    = 600
	articleWidth = 536
	rowWidth     = 120
)

// digest is what the templates of an Issue see.
type digest struct {
	Look                       *look
	Lang, Dir, Start, End      string
	Subject, Preheader         string
	Notice, Hello, Intro       string
	Site, SiteURL, Tagline     string
	Logo, LogoDark             string
	Headline, Date             string
	Accent, AccentDark         string
	InThisIssue                string
	Contents                   []*entry
	Articles                   []*article
	IntroHTML                  string   // the intro, laid out
	Blocks                     []string // the articles, laid out
	More, MoreURL              string
	Reason, PostalAddress      string
	UnsubURL, ViewURL, JoinURL string
	Unsubscribe, ReadOnTheWeb  string
	PrefsURL, Preferences      string
	Forwarded, Subscribe       string
}

// entry is a line of the table of contents. It leads to the article on the web:
// links within a mail work in few clients (https://www.caniemail.com/features/html-anchor-links/).
type entry struct{ Title, URL string }

type article struct {
	Look                        *look
	Lead, Row, Ruled            bool
	Sub                         bool   // its title is a heading below the section's
	Lang, Dir, Start            string // the article's own
	MailLang, Accent            string // the mail's
	Section                     string // begins with this article
	URL, Kicker, Title          string
	Dek, Excerpt                string
	Image                       *image
	LearnMore, LearnMoreOf      string
	ReplyURL, Reply, ReplyLabel string
	No, ReplyNo                 string // of the links in the plain text
	Authors                     []*author
}

type image struct {
	URL, Alt, Width, Height string // Height empty: unknown
}

type author struct {
	Name, Initials, Bio, URL, Photo string
	LearnMoreAbout, No              string
}

func newDigest(c *newsletter.IssueContent, shown int, m marks) *digest {
	p, w := &c.Publication, words.For(cmp.Or(c.Language, c.Publication.Language))
	start, end, dir := sides(w.Tag)
	light, dark := Accents(p.Accent)
	d := &digest{
		Look: lookOf(p.Theme), Lang: w.Tag, Dir: dir, Start: start, End: end,
		Subject: newsletter.Line(c.Issue.Subject), Preheader: newsletter.Line(c.Issue.Preheader),
		Notice: strings.TrimSpace(c.Issue.Notice), Intro: strings.TrimSpace(c.Issue.Intro), Hello: w.Say("hello", "name", m.name),
		Site: p.Name, SiteURL: link(p.Site), Tagline: newsletter.Line(p.Tagline), Logo: link(p.Logo), LogoDark: link(p.LogoDark),
		Headline: w.Count("newArticles", len(c.Articles)+len(c.Issue.Rest)), Date: w.Date(c.Issue.FireAt.In(p.Location())),
		Accent: light, AccentDark: dark, InThisIssue: w.Say("inThisIssue"),
		Reason: w.Say("because", "site", p.Name), PostalAddress: newsletter.Line(p.PostalAddress),
		UnsubURL: p.UnsubscribeURL(m.unsubscribe), ViewURL: p.IssueURL(c.Issue.ID), JoinURL: p.BaseURL + newsletter.SubscribePath,
		PrefsURL: p.PreferencesURL(m.preferences), Preferences: w.Say("preferences"),
		Unsubscribe: w.Say("unsubscribe"), ReadOnTheWeb: w.Say("readOnTheWeb"), Forwarded: w.Say("forwarded"), Subscribe: w.Say("subscribe"),
	}
	d.addArticles(c, shown, w)
	if more := len(c.Issue.Rest) + len(c.Articles) - shown; more > 0 {
		d.More, d.MoreURL = w.Count("andMore", more), cmp.Or(d.SiteURL, d.ViewURL)
	}
	return d
}

// addArticles lays the articles out in their sections, and numbers their links.
func (d *digest) addArticles(c *newsletter.IssueContent, shown int, w *words.Words) {
	order, names := sections(c.Articles[:shown], w.Say("alsoInThisIssue"))
	introduced, links := map[string]bool{}, 0
	for at, i := range order {
		a := d.newArticle(&c.Articles[i], at, w)
		if a.Section = names[i]; len(names) > 0 && at > 0 {
			a.Sub, a.Kicker = true, readingTime(&c.Articles[i], w) // the section says the rest
		}
		a.Ruled = at > 0 && a.Section == ""
		a.addAuthors(&c.Articles[i], c.Authors, introduced, w)
		links = a.number(links)
		d.Articles = append(d.Articles, a)
		if shown >= contentsFrom && at > 0 {
			d.Contents = append(d.Contents, &entry{newsletter.Shorten(a.Title, maxEntry), a.URL})
		}
	}
}

func (d *digest) newArticle(a *newsletter.Article, at int, w *words.Words) *article {
	lang := cmp.Or(a.Language, d.Lang)
	v := &article{
		Look: d.Look, Lead: at == 0, Row: at > 0 && (d.Look.Rows || at >= rowsAfter), Lang: lang, MailLang: d.Lang, Accent: d.Accent,
		URL: link(a.URL), Title: newsletter.Shorten(newsletter.Line(a.Title), maxTitle), Kicker: kicker(a, w),
		Dek: newsletter.Shorten(newsletter.Line(a.Dek), maxDek), Excerpt: newsletter.Shorten(newsletter.Line(a.Excerpt), maxExcerpt),
		LearnMore: w.Say("learnMore"),
	}
	v.Start, _, v.Dir = sides(lang)
	v.Dek, v.Excerpt = withoutRepeats(v.Title, v.Dek, v.Excerpt)
	v.LearnMoreOf = w.Say("learnMoreOf", "title", v.Title)
	v.Image = newImage(a, v)
	if v.Row && v.Dek != "" {
		v.Excerpt = ""
	} else if v.Row {
		v.Excerpt = newsletter.Shorten(v.Excerpt, maxRow)
	}
	if reply := link(a.CommentURL); reply != "" {
		v.ReplyURL, v.Reply = reply, w.Say("reply")
		if a.Comments > 0 {
			v.Reply = w.Say("replyCount", "n", strconv.Itoa(a.Comments))
		}
		v.ReplyLabel = w.Say("replyTo", "reply", v.Reply, "title", v.Title) // begins with the visible words (WCAG 2.2, 2.5.3)
	}
	return v
}

// addAuthors gives each author a card. Who has had one in this mail gets a short one.
func (v *article) addAuthors(a *newsletter.Article, known map[string]newsletter.Author, introduced map[string]bool, w *words.Words) {
	for _, key := range a.Authors[:min(len(a.Authors), maxAuthors)] {
		found := known[key]
		by := newAuthor(found.Profile(), w)
		if by.Name == "" {
			continue
		}
		if introduced[key] {
			by.Bio = ""
		}
		introduced[key] = true
		v.Authors = append(v.Authors, by)
	}
}

// number counts the links of the plain text on from n.
func (v *article) number(n int) int {
	next := func() string { n++; return strconv.Itoa(n) }
	v.No = next()
	if v.ReplyURL != "" {
		v.ReplyNo = next()
	}
	for _, by := range v.Authors {
		if by.URL != "" {
			by.No = next()
		}
	}
	return n
}

// withoutRepeats drops what a site says twice.
func withoutRepeats(title, dek, excerpt string) (string, string) {
	if dek == title {
		dek = ""
	}
	switch {
	case excerpt == dek || excerpt == title:
		excerpt = ""
	case strings.HasPrefix(excerpt, dek):
		dek = ""
	}
	return dek, excerpt
}

func newAuthor(p newsletter.Profile, w *words.Words) *author {
	name := newsletter.Line(p.Name)
	return &author{Name: name, Initials: p.Initials(), Bio: newsletter.Shorten(newsletter.Line(p.Bio), maxBio), URL: link(p.URL), Photo: link(p.Photo),
		LearnMoreAbout: w.Say("learnMoreAbout", "name", name)}
}

// newImage scales the picture to its place. Where its size is unknown the mail
// gives none, so that nothing is distorted. A row has a small one, in the theme of
// rows only.
func newImage(a *newsletter.Article, v *article) *image {
	src := link(a.Image.URL)
	if src == "" || v.Row && !v.Look.Rows {
		return nil
	}
	width := articleWidth
	switch {
	case v.Lead:
		width = leadWidth
	case v.Row:
		width = rowWidth
	}
	img := &image{URL: src, Alt: newsletter.Line(cmp.Or(a.Image.Alt, a.Title)), Width: strconv.Itoa(width)}
	if a.Image.Width > 0 && a.Image.Height > 0 {
		img.Height = strconv.Itoa(max(1, a.Image.Height*width/a.Image.Width))
	}
	return img
}

// link lets only web addresses through: what a feed calls a link may be
// anything.
func link(s string) string {
	if ordinary(s) {
		return s
	}
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	if host, err := idna.Lookup.ToASCII(u.Hostname()); err == nil {
		u.Host = strings.Replace(u.Host, u.Hostname(), host, 1)
	}
	return quotes.Replace(u.String())
}

// ordinary tells a web address that needs no parsing: its host is there, and it
// consists of characters that mean the same everywhere.
func ordinary(s string) bool {
	rest, secure := strings.CutPrefix(s, "https://")
	if !secure {
		rest, _ = strings.CutPrefix(s, "http://")
	}
	if rest == s || rest == "" || strings.ContainsRune("/?#", rune(rest[0])) {
		return false
	}
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c == '/', c == '-', c == '.', c == '_', c == '=', c == '?', c == '&', c == '#':
		default:
			return false
		}
	}
	return true
}

// quotes may stand in an address, but some clients cut links at them.
var quotes = strings.NewReplacer("'", "%27", "(", "%28", ")", "%29")
