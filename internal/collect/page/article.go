package page

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/collect/plain"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// IsArticle tells whether the page is one article rather than a list of them.
func (p *Page) IsArticle() bool {
	if home(p.URL) {
		return false
	}
	articles := p.articles()
	switch {
	case p.articleNode() != nil || p.meta("article:published_time") != "":
		return true
	case p.meta("og:type") == "article":
		return articles <= 1 && (p.timeElement("published") != "" || len(p.paragraphs()) > 0)
	}
	return articles == 1 && p.marked.FilterMatcher(css("h1")).Length() == 1 && len(p.paragraphs()) >= 2
}

// articles counts the articles that are not comments on one, nor links beside or inside
// it.
func (p *Page) articles() int {
	return p.marked.FilterMatcher(css("article")).FilterFunction(func(_ int, s *goquery.Selection) bool {
		return !aside(s) && !s.IsMatcher(css(`[class*="comment"]`)) && s.Parent().ClosestMatcher(css(`article, [class*="related"]`)).Length() == 0
	}).Length()
}

// Article is what the page says of its article.
func (p *Page) Article() found.Article {
	n := p.articleNode()
	a := found.Article{Article: newsletter.Article{
		URL: p.Canonical(), Title: p.title(n), Excerpt: p.excerpt(), Language: p.language(),
		Published: firstDate(n.text("datePublished"), p.meta("article:published_time", "datepublished", "parsely-pub-date", "date", "dc.date"), p.timeElement("published")),
		Updated:   firstDate(n.text("dateModified"), p.meta("article:modified_time", "og:updated_time", "datemodified"), p.timeElement("updated")),
	}}
	a.Dek = p.dek(n, a.Title, a.Excerpt)
	a.Minutes = p.minutes()
	a.Image = p.image(n)
	a.Images = p.images(n)
	a.Categories = p.categories(n)
	a.CommentURL, a.Comments = p.comments(n, a.URL)
	a.Byline = p.byline(n)
	p.addBoxes(&a)
	return a
}

// title is the heading that the theme marks as the title, else what the page tells
// other programs, else the heading that its own title element agrees with.
func (p *Page) title(n node) string {
	if heading := line(p.marked.FilterMatcher(css("h1.entry-title, h1.post-title, h1.article-title, h1[itemprop=headline], article header h1")).First()); heading != "" {
		return heading
	}
	head := line(p.marked.FilterMatcher(css("head title")).First())
	title := plain.Line(cmp.Or(p.meta("dc:title", "og:title", "parsely-title", "twitter:title")))
	p.marked.FilterMatcher(css("h1")).EachWithBreak(func(_ int, s *goquery.Selection) bool {
		if heading := line(s); title == "" && heading != "" && (head == "" || strings.Contains(head, heading)) {
			title = heading
		}
		return title == ""
	})
	if title == "" {
		title = cmp.Or(plain.Line(n.text("headline")), head, line(p.marked.FilterMatcher(css("h1")).First()))
	}
	p.marked.FilterMatcher(css("h1")).Each(func(_ int, s *goquery.Selection) { // "Title | Section | Site"
		if heading := line(s); heading != "" && separators.MatchString(strings.TrimPrefix(title, heading)) && strings.HasPrefix(title, heading+" ") {
			title = heading
		}
	})
	return p.withoutSite(title)
}

// withoutSite takes "Title | Site" apart where the second part is the site's name.
func (p *Page) withoutSite(title string) string {
	for _, at := range separators.FindAllStringIndex(title, -1) {
		if tail := title[at[1]:]; strings.EqualFold(tail, p.siteName()) || strings.EqualFold(strings.ReplaceAll(tail, " ", ""), strings.TrimSuffix(host(p.URL), ".com")) {
			return title[:at[0]]
		}
	}
	return title
}

// deks are where themes put the subtitle of an article.
const deks = `.dek, .entry-subtitle, .subtitle, .standfirst, .post-subtitle, .article-subtitle, .entry-dek, .post-dek, .article-dek, .article__dek, .article__subtitle, ` +
	`.article__standfirst, .article-standfirst, .entry-sub-title, .sub-title, .deck, .article-deck, .subheadline, .article-subheadline, .post__subtitle, .post-deck, .headline-deck, ` +
	`.kicker-subtitle, [itemprop="alternativeHeadline"], .wp-block-post-excerpt, .single-excerpt, .p-summary`

// longestDek is in characters; what is longer is text.
const longestDek = 400

// dek finds the subtitle: where the theme shows one, else a description that somebody
// wrote, which is one that is neither the title, nor how the text begins, nor cut off.
func (p *Page) dek(n node, title, excerpt string) string {
	shown := ""
	p.deks.FilterMatcher(css(deks)).EachWithBreak(func(_ int, s *goquery.Selection) bool {
		text := line(s)
		if length := utf8.RuneCountInString(text); length >= 8 && length <= longestDek && !aside(s) && text != title {
			shown = text
		}
		return shown == ""
	})
	if shown != "" {
		return shown
	}
	for _, text := range []string{n.text("alternativeHeadline"), n.text("description"), p.meta("og:description", "description", "twitter:description")} {
		text = plain.Line(text)
		if text != "" && text != title && utf8.RuneCountInString(text) <= longestDek && !cutOff.MatchString(text) && !plain.Repeats(text, excerpt) {
			return text
		}
	}
	return ""
}

