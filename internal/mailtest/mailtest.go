// Package mailtest holds the contract that every mailer keeps, as one suite that
// runs on each of them: the outbox, SMTP and Amazon SES. It reads back what the
// mail system received and knows nothing of how it was sent.
package mailtest

import (
	"context"
	"fmt"
	"net/textproto"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Mailer is what a mailer offers: digests for readers, and single mails.
type Mailer interface {
	Send(ctx context.Context, m *newsletter.Mailing) ([]newsletter.Result, error)
	Post(ctx context.Context, m *newsletter.Message) error
}

// Received is one message as the mail system has it, decoded. Line ends are LF.
type Received struct {
	To      string
	Subject string
	Header  textproto.MIMEHeader
	Text    string
	HTML    string
}

// System is a mailer with the mail system behind it.
type System struct {
	Mailer   Mailer
	Received func(t *testing.T) []Received // all so far, in any order
}

// Publication is the sender of the suite's mails; a system may have to know its
// address beforehand.
var Publication = newsletter.Publication{Name: "The Lantern Post", From: "digest@news.example.org", ReplyTo: "desk@example.org",
	Language: "en", BaseURL: "https://news.example.org"}

// Mailing is a digest to n readers.
func Mailing(n int) *newsletter.Mailing {
	m := &newsletter.Mailing{
		Publication: &Publication, Run: "weekly-1", Seq: 1,
		Mail: &newsletter.Mail{Issue: "weekly-1", Language: "en", Subject: "Über {{lb}}lanterns}} 🏮", Text: "Grüße {{lb}}x}}\nLeave: https://news.example.org/unsubscribe/{{unsub}}\n",
			HTML: `<!doctype html><html lang="en"><title>x</title><!--[if mso]><p>o</p><![endif]--><p>Grüße &#123;&#123;x}}</p><a href="https://news.example.org/unsubscribe/{{unsub}}">leave</a></html>`},
	}
	for i := range n {
		address := newsletter.Address(fmt.Sprintf("Reader.%d+digest@example.org", i))
		m.Recipients = append(m.Recipients, newsletter.Recipient{Index: i, Subscriber: newsletter.Identify(nil, address), Address: address,
			Name: "Zoë \"Z\" <Quill>\r\nBcc: eve@example.org", Unsubscribe: fmt.Sprintf("v1.a.u.token-%d_%s", i, strings.Repeat("x", 50))})
	}
	return m
}

// Run checks the contract. open makes a fresh system with nothing received.
func Run(t *testing.T, open func(t *testing.T) System) {
	t.Run("every reader gets one message with their own link", func(t *testing.T) { everyReader(t, open(t), newsletter.MaxBatch) })
	t.Run("a single reader too", func(t *testing.T) { everyReader(t, open(t), 1) })
	t.Run("a reader who cannot be mailed does not stop the others", func(t *testing.T) { oneImpossible(t, open(t)) })
	t.Run("a digest carries what list mail must carry", func(t *testing.T) { listHeaders(t, open(t)) })
	t.Run("after the end of its time nothing is sent", func(t *testing.T) { timeIsUp(t, open(t)) })
	t.Run("a single mail is no list mail", func(t *testing.T) { single(t, open(t)) })
	t.Run("a copy of an issue out of turn is one", func(t *testing.T) { welcome(t, open(t)) })
}

func everyReader(t *testing.T, s System, n int) {
	mailing := Mailing(n)
	results, err := s.Mailer.Send(t.Context(), mailing)
	if err != nil || len(results) != n {
		t.Fatalf("%d results, %v", len(results), err)
	}
	got := map[string]Received{}
	all := s.Received(t)
	for _, r := range all {
		got[r.To] = r
	}
	if len(all) != n {
		t.Errorf("%d messages for %d readers", len(all), n)
	}
	for i, to := range mailing.Recipients {
		if results[i].Outcome != newsletter.OutcomeSent || results[i].MessageID == "" {
			t.Errorf("reader %d: %+v", i, results[i])
		}
		check(t, got[string(to.Address)], &to)
	}
}

func check(t *testing.T, r Received, to *newsletter.Recipient) {
	t.Helper()
	link := Publication.UnsubscribeURL(to.Unsubscribe)
	for what, pair := range map[string][2]string{
		"subject":          {r.Subject, "Über {{lanterns}} 🏮"},
		"text":             {r.Text, "Grüße {{x}}\nLeave: " + link + "\n"},
		"List-Unsubscribe": {r.Header.Get("List-Unsubscribe"), "<" + link + ">"},
		"Bcc":              {r.Header.Get("Bcc"), ""},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %s %q, want %q", to.Address, what, pair[0], pair[1])
		}
	}
	for _, want := range []string{`<a href="` + link + `">`, "<!--[if mso]><p>o</p><![endif]-->", "Grüße &#123;&#123;x}}"} {
		if !strings.Contains(r.HTML, want) {
			t.Errorf("%s: the HTML lacks %s:\n%s", to.Address, want, r.HTML)
		}
	}
}

