package wordpress

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/collect/plain"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// post is an item of /wp/v2/posts. Plugins put odd types everywhere, so every field
// is lenient.
type post struct {
	Link          text     `json:"link"`
	GUID          rendered `json:"guid"`
	Title         rendered `json:"title"`
	Excerpt       rendered `json:"excerpt"`
	Content       rendered `json:"content"`
	DateGMT       text     `json:"date_gmt"`
	Date          text     `json:"date"`
	ModifiedGMT   text     `json:"modified_gmt"`
	Language      text     `json:"lang"` // Polylang
	CommentStatus text     `json:"comment_status"`
	Jetpack       text     `json:"jetpack_featured_media_url"`
	Subtitle      text     `json:"subtitle"`
	Dek           text     `json:"dek"`
	Meta          fields   `json:"meta"`
	ACF           fields   `json:"acf"` // Advanced Custom Fields
	Yoast         yoast    `json:"yoast_head_json"`
	Authors       authors  `json:"authors"`   // PublishPress Authors
	Coauthors     authors  `json:"coauthors"` // Co-Authors Plus
	Embedded      embedded `json:"_embedded"`
}

type embedded struct {
	Author authors      `json:"author"`
	Media  lenient[pic] `json:"wp:featuredmedia"`
	Terms  terms        `json:"wp:term"`
}

// author is a user as the API or one of the plugins shows it.
type author struct {
	Name        text   `json:"name"`
	DisplayName text   `json:"display_name"`
	Description text   `json:"description"`
	Link        text   `json:"link"`
	AuthorURL   text   `json:"author_url"`
	UserURL     text   `json:"url"`
	Avatar      text   `json:"avatar_url"`
	Avatars     fields `json:"avatar_urls"`
	Code        text   `json:"code"` // of an error in the author's place
}

type pic struct {
	URL     text    `json:"source_url"`
	Alt     text    `json:"alt_text"`
	Details details `json:"media_details"`
}

// details are the sizes of a picture; those of another shape are none.
type details struct {
	Width  pixels     `json:"width"`
	Height pixels     `json:"height"`
	Sizes  renditions `json:"sizes"`
}

type rendition struct {
	URL    text   `json:"source_url"`
	Width  pixels `json:"width"`
	Height pixels `json:"height"`
}

// renditions by name; PHP writes none as a list.
type renditions map[string]rendition

func (r *renditions) UnmarshalJSON(data []byte) error {
	var in map[string]rendition
	if json.Unmarshal(data, &in) == nil {
		*r = in
	}
	return nil
}

// pixels are a number, or a text of one.
type pixels int

func (p *pixels) UnmarshalJSON(data []byte) error {
	n, err := strconv.Atoi(strings.Trim(string(data), `"`))
	if err == nil && n > 0 && n < 100_000 {
		*p = pixels(n)
	}
	return nil
}

type term struct {
	Name     text `json:"name"`
	Taxonomy text `json:"taxonomy"`
}

type yoast struct {
	Image lenient[struct {
		URL    text   `json:"url"`
		Width  pixels `json:"width"`
		Height pixels `json:"height"`
	}] `json:"og_image"`
	Author text `json:"author"`
}

func (p *post) article(base string) found.Article {
	a := found.Article{Article: newsletter.Article{
		URL: plain.Link(base, string(p.Link)), GUID: plain.Literal(string(p.GUID)), Title: plain.Line(string(p.Title)),
		Comments: -1, Language: string(p.Language), Published: stamp(p.DateGMT, p.Date), Updated: stamp(p.ModifiedGMT),
	}}
	p.setText(&a)
	a.Title = cmp.Or(a.Title, plain.Literal(plain.Cut(a.Excerpt, 80)))
	a.Image = p.image(base)
	a.Images = p.images(base)
	p.setTerms(&a)
	a.Byline = p.byline(base)
	a.Closed = p.CommentStatus == "closed"
	if p.CommentStatus == "open" {
		a.CommentURL = a.URL + "#respond"
	}
	return a
}

