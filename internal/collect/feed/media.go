package feed

import (
	"strconv"
	"strings"
	"time"

	ext "github.com/mmcdole/gofeed/extensions"
	xhtml "golang.org/x/net/html"

	"github.com/masthead-mail/masthead/internal/collect/plain"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// media is a file that a feed attaches to an article.
type media struct {
	url, kind, alt string
	width, height  int
}

// picture chooses an article's image: the widest that the feed names as one, else the
// first in the text that is no counting pixel.
func picture(x ext.Extensions, attached []media, content, base string) newsletter.Image {
	best := newsletter.Image{}
	for _, m := range append(mediaElements(x), attached...) {
		link := plain.Link(base, m.url)
		if link != "" && isImage(m) && !tiny(m.width, m.height) && (best.URL == "" || m.width > best.Width && best.Width > 0) {
			best = newsletter.Image{URL: link, Alt: plain.Line(m.alt), Width: m.width, Height: m.height}
		}
	}
	if best.URL == "" {
		best = firstImage(content, base)
	}
	return best
}

func isImage(m media) bool {
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

// mediaElements reads Media RSS: content before thumbnails, also inside groups.
func mediaElements(x ext.Extensions) []media {
	var list []media
	add := func(children map[string][]ext.Extension) {
		for _, e := range children["content"] {
			list = append(list, mediaOf(e, e.Attrs["medium"]))
			for _, thumb := range e.Children["thumbnail"] {
				list = append(list, mediaOf(thumb, "image"))
			}
		}
		for _, e := range children["thumbnail"] {
			list = append(list, mediaOf(e, "image"))
		}
	}
	for _, group := range x["media"]["group"] {
		add(group.Children)
	}
	add(x["media"])
	for _, e := range x["itunes"]["image"] {
		list = append(list, media{url: firstOf(e.Attrs["href"], e.Value), kind: "image"})
	}
	return list
}

func mediaOf(e ext.Extension, medium string) media {
	m := media{url: firstOf(e.Attrs["url"], e.Value), kind: firstOf(e.Attrs["type"], medium)}
	m.width, m.height = number(e.Attrs["width"]), number(e.Attrs["height"])
	for _, title := range append(e.Children["description"], e.Children["title"]...) {
		m.alt = firstOf(m.alt, title.Value)
	}
	return m
}

func groupDescription(x ext.Extensions) string {
	for _, group := range x["media"]["group"] {
		for _, d := range group.Children["description"] {
			return d.Value
		}
	}
	return ""
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
	z := xhtml.NewTokenizer(strings.NewReader(content))
	for kind := z.Next(); kind != xhtml.ErrorToken; kind = z.Next() {
		if kind != xhtml.StartTagToken && kind != xhtml.SelfClosingTagToken {
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

func imageOf(attributes []xhtml.Attribute, base string) newsletter.Image {
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

// firstDate is the first of several texts that is a date.
func firstDate(texts ...string) time.Time {
	for _, text := range texts {
		if at := plain.ParseDate(text); !at.IsZero() {
			return at
		}
	}
	return time.Time{}
}