// Description is what the page tells other programs that its article is about.
func (p *Page) Description() string {
	return plain.Line(cmp.Or(p.meta("dc:description", "dcterm:description", "og:description"), p.articleNode().text("description"), p.meta("description", "weibo:article:description", "weibo:webpage:description", "twitter:description")))
}

var cutOff = regexp.MustCompile(`(…|\.\.\.|\[…\]|\[\.\.\.\]|[^.!?…"'”’»)\]。！？\pL\pN])$`)

// bodies are where the text of an article stands, surest first.
var bodies = []string{`[itemprop="articleBody"]`, ".entry-content, .post-content, .article-content, .article-body, .article__body, .article__content, .post__content, .post-body, " +
	".td-post-content, .wp-block-post-content, .e-content, .content-body, .story-body, .single-content, .body-content, .gh-content, .available-content, .elementor-widget-theme-post-content", "article", "main", "body"}

// Paragraphs are how the article's own text begins.
func (p *Page) Paragraphs() []string { return p.paragraphs() }

// paragraphs are those of the article's own text.
func (p *Page) paragraphs() []string {
	for _, selector := range bodies {
		var list []string
		length := 0
		body := p.marked.FilterMatcher(css(selector)).First()
		if body.Length() == 0 {
			continue
		}
		for n := range body.Get(0).Descendants() { // not all of them: a few paragraphs are enough
			if length >= 4*plain.ExcerptLength {
				break
			}
			if n.DataAtom != atom.P {
				continue
			}
			s := body.FindNodes(n)
			text := line(s)
			if utf8.RuneCountInString(text) >= 40 && !aside(s) && !s.IsMatcher(css(deks)) && s.ClosestMatcher(css(notText)).Length() == 0 {
				list = append(list, text)
				length += len(text)
			}
		}
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

const notText = `figure, form, header, [class*="author-b"], [class*="author_b"], [class*="author-box"], .byline, .entry-meta, .post-meta, .newsletter, [class*="cookie"], [class*="promo"], blockquote.instagram-media, .sharedaddy`

func (p *Page) excerpt() string {
	return plain.Cut(strings.Join(p.paragraphs(), "\n\n"), plain.ExcerptLength)
}

// minutes is how long it takes to read the article, where the page marks its text.
func (p *Page) minutes() int {
	for _, selector := range bodies[:2] {
		body := p.marked.FilterMatcher(css(selector)).First()
		if body.Length() == 0 {
			continue
		}
		return plain.MinutesOf(func(yield func(string) bool) {
			for n := range body.Get(0).Descendants() {
				if n.Type == html.TextNode && n.Parent.DataAtom != atom.Script && n.Parent.DataAtom != atom.Style && !yield(n.Data) {
					return
				}
			}
		})
	}
	return 0
}

func firstDate(texts ...string) time.Time {
	for _, text := range texts {
		if at := plain.ParseDate(text); !at.IsZero() {
			return at
		}
	}
	return time.Time{}
}

// timeElement is the moment a time element of a class gives.
func (p *Page) timeElement(class string) string {
	at := p.marked.FilterMatcher(css("time." + class + "[datetime], time.entry-date[datetime], [itemprop=datePublished][datetime]"))
	if at.Length() == 0 && class == "published" {
		at = p.marked.FilterMatcher(css("article time[datetime], main time[datetime]"))
	}
	return at.AttrOr("datetime", "")
}

func (p *Page) categories(n node) []string {
	var list []string
	add := func(text string) {
		text = plain.Line(text)
		for _, other := range list {
			if strings.EqualFold(other, text) {
				return
			}
		}
		if text != "" && len(list) < 20 && utf8.RuneCountInString(text) < 60 && !strings.EqualFold(text, "uncategorized") {
			list = append(list, text)
		}
	}
	for _, section := range append(texts(n["articleSection"]), p.metas["article:section"]...) {
		add(section)
	}
	p.marked.FilterMatcher(css(`a[rel~="tag"], a[rel~="category"]`)).Each(func(_ int, s *goquery.Selection) {
		if !aside(s) {
			add(s.Text())
		}
	})
	for _, tag := range p.metas["article:tag"] {
		add(tag)
	}
	return list
}

// image is the picture the site chose for sharing, with what is known of it.
func (p *Page) image(n node) newsletter.Image {
	image := newsletter.Image{URL: p.link(p.meta("og:image", "og:image:url", "og:image:secure_url")), Alt: plain.Line(p.meta("og:image:alt", "twitter:image:alt")),
		Width: number(p.meta("og:image:width")), Height: number(p.meta("og:image:height"))}
	if image.URL == "" || found.Logo(image.URL) {
		image = p.dataImage(n)
	}
	if image.URL == "" {
		image.URL = p.link(p.meta("twitter:image", "twitter:image:src"))
	}
	if image.URL == "" || found.Logo(image.URL) {
		image = p.bodyImage()
	}
	if image.Alt == "" && image.URL != "" {
		image.Alt = p.altOf(image.URL)
	}
	return image
}

// images are the other pictures that the page offers: for sharing, in its data, in its
// text, and there in all renditions.
func (p *Page) images(n node) []newsletter.Image {
	var list []newsletter.Image
	for _, name := range []string{"og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"} {
		for _, ref := range p.metas[name] {
			list = append(list, newsletter.Image{URL: p.link(ref)})
		}
	}
	list = append(list, p.dataImage(n))
	few(p.pictures.FilterMatcher(css("article img, main img, .entry-content img, .post-thumbnail img"))).Each(func(_ int, s *goquery.Selection) {
		if aside(s) || s.ClosestMatcher(css(`[class*="author"], .avatar, .vcard`)).Length() > 0 || s.HasClass("avatar") {
			return
		}
		alt := plain.Line(s.AttrOr("alt", ""))
		image := newsletter.Image{URL: p.link(picture(s)), Alt: alt, Width: number(s.AttrOr("width", "")), Height: number(s.AttrOr("height", ""))}
		list = append(list, image)
		for _, name := range []string{"src", "data-src", "data-orig-file", "data-large-file"} {
			list = append(list, newsletter.Image{URL: p.link(s.AttrOr(name, "")), Alt: alt})
		}
		s.ParentMatcher(css("picture")).FindMatcher(css("source[srcset]")).AddSelection(s).Each(func(_ int, source *goquery.Selection) {
			for _, at := range plain.Renditions(source.AttrOr("srcset", source.AttrOr("data-srcset", ""))) {
				list = append(list, newsletter.Image{URL: p.link(at), Alt: alt})
			}
		})
	})
	return list
}

func (p *Page) dataImage(n node) newsletter.Image {
	for _, value := range p.resolve(n["image"]) {
		if link := p.link(cmp.Or(value.text("url"), value.text("contentUrl"), value.text("name"))); link != "" {
			return newsletter.Image{URL: link, Alt: plain.Line(value.text("caption")), Width: size(value["width"]), Height: size(value["height"])}
		}
	}
	return newsletter.Image{}
}

// bodyImage is the first picture of the article that is not small.
func (p *Page) bodyImage() newsletter.Image {
	chosen := newsletter.Image{}
	few(p.pictures.FilterMatcher(css("article img, main img, .entry-content img, .post-thumbnail img"))).EachWithBreak(func(_ int, s *goquery.Selection) bool {
		image := newsletter.Image{URL: p.link(picture(s)), Alt: plain.Line(s.AttrOr("alt", "")), Width: number(s.AttrOr("width", "")), Height: number(s.AttrOr("height", ""))}
		small := image.Width > 0 && image.Width < 200 || image.Height > 0 && image.Height < 100
		if image.URL != "" && !small && !found.Logo(image.URL) && !aside(s) && s.ClosestMatcher(css(`[class*="author"], .avatar, .vcard`)).Length() == 0 && !s.HasClass("avatar") {
			chosen = image
		}
		return chosen.URL == ""
	})
	return chosen
}

// picture is where an img element's picture is, lazily loaded or not. Beside one that
// a script fills in later stands the picture for readers without scripts.
func picture(s *goquery.Selection) string {
	at := plain.Picture(func(name string) string { return s.AttrOr(name, "") })
	if at != "" || s.Length() == 0 {
		return at
	}
	without, err := html.Parse(strings.NewReader(s.Next().AddSelection(s.Prev()).FilterMatcher(css("noscript")).First().Text()))
	if err != nil {
		return ""
	}
	img := goquery.NewDocumentFromNode(without).FindMatcher(css("img")).First()
	return plain.Picture(func(name string) string { return img.AttrOr(name, "") })
}

// altOf finds the alt text that the page gives the same picture in any rendition.
func (p *Page) altOf(link string) string {
	alt, stem := "", rendition.ReplaceAllString(pathOf(link), "")
	p.pictures.FilterMatcher(css("[alt]")).EachWithBreak(func(_ int, s *goquery.Selection) bool {
		if stem != "" && shows(s, last(stem)) && rendition.ReplaceAllString(pathOf(p.link(picture(s))), "") == stem {
			alt = plain.Line(s.AttrOr("alt", ""))
		}
		return alt == ""
	})
	return alt
}

// shows tells whether a name stands in any address of an img.
func shows(s *goquery.Selection, name string) bool {
	for _, a := range s.Get(0).Attr {
		if strings.Contains(a.Val, name) {
			return true
		}
	}
	return false
}

// last is the last part of a path.
func last(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

var rendition = regexp.MustCompile(`(-\d+x\d+|-scaled)?(\.\w+)?$`)

func number(text string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(text), "px"))
	if err != nil || n < 0 || n > 100_000 {
		return 0
	}
	return n
}

func size(value any) int {
	switch v := value.(type) {
	case float64:
		return number(strconv.Itoa(int(min(v, 1e6))))
	case string:
		return number(v)
	case map[string]any:
		return size(v["value"])
	}
	return 0
}