// setText finds the dek: a field of the theme, else an excerpt that somebody wrote,
// which is one that is not just how the text begins.
func (p *post) setText(a *found.Article) {
	begins, broken := plain.Excerpt(string(p.Content))
	short, shortBroken := plain.Excerpt(string(p.Excerpt))
	a.Excerpt, a.Short = cmp.Or(begins, short), begins == "" || broken
	if !a.Short {
		a.Minutes = plain.Minutes(string(p.Content))
	}
	a.Summary = begins == "" && short != "" && !shortBroken
	for _, dek := range []text{p.Subtitle, p.Dek, p.Meta.any("subtitle", "dek", "_subtitle", "sub_title", "kicker", "wps_subtitle", "standfirst"), p.ACF.any("subtitle", "dek", "sub_title", "standfirst", "deck")} {
		if a.Dek = plain.Line(string(dek)); a.Dek != "" {
			return
		}
	}
	if short != "" && begins != "" && !shortBroken && !plain.Repeats(short, begins) {
		a.Dek = plain.Literal(short)
	}
}

// sharp is how many pixels wide a picture is best for a mail of 600 px on a sharp
// screen.
const sharp = 1200

// image takes the featured picture in the smallest rendition that is sharp enough.
func (p *post) image(base string) newsletter.Image {
	for _, m := range p.Embedded.Media {
		whole := newsletter.Image{URL: plain.Link(base, string(m.URL)), Width: int(m.Details.Width), Height: int(m.Details.Height)}
		best := whole
		for _, size := range m.Details.Sizes {
			smaller := newsletter.Image{URL: plain.Link(base, string(size.URL)), Width: int(size.Width), Height: int(size.Height)}
			if smaller.URL != "" && sameShape(smaller, whole) && better(smaller, best) {
				best = smaller
			}
		}
		if best.Alt = plain.Line(string(m.Alt)); best.URL != "" {
			return best
		}
	}
	if link := plain.Link(base, string(p.Jetpack)); link != "" {
		return newsletter.Image{URL: link}
	}
	for _, m := range p.Yoast.Image {
		if link := plain.Link(base, string(m.URL)); link != "" {
			return newsletter.Image{URL: link, Width: int(m.Width), Height: int(m.Height)}
		}
	}
	return newsletter.Image{}
}

// images are the other renditions of the featured picture, the sharpest first, and the
// one for sharing.
func (p *post) images(base string) []newsletter.Image {
	var list []newsletter.Image
	for _, m := range p.Embedded.Media {
		alt := plain.Line(string(m.Alt))
		for _, size := range m.Details.Sizes {
			list = append(list, newsletter.Image{URL: plain.Link(base, string(size.URL)), Alt: alt, Width: int(size.Width), Height: int(size.Height)})
		}
		list = append(list, newsletter.Image{URL: plain.Link(base, string(m.URL)), Alt: alt, Width: int(m.Details.Width), Height: int(m.Details.Height)})
	}
	slices.SortFunc(list, func(a, b newsletter.Image) int { return cmp.Or(b.Width-a.Width, cmp.Compare(a.URL, b.URL)) })
	for _, m := range p.Yoast.Image {
		list = append(list, newsletter.Image{URL: plain.Link(base, string(m.URL)), Width: int(m.Width), Height: int(m.Height)})
	}
	return list
}

// better tells whether a suits a mail better than b: sharp, but no larger than it
// must be.
func better(a, b newsletter.Image) bool {
	if b.URL == "" || a.Width >= sharp != (b.Width >= sharp) {
		return b.URL == "" || a.Width >= sharp
	}
	if a.Width == b.Width {
		return a.URL < b.URL
	}
	return a.Width < b.Width == (a.Width >= sharp)
}

// sameShape tells whether a rendition shows the whole picture, not a crop.
func sameShape(a, whole newsletter.Image) bool {
	difference := a.Width*whole.Height - a.Height*whole.Width
	return max(difference, -difference)*50 <= a.Width*whole.Height
}

func (p *post) setTerms(a *found.Article) {
	for _, t := range p.Embedded.Terms {
		name := plain.Line(string(t.Name))
		if name == "" || strings.EqualFold(name, "uncategorized") || t.Taxonomy != "category" && t.Taxonomy != "post_tag" {
			continue
		}
		a.Categories = append(a.Categories, name)
	}
}

