package compose

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// pages answers with these statuses, by address; 200 where none is given.
type pages map[string]int

func (p pages) Get(_ context.Context, link string, _ fetch.Validators) (*fetch.Response, error) {
	switch code := p[link]; code {
	case 0:
		return &fetch.Response{URL: link}, nil
	case -1:
		return nil, &fetch.Failure{Words: "it does not answer"}
	default:
		return nil, &fetch.StatusError{Code: code, URL: link}
	}
}

func TestWhatTheSiteHasTakenAwayIsNotMailed(t *testing.T) {
	link := func(n int) string { return fmt.Sprintf("https://magazine.example.org/%d", n) }
	d := newDesk(t)
	d.Pages = pages{link(2): http.StatusNotFound, link(3): http.StatusGone, link(4): http.StatusForbidden, link(5): -1, link(6): http.StatusServiceUnavailable}
	for n := range 6 {
		d.add(t, n+1)
	}
	issue, err := d.Compose(t.Context(), "weekly", monday)
	must(t, err)
	_, err = d.approve(t, issue.ID)
	must(t, err)
	if got := titles(d.rendered[0]); len(got) != 4 || got[0] != "Article 1" || got[1] != "Article 4" {
		t.Errorf("%v", got)
	}
	must(t, d.store.TakeArticle(t.Context(), newsletter.ArticleID(link(2)), "weekly", "another")) // it is nobody's
}

func TestAnIssueOfNothingButTakenAwayArticles(t *testing.T) {
	d := newDesk(t)
	d.Pages = pages{"https://magazine.example.org/1": http.StatusGone}
	d.add(t, 1)
	issue, err := d.Compose(t.Context(), "weekly", monday)
	must(t, err)
	if _, err := d.approve(t, issue.ID); !errors.Is(err, ErrNothingNew) || len(d.started) != 0 {
		t.Errorf("%v, started %v", err, d.started)
	}
}
