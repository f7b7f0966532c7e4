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
