package magazine

import (
	"strings"
	"testing"
)

func edited(t *testing.T) *edition {
	t.Helper()
	c := stored(t)
	return c.edition("http://127.0.0.1:8081", newest)
}

// TestTheHardCasesAreThere names what the sample magazine is there to show.
func TestTheHardCasesAreThere(t *testing.T) {
	e := edited(t)
	count := func(fits func(*article) bool) (n int) {
		for _, a := range e.Articles {
			if fits(a) {
				n++
			}
		}
		return n
	}
	for name, test := range map[string]struct{ got, want int }{
		"articles":               {len(e.Articles), 12},
		"without a picture":      {count(func(a *article) bool { return a.Picture == nil }), 1},
		"with two authors":       {count(func(a *article) bool { return len(a.Authors) == 2 }), 1},
		"by an author sans bio":  {count(func(a *article) bool { return a.Authors[0].Bio == "" && a.Authors[0].Photo == "" }), 1},
		"with a hole in the bio": {count(func(a *article) bool { return strings.Contains(string(a.Authors[0].Bio), "writer at, ") }), 2},
		"in German":              {count(func(a *article) bool { return a.Language == "de" }), 1},
		"in Arabic":              {count(func(a *article) bool { return a.Language == "ar" && a.Dir == "rtl" }), 1},
		"with closed comments":   {count(func(a *article) bool { return a.CommentsClosed }), 1},
		"without comments":       {count(func(a *article) bool { return len(a.Comments) == 0 }), 3},
		"with an ampersand":      {count(func(a *article) bool { return strings.Contains(a.Title, "& ") }), 1},
		"edited later":           {count(func(a *article) bool { return a.Modified.After(a.Published) }), 1},
	} {
		if test.got != test.want {
			t.Errorf("articles %s: %d, want %d", name, test.got, test.want)
		}
	}
}

// TestNothingIsFromTheFuture holds Morning and the content's distances together.
func TestNothingIsFromTheFuture(t *testing.T) {
	latest := newest.Add(settled)
	for _, c := range edited(t).LatestComments {
		if c.At.After(latest) || c.At.Before(c.Article.Published) {
			t.Errorf("comment %d on %s is of %s", c.ID, c.Article.Slug, c.At)
		}
	}
	if e := edited(t); e.Updated.After(latest) {
		t.Errorf("the last edit is of %s, later than %s", e.Updated, latest)
	}
}
