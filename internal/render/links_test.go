package render

import (
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestEveryLinkOutOfTheMailIsCounted in HTML and text, under the name that Links tells,
// and with the UTM parameters at its end. Links to our own pages stay.
func TestEveryLinkOutOfTheMailIsCounted(t *testing.T) {
	r := renderer(t)
	r.Redirect = func(issue, link string) string { return issue + "." + link }
	c := content(12)
	c.Publication.UTM, c.Publication.Clicks = "source=newsletter", true
	c.Issue.State, c.Issue.Rest = newsletter.IssueApproved, []string{"x"}
	m, err := r.Issue(c)
	if err != nil {
		t.Fatal(err)
	}
	var known newsletter.Links
	known.Add(r.Links(c))
	links := pasted.FindAllString(m.Text, -1)
	for _, found := range anchors.FindAllStringSubmatch(m.HTML, -1) {
		links = append(links, found[1])
	}
	counted := 0
	for _, url := range links {
		name, ours := strings.CutPrefix(url, "https://news.example.org/r/weekly-1.")
		if !ours {
			if !strings.HasPrefix(url, "https://news.example.org/") {
				t.Errorf("%s is not counted", url)
			}
			continue
		}
		counted++
		if link, ok := known.Find(name); !ok || !strings.HasPrefix(link.URL, "https://magazine.example.org/") || !strings.Contains(link.URL, "utm_source=newsletter") || link.Title == "" {
			t.Errorf("%s: %+v, %t", url, link, ok)
		}
	}
	if counted < 60 {
		t.Errorf("only %d links are counted", counted)
	}
}

func TestDraftsLeadStraight(t *testing.T) {
	r := renderer(t)
	r.Redirect = func(string, string) string { return "x" }
	c := content(3)
	c.Publication.Clicks = true
	m, err := r.Issue(c)
	if err != nil || strings.Contains(m.HTML+m.Text, "https://news.example.org"+newsletter.RedirectPath) || len(r.Links(c)) != 0 {
		t.Errorf("a proof of a draft is counted: %v", err)
	}
}

// TestNothingIsCountedUnlessThePublicationWantsIt, though a redirect is there.
func TestNothingIsCountedUnlessThePublicationWantsIt(t *testing.T) {
	r := renderer(t)
	r.Redirect = func(string, string) string { return "x" }
	c := content(3)
	c.Issue.State = newsletter.IssueApproved
	m, err := r.Issue(c)
	if err != nil || strings.Contains(m.HTML+m.Text, newsletter.RedirectPath) || len(r.Links(c)) != 0 {
		t.Errorf("it is counted: %v", err)
	}
}
