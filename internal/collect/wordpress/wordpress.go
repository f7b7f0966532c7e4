// Package wordpress reads the REST API that most WordPress sites offer (WordPress
// developer handbook, REST API). It is the best source of all where it is open: it
// tells authors with their bios. It fetches nothing.
package wordpress

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/collect/plain"
)

// ErrNotPosts means that the answer is no list of posts; the message says what.
var ErrNotPosts = errors.New("not a list of WordPress posts")

// notPosts is an ErrNotPosts with the words for an editor.
type notPosts string

func (n notPosts) Error() string { return string(n) }
func (n notPosts) Unwrap() error { return ErrNotPosts }

// embed asks for what belongs to a post in the same answer.
const embed = "author,wp:featuredmedia,wp:term"

// PostsURL is where the newest posts are read, n of them (100 at most). root is the
// API's root as the site advertises it, with pretty or plain permalinks
// ("/?rest_route=/").
func PostsURL(root string, n int) string {
	return endpoint(root, "wp/v2/posts", url.Values{"_embed": {embed}, "per_page": {strconv.Itoa(n)}})
}

// PageURL is where page number page of the posts is read, n on each.
func PageURL(root string, n, page int) string {
	return endpoint(root, "wp/v2/posts", url.Values{"_embed": {embed}, "per_page": {strconv.Itoa(n)}, "page": {strconv.Itoa(page)}})
}

// ChangedURL is where the posts are read that were edited after since, n at most, the
// last edited first. WordPress compares with the site's own clock, so it is asked for a
// day more (since version 5.7).
func ChangedURL(root string, n int, since time.Time) string {
	after := since.Add(-24 * time.Hour).UTC().Format("2006-01-02T15:04:05")
	return endpoint(root, "wp/v2/posts", url.Values{"_embed": {embed}, "per_page": {strconv.Itoa(n)}, "orderby": {"modified"}, "modified_after": {after}})
}

func endpoint(root, path string, query url.Values) string {
	u, err := url.Parse(root)
	if err != nil {
		return root
	}
	all := u.Query()
	if route := all.Get("rest_route"); route != "" {
		all.Set("rest_route", strings.TrimRight(route, "/")+"/"+path)
	} else {
		u.Path = strings.TrimRight(u.Path, "/") + "/" + path
	}
	for name, values := range query {
		all[name] = values
	}
	u.RawQuery = all.Encode()
	return u.String()
}

// Site is what the root of the API tells of the site.
type Site struct{ Name, Tagline, Home string }

// ParseSite reads the root of the API.
func ParseSite(body []byte) (Site, error) {
	var in struct {
		Name        text     `json:"name"`
		Description text     `json:"description"`
		Home        text     `json:"home"`
		URL         text     `json:"url"`
		Namespaces  []string `json:"namespaces"`
	}
	if err := json.Unmarshal(trim(body), &in); err != nil || in.Namespaces == nil {
		return Site{}, notPosts("this is no WordPress API")
	}
	return Site{plain.Line(string(in.Name)), plain.Line(string(in.Description)), plain.Link("", cmp.Or(string(in.Home), string(in.URL)))}, nil
}

// Post is a post with its texts as the site renders them: not safe to show.
type Post struct {
	found.Article
	SummaryHTML, ContentHTML string
}

// ParsePosts reads a list of posts. base is the URL that answered.
func ParsePosts(body []byte, base string) ([]found.Article, error) {
	posts, err := Read(body, base)
	articles := make([]found.Article, 0, len(posts))
	for i := range posts {
		articles = append(articles, posts[i].Article)
	}
	return articles, err
}

// Read reads a list of posts, or one post, with their texts. base is the URL that answered.
func Read(body []byte, base string) ([]Post, error) {
	var raws []json.RawMessage
	if err := json.Unmarshal(trim(body), &raws); err != nil {
		var single post
		if json.Unmarshal(trim(body), &single) != nil || single.Link == "" {
			return nil, refusal(body)
		}
		return []Post{{single.article(base), string(single.Excerpt), string(single.Content)}}, nil
	}
	posts := make([]Post, 0, len(raws))
	for _, raw := range raws {
		var p post
		if err := json.Unmarshal(raw, &p); err != nil {
			continue // one post that a plugin spoilt must not cost the others
		}
		if a := p.article(base); a.URL != "" {
			posts = append(posts, Post{a, string(p.Excerpt), string(p.Content)})
		}
	}
	if len(posts) == 0 && len(raws) > 0 {
		return nil, notPosts("the WordPress API lists posts, but none has a link")
	}
	return posts, nil
}

// refusal says why the API gave no posts: it has errors of its own.
func refusal(body []byte) error {
	var in struct {
		Code    text `json:"code"`
		Message text `json:"message"`
	}
	if json.Unmarshal(trim(body), &in) == nil && in.Code != "" {
		return notPosts("the WordPress API says: " + plain.Line(string(in.Message)))
	}
	if strings.HasPrefix(strings.TrimSpace(string(body[:min(len(body), 64)])), "<") {
		return notPosts("the WordPress API answers with a web page")
	}
	return notPosts("the WordPress API answers with something else than posts")
}

// trim drops what PHP notices and byte order marks put before the JSON.
func trim(body []byte) []byte {
	for i, c := range body {
		if c == '[' || c == '{' {
			return body[i:]
		}
		if i > 4096 {
			break
		}
	}
	return body
}
