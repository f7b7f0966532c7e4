package page

import (
	"cmp"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"

	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/collect/plain"
)

// bios are where themes and plugins put the words of a bio.
const bios = `.author-bio .author-description, .author-description, .wp-block-post-author-biography, .wp-block-post-author__bio, .saboxplugin-desc, .m-a-box-bio, ` +
	`.pp-author-boxes-description, .td-author-description, .tdb-author-descr, .ubio, .jeg_author_desc, .ast-author-bio, .abh_description, .elementor-author-box__bio, .mh-author-box, ` +
	`.author-bio-content, .entry-author-description, .contributor-bio, .author-bio, .author__bio, .author_bio, .authorbio, .author-box-content, .author-box__bio, ` +
	`.author-info__bio, .author-desc, .post-author-bio, .post-author-description, .byline-bio, .bio-text, .h-card .p-note, .author-box, .author-info, .about-author, ` +
	`.post-author-box, .author-card, .vcard, #author-bio, #author-info, #about-author, [itemprop="author"] [itemprop="description"]`

// boxes are what is around a bio: the person's name, photo and link.
const boxes = `.author-box, .author-bio, .author-info, .author-card, .about-author, .saboxplugin-wrap, .m-a-box, .pp-multiple-authors-boxes-li, .td-author-box-wrap, .tdb_single_author_box, .ubox, .author-box-wrap, ` +
	`.jeg_authorbox, .abh_box, .elementor-author-box, .mh-author-box, .wp-block-post-author, .entry-author, .post-author-box, .post-author, .contributor, .contributor-bio, .h-card, .vcard, .ast-single-author-box, ` +
	`#author-bio, #author-info, #about-author, [itemprop="author"], [class*="author-box"], [class*="authorbox"], [class*="author-bio"], [class*="about-author"]`

const boxNames = `.fn, .p-name, [itemprop="name"], .author-name, .author__name, .author-title, .saboxplugin-authorname, .m-a-box-name, .m-a-box-title, .pp-author-boxes-name, .td-author-name, .tdb-author-name, .nice-name, ` +
	`.jeg_author_name, .abh_name, .elementor-author-box__name, .wp-block-post-author__name, .author-heading, .contributor-name, a[rel~="author"], h2, h3, h4, h5, strong.name, a[href*="/author/"]`

// addBoxes gives the authors of an article the bios of the boxes on its page. A box
// whose name is nobody's of the byline is not used; where there is no byline the boxes
// are one.
func (p *Page) addBoxes(a *found.Article) {
	list := p.boxes()
	if len(a.Byline) == 0 {
		for _, box := range list {
			if box.Name != "" && box.Bio != "" {
				a.Byline = append(a.Byline, box)
			}
		}
		return
	}
	defer func() { p.addNearby(a.Byline) }()
	lone := len(list) == 1 && len(a.Byline) == 1
	for _, box := range append(list, p.headed()...) {
		a.Others = append(a.Others, box)
		for i := range a.Byline {
			if author := &a.Byline[i]; lone && box.Name == "" || author.Same(box) {
				enrich(author, box)
				break
			}
		}
	}
}

// headed reads what stands under a heading that is a name, as page builders make
// boxes of their own. It is a bio only if the byline has that name.
func (p *Page) headed() []found.Author {
	var list []found.Author
	few(p.marked.FilterMatcher(css(headings))).Each(func(_ int, s *goquery.Selection) {
		names := plain.Names(about.ReplaceAllString(line(s), ""))
		if len(names) != 1 || s.ClosestMatcher(css(outside)).Length() > 0 {
			return
		}
		around := climb(s, "p")
		if around.Length() == 0 {
			return
		}
		a := p.underName(names[0], outer(around.FindMatcher(css("p"))), around)
		if pictured := climb(s, "img"); pictured.FindMatcher(css("img")).Length() == 1 {
			a.Photo = p.link(picture(pictured.FindMatcher(css("img"))))
		}
		if a.Bio != "" {
			list = add(list, a)
		}
	})
	return list
}

// climb finds the nearest element around a heading that holds what is looked for, and
// no other heading.
func climb(heading *goquery.Selection, what string) *goquery.Selection {
	around := heading.Parent()
	for range maxClimb {
		if around.Length() == 0 || around.IsMatcher(css("article, main, body, header")) || large(around) || around.FindMatcher(css(headings)).Length() > 1 {
			break
		}
		if around.FindMatcher(css(what)).Length() > 0 {
			return around
		}
		around = around.Parent()
	}
	return around.Slice(0, 0)
}

const headings = "h2, h3, h4, h5, h6"

// longestHeaded is in characters; what is longer is an article about the person.
const longestHeaded = 900

func (p *Page) underName(name, html string, around *goquery.Selection) found.Author {
	bio := plain.ReadBio(html, p.base, name)
	if utf8.RuneCountInString(bio.Text) > longestHeaded {
		return found.Author{}
	}
	a := found.Author{BioFrom: "box"}
	around.FindMatcher(css("a[href]")).EachWithBreak(func(_ int, s *goquery.Selection) bool {
		if strings.EqualFold(line(s), name) {
			a.Page = p.pageLink(s)
		}
		return a.Page == ""
	})
	a.Name, a.Bio, a.BioHTML = name, bio.Text, bio.HTML
	a.URL = cmp.Or(bio.More, p.more(around), a.Page)
	return a
}

// outside is where no author of the article is told of.
const outside = ".comment, #comments, .comment-list, nav, footer.site-footer"

// enrich merges a box into an author. Where both tell the same bio, the box has it
// with its links.
func enrich(author *found.Author, box found.Author) {
	if author.Bio != "" && box.Bio != "" && plain.Repeats(author.Bio, box.Bio) {
		author.Bio, author.BioHTML = box.Bio, box.BioHTML
	}
	author.Merge(box)
}

