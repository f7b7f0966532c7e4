package render

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna" // a link must name its host as DNS knows it

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// The longest texts that a digest shows, in characters. A feed may carry whole
// articles where an excerpt belongs.
const (
	maxTitle   = 200
	maxDek     = 240
	maxExcerpt = 420
	maxBio     = 420
	maxAuthors = 6
)

// Widths of the pictures in CSS pixels: the lead runs to the card's edges.
const (
	leadWidth    = 600
	articleWidth = 536
)

// digest is what the templates of an Issue see.
type digest struct {
	Lang, Dir, Start, End      string
	Subject, Preheader, Intro  string
	Site, SiteURL, Tagline     string
	Headline, Date             string
	Accent, AccentDark         string
	Articles                   []*article
	Blocks                     []string // the articles, laid out
	More, MoreURL              string
	Reason, PostalAddress      string
	UnsubURL, ViewURL, JoinURL string
}

type article struct {
	Lang, Dir, Start            string // the article's own
	MailLang, Accent            string // the mail's
	Lead                        bool
	URL, Kicker, Title          string
	Dek, Excerpt                string
	Image                       *image
	ReplyURL, Reply, ReplyLabel string
	Authors                     []*author
}

type image struct {
	URL, Alt, Width, Height string // Height empty: unknown
}

type author struct {
	Name, Initials, Bio, URL, Photo string
}

func newDigest(c *newsletter.IssueContent, shown int, m marks) *digest {
	p := &c.Publication
	start, end, dir := sides(language)
	light, dark := Accents(p.Accent)
	d := &digest{
		Lang: language, Dir: dir, Start: start, End: end,
		Subject: newsletter.Line(c.Issue.Subject), Preheader: newsletter.Line(c.Issue.Preheader), Intro: strings.TrimSpace(c.Issue.Intro),
		Site: p.Name, SiteURL: link(p.Site), Tagline: newsletter.Line(p.Tagline),
		Headline: newArticles(len(c.Articles) + len(c.Issue.Rest)), Date: longDate(c.Issue.FireAt.In(p.Location())),
		Accent: light, AccentDark: dark,
		Reason: becauseSubscribed(p.Name), PostalAddress: newsletter.Line(p.PostalAddress),
		UnsubURL: p.UnsubscribeURL(m.unsubscribe), ViewURL: p.IssueURL(c.Issue.ID), JoinURL: p.BaseURL + newsletter.SubscribePath,
	}
	for i := range c.Articles[:shown] {
		d.Articles = append(d.Articles, newArticle(&c.Articles[i], c, i == 0, light))
	}
	if more := len(c.Issue.Rest) + len(c.Articles) - shown; more > 0 {
		d.More, d.MoreURL = andMore(more), cmp.Or(d.SiteURL, d.ViewURL)
	}
	return d
}

func newArticle(a *newsletter.Article, c *newsletter.IssueContent, lead bool, accent string) *article {
	lang := cmp.Or(a.Language, c.Publication.Language, language)
	v := &article{
		Lead: lead, Lang: lang, MailLang: language, Accent: accent, URL: link(a.URL), Title: newsletter.Shorten(newsletter.Line(a.Title), maxTitle),
		Dek: newsletter.Shorten(newsletter.Line(a.Dek), maxDek), Excerpt: newsletter.Shorten(newsletter.Line(a.Excerpt), maxExcerpt), Image: newImage(a, lead),
	}
	v.Start, _, v.Dir = sides(lang)
	if len(a.Categories) > 0 {
		v.Kicker = newsletter.Line(a.Categories[0])
	}
	v.Dek, v.Excerpt = withoutRepeats(v.Title, v.Dek, v.Excerpt)
	if reply := link(a.CommentURL); reply != "" {
		v.ReplyURL, v.Reply, v.ReplyLabel = reply, leaveReply(a.Comments), leaveReplyTo(a.Comments, v.Title)
	}
	for _, key := range a.Authors[:min(len(a.Authors), maxAuthors)] {
		found := c.Authors[key]
		if author := newAuthor(found.Profile()); author.Name != "" {
			v.Authors = append(v.Authors, author)
		}
	}
	return v
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

func newAuthor(p newsletter.Profile) *author {
	return &author{Name: newsletter.Line(p.Name), Initials: p.Initials(), Bio: newsletter.Shorten(newsletter.Line(p.Bio), maxBio), URL: link(p.URL), Photo: link(p.Photo)}
}

// newImage scales the picture to its place. Where its size is unknown the mail
// gives none, so that nothing is distorted.
func newImage(a *newsletter.Article, lead bool) *image {
	src := link(a.Image.URL)
	if src == "" {
		return nil
	}
	width := articleWidth
	if lead {
		width = leadWidth
	}
	v := &image{URL: src, Alt: newsletter.Line(cmp.Or(a.Image.Alt, a.Title)), Width: strconv.Itoa(width)}
	if a.Image.Width > 0 && a.Image.Height > 0 {
		v.Height = strconv.Itoa(max(1, a.Image.Height*width/a.Image.Width))
	}
	return v
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
