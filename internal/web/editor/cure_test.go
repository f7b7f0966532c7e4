package editor

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestEachFindingLeadsToItsCure: whatever preflight says, its link leads to a page that is
// there, and to the field on it.
func TestEachFindingLeadsToItsCure(t *testing.T) {
	r := open(t)
	cookie := r.signIn(t, ada)
	must(t, r.store.SaveSchedule(t.Context(), &newsletter.Schedule{ID: "weekly"}))
	must(t, r.store.SaveAuthor(t.Context(), &newsletter.Author{Key: "hole", Found: newsletter.Profile{Name: "Holly", Bio: "A writer at, I love lamps"}}))
	article := newsletter.Article{ID: "a1", URL: "https://magazine.example.org/1", Title: "Bread", Authors: []string{"hole"}, FirstSeen: monday, Image: newsletter.Image{URL: "https://magazine.example.org/i.webp"}}
	must(t, r.store.AddArticle(t.Context(), &article))
	issue := newsletter.Issue{ID: "weekly-1", Schedule: "weekly", State: newsletter.IssueDraft, Subject: strings.Repeat("BREAD ", 20), Articles: []string{"a1"}, FireAt: monday, CreatedAt: monday}
	must(t, r.store.SaveIssue(t.Context(), &issue))
	w := r.ask("GET", "/desk/issues/weekly-1/preflight", cookie, nil)
	want(t, w, 200, "Write what is to be seen", "perhaps “The Lantern Post”")
	links := regexp.MustCompile(`<p class="soft"><a href="([^"]+)">`).FindAllStringSubmatch(w.Body.String(), -1)
	if len(links) < 5 {
		t.Errorf("%d findings lead to their cure:\n%s", len(links), w.Body)
	}
	for _, link := range links {
		r.leads(t, cookie, html.UnescapeString(link[1]))
	}
	for _, rule := range []string{"empty-subject", "empty-preheader", "no-articles", "dead-link", "dead-image", "no-postal-address", "no-readers"} {
		r.leads(t, cookie, desk.CurePath("weekly-1", newsletter.Finding{Rule: rule}))
	}
	for _, rule := range []string{"missing-alt", "missing-excerpt", "webp-image", "dead-link"} {
		r.leads(t, cookie, desk.CurePath("weekly-1", newsletter.Finding{Rule: rule, Article: "a1"}))
	}
}

// leads tells where a link leads to no page, or to no place on it.
func (r *studio) leads(t *testing.T, cookie, link string) {
	t.Helper()
	u, err := url.Parse(link)
	must(t, err)
	w := r.ask("GET", u.RequestURI(), cookie, nil)
	if w.Code == http.StatusForbidden && strings.HasPrefix(link, "/desk/subscribers/") {
		return // the room is for operators
	}
	if w.Code != http.StatusOK || u.Fragment != "" && !strings.Contains(w.Body.String(), ` id="`+u.Fragment+`"`) {
		t.Errorf("%s: %d, or no such place", link, w.Code)
	}
}

// TestTheWordThatABioLacks is put there by one press.
func TestTheWordThatABioLacks(t *testing.T) {
	r := open(t)
	cookie := r.signIn(t, ada)
	must(t, r.store.SaveAuthor(t.Context(), &newsletter.Author{Key: "hole", Override: newsletter.Profile{Photo: "-"}, Found: newsletter.Profile{Name: "Holly", Bio: "A writer at, I love lamps"}}))
	w := r.ask("GET", "/desk/authors/hole?back=/desk/issues/weekly-1%23flight", cookie, nil)
	want(t, w, 200, "Put “The Lantern Post” there", "Back to the issue")
	form := url.Values{}
	before, _, _ := strings.Cut(w.Body.String(), "Put “The Lantern Post” there")
	_, before, _ = strings.Cut(before, `<form`)
	for _, field := range regexp.MustCompile(`name="(\w+)" value="([^"]*)"`).FindAllStringSubmatch(before[strings.LastIndex(before, "<form")+1:], -1) {
		form.Set(field[1], html.UnescapeString(field[2]))
	}
	want(t, r.ask("POST", "/desk/authors/hole", cookie, form), 303, "/desk/issues/weekly-1?done=saved#flight")
	a, err := r.store.Author(t.Context(), "hole")
	must(t, err)
	if a.Override != (newsletter.Profile{Bio: "A writer at The Lantern Post, I love lamps", Photo: "-"}) {
		t.Errorf("%+v", a.Override)
	}
	want(t, r.ask("GET", "/desk/authors/hole?back=https://evil.example/", cookie, nil), 200, `href="/desk/"`)
}