// byline prefers the plugins for several authors over WordPress's only one.
func (p *post) byline(base string) []found.Author {
	var list []found.Author
	for _, some := range []authors{p.Authors, p.Coauthors, p.Embedded.Author} {
		for _, person := range some {
			list = add(list, person.author(base))
		}
		if len(list) > 0 {
			list = p.richer(list, base)
			return list
		}
	}
	for _, name := range plain.Names(string(p.Yoast.Author)) {
		list = add(list, found.Author{Profile: newsletter.Profile{Name: name}})
	}
	return list
}

// richer adds what the embedded user says of the same person.
func (p *post) richer(list []found.Author, base string) []found.Author {
	for _, person := range p.Embedded.Author {
		full := person.author(base)
		for i := range list {
			if list[i].Same(full) {
				list[i].Merge(full)
			}
		}
	}
	return list
}

func add(list []found.Author, a found.Author) []found.Author {
	if a.Name == "" {
		return list
	}
	for i := range list {
		if list[i].Same(a) {
			return list
		}
	}
	return append(list, a)
}

// author reads one person. An error object, which security plugins put in the
// author's place, is nobody.
func (in *author) author(base string) found.Author {
	name := plain.Line(cmp.Or(string(in.DisplayName), string(in.Name)))
	if in.Code != "" || len(plain.Names(name)) == 0 {
		return found.Author{}
	}
	bio := plain.ReadBio(string(in.Description), base, name)
	a := found.Author{Page: plain.Link(base, cmp.Or(string(in.Link), string(in.AuthorURL)))}
	a.Name, a.Bio, a.BioHTML = name, bio.Text, bio.HTML
	a.URL = cmp.Or(bio.More, a.Page, plain.Link(base, string(in.UserURL)))
	a.Photo = plain.Link(base, cmp.Or(string(in.Avatars.any("192", "96", "48", "24")), string(in.Avatar)))
	if a.Bio != "" {
		a.BioFrom = "wordpress"
	}
	return a
}

// stamp reads the API's times: no zone, in UTC where the name says GMT. A post that is
// not dated has "0000-00-00".
func stamp(texts ...text) time.Time {
	for _, t := range texts {
		if at := plain.ParseDate(string(t)); !at.IsZero() {
			return at
		}
	}
	return time.Time{}
}

// text is a string; any other JSON value is an empty one.
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) == nil {
		*t = text(s)
	}
	return nil
}

// rendered is {"rendered": "…"}, or the bare string that some plugins make of it.
// What is protected by a password is empty.
type rendered string

func (r *rendered) UnmarshalJSON(data []byte) error {
	var object struct {
		Rendered  text `json:"rendered"`
		Protected bool `json:"protected"`
	}
	var bare text
	switch {
	case bytes.HasPrefix(data, []byte("{")) && json.Unmarshal(data, &object) == nil && !object.Protected:
		*r = rendered(object.Rendered)
	case json.Unmarshal(data, &bare) == nil:
		*r = rendered(bare)
	}
	return nil
}

// fields are an object of texts; PHP writes an empty one as a list.
type fields map[string]text

func (f *fields) UnmarshalJSON(data []byte) error {
	var in map[string]text
	if json.Unmarshal(data, &in) == nil {
		*f = in
	}
	return nil
}

func (f fields) any(names ...string) text {
	for _, name := range names {
		if f[name] != "" {
			return f[name]
		}
	}
	return ""
}

// lenient is a list; elements of another shape are left out, and so is the list if it
// is none.
type lenient[T any] []T

func (l *lenient[T]) UnmarshalJSON(data []byte) error {
	var raw []json.RawMessage
	if json.Unmarshal(data, &raw) != nil {
		return nil
	}
	for _, r := range raw {
		var element T
		if json.Unmarshal(r, &element) == nil {
			*l = append(*l, element)
		}
	}
	return nil
}

type authors = lenient[author]

// terms are lists of terms, one for each taxonomy.
type terms []term

func (t *terms) UnmarshalJSON(data []byte) error {
	var lists lenient[lenient[term]]
	if err := json.Unmarshal(data, &lists); err != nil {
		return err
	}
	for _, list := range lists {
		*t = append(*t, list...)
	}
	return nil
}
