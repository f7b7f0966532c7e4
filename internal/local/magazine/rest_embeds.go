package magazine

import (
	"html"
	"net/http"
	"slices"
	"strconv"
)

// restUser is an author. Description is what readers call the bio; WordPress
// lets it hold links.
type restUser struct {
	ID          int               `json:"id"`
	Name        string            `json:"name"`
	URL         string            `json:"url"`
	Description string            `json:"description"`
	Link        string            `json:"link"`
	Slug        string            `json:"slug"`
	Avatars     map[string]string `json:"avatar_urls,omitempty"`
}

func (e *edition) user(a *author) restUser {
	u := restUser{ID: a.ID, Name: a.Name, Slug: a.Slug, Link: a.URL, Description: string(a.Bio)}
	if a.Photo != "" { // with its own photos a site names one file for every size
		u.Avatars = map[string]string{"24": a.Photo, "48": a.Photo, "96": a.Photo}
	}
	return u
}

func oneUser(e *edition, r *http.Request, _ http.Header) (any, error) {
	a := find(e.Authors, func(a *author) bool { return strconv.Itoa(a.ID) == r.PathValue("id") })
	if a == nil {
		return nil, refuse(http.StatusNotFound, "rest_user_invalid_id", "Invalid user ID.")
	}
	return e.user(a), nil
}

type restMedia struct {
	ID        int          `json:"id"`
	Slug      string       `json:"slug"`
	Type      string       `json:"type"`
	Alt       string       `json:"alt_text"`
	MediaType string       `json:"media_type"`
	MimeType  string       `json:"mime_type"`
	Source    string       `json:"source_url"`
	Details   mediaDetails `json:"media_details"`
}

type mediaDetails struct {
	Width  int                  `json:"width"`
	Height int                  `json:"height"`
	File   string               `json:"file"`
	Sizes  map[string]mediaSize `json:"sizes"`
}

type mediaSize struct {
	File     string `json:"file"`
	Width    int    `json:"width"`
	Height   int    `json:"height"`
	MimeType string `json:"mime_type"`
	Source   string `json:"source_url"`
}

func (p *picture) media() restMedia {
	size := func(r rendition) mediaSize {
		return mediaSize{File: r.File, Width: r.Width, Height: r.Height, MimeType: "image/jpeg", Source: r.URL}
	}
	return restMedia{
		ID: p.ID, Slug: p.Slug, Type: "attachment", Alt: p.Alt, MediaType: "image", MimeType: "image/jpeg", Source: p.Full.URL,
		Details: mediaDetails{Width: p.Full.Width, Height: p.Full.Height, File: p.Full.File,
			Sizes: map[string]mediaSize{"medium_large": size(p.Card), "full": size(p.Full)}},
	}
}

func oneMedia(e *edition, r *http.Request, _ http.Header) (any, error) {
	a := find(e.Articles, func(a *article) bool { return a.Picture != nil && strconv.Itoa(a.Picture.ID) == r.PathValue("id") })
	if a == nil {
		return nil, refuse(http.StatusNotFound, "rest_post_invalid_id", "Invalid post ID.")
	}
	return a.Picture.media(), nil
}

type restCategory struct {
	ID       int    `json:"id"`
	Count    int    `json:"count"`
	Link     string `json:"link"`
	Name     string `json:"name"`
	Slug     string `json:"slug"`
	Taxonomy string `json:"taxonomy"`
}

func (e *edition) terms(categories []*category) []restCategory {
	terms := make([]restCategory, 0, len(categories))
	for _, c := range categories {
		terms = append(terms, restCategory{ID: c.ID, Count: len(c.Articles), Link: c.URL, Name: html.EscapeString(c.Name), Slug: c.Slug, Taxonomy: "category"})
	}
	return terms
}

// listCategories gives all of them, or those of the article that post names.
func listCategories(e *edition, r *http.Request, header http.Header) (any, error) {
	of := r.URL.Query().Get("post")
	here := func(a *article) bool { return strconv.Itoa(a.ID) == of }
	return window(e.terms(slices.DeleteFunc(slices.Clone(e.Categories), func(c *category) bool {
		return of != "" && !slices.ContainsFunc(c.Articles, here)
	})), r, header)
}

type restComment struct {
	ID      int      `json:"id"`
	Post    int      `json:"post"`
	Parent  int      `json:"parent"`
	Author  string   `json:"author_name"`
	DateGMT string   `json:"date_gmt"`
	Content rendered `json:"content"`
	Link    string   `json:"link"`
	Type    string   `json:"type"`
}

func replies(comments []*comment) []restComment {
	said := make([]restComment, 0, len(comments))
	for _, c := range comments {
		said = append(said, restComment{ID: c.ID, Post: c.Article.ID, Author: c.Name, DateGMT: c.At.Format(wpTime), Type: "comment",
			Content: rendered{"<p>" + html.EscapeString(c.Text) + "</p>\n"}, Link: c.Article.URL + "#comment-" + strconv.Itoa(c.ID)})
	}
	return said
}

// listComments gives those on all articles, or on the one that post names.
// X-WP-Total is the only place where the API counts them.
func listComments(e *edition, r *http.Request, header http.Header) (any, error) {
	of := r.URL.Query().Get("post")
	return window(replies(slices.DeleteFunc(slices.Clone(e.LatestComments), func(c *comment) bool {
		return of != "" && strconv.Itoa(c.Article.ID) != of
	})), r, header)
}