func oneImpossible(t *testing.T, s System) {
	mailing := Mailing(3)
	mailing.Recipients[1].Address = "zoë@example.org"
	results, err := s.Mailer.Send(t.Context(), mailing)
	if err != nil {
		t.Fatal(err)
	}
	want := []newsletter.Outcome{newsletter.OutcomeSent, newsletter.OutcomeFailed, newsletter.OutcomeSent}
	for i, r := range results {
		if r.Outcome != want[i] || r.Outcome == newsletter.OutcomeFailed && r.Reason == "" {
			t.Errorf("reader %d: %+v, want %s", i, r, want[i])
		}
	}
	if n := len(s.Received(t)); n != 2 {
		t.Errorf("%d messages", n)
	}
}

func listHeaders(t *testing.T, s System) {
	if _, err := s.Mailer.Send(t.Context(), Mailing(1)); err != nil {
		t.Fatal(err)
	}
	for _, r := range s.Received(t) {
		for name, want := range map[string]string{
			"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
			"List-Id":               "<digest.news.example.org>",
			"List-Archive":          "<https://news.example.org/issues/weekly-1>",
			"Precedence":            "bulk",
			"Reply-To":              "desk@example.org",
			"From":                  "The Lantern Post",
		} {
			if got := r.Header.Get(name); !strings.Contains(got, want) {
				t.Errorf("%s is %q, want %q in it", name, got, want)
			}
		}
	}
}

func timeIsUp(t *testing.T, s System) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	mailing := Mailing(3)
	results, _ := s.Mailer.Send(ctx, mailing)
	for i, r := range results {
		if r.Outcome != newsletter.OutcomeRetry {
			t.Errorf("reader %d: %+v, want retry", i, r)
		}
	}
	if len(results) != 3 || len(s.Received(t)) != 0 {
		t.Errorf("%d results, %d messages", len(results), len(s.Received(t)))
	}
}

// welcome is a copy of an Issue out of turn: its reader can leave by it.
func welcome(t *testing.T, s System) {
	m := &newsletter.Message{Publication: &Publication, To: "ada@example.org", Subject: "Welcome", Text: "Hello\n", HTML: "<p>Hello</p>", Language: "fr",
		Issue: "weekly-1", Unsubscribe: "v1.a.u.token"}
	if err := s.Mailer.Post(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	all := s.Received(t)
	if len(all) != 1 {
		t.Fatalf("%d messages", len(all))
	}
	for name, want := range map[string]string{"List-Unsubscribe": "<" + Publication.UnsubscribeURL("v1.a.u.token") + ">", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"List-Archive": "<" + Publication.IssueURL("weekly-1") + ">", "Content-Language": "fr", "Auto-Submitted": ""} {
		if got := all[0].Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func single(t *testing.T, s System) {
	m := &newsletter.Message{Publication: &Publication, To: "ada@example.org", Subject: "Bitte bestätigen", Text: "Hallo {{unsub}}\n", HTML: "<p>Hallo {{unsub}}</p>", Automatic: true}
	if err := s.Mailer.Post(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	all := s.Received(t)
	if len(all) != 1 {
		t.Fatalf("%d messages", len(all))
	}
	r := all[0]
	if r.To != "ada@example.org" || r.Subject != m.Subject || r.Text != m.Text || strings.TrimSpace(r.HTML) != m.HTML {
		t.Errorf("%+v", r)
	}
	if r.Header.Get("Auto-Submitted") != "auto-generated" || r.Header.Get("List-Unsubscribe") != "" || r.Header.Get("Precedence") != "" {
		t.Errorf("headers %v", r.Header)
	}
}
