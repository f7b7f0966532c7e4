package page

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/collect/plain"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// bylines are where themes write who wrote the article, surest first.
var bylines = []string{
	`[itemprop="author"] [itemprop="name"], [itemprop="author"][itemscope] a`,
	`.byline a[rel~="author"], .entry-meta a[rel~="author"], .post-meta a[rel~="author"], header a[rel~="author"], .author.vcard a`,
	`.byline .fn, .byline .author-name, .byline a[href*="/author"], .byline a[href*="/contributor"], .entry-author-name, .p-author`,
	`a[rel~="author"], .meta-author a, .td-post-author-name a, .tdb-author-name, .jeg_meta_author a`,
	`.author-name, .post-author-name, .article-author, .post-author, .entry-author, .wp-block-post-author__name, .wp-block-post-author-name`,
	`.byline, [class*="byline"], [class*="Byline"]`,
	`[itemprop="author"], address.author, .author-link, .authorname, .article__author, .author__name`,
	`article .author, header .author, .meta .author, .author`,
	`article > header a[href*="/author/"], .entry-header a[href*="/author/"], .post-header a[href*="/author/"]`,
}

// byline lists the authors: what the data says, else the meta elements, else the
// page. Links to the authors' pages are added from the page.
func (p *Page) byline(n node) []found.Author {
	shown := p.shownByline()
	list := p.dataAuthors(n)
	if len(list) == 0 {
		list = p.metaAuthors(false)
	}
	if len(list) == 0 {
		return shown
	}
	for i := range list {
		for _, other := range shown {
			if list[i].Same(other) {
				list[i].Merge(other)
			}
		}
	}
	return list
}

// dataAuthors reads the article's author property. The publisher is no author.
func (p *Page) dataAuthors(n node) []found.Author {
	var list []found.Author
	for _, person := range p.resolve(n["author"]) {
		names := plain.Names(person.text("name"))
		for _, name := range names {
			if person.is("Organization") && strings.EqualFold(name, p.siteName()) {
				continue
			}
			a := found.Author{}
			if len(names) == 1 {
				a = p.person(person, name)
			}
			a.Name = name
			list = add(list, a)
		}
	}
	return list
}

// person reads a schema.org Person.
func (p *Page) person(n node, name string) found.Author {
	a := found.Author{Page: p.authorPage(n)}
	bio := plain.ReadBio(n.text("description"), p.base, name)
	a.Bio, a.BioHTML = bio.Text, bio.HTML
	if bio.Text != "" {
		a.BioFrom = "json-ld"
	}
	for _, image := range p.resolve(n["image"]) {
		a.Photo = cmp.Or(a.Photo, p.link(cmp.Or(image.text("url"), image.text("contentUrl"), image.text("name"))))
	}
	a.URL = cmp.Or(bio.More, a.Page, p.elsewhere(n.text("url")), p.link(n.text("sameAs")))
	return a
}

// elsewhere is a link to another host.
func (p *Page) elsewhere(ref string) string {
	if link := p.link(ref); host(link) != host(p.URL) {
		return link
	}
	return ""
}

// authorPage is the author's page on the site itself; an address elsewhere is where
// to learn more, and no page that tells authors apart.
func (p *Page) authorPage(n node) string {
	for _, name := range []string{"url", "@id", "mainEntityOfPage"} {
		link := p.link(n.text(name))
		if link != "" && host(link) == host(p.URL) && !home(link) && !strings.Contains(link, "#") {
			return link
		}
	}
	return ""
}

// Publisher is the site itself, where the page says that it wrote the article: nobody's
// byline in a digest, which has the magazine's name on it already.
func (p *Page) Publisher() []found.Author {
	if list := p.metaAuthors(true); len(list) > 0 {
		return list
	}
	for _, org := range p.resolve(p.articleNode()["author"]) {
		if name := plain.Line(org.text("name")); org.is("Organization") && name != "" {
			return []found.Author{{Profile: newsletter.Profile{Name: name}}}
		}
	}
	return nil
}

