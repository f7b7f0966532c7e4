package magazine

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// restPost is an article as /wp/v2/posts gives it
// (https://developer.wordpress.org/rest-api/reference/posts/).
type restPost struct {
	ID            int                   `json:"id"`
	Date          string                `json:"date"`
	DateGMT       string                `json:"date_gmt"`
	GUID          rendered              `json:"guid"`
	Modified      string                `json:"modified"`
	ModifiedGMT   string                `json:"modified_gmt"`
	Slug          string                `json:"slug"`
	Status        string                `json:"status"`
	Type          string                `json:"type"`
	Link          string                `json:"link"`
	Title         rendered              `json:"title"`
	Content       protected             `json:"content"`
	Excerpt       protected             `json:"excerpt"`
	Author        int                   `json:"author"`
	FeaturedMedia int                   `json:"featured_media"`
	CommentStatus string                `json:"comment_status"`
	PingStatus    string                `json:"ping_status"`
	Sticky        bool                  `json:"sticky"`
	Format        string                `json:"format"`
	Categories    []int                 `json:"categories"`
	Tags          []int                 `json:"tags"`
	Links         map[string][]restLink `json:"_links"`
	Embedded      map[string]any        `json:"_embedded,omitempty"`
}

type rendered struct {
	Rendered string `json:"rendered"`
}

type protected struct {
	Rendered  string `json:"rendered"`
	Protected bool   `json:"protected"`
}

type restLink struct {
	Href       string `json:"href"`
	Embeddable bool   `json:"embeddable,omitempty"`
	Taxonomy   string `json:"taxonomy,omitempty"`
}

// wpTime is how WordPress writes times: no zone, although _gmt fields are UTC.
const wpTime = "2006-01-02T15:04:05"

func listPosts(e *edition, r *http.Request, header http.Header) (any, error) {
	wanted, err := selection(r)
	if err != nil {
		return nil, err
	}
	articles, err := window(slices.DeleteFunc(slices.Clone(e.Articles), func(a *article) bool { return !wanted(a) }), r, header)
	if err != nil {
		return nil, err
	}
	posts := make([]restPost, 0, len(articles))
	for _, a := range articles {
		posts = append(posts, e.post(a, r))
	}
	return posts, nil
}

func onePost(e *edition, r *http.Request, _ http.Header) (any, error) {
	a := find(e.Articles, func(a *article) bool { return strconv.Itoa(a.ID) == r.PathValue("id") })
	if a == nil {
		return nil, refuse(http.StatusNotFound, "rest_post_invalid_id", "Invalid post ID.")
	}
	return e.post(a, r), nil
}

// selection reads the filters. Both ends are exclusive, as in WordPress.
func selection(r *http.Request) (func(*article) bool, error) {
	var limits [4]time.Time
	for i, name := range []string{"after", "before", "modified_after", "modified_before"} {
		var err error
		if limits[i], err = instant(r, name); err != nil {
			return nil, err
		}
	}
	slug := r.URL.Query().Get("slug")
	return func(a *article) bool {
		return within(a.Published, limits[0], limits[1]) && within(a.Modified, limits[2], limits[3]) && (slug == "" || slug == a.Slug)
	}, nil
}

func within(t, after, before time.Time) bool {
	return t.After(after) && (before.IsZero() || t.Before(before))
}

// instant reads a time: RFC 3339, or without a zone, which means the site's (UTC).
func instant(r *http.Request, name string) (time.Time, error) {
	given := r.URL.Query().Get(name)
	if given == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, wpTime} {
		if t, err := time.Parse(layout, given); err == nil {
			return t, nil
		}
	}
	return time.Time{}, badParameter(name)
}

// post shows an article. WordPress knows one author of it, the first.
func (e *edition) post(a *article, r *http.Request) restPost {
	p := restPost{
		ID: a.ID, GUID: rendered{a.GUID}, Slug: a.Slug, Status: "publish", Type: "post", Link: a.URL,
		Date: a.Published.Format(wpTime), DateGMT: a.Published.Format(wpTime),
		Modified: a.Modified.Format(wpTime), ModifiedGMT: a.Modified.Format(wpTime),
		Title: rendered{entities(a.Title)}, Content: protected{Rendered: a.markup(e.Language)}, Excerpt: protected{Rendered: a.excerpt()},
		Author: a.Authors[0].ID, CommentStatus: "open", PingStatus: "closed", Format: "standard",
		Categories: []int{}, Tags: []int{}, Links: e.links(a), Embedded: e.embedded(a, r),
	}
	if a.CommentsClosed {
		p.CommentStatus = "closed"
	}
	if a.Picture != nil {
		p.FeaturedMedia = a.Picture.ID
	}
	for _, in := range a.Categories {
		p.Categories = append(p.Categories, in.ID)
	}
	return p
}

func (e *edition) links(a *article) map[string][]restLink {
	api, id := e.Base+"/wp-json/wp/v2/", strconv.Itoa(a.ID)
	links := map[string][]restLink{
		"self":       {{Href: api + "posts/" + id}},
		"collection": {{Href: api + "posts"}},
		"author":     {{Href: api + "users/" + strconv.Itoa(a.Authors[0].ID), Embeddable: true}},
		"replies":    {{Href: api + "comments?post=" + id, Embeddable: true}},
		"wp:term":    {{Href: api + "categories?post=" + id, Embeddable: true, Taxonomy: "category"}},
	}
	if a.Picture != nil {
		links["wp:featuredmedia"] = []restLink{{Href: api + "media/" + strconv.Itoa(a.Picture.ID), Embeddable: true}}
	}
	return links
}

// embedded puts in what _embed asks for: everything, or the relations it lists.
func (e *edition) embedded(a *article, r *http.Request) map[string]any {
	query := r.URL.Query()
	if !query.Has("_embed") {
		return nil
	}
	all := map[string]any{"author": []restUser{e.user(a.Authors[0])}, "wp:term": [][]restCategory{e.terms(a.Categories)}}
	if a.Picture != nil {
		all["wp:featuredmedia"] = []restMedia{a.Picture.media()}
	}
	if len(a.Comments) > 0 {
		all["replies"] = [][]restComment{replies(a.Comments)}
	}
	asked := query.Get("_embed")
	if asked == "" || asked == "1" || asked == "true" {
		return all
	}
	for relation := range all {
		if !slices.Contains(strings.Split(asked, ","), relation) {
			delete(all, relation)
		}
	}
	return all
}
