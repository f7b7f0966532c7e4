package desk

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/compose"
	"github.com/masthead-mail/masthead/internal/newsletter"
	tokens "github.com/masthead-mail/masthead/internal/token"
)

func (o *office) teller() *Teller {
	return &Teller{To: o.Everybody(), Store: o.store, Preflight: o.Composer.(*compose.Composer), Mail: o.door, Render: o.Access.Render, Publication: o.Access.Publication,
		Tokens: &tokens.Signer{Keys: []tokens.Key{{ID: "a", Secret: []byte("secret")}}}, Now: o.Access.Now}
}

func TestTheEditorsAreToldOfADraftOnce(t *testing.T) {
	o := newOffice(t)
	issue := o.draft(t)
	teller := o.teller()
	o.door.down = newsletter.ErrUnavailable
	if err := teller.Drafts(t.Context()); !errors.Is(err, newsletter.ErrUnavailable) {
		t.Fatal(err)
	}
	o.door.down = nil
	for range 2 {
		must(t, teller.Drafts(t.Context()))
	}
	if len(o.mail) != 2 || o.mail[0].To == o.mail[1].To {
		t.Fatalf("%d mails", len(o.mail))
	}
	m := o.mail[0]
	for _, want := range []string{"Monday, 9 March, 07:00 UTC", "/desk/issues/" + issue.ID, "https://news.example.org" + HoldPath + issue.ID + "/", "no postal address"} {
		if !strings.Contains(strings.Join(strings.Fields(m.Text), " "), want) {
			t.Errorf("the mail lacks %q:\n%s", want, m.Text)
		}
	}
	if shown := issue.Articles[0]; !strings.Contains(m.HTML, `href="https://news.example.org/desk/issues/`+issue.ID+"#a-"+shown+`"`) || !strings.Contains(m.HTML, `href="https://news.example.org/desk/settings"`) {
		t.Errorf("no link leads to an article, or to a cure:\n%s", m.HTML)
	}
	_, hold, _ := strings.Cut(m.Text, HoldPath+issue.ID+"/")
	hold, _, _ = strings.Cut(hold, "\n")
	if err := teller.Tokens.(*tokens.Signer).VerifyHold(hold, issue.ID, o.now.Add(time.Hour)); err != nil {
		t.Errorf("token %q: %v", hold, err)
	}
}

func TestTheEditorsAreToldWhyNothingWasMailed(t *testing.T) {
	o := newOffice(t)
	must(t, o.teller().Missed(t.Context(), "weekly", monday, "there were too few new articles"))
	if len(o.mail) != 2 || !strings.Contains(strings.Join(strings.Fields(o.mail[0].Text), " "), "did not go out, because there were too few new articles") {
		t.Errorf("%+v", o.mail)
	}
	nobody := o.teller()
	nobody.To = nil
	must(t, errors.Join(nobody.Missed(t.Context(), "weekly", monday, "x"), nobody.Drafts(t.Context())))
	if len(o.mail) != 2 {
		t.Errorf("%d mails", len(o.mail))
	}
}

// TestWhatIsAlikeIsToldOnce: a magazine whose pictures have no words is told of two.
func TestWhatIsAlikeIsToldOnce(t *testing.T) {
	found := []newsletter.Finding{{Rule: "missing-alt", Text: "1", Article: "a"}, {Rule: "no-dmarc", Text: "2"}, {Rule: "missing-alt", Text: "3"}, {Rule: "missing-alt", Text: "4", Cure: "Write it."},
		{Rule: "missing-alt", Text: "5"}}
	items := preflightItems("weekly-1", "https://news.example.org", found, "Good to know")
	if len(items) != 3 || items[0].Heading != "Good to know" || items[1].Heading != "" || items[0].Link != "https://news.example.org/desk/issues/weekly-1/articles/a#alt" ||
		items[1].Link != "" || !strings.Contains(items[2].Text, "2 more like this") || strings.Contains(items[0].Text, "more") {
		t.Errorf("%+v", items)
	}
	if len(preflightItems("weekly-1", "", nil, "Good to know")) != 0 {
		t.Error("a heading of nothing")
	}
}
