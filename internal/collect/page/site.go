package page

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"github.com/masthead-mail/masthead/internal/collect/plain"
)

// Site is what a page tells of the site it belongs to.
type Site struct {
	Name     string
	Tagline  string
	Language string
	Feeds    []string // best first
	API      string   // root of the WordPress REST API, if this page is the home of it
	Ghost    string   // root of the Ghost Content API with its key, if this page is the home of it
}

// Site looks for what the page tells of its site. header is the answer's.
func (p *Page) Site(header http.Header) Site {
	return Site{
		Name: p.siteName(), Tagline: p.tagline(), Language: p.language(),
		Feeds: p.feeds(), API: p.api(header), Ghost: p.ghost(),
	}
}

func (p *Page) siteName() string {
	for _, n := range p.data {
		if n.is("WebSite") || n.is("NewsMediaOrganization") {
			if name := plain.Line(n.text("name")); name != "" {
				return name
			}
		}
	}
	if name := plain.Line(p.meta("og:site_name", "application-name")); name != "" {
		return name
	}
	if name := line(p.marked.FilterMatcher(css(".site-title, .site-name, .wp-block-site-title")).First()); name != "" {
		return name
	}
	title, _ := cutTitle(line(p.marked.FilterMatcher(css("head title")).First()))
	return title
}

func (p *Page) tagline() string {
	for _, n := range p.data {
		if n.is("WebSite") {
			if tagline := plain.Line(n.text("description")); tagline != "" {
				return tagline
			}
		}
	}
	if tagline := line(p.marked.FilterMatcher(css(".site-description, .site-tagline, .wp-block-site-tagline")).First()); tagline != "" {
		return tagline
	}
	if !home(p.URL) {
		return ""
	}
	return plain.Cut(plain.Line(p.meta("og:description", "description")), 160)
}

// separators stand between a page's title and its site's name.
var separators = regexp.MustCompile(`\s+[|–—·»•:-]\s+`)

// cutTitle takes "Title | Site" apart at the first separator.
func cutTitle(title string) (head, tail string) {
	at := separators.FindStringIndex(title)
	if at == nil {
		return title, ""
	}
	return title[:at[0]], title[at[1]:]
}

func (p *Page) language() string {
	tag := cmp.Or(p.attr("html[lang]", "lang"), p.meta("og:locale", "language", "inlanguage"))
	tag = strings.ReplaceAll(strings.TrimSpace(tag), "_", "-")
	if !languageTag.MatchString(tag) {
		return ""
	}
	return tag
}

var languageTag = regexp.MustCompile(`^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8}){0,3}$`)

// feeds lists the feeds that the page advertises. Those of comments are none of a
// magazine's; the one that lies deepest below the page's own path is meant, so that a
// category's page gives the category's feed.
func (p *Page) feeds() []string {
	var own, others []string
	p.marked.FilterMatcher(css(`link[rel~="alternate"][href], link[rel~="feed"][href], a[rel~="alternate"][type][href]`)).Each(func(_ int, s *goquery.Selection) {
		link := p.link(s.AttrOr("href", ""))
		if link == "" || !feedType(s) || aboutComments(s.AttrOr("title", ""), link) {
			return
		}
		if path := pathOf(p.URL); len(path) > 1 && strings.HasPrefix(pathOf(link), strings.TrimRight(path, "/")+"/") {
			own = append(own, link)
		} else {
			others = append(others, link)
		}
	})
	return append(own, others...)
}

func feedType(s *goquery.Selection) bool {
	kind, _, _ := strings.Cut(strings.ToLower(s.AttrOr("type", "")), ";")
	switch strings.TrimSpace(kind) {
	case "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "text/xml", "application/xml", "application/rss", "application/atom":
		return true
	case "application/json": // WordPress advertises its API so; JSON Feed 1.0 did as well
		return strings.Contains(s.AttrOr("href", ""), "feed")
	case "":
		return s.IsMatcher(css(`link[rel~="feed"]`))
	}
	return false
}

func aboutComments(title, link string) bool {
	title = strings.ToLower(title)
	return strings.Contains(link, "/comments/") || strings.Contains(title, "comment") || strings.Contains(title, "kommentar") || strings.Contains(title, "commentaires")
}

