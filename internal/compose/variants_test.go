package compose

import (
	"context"
	"reflect"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestAnIssueIsRenderedInEachLanguage that the publication speaks, once.
func TestAnIssueIsRenderedInEachLanguage(t *testing.T) {
	d := newDesk(t)
	d.Publication = func(context.Context) (newsletter.Publication, error) {
		return newsletter.Publication{Name: "The Lantern Post", Language: "en-GB", Languages: "de fr-CA tlh DE en"}, nil
	}
	d.add(t, 1)
	run, err := d.SendNow(t.Context(), "weekly")
	must(t, err)
	issue, err := d.store.Issue(t.Context(), run.Issue)
	must(t, err)
	if want := []newsletter.Variant{{Key: "de", Language: "de"}, {Key: "fr", Language: "fr"}}; !reflect.DeepEqual(issue.Variants, want) {
		t.Errorf("%+v", issue.Variants)
	}
	for i, language := range []string{"", "de", "fr"} {
		if d.rendered[i].Language != language {
			t.Errorf("rendering %d is in %q", i, d.rendered[i].Language)
		}
		if _, err := d.store.Mail(t.Context(), run.Issue, language); err != nil {
			t.Error(err)
		}
	}
}

// TestTopicsHaveTheirEditions: who wants some of them gets these articles, and nothing
// where there are none.
func TestTopicsHaveTheirEditions(t *testing.T) {
	d := newDesk(t)
	d.Publication = func(context.Context) (newsletter.Publication, error) {
		return newsletter.Publication{Name: "The Lantern Post", Language: "en", Languages: "de", Topics: "Sea, Bread, Wind"}, nil
	}
	about := func(categories ...string) func(*newsletter.Article) {
		return func(a *newsletter.Article) { a.Categories = categories }
	}
	d.add(t, 1, about("sea", "Opinion"))
	d.add(t, 2, about("Bread"))
	d.add(t, 3, about("Opinion"))
	d.add(t, 4, about("Bread", "Sea"))
	run, err := d.SendNow(t.Context(), "weekly")
	must(t, err)
	issue, err := d.store.Issue(t.Context(), run.Issue)
	must(t, err)
	if len(issue.Variants) != 1+5*2+1 { // de; five choices in two languages; nothing of the wind
		t.Errorf("%d variants: %+v", len(issue.Variants), issue.Variants)
	}
	shown := map[string][]string{}
	for _, c := range d.rendered {
		shown[c.Language+" "+c.Issue.Subject] = titles(c)
	}
	for _, c := range []struct {
		language string
		topics   []string
		holds    bool
		subject  string
		want     []string
	}{
		{"en", nil, true, "Article 1 and 3 more", []string{"Article 1", "Article 2", "Article 3", "Article 4"}},
		{"en", []string{"Bread"}, true, "Article 2 and one more", []string{"Article 2", "Article 4"}},
		{"de", []string{"Sea"}, true, "Article 1 and one more", []string{"Article 1", "Article 4"}},
		{"en", []string{"Sea", "Bread"}, true, "Article 1 and 2 more", []string{"Article 1", "Article 2", "Article 4"}},
		{"en", []string{"Wind"}, false, "", nil},
		{"en", []string{"A topic of last year"}, true, "Article 1 and 3 more", []string{"Article 1", "Article 2", "Article 3", "Article 4"}},
	} {
		reader := newsletter.Subscriber{Language: c.language, Topics: c.topics}
		if issue.Holds(&reader) != c.holds {
			t.Errorf("%v: there is something: %v", c.topics, !c.holds)
		}
		if !c.holds {
			continue
		}
		mail, err := d.store.Mail(t.Context(), issue.ID, issue.VariantFor(&reader))
		must(t, err)
		if mail.Subject != c.subject {
			t.Errorf("%v gets %q, want %q", c.topics, mail.Subject, c.subject)
		}
		language := ""
		if c.language != "en" {
			language = c.language
		}
		if got := shown[language+" "+c.subject]; !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v gets %v, want %v", c.topics, got, c.want)
		}
	}
}

func TestAnEditorsOwnSubjectStays(t *testing.T) {
	c := newsletter.IssueContent{Articles: []newsletter.Article{{ID: "a", Title: "Bread", Categories: []string{"Bread"}}, {ID: "b", Title: "Sea", Categories: []string{"Sea"}}}}
	c.Issue.Subject, c.Issue.Preheader = "Our spring issue", "Sea"
	share, ok := excerpt(&c, nil, []string{"Bread"})
	if !ok || share.Issue.Subject != "Our spring issue" || share.Issue.Preheader != "" {
		t.Errorf("%+v", share.Issue)
	}
}