// metaAuthors reads the meta elements; the site itself is none unless asked for.
func (p *Page) metaAuthors(site bool) []found.Author {
	var list []found.Author
	for _, key := range []string{"dc:creator", "dcterm:creator", "dcterms.creator", "dc.creator", "author", "article:author", "og:article:author", "parsely-author", "byl", "sailthru.author", "twitter:data1"} {
		if key == "twitter:data1" && !strings.Contains(strings.ToLower(p.meta("twitter:label1")), "written") {
			continue
		}
		for _, value := range p.metas[key] {
			for _, name := range plain.Names(value) {
				if site || !strings.EqualFold(name, p.siteName()) {
					a := found.Author{}
					a.Name = name
					list = add(list, a)
				}
			}
		}
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

// shownByline reads the byline from the page.
func (p *Page) shownByline() []found.Author {
	for _, selector := range bylines {
		var list []found.Author
		together(few(p.people.FilterMatcher(css(selector))).FilterFunction(func(_ int, s *goquery.Selection) bool {
			return (!aside(s) || ownAside(s)) && s.ClosestMatcher(css(".comment, #comments")).Length() == 0 && s.FindMatcher(css(selector)).Length() == 0 && line(s) != ""
		})).Each(func(_ int, s *goquery.Selection) {
			list = p.signed(list, s)
		})
		if len(list) > mostAuthors { // the page lists other articles, too
			return list[:1]
		}
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

// ownAside tells whether s names the author in an aside of the article itself.
func ownAside(s *goquery.Selection) bool {
	return s.ClosestMatcher(css(`[itemprop="author"]`)).Length() > 0 && s.ClosestMatcher(css("aside")).ClosestMatcher(css("article")).Length() > 0
}

// together keeps what stands close to the first of several: one byline, not those of
// other articles further down.
func together(all *goquery.Selection) *goquery.Selection {
	around := all.First().Parent()
	if outer := around.Parent(); !outer.IsMatcher(css("body, main, article, html")) {
		around = outer
	}
	apart := false
	return all.FilterFunction(func(i int, s *goquery.Selection) bool {
		apart = apart || i > 0 && s.PrevUntilNodes(all.Nodes...).FilterMatcher(css("p, h1, h2, h3, blockquote")).Length() > 0
		return !apart && len(around.Nodes) > 0 && around.Contains(s.Get(0))
	})
}

// signed adds the names in s: those of its links where they are names, else those of
// its text.
func (p *Page) signed(list []found.Author, s *goquery.Selection) []found.Author {
	linked := len(list)
	s.FindMatcher(css("a[href]")).Each(func(_ int, a *goquery.Selection) {
		names := plain.Names(a.Text())
		if len(names) == 1 && (a.IsMatcher(css("[rel~=author]")) || authorPath.MatchString(pathOf(p.pageLink(a)))) {
			list = p.sign(list, a, names)
		}
	})
	if len(list) > linked {
		return list
	}
	return p.sign(list, s, plain.Names(spaced(s)))
}

// authorPath is where sites keep the pages of their authors.
var authorPath = regexp.MustCompile(`(?i)/(authors?|contributors?|people|persons?|staff|writers?|profiles?|by|team|users?|columnists?|reporters?|journalists?|autor(en|es|e)?|auteurs?|@[^/]+)(/|$)`)

func (p *Page) sign(list []found.Author, s *goquery.Selection, names []string) []found.Author {
	for _, name := range names {
		a := found.Author{}
		if a.Name = name; len(names) == 1 {
			a.Page = p.pageLink(s)
			a.URL = a.Page
		}
		list = add(list, a)
	}
	return list
}

// spaced is the text of s with a space between its elements, without times.
func spaced(s *goquery.Selection) string {
	var words []string
	for n := range s.Get(0).Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "time" && n.Parent.Data != "script" && n.Parent.Data != "style" && !forScreenReaders(n.Parent) {
			words = append(words, n.Data)
		}
	}
	return plain.Literal(strings.Join(words, " "))
}

// forScreenReaders tells whether n is a label that nobody sees.
func forScreenReaders(n *html.Node) bool {
	for _, a := range n.Attr {
		if a.Key == "class" && strings.Contains(a.Val, "screen-reader") {
			return true
		}
	}
	return false
}

// mostAuthors is how many people sign one article.
const mostAuthors = 5

// pageLink is where an author's name links to on the same site.
func (p *Page) pageLink(s *goquery.Selection) string {
	anchor := s
	if !s.IsMatcher(css("a[href]")) {
		anchor = s.FindMatcher(css("a[href]")).FilterFunction(func(_ int, a *goquery.Selection) bool {
			return strings.Contains(line(s), line(a)) && strings.Contains(line(a), " ") || authorPath.MatchString(pathOf(a.AttrOr("href", "")))
		}).First()
	}
	if anchor.Length() == 0 {
		anchor = s.ClosestMatcher(css("a[href]"))
	}
	link := p.link(anchor.AttrOr("href", ""))
	if host(link) != host(p.URL) || home(link) {
		return ""
	}
	return link
}

func add(list []found.Author, a found.Author) []found.Author {
	for i := range list {
		if list[i].Same(a) {
			list[i].Merge(a)
			return list
		}
	}
	return append(list, a)
}
