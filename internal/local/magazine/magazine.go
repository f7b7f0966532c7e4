// Package magazine is the sample magazine: The Lantern Post, an invented online
// magazine that a newcomer's first digest is made of. New returns it as a
// handler that answers as a small WordPress site does: pages, an RSS feed, a
// REST API, pictures. It is collected over HTTP like any other site.
//
// It keeps what makes real sites hard: a bio with a hole where a link was, an
// author without bio or photo, an article without a picture, a second author
// whom the REST API does not name, articles in German and Arabic, entities in a
// title, closed comments.
//
// Nothing depends on the port it answers at, except links: they are absolute and
// built from the Host of the request. Guids stand under Home and never change;
// nor do paths, which carry no date ("post name" permalinks). Only dates move:
// they lie at fixed distances before the time given to New.
//
// The pictures in uploads are drawn in art: Chromium's screenshots of those files,
// 1200×675 and 600×338, authors 192×192, as JPEG.
//
// It keeps nothing, so it takes no comments and has no admin pages. It is made
// for a loopback port, not for the open Internet.
package magazine

import (
	"embed"
	"errors"
	"html/template"
	"net/http"
	"strings"
	"time"
)

// Home is the address the magazine goes by, whichever port it answers at. Its
// guids stand under it. No one can reach it: .example is reserved (RFC 2606).
const Home = "https://lanternpost.example/"

// DefaultAddr is where the magazine answers unless the port is taken. A fixed
// port keeps its links, and so the identity of its authors, from run to run.
const DefaultAddr = "127.0.0.1:8081"

//go:embed content theme uploads
var files embed.FS

// morning is the hour (UTC) at which the newest article comes out.
const morning = 6

// settled is how long before a run the newest article has been out at least, so
// that the comments on it are not from the future.
const settled = 2 * time.Hour

// Morning is a publication time for the newest article that looks fresh at now
// and stays the same all day: the last 06:00 UTC that is two hours past.
func Morning(now time.Time) time.Time {
	t := now.UTC().Add(-settled)
	day := time.Date(t.Year(), t.Month(), t.Day(), morning, 0, 0, 0, time.UTC)
	if day.After(t) {
		day = day.AddDate(0, 0, -1)
	}
	return day
}

// magazine is the site: what is stored, and how it is shown.
type magazine struct {
	content   content
	theme     *template.Template
	published time.Time
}

// New returns the magazine, its newest article dated published. An error means
// that the content built into the program is damaged.
func New(published time.Time) (http.Handler, error) {
	stored, err := load(files)
	if err != nil {
		return nil, err
	}
	theme, err := template.New("").Funcs(words).ParseFS(files, "theme/*.tmpl")
	if err != nil {
		return nil, err
	}
	m := &magazine{content: stored, theme: theme, published: published.UTC().Truncate(time.Second)}
	return m.routes(), nil
}

func (m *magazine) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", m.page(front))
	mux.HandleFunc("GET /{slug}/{$}", m.page(single))
	mux.HandleFunc("GET /{slug}", m.slashless)
	mux.HandleFunc("GET /author/{slug}/{$}", m.page(writtenBy))
	mux.HandleFunc("GET /category/{slug}/{$}", m.page(filedUnder))
	mux.HandleFunc("GET /", m.page(missing))
	mux.HandleFunc("POST /wp-comments-post.php", m.refuseComment)

	mux.HandleFunc("GET /feed/{$}", m.feed)
	mux.HandleFunc("GET /comments/feed/{$}", m.commentFeed)

	mux.HandleFunc("GET /wp-json/{$}", m.rest(index))
	mux.HandleFunc("GET /wp-json/wp/v2/posts", m.rest(listPosts))
	mux.HandleFunc("GET /wp-json/wp/v2/posts/{id}", m.rest(onePost))
	mux.HandleFunc("GET /wp-json/wp/v2/users/{id}", m.rest(oneUser))
	mux.HandleFunc("GET /wp-json/wp/v2/media/{id}", m.rest(oneMedia))
	mux.HandleFunc("GET /wp-json/wp/v2/categories", m.rest(listCategories))
	mux.HandleFunc("GET /wp-json/wp/v2/comments", m.rest(listComments))
	mux.HandleFunc("GET /wp-json/wp/v2/", m.rest(noRoute))

	mux.HandleFunc("GET /wp-content/uploads/{name}", m.upload)
	mux.HandleFunc("GET /wp-content/themes/lantern/style.css", m.stylesheet)
	return mux
}

// at is the magazine with the addresses it has for this request. The server has
// refused a Host with quotes or brackets before.
func (m *magazine) at(r *http.Request) *edition {
	return m.content.edition("http://"+strings.ToLower(r.Host), m.published)
}

// errMissing is the answer of a view for which there is nothing to show.
var errMissing = errors.New("magazine: no such page")
