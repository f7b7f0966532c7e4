package magazine

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"
)

// view is what a page shows. Its zero fields mean: this page has none.
type view struct {
	*edition
	Template  string // of theme/
	Status    int
	Title     string // of the browser's tab, without the magazine's name
	About     string
	Canonical string
	Lang, Dir string // of the main content
	Article   *article
	Author    *author
	Category  *category
	Listed    []*article
	Structure any // the JSON-LD
}

// viewer finds what a page shows, or says errMissing.
type viewer func(e *edition, r *http.Request) (view, error)

func (m *magazine) page(find viewer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		e := m.at(r)
		v, err := find(e, r)
		if err != nil {
			v, _ = missing(e, r)
		}
		m.show(w, e, v)
	}
}

func (m *magazine) show(w http.ResponseWriter, e *edition, v view) {
	v.edition = e
	if v.Lang == "" {
		v.Lang, v.Dir = e.Language, "ltr"
	}
	var body bytes.Buffer
	if err := m.theme.ExecuteTemplate(&body, v.Template, v); err != nil {
		http.Error(w, "The page could not be written.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.Header().Add("Link", apiLink(e))
	if v.Article != nil {
		w.Header().Add("Link", fmt.Sprintf(`<%s/wp-json/wp/v2/posts/%d>; rel="alternate"; title="JSON"; type="application/json"`, e.Base, v.Article.ID))
	}
	w.WriteHeader(v.Status)
	_, _ = body.WriteTo(w) // a reader who hung up is no fault of ours
}

// front is the home page. A guid's ?p= shows the article itself, whose
// canonical link tells the address.
func front(e *edition, r *http.Request) (view, error) {
	if p := r.URL.Query().Get("p"); p != "" {
		return show(e, func(a *article) bool { return fmt.Sprint(a.ID) == p })
	}
	return view{Template: "front", Status: http.StatusOK, Title: e.Name, About: e.Tagline, Canonical: e.Base + "/", Listed: e.Articles}, nil
}

func single(e *edition, r *http.Request) (view, error) {
	return show(e, func(a *article) bool { return a.Slug == r.PathValue("slug") })
}

func show(e *edition, wanted func(*article) bool) (view, error) {
	a := find(e.Articles, wanted)
	if a == nil {
		return view{}, errMissing
	}
	return view{Template: "single", Status: http.StatusOK, Title: a.Title, About: a.Dek, Canonical: a.URL,
		Lang: a.Language, Dir: a.Dir, Article: a, Structure: e.newsArticle(a)}, nil
}

func writtenBy(e *edition, r *http.Request) (view, error) {
	a := find(e.Authors, func(a *author) bool { return a.Slug == r.PathValue("slug") })
	if a == nil {
		return view{}, errMissing
	}
	return view{Template: "author", Status: http.StatusOK, Title: a.Name, About: "Articles by " + a.Name, Canonical: a.URL,
		Author: a, Listed: a.Articles}, nil
}

func filedUnder(e *edition, r *http.Request) (view, error) {
	c := find(e.Categories, func(c *category) bool { return c.Slug == r.PathValue("slug") })
	if c == nil {
		return view{}, errMissing
	}
	return view{Template: "category", Status: http.StatusOK, Title: c.Name, About: "Articles in " + c.Name, Canonical: c.URL,
		Category: c, Listed: c.Articles}, nil
}

func missing(e *edition, _ *http.Request) (view, error) {
	return view{Template: "missing", Status: http.StatusNotFound, Title: "Page not found", About: e.Tagline, Listed: e.Articles[:3]}, nil
}

// slashless sends those who leave the last slash out to the address with it.
func (m *magazine) slashless(w http.ResponseWriter, r *http.Request) {
	slug := r.PathValue("slug")
	known := slug == "feed" || slug == "wp-json" ||
		slices.ContainsFunc(m.content.Articles, func(a storedArticle) bool { return a.Slug == slug })
	if !known {
		m.page(missing)(w, r)
		return
	}
	http.Redirect(w, r, "/"+slug+"/", http.StatusMovedPermanently)
}

// refuseComment answers the form under an article.
func (m *magazine) refuseComment(w http.ResponseWriter, r *http.Request) {
	e := m.at(r)
	m.show(w, e, view{Template: "refused", Status: http.StatusForbidden, Title: "Your reply was not kept", About: e.Tagline})
}

// words are the theme's small functions.
var words = template.FuncMap{
	"day":     func(t time.Time) string { return t.Format("2 January 2006") },
	"stamp":   func(t time.Time) string { return t.Format(time.RFC3339) },
	"minutes": readingMinutes,
	"replies": countReplies,
	"wp":      func() string { return generator },
	"locale":  locale,
}

// readingMinutes supposes 200 words a minute, and at least one minute.
func readingMinutes(a *article) int {
	return (len(strings.Fields(string(a.Body))) + 199) / 200
}

func countReplies(a *article) string {
	switch n := len(a.Comments); n {
	case 0:
		return "No replies yet"
	case 1:
		return "1 reply"
	default:
		return fmt.Sprintf("%d replies", n)
	}
}

// locale is a language as OpenGraph writes it.
func locale(language string) string {
	if l, known := map[string]string{"en": "en_GB", "de": "de_DE", "ar": "ar_AR"}[language]; known {
		return l
	}
	return language
}
