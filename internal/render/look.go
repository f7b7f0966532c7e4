package render

import (
	"slices"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/words"
)

// look is what tells one theme from another: the templates are the same for all.
type look struct {
	Name        string
	Serif       bool   // titles in a serif face
	Bar         bool   // a thin bar in the accent colour on top
	Band        bool   // the publication's name on a band in the accent colour
	Rows        bool   // every article but the lead is a row with a small picture
	Round       string // corners of the card; empty: none
	Button      string // corners of the button
	Light, Dark *palette
}

// palette is the colours of a theme's surfaces and texts; the accent is the
// publication's. Texts have a contrast of 4.5:1 at least on every surface.
type palette struct {
	Ground, Card, Box, Initials, Picture, Rule string
	Ink, Soft                                  string
}

var looks = map[newsletter.Theme]*look{
	newsletter.Editorial: {Name: "editorial", Serif: true, Bar: true, Button: "6px",
		Light: &palette{Ground: "#f4f1ea", Card: "#ffffff", Box: "#f7f4ee", Initials: "#e3dccf", Picture: "#efeae0", Rule: "#e7e2d8", Ink: "#1c1917", Soft: "#57534e"},
		Dark:  &palette{Ground: "#12110f", Card: "#1c1a17", Box: "#292520", Initials: "#453e35", Rule: "#3d372f", Ink: "#f5f2ec", Soft: "#c9c2b6"}},
	newsletter.Modern: {Name: "modern", Band: true, Round: "16px", Button: "24px",
		Light: &palette{Ground: "#eceff3", Card: "#ffffff", Box: "#f3f5f8", Initials: "#dfe4ea", Picture: "#e5e9ee", Rule: "#dfe4ea", Ink: "#111827", Soft: "#4b5563"},
		Dark:  &palette{Ground: "#0b0f14", Card: "#151b23", Box: "#202833", Initials: "#38434f", Rule: "#2d3743", Ink: "#f3f4f6", Soft: "#c3cad5"}},
	newsletter.Compact: {Name: "compact", Rows: true, Button: "4px",
		Light: &palette{Ground: "#ffffff", Card: "#ffffff", Box: "#f5f5f4", Initials: "#e7e5e4", Picture: "#efeeec", Rule: "#dedcd9", Ink: "#1c1917", Soft: "#57534e"},
		Dark:  &palette{Ground: "#171614", Card: "#171614", Box: "#262421", Initials: "#413d38", Rule: "#3d3a35", Ink: "#f5f4f2", Soft: "#c9c5bf"}},
}

// lookOf is the theme's; that of a publication which has chosen none is editorial.
func lookOf(t newsletter.Theme) *look {
	if l := looks[t]; l != nil {
		return l
	}
	return looks[newsletter.Editorial]
}

// Sections and rows keep a long issue readable.
const (
	sectionsFrom = 7  // articles: fewer need no order
	contentsFrom = 11 // articles: fewer are seen at a glance
	rowsAfter    = 12 // articles: those after it are rows in every theme
)

// sections sorts the articles after the lead by their category, where that makes two
// groups of two and more, and names each group at its first article. Those that are
// alone come last, under a name of their own.
func sections(articles []newsletter.Article, alone string) (order []int, names map[int]string) {
	groups, found := grouped(articles)
	names = map[int]string{}
	if len(articles) < sectionsFrom || len(found) < 2 {
		for i := range articles {
			order = append(order, i)
		}
		return order, names
	}
	order = []int{0}
	for _, name := range found {
		names[groups[name][0]] = name
		order = append(order, groups[name]...)
	}
	last := len(order)
	for i := range articles {
		if !slices.Contains(order, i) {
			order = append(order, i)
		}
	}
	if last < len(order) {
		names[order[last]] = alone
	}
	return order, names
}

// grouped are the articles after the lead by category, and the categories of two and
// more, in the order in which they come.
func grouped(articles []newsletter.Article) (groups map[string][]int, found []string) {
	groups = map[string][]int{}
	for i := 1; i < len(articles); i++ {
		name := category(&articles[i])
		if groups[name] = append(groups[name], i); len(groups[name]) == 2 && name != "" {
			found = append(found, name)
		}
	}
	return groups, found
}

// kicker is the line above a title: what it is about, and how long it takes.
func kicker(a *newsletter.Article, w *words.Words) string {
	about, long := category(a), readingTime(a, w)
	if about != "" && long != "" {
		about += " · "
	}
	return about + long
}

func readingTime(a *newsletter.Article, w *words.Words) string {
	if a.Minutes <= 0 {
		return ""
	}
	return w.Count("readingTime", a.Minutes)
}

func category(a *newsletter.Article) string {
	if len(a.Categories) == 0 {
		return ""
	}
	return newsletter.Line(a.Categories[0])
}
