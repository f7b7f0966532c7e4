package found

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// What a picture in a digest is, in pixels where its size is known.
const (
	narrowest = 200 // smaller ones are icons and faces
	lowest    = 100
	mostWide  = 4 // times as wide as high; wider ones are banners
	mostHigh  = 3 // times as high as wide; higher ones are columns of advertisements
)

// unshown are formats that some mail programs do not show (Outlook on Windows and older
// Apple Mail show neither WebP nor AVIF; none shows SVG).
var unshown = []string{".webp", ".avif", ".svg", ".heic", ".heif", ".jxl", ".jp2", ".tif", ".tiff", ".bmp", ".ico"}

var (
	logo = regexp.MustCompile(`(?i)(/logo[^/]*|[_-]logo)\.\w+|site-?icon|favicon|default-?(share|image|og)|placeholder|/avatar/|gravatar\.com/avatar|(^|[/_-])(pixel|spacer|blank|1x1)\.(gif|png)|tracking-?pixel`)
	// asked is how image servers are asked for a format.
	asked = regexp.MustCompile(`(?i)[?&,/](fm|format|f|output)[=_](webp|avif)\b`)
	sized = regexp.MustCompile(`-(\d{2,5})x(\d{2,5})\.\w+$`)
)

// ShownEverywhere tells whether all mail programs show a picture of that address, as far
// as its address tells.
func ShownEverywhere(link string) bool {
	u, err := url.Parse(link)
	if err != nil || asked.MatchString(link) {
		return false
	}
	return !slices.Contains(unshown, strings.ToLower(path.Ext(u.Path)))
}

// Logo tells whether a picture stands for the site, for a person or for nothing rather
// than for an article, by its address.
func Logo(link string) bool { return logo.MatchString(link) }

// Suits tells whether a picture is one of the article, as far as is known: neither a
// logo nor a counting pixel, neither tiny nor a banner.
func Suits(i newsletter.Image) bool {
	if i.URL == "" || Logo(i.URL) {
		return false
	}
	if i.Width > 0 && i.Width < narrowest || i.Height > 0 && i.Height < lowest {
		return false
	}
	return i.Width == 0 || i.Height == 0 || i.Width <= mostWide*i.Height && i.Height <= mostHigh*i.Width
}

// Sized adds the size that WordPress writes into the names of renditions, where none is
// known.
func Sized(i newsletter.Image) newsletter.Image {
	u, err := url.Parse(i.URL)
	if err != nil || i.Width > 0 && i.Height > 0 {
		return i
	}
	if m := sized.FindStringSubmatch(u.Path); m != nil {
		i.Width, _ = strconv.Atoi(m[1])
		i.Height, _ = strconv.Atoi(m[2])
	}
	return i
}

// Pictures are all that might be an article's picture, best first, each once.
func (article *Article) Pictures() []newsletter.Image {
	var list []newsletter.Image
	for _, i := range append([]newsletter.Image{article.Image}, article.Images...) {
		if i.URL == "" || slices.ContainsFunc(list, func(other newsletter.Image) bool { return other.URL == i.URL }) {
			continue
		}
		list = append(list, Sized(i))
	}
	return list
}
