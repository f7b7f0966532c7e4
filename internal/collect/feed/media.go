package feed

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/masthead-mail/masthead/internal/collect/plain"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// picture is a file that may be an article's picture.
type picture struct {
	url, kind, alt string // url is absolute
	width, height  int
}

// choose picks an article's image: the widest that the feed names as one, else the
// first in the text that is no counting pixel.
func choose(named []picture, text Text, home string) newsletter.Image {
	best := newsletter.Image{}
	for _, m := range named {
		if m.url != "" && isImage(m) && !tiny(m.width, m.height) && (best.URL == "" || m.width > best.Width && best.Width > 0) {
			best = newsletter.Image{URL: m.url, Alt: plain.Line(m.alt), Width: m.width, Height: m.height}
		}
	}
	if best.URL == "" && !text.plain {
		best = firstImage(text.value, home)
	}
	return best
}

func isImage(m picture) bool {
	if m.kind != "" {
		return strings.HasPrefix(m.kind, "image") && !strings.Contains(m.kind, "svg")
	}
	path, _, _ := strings.Cut(strings.ToLower(m.url), "?")
	for _, ending := range []string{".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"} {
		if strings.HasSuffix(path, ending) {
			return true
		}
	}
	return false
}

func tiny(width, height int) bool { return width > 0 && width < 40 || height > 0 && height < 40 }

// pictures reads what Media RSS and iTunes call a picture of the entry: contents before
// thumbnails, also inside groups.
func (r *reader) pictures(n *node) []picture {
	var list []picture
	add := func(in *node) {
		for _, e := range in.all(path{media, "content"}) {
			list = append(list, r.picture(e, e.attr("medium")))
			for _, thumb := range e.all(path{media, "thumbnail"}) {
				list = append(list, r.picture(thumb, "image"))
			}
		}
		for _, e := range in.all(path{media, "thumbnail"}) {
			list = append(list, r.picture(e, "image"))
		}
	}
	for _, group := range n.all(path{media, "group"}) {
		add(group)
	}
	add(n)
	for _, e := range n.all(path{itunes, "image"}, path{own, "image"}, path{itunes, "link"}) {
		if e.name == "link" && e.attr("rel") != "image" {
			continue
		}
		list = append(list, picture{url: r.link(e, firstOf(e.attr("href"), e.attr("url"), e.says(path{own, "url"}), e.value())), kind: "image"})
	}
	return list
}

func (r *reader) picture(e *node, medium string) picture {
	p := picture{url: r.link(e, firstOf(e.attr("url"), e.value())), kind: firstOf(e.attr("type"), medium), width: number(e.attr("width")), height: number(e.attr("height"))}
	p.alt = e.says(path{media, "description"}, path{media, "title"})
	return p
}

// enclosed are the pictures among the files that belong to an entry.
func enclosed(files []Enclosure) []picture {
	var list []picture
	for _, f := range files {
		list = append(list, picture{url: f.Href, kind: f.Type})
	}
	return list
}

func number(text string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(text), "px"))
	if err != nil || n < 0 || n > 100_000 {
		return 0
	}
	return n
}

// firstImage finds the first picture in a text.
func firstImage(content, base string) newsletter.Image {
	if !strings.Contains(content, "<img") && !strings.Contains(content, "<IMG") {
		return newsletter.Image{}
	}
	z := html.NewTokenizer(strings.NewReader(content))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		token := z.Token()
		if token.Data == "noscript" { // what is for readers without scripts is for mail
			z.NextIsNotRawText()
		}
		if token.Data != "img" {
			continue
		}
		if image := imageOf(token.Attr, base); image.URL != "" {
			return image
		}
	}
	return newsletter.Image{}
}

func imageOf(attributes []html.Attribute, base string) newsletter.Image {
	a := map[string]string{}
	for _, attribute := range attributes {
		a[attribute.Key] = attribute.Val
	}
	image := newsletter.Image{URL: plain.Link(base, plain.Picture(func(name string) string { return a[name] })), Alt: plain.Line(a["alt"]),
		Width: number(a["width"]), Height: number(a["height"])}
	if tiny(image.Width, image.Height) || counting(image.URL) {
		return newsletter.Image{}
	}
	return image
}

// counting tells whether a picture is there to count readers or to smile.
func counting(link string) bool {
	for _, part := range []string{"/pixel.gif", "/pixel?", "tracking-pixel", "feeds.feedburner.com/~r", "/~ff/", "stats.wordpress.com", "pixel.wp.com", "doubleclick.net", "/emoji/", "/smilies/", "gravatar.com/avatar", "spacer.", "blank.gif"} {
		if strings.Contains(link, part) {
			return true
		}
	}
	return false
}

// language keeps what looks like a BCP 47 tag, in its usual form.
func language(tag string) string {
	tag = strings.ReplaceAll(strings.TrimSpace(tag), "_", "-")
	if len(tag) < 2 || len(tag) > 35 || strings.ContainsFunc(tag, func(r rune) bool { return r > 127 || !nameByte(byte(r)) || r == '.' || r == ':' }) {
		return ""
	}
	head, rest, _ := strings.Cut(tag, "-")
	switch head = strings.ToLower(head); {
	case len(rest) == 2:
		return head + "-" + strings.ToUpper(rest)
	case rest != "":
		return head + "-" + rest
	}
	return head
}
