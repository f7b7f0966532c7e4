package magazine

import (
	"fmt"
	"html/template"
	"slices"
	"time"
)

// edition is the magazine at one address and one time: links are whole, dates
// are dates, and everything points at what it belongs to.
type edition struct {
	Base           string // scheme and host, no trailing slash
	Name, Tagline  string
	Language       string
	Updated        time.Time // the newest publication or edit
	Categories     []*category
	Authors        []*author
	Articles       []*article // newest first
	LatestComments []*comment // newest first
}

type category struct {
	ID         int
	Slug, Name string
	URL        string
	Articles   []*article
}

type author struct {
	ID         int
	Slug, Name string
	Bio        template.HTML
	Photo      string // URL, empty where there is none
	URL        string
	Articles   []*article
}

type article struct {
	ID                  int
	GUID, URL           string
	Slug, Title, Dek    string
	Language, Dir       string
	Body                template.HTML
	Picture             *picture // nil where there is none
	Categories          []*category
	Authors             []*author
	Comments            []*comment // oldest first
	CommentsClosed      bool
	Published, Modified time.Time
}

type picture struct {
	ID         int
	Slug, Alt  string
	Full, Card rendition
}

// rendition is a picture at one of its sizes, in pixels.
type rendition struct {
	File          string
	URL           string
	Width, Height int
}

type comment struct {
	ID         int
	Name, Text string
	At         time.Time
	Article    *article
}

// edition resolves what is stored for one address. Slugs that the content does
// not define are left out.
func (c *content) edition(base string, published time.Time) *edition {
	e := &edition{Base: base, Name: c.Name, Tagline: c.Tagline, Language: c.Language}
	for _, s := range c.Categories {
		e.Categories = append(e.Categories, &category{ID: s.ID, Slug: s.Slug, Name: s.Name, URL: base + "/category/" + s.Slug + "/"})
	}
	for _, s := range c.Authors {
		e.Authors = append(e.Authors, e.author(s))
	}
	for _, s := range c.Articles {
		e.add(s, published.Add(-hours(s.HoursBefore)))
	}
	slices.SortStableFunc(e.LatestComments, func(a, b *comment) int { return b.At.Compare(a.At) })
	return e
}

func hours(n float64) time.Duration { return time.Duration(n * float64(time.Hour)) }

func (e *edition) author(s storedAuthor) *author {
	a := &author{ID: s.ID, Slug: s.Slug, Name: s.Name, Bio: template.HTML(s.Bio), URL: e.Base + "/author/" + s.Slug + "/"}
	if s.Photo {
		a.Photo = e.upload(s.Slug + ".jpg")
	}
	return a
}

func (e *edition) add(s storedArticle, published time.Time) {
	a := &article{
		ID: s.ID, GUID: fmt.Sprintf("%s?p=%d", Home, s.ID), URL: e.Base + "/" + s.Slug + "/",
		Slug: s.Slug, Title: s.Title, Dek: s.Dek, Body: template.HTML(s.body),
		Language: s.Language, Dir: "ltr", Picture: e.picture(s), CommentsClosed: s.CommentsClosed,
		Published: published, Modified: published.Add(hours(s.EditedAfter)),
	}
	if a.Language == "" {
		a.Language = e.Language
	}
	if a.Language == "ar" {
		a.Dir = "rtl"
	}
	e.credit(a, s)
	e.discuss(a, s)
	if a.Modified.After(e.Updated) {
		e.Updated = a.Modified
	}
	e.Articles = append(e.Articles, a)
}

// credit ties an article to its authors and categories, both ways.
func (e *edition) credit(a *article, s storedArticle) {
	for _, slug := range s.Authors {
		if by := find(e.Authors, func(x *author) bool { return x.Slug == slug }); by != nil {
			a.Authors, by.Articles = append(a.Authors, by), append(by.Articles, a)
		}
	}
	for _, slug := range s.Categories {
		if in := find(e.Categories, func(x *category) bool { return x.Slug == slug }); in != nil {
			a.Categories, in.Articles = append(a.Categories, in), append(in.Articles, a)
		}
	}
}

func (e *edition) discuss(a *article, s storedArticle) {
	for i, said := range s.Comments {
		c := &comment{ID: s.ID*100 + i, Name: said.Name, Text: said.Text, At: a.Published.Add(hours(said.HoursAfter)), Article: a}
		a.Comments = append(a.Comments, c)
		e.LatestComments = append(e.LatestComments, c)
	}
}

// pictureIDs begin here, so that they differ from the articles'.
const pictureIDs = 1000

func (e *edition) picture(s storedArticle) *picture {
	if s.ImageAlt == "" {
		return nil
	}
	full, card := s.Slug+".jpg", s.Slug+"-600x338.jpg"
	return &picture{
		ID: pictureIDs + s.ID, Slug: s.Slug, Alt: s.ImageAlt,
		Full: rendition{File: full, URL: e.upload(full), Width: 1200, Height: 675},
		Card: rendition{File: card, URL: e.upload(card), Width: 600, Height: 338},
	}
}

func (e *edition) upload(name string) string { return e.Base + "/wp-content/uploads/" + name }

// find is the first element that fits, nil where none does.
func find[T any](all []*T, fits func(*T) bool) *T {
	if i := slices.IndexFunc(all, fits); i >= 0 {
		return all[i]
	}
	return nil
}
