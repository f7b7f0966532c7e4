package feedback

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func recorded(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// The shapes are those that SES, EventBridge and SNS send; the people in them
// are invented.
func TestParseRecordedReports(t *testing.T) {
	place := &Delivery{Run: "weekly-20260302-070000", Lane: 0, Seq: 3, Index: 1}
	ada, bob := newsletter.Address("ada@example.org"), newsletter.Address("bob@example.org")
	unknown := "Permanent/General 5.1.1 smtp; 550 5.1.1 <…>: Recipient address rejected: User unknown"
	for _, c := range []struct {
		file  string
		want  Event // without At and MessageID
		at    string
		empty bool
	}{
		{"bounce-event", Event{Kind: Bounced, Address: ada, Detail: unknown, Delivery: place}, "07:00:07", false},
		{"bounce-eventbridge", Event{Kind: Bounced, Address: ada, Detail: unknown, Delivery: place}, "07:00:07", false},
		{"bounce-sns", Event{Kind: Bounced, Address: ada, Detail: unknown, Delivery: place}, "07:00:07", false},
		{"bounce-notification", Event{Kind: Bounced, Address: bob, Detail: "Permanent/General 5.1.1 smtp; 550 no such user"}, "07:00:07", false},
		{"bounce-notification-sns", Event{Kind: Bounced, Address: bob, Detail: "Permanent/General 5.1.1 smtp; 550 no such user"}, "07:00:07", false},
		{"bounce-suppression-list", Event{Kind: Bounced, Address: ada, Delivery: place, Detail: "Permanent/OnAccountSuppressionList 5.1.1 Amazon SES did not send the message " +
			"to this address because it is on the suppression list for your account."}, "07:00:07", false},
		{"bounce-transient", Event{Kind: Returned, Address: ada, Detail: "Transient/MailboxFull 4.2.2 smtp; 452 4.2.2 mailbox full", Delivery: place}, "07:00:07", false},
		{"bounce-undetermined", Event{Kind: Returned, Address: ada, Detail: "Undetermined/Undetermined", Delivery: place}, "07:00:07", false},
		{"bounce-content-rejected", Event{Kind: Delayed, Address: ada, Detail: "Transient/ContentRejected 5.6.1 smtp; 552 5.6.1 message content not accepted", Delivery: place}, "07:00:07", false},
		{"bounce-transient-general", Event{Kind: Returned, Address: ada, Detail: "Transient/General 4.3.2 smtp; 421 4.3.2 system not accepting network messages", Delivery: place}, "07:00:07", false},
		{"complaint-suppression-list", Event{Kind: Complaint, Address: ada, Detail: "OnAccountSuppressionList", Delivery: place}, "09:41:00", false},
		{"subscription-event", Event{}, "", true},
		{"complaint-event", Event{Kind: Complaint, Address: ada, Detail: "abuse", Delivery: place}, "09:41:00", false},
		{"complaint-eventbridge", Event{Kind: Complaint, Address: ada, Detail: "abuse", Delivery: place}, "09:41:00", false},
		{"complaint-notification", Event{Kind: Complaint, Address: ada}, "09:41:00", false},
		{"complaint-not-spam", Event{Kind: Accepted, Address: ada, Detail: "not-spam", Delivery: place}, "09:41:00", false},
		{"send-event", Event{Kind: Accepted, Address: ada, Delivery: place}, "07:00:05", false},
		{"send-eventbridge", Event{Kind: Accepted, Address: ada, Delivery: place}, "07:00:05", false},
		{"send-untagged", Event{Kind: Accepted, Address: ada}, "07:00:05", false},
		{"delivery-event", Event{Kind: Delivered, Address: ada, Detail: "250 2.6.0 Message received", Delivery: place}, "07:00:06", false},
		{"delivery-notification", Event{Kind: Delivered, Address: ada, Detail: "250 ok"}, "07:00:06", false},
		{"delay-event", Event{Kind: Delayed, Address: ada, Detail: "TransientCommunicationFailure 4.4.1 smtp; 421 4.4.1 Unable to connect to remote host", Delivery: place}, "07:30:00", false},
		{"reject-event", Event{Kind: Refused, Address: ada, Detail: "Bad content", Delivery: place}, "07:00:05", false},
		{"rendering-failure-event", Event{Kind: Refused, Address: ada, Detail: "Attribute 'lb' is not present in the rendering data.", Delivery: place}, "07:00:05", false},
		{"open-event", Event{}, "", true},
		{"sns-subscription", Event{}, "", true},
		{"sns-hello", Event{}, "", true},
	} {
		t.Run(c.file, func(t *testing.T) {
			events, err := Parse(recorded(t, c.file))
			if err != nil || c.empty != (len(events) == 0) || len(events) > 1 {
				t.Fatalf("%+v, %v", events, err)
			}
			if c.empty {
				return
			}
			got := events[0]
			if got.At.Format(time.TimeOnly) != c.at || got.MessageID == "" {
				t.Errorf("at %v, message %q", got.At, got.MessageID)
			}
			got.At, got.MessageID = time.Time{}, ""
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestEveryRecordedShapeIsTested(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) != 27 {
		t.Errorf("%d recorded shapes, %v: add each new one to the table", len(files), err)
	}
}

func TestParseRefusesWhatIsNoReport(t *testing.T) {
	for _, raw := range []string{"", "null x", "[]", "42", "{}", `{"detail":{}}`, `{"detail":{"detail":{"detail":{"detail":{"eventType":"Send"}}}}}`, `{"eventType":7}`, "<html>"} {
		if events, err := Parse([]byte(raw)); !errors.Is(err, newsletter.ErrInvalid) || len(events) != 0 {
			t.Errorf("%q: %v, %v", raw, events, err)
		}
	}
}

func TestTagsOfOthersAreNoDelivery(t *testing.T) {
	for name, tags := range map[string]map[string][]string{
		"none":             nil,
		"a run alone":      {"run": {"weekly"}},
		"no number":        {"run": {"weekly"}, "lane": {"x"}, "seq": {"1"}, "index": {"0"}},
		"less than zero":   {"run": {"weekly"}, "lane": {"0"}, "seq": {"1"}, "index": {"-1"}},
		"two values":       {"run": {"weekly", "daily"}, "lane": {"0"}, "seq": {"1"}, "index": {"0"}},
		"a run of no name": {"run": {""}, "lane": {"0"}, "seq": {"1"}, "index": {"0"}},
	} {
		if d := (&original{Tags: tags}).delivery(); d != nil {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// FuzzParse: whatever comes, an Event has a kind, an address that may be mailed
// or a place in the ledger, and a Detail of one printable line that names nobody.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.json")
	for _, file := range files {
		f.Add(recorded(f, strings.TrimSuffix(filepath.Base(file), ".json")))
	}
	f.Add([]byte(`{"eventType":"Bounce","bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":"a@b.c\r\nBcc: x@y.z","diagnosticCode":"a@b.c\u0007x@"}]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		events, err := Parse(raw)
		if err != nil && (len(events) > 0 || !errors.Is(err, newsletter.ErrInvalid)) {
			t.Fatalf("%v, %v", events, err)
		}
		for _, e := range events {
			if again, err := newsletter.ParseAddress(string(e.Address)); e.Address != "" && (err != nil || again != e.Address) || e.Address == "" && e.Delivery == nil {
				t.Errorf("address %q", e.Address)
			}
			if strings.ContainsFunc(e.Detail, unicode.IsControl) || strings.Contains(e.Detail, "@") || len([]rune(e.Detail)) > maxDetail {
				t.Errorf("detail %q", e.Detail)
			}
			if e.Kind == "" || e.Delivery != nil && min(e.Delivery.Lane, e.Delivery.Seq, e.Delivery.Index) < 0 {
				t.Errorf("%+v", e)
			}
		}
	})
}