// boxes reads the author boxes of the page, each author's once.
func (p *Page) boxes() []found.Author {
	var list []found.Author
	few(p.people.FilterMatcher(css(bios))).Each(func(_ int, s *goquery.Selection) {
		if s.ClosestMatcher(css(outside)).Length() > 0 || s.IsMatcher(css("a, span, time, img")) || len(list) > 12 || large(s) {
			return
		}
		if box := p.box(s); box.Bio != "" || box.Name != "" && box.Photo != "" {
			list = add(list, box)
		}
	})
	return list
}

// maxClimb is how many boxes around a bio are looked at.
const maxClimb = 4

// largestBox is how many elements and texts an author box has at most; what has more is
// a part of the page.
const largestBox = 400

func large(s *goquery.Selection) bool {
	size := 0
	for range s.Get(0).Descendants() {
		if size++; size > largestBox {
			return true
		}
	}
	return false
}

// box reads one author box from where its bio stands.
func (p *Page) box(bio *goquery.Selection) found.Author {
	around := bio
	for range maxClimb {
		outer := around.Parent().ClosestMatcher(css(boxes))
		if outer.Length() == 0 || outer.IsMatcher(css("article, main, body, header")) || large(outer) || outer.FindMatcher(css(bios)).Length() > 4 {
			break
		}
		if around = outer; boxName(around) != "" && around.FindMatcher(css("img")).Length() > 0 {
			break
		}
	}
	a := found.Author{}
	a.Name = boxName(around)
	a.Page = p.boxPage(around)
	a.Photo = p.link(picture(around.FindMatcher(css("img")).First()))
	html, err := bio.Html()
	if err != nil {
		return a
	}
	if paragraphs := bio.FindMatcher(css("p")); bio.IsMatcher(css(boxes)) { // the box itself, with more in it than the bio
		if paragraphs.Length() == 0 && bio.IsMatcher(css(".vcard, .h-card")) {
			return a // a card with nothing to read
		}
		if paragraphs.Length() > 0 {
			html = outer(paragraphs)
		}
	}
	read := plain.ReadBio(html, p.base, a.Name)
	if a.Bio, a.BioHTML = read.Text, read.HTML; a.Bio != "" {
		a.BioFrom = "box"
	}
	a.URL = cmp.Or(read.More, p.more(around), a.Page)
	return a
}

// outer is the HTML of several elements.
func outer(s *goquery.Selection) string {
	var b strings.Builder
	s.Each(func(_ int, one *goquery.Selection) {
		if html, err := goquery.OuterHtml(one); err == nil {
			b.WriteString(html)
		}
	})
	return b.String()
}

// more finds where the box's "Learn More →" leads.
func (p *Page) more(box *goquery.Selection) string {
	html, err := box.Html()
	if err != nil {
		return ""
	}
	return plain.ReadMore(html, p.base)
}

var about = regexp.MustCompile(`(?i)^\s*(about( the author)?|meet|written by|by|author|posted by|über|autor(in)?|à propos de|sobre|acerca de|informazioni su|over|om|نبذة عن|عن)\s*[:\s]\s*`)

// boxName is the name that an author box shows.
func boxName(box *goquery.Selection) string {
	name := ""
	box.FindMatcher(css(boxNames)).EachWithBreak(func(_ int, s *goquery.Selection) bool {
		if names := plain.Names(about.ReplaceAllString(line(s), "")); len(names) == 1 && len(strings.Fields(names[0])) <= 6 && !invites.MatchString(names[0]) {
			name = names[0]
		}
		return name == ""
	})
	return name
}

var invites = regexp.MustCompile(`(?i)^(learn|read|view|see|all|more|follow|the|website|latest|recent|posts?)\b|^about( the)? authors?$`)

// boxPage is the author's page on the site.
func (p *Page) boxPage(box *goquery.Selection) string {
	page := ""
	box.FindMatcher(css(`a[rel~="author"][href], .author-name a[href], .fn a[href], a.fn[href], a.url[href], a.u-url[href], a[href*="/author/"], a[href*="/authors/"], a[href*="/contributor"], h3 a[href], h4 a[href]`)).EachWithBreak(func(_ int, s *goquery.Selection) bool {
		page = p.pageLink(s)
		return page == ""
	})
	return page
}

// AuthorPage reads an author's archive page for what it says of that author.
func (p *Page) AuthorPage(name string) found.Author {
	a := found.Author{Page: p.URL}
	a.Name, a.URL = name, p.URL
	for _, n := range p.data {
		if n.is("Person") && strings.EqualFold(plain.Line(n.text("name")), name) {
			a.Merge(p.person(n, name))
		}
	}
	for _, box := range p.boxes() {
		if box.Name == "" || a.Same(box) {
			a.Merge(box)
		}
	}
	if a.Bio == "" {
		p.archiveDescription(&a)
	}
	if a.Bio != "" {
		a.BioFrom = "archive"
	}
	return a
}

// archiveDescription takes what the theme shows under the archive's title, if the
// title is the author's name.
func (p *Page) archiveDescription(a *found.Author) {
	if !strings.Contains(strings.ToLower(line(p.marked.FilterMatcher(css("h1")).First())), strings.ToLower(a.Name)) {
		return
	}
	description := p.doc.FindMatcher(css(`.archive-description, .taxonomy-description, .author-archive-description, .page-description, .author-header p, .page-header p, .archive-header p`)).First()
	html, err := description.Html()
	if err != nil {
		return
	}
	read := plain.ReadBio(html, p.base, a.Name)
	a.Bio, a.BioHTML = read.Text, read.HTML
}
