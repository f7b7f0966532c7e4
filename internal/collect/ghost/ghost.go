// Package ghost reads the Content API of Ghost sites (Ghost developer documentation,
// Content API): posts with their authors and their bios. Its key is public: the site's
// own pages carry it. It fetches nothing.
package ghost

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/collect/plain"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// ErrNotPosts means that the answer is no list of posts; the message says what.
var ErrNotPosts = errors.New("not a list of Ghost posts")

// notPosts is an ErrNotPosts with the words for an editor.
type notPosts string

func (n notPosts) Error() string { return string(n) }
func (n notPosts) Unwrap() error { return ErrNotPosts }

// PostsURL is where the newest posts are read, n of them (100 at most). root is the
// API's root with the key, as page.Site has it.
func PostsURL(root string, n int) string {
	u, err := url.Parse(root)
	if err != nil {
		return root
	}
	u.Path = strings.TrimRight(u.Path, "/") + "/posts/"
	query := u.Query()
	query.Set("include", "authors,tags")
	query.Set("limit", strconv.Itoa(n))
	u.RawQuery = query.Encode()
	return u.String()
}

// post is an item of posts; null and absent are empty.
type post struct {
	ID        string   `json:"id"`
	URL       string   `json:"url"`
	Title     string   `json:"title"`
	HTML      string   `json:"html"`
	Dek       string   `json:"custom_excerpt"`
	Excerpt   string   `json:"excerpt"`
	Image     string   `json:"feature_image"`
	Alt       string   `json:"feature_image_alt"`
	Published string   `json:"published_at"`
	Updated   string   `json:"updated_at"`
	Access    string   `json:"visibility"`
	Authors   []author `json:"authors"`
	Tags      []tag    `json:"tags"`
}

type author struct {
	Name    string `json:"name"`
	Bio     string `json:"bio"`
	Photo   string `json:"profile_image"`
	Website string `json:"website"`
	URL     string `json:"url"`
}

type tag struct {
	Name   string `json:"name"`
	Access string `json:"visibility"` // internal ones begin with "#"
}

// ParsePosts reads a list of posts. base is the URL that answered.
func ParsePosts(body []byte, base string) ([]found.Article, error) {
	var in struct {
		Posts  *[]json.RawMessage `json:"posts"`
		Errors []struct {
			Message string `json:"message"`
		} `json:"errors"`
	}
	switch err := json.Unmarshal(body, &in); {
	case err == nil && len(in.Errors) > 0:
		return nil, notPosts("the Ghost API says: " + plain.Line(in.Errors[0].Message))
	case err != nil || in.Posts == nil:
		return nil, notPosts("the Ghost API answers with something else than posts")
	}
	var articles []found.Article
	for _, raw := range *in.Posts {
		var p post
		if json.Unmarshal(raw, &p) != nil { // one odd post must not cost the others
			continue
		}
		if a := p.article(base); a.URL != "" {
			articles = append(articles, a)
		}
	}
	return articles, nil
}

func (p *post) article(base string) found.Article {
	a := found.Article{Article: newsletter.Article{URL: plain.Link(base, p.URL), GUID: plain.Literal(p.ID), Title: plain.Literal(p.Title), Comments: -1,
		Published: plain.ParseDate(p.Published), Updated: plain.ParseDate(p.Updated), Image: newsletter.Image{URL: plain.Link(base, p.Image), Alt: plain.Line(p.Alt)}}}
	begins, broken := plain.Excerpt(p.HTML)
	a.Excerpt = cmp.Or(begins, plain.Cut(plain.Line(p.Excerpt), plain.ExcerptLength))
	a.Short = begins == "" || broken || p.Access != "" && p.Access != "public"
	if !a.Short {
		a.Minutes = plain.Minutes(p.HTML)
	}
	if dek := plain.Line(p.Dek); dek != "" && !plain.Repeats(dek, begins) {
		a.Dek = dek
	}
	for _, t := range p.Tags {
		if name := plain.Line(t.Name); name != "" && t.Access != "internal" && !strings.HasPrefix(name, "#") {
			a.Categories = append(a.Categories, name)
		}
	}
	for i := range p.Authors {
		if who := p.Authors[i].author(base); who.Name != "" {
			a.Byline = append(a.Byline, who)
		}
	}
	return a
}

func (in *author) author(base string) found.Author {
	name := plain.Line(in.Name)
	if len(plain.Names(name)) == 0 { // an account, or "Ghost" itself
		return found.Author{}
	}
	bio := plain.ReadBio(in.Bio, base, name)
	a := found.Author{Page: plain.Link(base, in.URL)}
	a.Name, a.Bio, a.BioHTML, a.Photo = name, bio.Text, bio.HTML, plain.Link(base, in.Photo)
	a.URL = cmp.Or(bio.More, plain.Link(base, in.Website), a.Page)
	if a.Bio != "" {
		a.BioFrom = "ghost"
	}
	return a
}
