package ses_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/feedback"
	"github.com/masthead-mail/masthead/internal/mailtest"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// sent is the one request that a Mailing becomes.
func sent(t *testing.T, m *newsletter.Mailing) bulk {
	t.Helper()
	f := startFake(t)
	if _, err := f.mailer().Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if len(f.accepted()) != 1 {
		t.Fatalf("%d requests", len(f.accepted()))
	}
	return f.accepted()[0]
}

func TestEveryMessageCarriesItsPlaceInTheLedger(t *testing.T) {
	m := mailtest.Mailing(3)
	m.Run, m.Lane, m.Seq = "weekly-20260302-070000", 3, 17
	m.Recipients[1].Address = "zoë@example.org" // leaves a gap in the numbers
	r := sent(t, m)
	for i, index := range []int{0, 2} {
		tags := map[string]string{}
		for _, tag := range r.BulkEmailEntries[i].ReplacementTags {
			tags[tag.Name] = tag.Value
			if !regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`).MatchString(tag.Value) {
				t.Errorf("SES refuses the tag value %q", tag.Value)
			}
		}
		for name, want := range map[string]string{
			feedback.TagRun: m.Run, feedback.TagLane: "3", feedback.TagSeq: "17", feedback.TagIndex: fmt.Sprint(index),
			"ses:feedback-id-a": m.Run, "ses:feedback-id-b": "digest",
		} {
			if tags[name] != want {
				t.Errorf("entry %d: tag %s is %q, want %q", i, name, tags[name], want)
			}
		}
	}
	if r.ConfigurationSetName != "masthead" {
		t.Errorf("configuration set %q", r.ConfigurationSetName)
	}
}

// TestWhatSESPutsIn: SES substitutes and does not escape, so each value is made for
// its place.
func TestWhatSESPutsIn(t *testing.T) {
	m := mailtest.Mailing(1)
	m.Mail.HTML += "<p>Dear {{nameHTML}}, {{prefs}}</p>"
	m.Mail.Text += "Dear {{nameText}}"
	r := sent(t, m)
	var data map[string]string
	if err := json.Unmarshal([]byte(r.BulkEmailEntries[0].ReplacementEmailContent.ReplacementTemplate.ReplacementTemplateData), &data); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		newsletter.PlaceholderUnsubscribe: mailtest.Mailing(1).Recipients[0].Unsubscribe,
		newsletter.PlaceholderPreferences: "",
		newsletter.PlaceholderNameText:    " Zoë \"Z\" <Quill> Bcc: eve@example.org",
		newsletter.PlaceholderNameHTML:    " Zoë &#34;Z&#34; &lt;Quill&gt; Bcc: eve@example.org",
	} {
		if got, ok := data[name]; got != want || !ok {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if content := r.DefaultContent.Template.TemplateContent; content.Html != m.Mail.HTML || content.Text != m.Mail.Text || content.Subject != m.Mail.Subject {
		t.Errorf("the template is %+v", content)
	}
	if r.DefaultContent.Template.TemplateData != `{"lb":"{{"}` {
		t.Errorf("defaults %s", r.DefaultContent.Template.TemplateData)
	}
}

func TestHeadersSuitSES(t *testing.T) {
	r := sent(t, mailtest.Mailing(1))
	all := append(r.DefaultContent.Template.Headers, r.BulkEmailEntries[0].ReplacementHeaders...)
	if len(all) > 15 {
		t.Errorf("SES takes 15 headers, these are %d", len(all))
	}
	for _, h := range all {
		if len(h.Value) > 870 || strings.ContainsFunc(h.Value, func(c rune) bool { return c < ' ' || c > '~' }) {
			t.Errorf("%s: %q is no value for SES", h.Name, h.Value)
		}
	}
	if r.FromEmailAddress != "The Lantern Post <digest@news.example.org>" {
		t.Errorf("from %q", r.FromEmailAddress)
	}
}

func TestDomainsAreInASCII(t *testing.T) {
	m := mailtest.Mailing(1)
	m.Recipients[0].Address = "ada@bücher.example"
	p := *m.Publication
	p.Name, p.From = "Bücher", "digest@bücher.example"
	m.Publication = &p
	r := sent(t, m)
	if to := r.BulkEmailEntries[0].Destination.ToAddresses[0]; to != "ada@xn--bcher-kva.example" {
		t.Errorf("to %q", to)
	}
	if r.FromEmailAddress != "=?utf-8?B?QsO8Y2hlcg==?= <digest@xn--bcher-kva.example>" {
		t.Errorf("from %q", r.FromEmailAddress)
	}
}

func TestAMailTooLargeForSESPausesTheRun(t *testing.T) {
	f := startFake(t)
	m := mailtest.Mailing(50)
	m.Mail.HTML = strings.Repeat("<p>ü\"", 250_000)
	results, err := f.mailer().Send(t.Context(), m)
	if !errors.Is(err, newsletter.ErrSendingPaused) || !strings.Contains(err.Error(), "fewer articles") || results[49].Outcome != newsletter.OutcomeRetry || f.made() != 0 {
		t.Errorf("%v after %d calls, %+v", err, f.made(), results[49])
	}
}

// TestTheLargestMailFits: what the package lets through is below SES's limit, the
// worst escaping included.
func TestTheLargestMailFits(t *testing.T) {
	m := mailtest.Mailing(50)
	m.Mail.HTML = strings.Repeat("<&>\"\u2028", 35_000)
	if r := sent(t, m); r.size > 1_000_000 || r.size < 300_000 {
		t.Errorf("%d bytes", r.size)
	}
}