func pathOf(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return u.Path
}

var linkHeader = regexp.MustCompile(`<([^>]*)>\s*;[^,]*rel="?https://api\.w\.org/"?`)

// api finds the root of the site's WordPress REST API (WordPress REST API Handbook,
// Discovery). It serves the whole site, so it counts on the home page only.
func (p *Page) api(header http.Header) string {
	root := p.link(p.attr(`link[rel="https://api.w.org/"]`, "href"))
	for _, value := range header.Values("Link") {
		if m := linkHeader.FindStringSubmatch(value); m != nil && root == "" {
			root = p.link(m[1])
		}
	}
	front, _, _ := strings.Cut(root, "wp-json")
	if root == "" || strings.Trim(pathOf(front), "/") != strings.Trim(pathOf(p.URL), "/") || strings.Contains(p.URL, "?") {
		return ""
	}
	return root
}

// ghost finds the Content API of a Ghost site by what its own scripts (portal, search)
// are told: the site's address and a key that anybody may use.
func (p *Page) ghost() string {
	found := ""
	p.marked.FilterMatcher(css("script[data-key]")).EachWithBreak(func(_ int, s *goquery.Selection) bool {
		home := p.link(cmp.Or(s.AttrOr("data-ghost", ""), s.AttrOr("data-sodo-search", "")))
		key := s.AttrOr("data-key", "")
		if home == "" || !ghostKey.MatchString(key) || strings.Trim(pathOf(home), "/") != strings.Trim(pathOf(p.URL), "/") || host(home) != host(p.URL) {
			return true
		}
		found = plain.Link(strings.TrimRight(home, "/")+"/", "ghost/api/content/?key="+key)
		return found == ""
	})
	return found
}

var ghostKey = regexp.MustCompile(`^[0-9a-f]{16,64}$`)

// GuessFeeds are the places where sites that advertise no feed keep it all the same.
func (p *Page) GuessFeeds() []string {
	var list []string
	for _, path := range []string{"feed/", "rss.xml", "atom.xml", "index.xml", "feed.xml", "feed.json"} {
		if link := plain.Link(p.URL, path); link != "" {
			list = append(list, link)
		}
	}
	return list
}

// Links lists the articles that a page without a feed links to: links in headings and
// in articles' titles, on the same host, each once, in the order of the page.
func (p *Page) Links() []Link {
	var list []Link
	seen := map[string]bool{p.URL: true}
	p.doc.FindMatcher(css("h1 a[href], h2 a[href], h3 a[href], h4 a[href], article a[href], main li a[href], a[href]:has(h2), a[href]:has(h3), a[href]:has(h4), .entry-title a[href], a[rel~=bookmark][href]")).Each(func(_ int, s *goquery.Selection) {
		link, title := p.link(s.AttrOr("href", "")), line(s)
		if heading := s.FindMatcher(css("h1, h2, h3, h4")).First(); heading.Length() > 0 { // a whole card is the link
			title = line(heading)
		}
		link, _, _ = strings.Cut(link, "#")
		if link == "" || title == "" || seen[link] || host(link) != host(p.URL) || home(link) || aside(s) || notArticle.MatchString(pathOf(link)) {
			return
		}
		seen[link] = true
		if !invitation.MatchString(title) {
			list = append(list, Link{URL: link, Title: plain.Line(title)})
		}
	})
	return list
}

// Link is a link to an article.
type Link struct{ URL, Title string }

var (
	notArticle = regexp.MustCompile(`(?i)/(author|authors|tag|tags|category|categories|page|login|wp-login|wp-admin|about|contact|privacy|imprint|impressum|search|feed|shop|cart)(/|\.|$)`)
	invitation = regexp.MustCompile(`(?i)^(read|learn|see) more\b|^continue reading|^\d+ comments?$|^leave a (comment|reply)`)
)

// aside tells whether a thing stands outside what the page is about.
func aside(s *goquery.Selection) bool {
	return s.ClosestMatcher(css(`nav, footer, aside, [role="navigation"], #comments, .comments-area, .comment-list, .related, .related-posts, .sidebar, .widget, .jp-relatedposts, .post-navigation`)).Length() > 0
}
