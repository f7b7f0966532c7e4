package feedback

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

func returns() *Returns {
	return &Returns{Tokens: &token.Signer{Keys: []token.Key{{ID: "a", Secret: []byte("secret")}}}, Now: func() time.Time { return monday.Add(3 * time.Hour) }}
}

// came is a recorded mail, come back to the return path of ada's.
func came(t testing.TB, r *Returns, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "mail", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.ReplaceAll(raw, []byte("RETURNPATH"), []byte(r.Tokens.ReturnPath(adaID, monday)))
}

// TestMailThatCameBack: the shapes are those of the servers that they are named after,
// the people in them are invented.
func TestMailThatCameBack(t *testing.T) {
	for name, want := range map[string]Event{
		"postfix-unknown": {Kind: Bounced, Detail: "5.1.1 smtp; 550 5.1.1 <…>: Recipient address rejected: User unknown in virtual mailbox table"},
		"postfix-delayed": {Kind: Delayed, Detail: "4.4.1 X-Postfix; connect to mail.example.net[192.0.2.25]:25: Connection timed out"},
		"postfix-expired": {Kind: Returned, Detail: "4.4.1 X-Postfix; connect to mail.example.net[192.0.2.25]:25: Connection timed out"},
		"postfix-full":    {Kind: Returned, Detail: "5.2.2 smtp; 552 5.2.2 <…>: Quota exceeded (mailbox for user is full)"},
		"postfix-blocked": {Kind: Delayed, Detail: "5.7.1 smtp; 554 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using bl.example"},
		"exchange-online": {Kind: Bounced, Detail: "5.1.10 smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient … not found by SMTP address lookup"},
		"gmail":           {Kind: Bounced},
		"qmail":           {Kind: Bounced},
		"exim":            {Kind: Bounced, Detail: "550 5.1.1 No such user here"},
		"arf-abuse":       {Kind: Complaint, Detail: "abuse"},
		"arf-not-spam":    {},
		"vacation":        {},
		"person":          {},
	} {
		t.Run(name, func(t *testing.T) {
			r := returns()
			for form, raw := range map[string][]byte{"as it is": came(t, r, name), "with CRLF": bytes.ReplaceAll(came(t, r, name), []byte("\n"), []byte("\r\n"))} {
				events, known, err := r.Parse(raw)
				if err != nil || !known || len(events) > 1 || (want.Kind == "") != (len(events) == 0) {
					t.Fatalf("%s: %+v, known %v, %v", form, events, known, err)
				}
				if len(events) == 0 {
					continue
				}
				if e := events[0]; e.Kind != want.Kind || e.Subscriber != adaID || want.Detail != "" && e.Detail != want.Detail || strings.Contains(e.Detail, "@") || e.At.Before(monday) {
					t.Errorf("%s: %+v, want %+v", form, e, want)
				}
			}
		})
	}
	if files, _ := filepath.Glob("testdata/mail/*.eml"); len(files) != 13 {
		t.Errorf("%d recorded mails: add each new one to the table", len(files))
	}
}

// TestAForgedBounceSuppressesNobody: without a return path that we have signed, with one
// of another key, or of long ago.
func TestAForgedBounceSuppressesNobody(t *testing.T) {
	d, r := open(t), returns()
	d.reader(t, newsletter.Active, monday.AddDate(0, -1, 0))
	own := r.Tokens.ReturnPath(adaID, monday)
	other := (&token.Signer{Keys: []token.Key{{ID: "a", Secret: []byte("guessed")}}}).ReturnPath(adaID, monday)
	old := r.Tokens.ReturnPath(adaID, monday.AddDate(0, -3, 0))
	for _, path := range []string{"", "x", other, old, strings.Repeat("a", len(own))} {
		raw := bytes.ReplaceAll(came(t, r, "postfix-unknown"), []byte(own), []byte(path))
		if what, err := r.Take(t.Context(), d.Handler, raw); err != nil || what != "not about a mail of ours" {
			t.Errorf("%q: %s, %v", path, what, err)
		}
	}
	d.wantReader(t, adaID, newsletter.Active, "")
	for range 2 {
		if what, err := r.Take(t.Context(), d.Handler, came(t, r, "postfix-unknown")); err != nil || what != "bounced" {
			t.Errorf("%s, %v", what, err)
		}
	}
	d.wantReader(t, adaID, newsletter.Bounced, newsletter.Bounced)
}

func TestJudge(t *testing.T) {
	for words, want := range map[string]Kind{
		"failed|5.1.1|": Bounced, "failed|5.0.0|smtp; 550 no such user": Bounced, "failed||550 unknown": Bounced, "failed||": Bounced, "failed|5.2.1|": Bounced, "failed|5.4.1|550 5.4.1 Recipient address rejected: Access denied": Bounced,
		"failed|5.2.2|": Returned, "failed|4.2.2|": Returned, "failed|4.4.7|": Returned, "failed||452 full": Returned, "failed||552 mailbox full": Returned, "failed|5.0.0|smtp; 552 5.2.2 over quota": Returned,
		"failed|5.7.1|": Delayed, "failed|5.6.1|": Delayed, "failed|5.3.4|": Delayed, "failed|5.0.0|smtp; 554 5.7.1 spam": Delayed, "failed||554 rejected": Delayed,
		"delayed|4.4.1|": Delayed, "delivered|2.0.0|": Delivered, "relayed|2.0.0|": "", "expanded|2.0.0|": "", "nonsense|5.1.1|": "",
	} {
		p := strings.SplitN(words, "|", 3)
		if got := judge(p[0], p[1], p[2]); got != want {
			t.Errorf("%s: %q, want %q", words, got, want)
		}
	}
}

// FuzzMail: whatever comes, an Event is about whom the return path names, and its Detail
// is a line that names nobody.
func FuzzMail(f *testing.F) {
	r := returns()
	files, _ := filepath.Glob("testdata/mail/*.eml")
	for _, file := range files {
		f.Add(came(f, r, strings.TrimSuffix(filepath.Base(file), ".eml")))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		events, known, err := r.Parse(raw)
		if err != nil && (len(events) > 0 || !errors.Is(err, newsletter.ErrInvalid)) {
			t.Fatalf("%v, %v", events, err)
		}
		for _, e := range events {
			if !known || e.Subscriber != adaID || e.Kind == "" || e.At.Before(monday.Truncate(24*time.Hour)) || e.At.After(r.Now()) && e.At.After(monday.Add(24*time.Hour)) || strings.ContainsFunc(e.Detail, unicode.IsControl) || strings.Contains(e.Detail, "@") {
				t.Errorf("%+v", e)
			}
		}
	})
}

// TestAReturnedMailCountsForTheIssueThatTheReaderGotLast once, however often it comes.
func TestAReturnedMailCountsForTheIssueThatTheReaderGotLast(t *testing.T) {
	for name, want := range map[string]newsletter.Response{"postfix-unknown": {Bounced: 1}, "arf-abuse": {Complained: 1}, "vacation": {}} {
		d, r := open(t), returns()
		d.reader(t, newsletter.Active, monday.AddDate(0, -1, 0))
		issue := newsletter.Issue{ID: "weekly-1", Schedule: "weekly", State: newsletter.IssueApproved, CreatedAt: monday, ApprovedAt: monday}
		must(t, d.store.SaveIssue(t.Context(), &issue))
		for range 2 {
			_, err := r.Take(t.Context(), d.Handler, came(t, r, name))
			must(t, err)
		}
		run := newsletter.NewRun(&issue, 1, monday)
		if got, err := ResponseTo(t.Context(), d.store, &run); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
	}
}
