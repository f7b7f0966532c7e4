package feedback

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/textproto"
	"regexp"
	"strings"
	"time"

	"github.com/emersion/go-message" // MIME as real servers write it

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// Returns reads the mail that comes back to the return paths of our own: reports of
// delivery (DSN, RFC 3464), of spam (ARF, RFC 5965), and what qmail and Exim write in
// their own words. Answers of people and of absent ones are no reports.
type Returns struct {
	Tokens *token.Signer
	Now    func() time.Time
}

// MaxMail is how much of a mail is read, in bytes. A report comes first in it, and the
// mail it is about, of which a server may send all, comes last.
const MaxMail = 256 << 10

// Parse says what a mail means. Nothing but a return path that we have signed says
// whom it is about, wherever it stands in the mail: an address in it anybody could
// have written. known is false for a mail without one; without events it is no report,
// or tells nothing new. A mail that cannot be taken apart fails with
// newsletter.ErrInvalid.
func (r *Returns) Parse(raw []byte) (events []Event, known bool, err error) {
	raw = raw[:min(len(raw), MaxMail)]
	id, sent, known := r.whose(raw)
	if !known {
		return nil, false, nil
	}
	mail, err := message.Read(bytes.NewReader(raw))
	if err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) {
		return nil, true, fmt.Errorf("feedback: this is no mail (%w): %w", err, newsletter.ErrInvalid)
	}
	at, err := mail.Header.Text("Date")
	when, dateErr := parseMailDate(at)
	if err != nil || dateErr != nil || when.After(r.Now()) || when.Before(sent) {
		when = earlier(sent.Add(24*time.Hour), r.Now()) // it cannot be about a mail of a later day
	}
	for _, e := range told(mail) {
		e.Subscriber, e.At = id, when.UTC()
		e.Detail = anonymous(e.Detail)
		events = append(events, e)
	}
	return events, true, nil
}

var paths = regexp.MustCompile(fmt.Sprintf(`(?i)\+([a-z2-7]{%d})(?:@|=40)`, token.ReturnPathLength))

// whose finds the first return path that we have signed.
func (r *Returns) whose(raw []byte) (id newsletter.SubscriberID, sent time.Time, known bool) {
	unfolded := bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("=\r\n"), nil), []byte("=\n"), nil) // quoted-printable breaks long words
	for _, found := range paths.FindAllSubmatch(unfolded, 50) {
		if id, sent, err := r.Tokens.Returned(string(found[1]), r.Now()); err == nil {
			return id, sent, true
		}
	}
	return id, sent, false
}

func earlier(a, b time.Time) time.Time {
	if a.After(b) {
		return b
	}
	return a
}

func parseMailDate(text string) (time.Time, error) {
	var first error
	for _, layout := range []string{time.RFC1123Z, "2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 -0700", time.RFC1123, "Mon, 2 Jan 2006 15:04:05 -0700 (MST)"} {
		at, err := time.Parse(layout, strings.TrimSpace(text))
		if err == nil {
			return at, nil
		}
		first = err
	}
	return time.Time{}, first
}

// told are the Events of a mail, without whom and when.
func told(mail *message.Entity) []Event {
	kind, params, _ := mail.Header.ContentType()
	if kind == "multipart/report" {
		return reports(mail, strings.ToLower(params["report-type"]))
	}
	if automatic(&mail.Header) {
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(mail.Body, 64<<10)) // what can be read of it
	switch {
	case mail.Header.Get("X-Failed-Recipients") != "": // Exim
		return []Event{{Kind: judge("failed", "", string(body)), Detail: firstAnswer(body)}}
	case qmail.Match(body):
		return []Event{{Kind: judge("failed", "", string(body)), Detail: firstAnswer(body)}}
	}
	return nil
}

// automatic tells of an answer that nobody wrote, as RFC 3834 marks it, where it is no
// report: whoever is on holiday has a mailbox. Exim marks its reports as well.
func automatic(h *message.Header) bool {
	auto := strings.ToLower(h.Get("Auto-Submitted"))
	return strings.HasPrefix(auto, "auto-replied") && h.Get("X-Failed-Recipients") == "" || h.Get("X-Autoreply") != "" || h.Get("X-Autorespond") != "" || h.Get("X-Auto-Response-Suppress") != "" && h.Get("X-Failed-Recipients") == ""
}

// qmail begins its reports so (QSBMF, https://cr.yp.to/proto/qsbmf.txt).
var qmail = regexp.MustCompile(`(?s)^\s*Hi\. This is the .{1,200}?\n.*?<[^>\n]*>:\s*\n`)

// answers are the words of a server, with a code.
var answers = regexp.MustCompile(`(?m)(?:^|[\s:])([45]\d\d[ -](?:[45]\.\d{1,3}\.\d{1,3}\b)?[^\n]*)`)

func firstAnswer(body []byte) string {
	if found := answers.FindSubmatch(body); found != nil {
		return string(found[1])
	}
	return ""
}

// reports reads the part of a multipart/report that machines read.
func reports(mail *message.Entity, kind string) []Event {
	parts := mail.MultipartReader()
	if parts == nil {
		return nil
	}
	for range 20 {
		part, err := parts.NextPart()
		if err != nil && part == nil {
			return nil
		}
		switch t, _, _ := part.Header.ContentType(); {
		case t == "message/delivery-status" || t == "message/global-delivery-status":
			return deliveryStatus(part.Body)
		case t == "message/feedback-report" && kind == "feedback-report":
			return spam(part.Body)
		}
	}
	return nil
}

// deliveryStatus reads a DSN: fields about the mail, and then a group of fields for each
// recipient (RFC 3464, 2.1). Our mails have one each, whom the return path names;
// forwarding makes others of it. The gravest word about any of them counts.
func deliveryStatus(body io.Reader) []Event {
	fields := textproto.NewReader(bufio.NewReader(io.LimitReader(body, 64<<10)))
	var worst *Event
	for range 20 {
		group, err := fields.ReadMIMEHeader()
		if action := strings.ToLower(strings.TrimSpace(group.Get("Action"))); action != "" {
			status, words := group.Get("Status"), group.Get("Diagnostic-Code")
			e := Event{Kind: judge(action, status, words), Detail: strings.TrimSpace(status + " " + words)}
			if e.Kind != "" && (worst == nil || weight[e.Kind] > weight[worst.Kind]) {
				worst = &e
			}
		}
		if err != nil {
			break
		}
	}
	if worst == nil {
		return nil
	}
	return []Event{*worst}
}

var weight = map[Kind]int{Delivered: 1, Delayed: 2, Returned: 3, Bounced: 4}

// status is an enhanced code (RFC 3463).
var statusCode = regexp.MustCompile(`\b([245])\.(\d{1,3})\.(\d{1,3})\b`)

// judge says what a report of an action means for the reader. What blames the mail, or
// the server that sent it, is nobody's fault: a blocklist that has us on it must not
// cost all readers of a provider.
func judge(action, status, words string) Kind {
	switch action {
	case "delivered", "relayed", "expanded":
		if action == "delivered" {
			return Delivered
		}
		return ""
	case "delayed":
		return Delayed
	case "failed":
	default:
		return ""
	}
	found := statusCode.FindStringSubmatch(words) // the server's own word before that of who relays it
	if found == nil || found[2]+"."+found[3] == "0.0" {
		if own := statusCode.FindStringSubmatch(status); own != nil {
			found = own
		}
	}
	if found == nil {
		found = simple(words)
	}
	switch code := found[2] + "." + found[3]; {
	case found[1] == "4", code == "2.2": // gave up, or a full mailbox
		return Returned
	case found[2] == "7", found[2] == "6", code == "2.3", code == "3.4": // policy, spam, content, size
		return Delayed
	}
	return Bounced
}

// simple reads a plain code (RFC 5321, 4.2) where there is no enhanced one.
func simple(words string) []string {
	switch found := regexp.MustCompile(`\b([45])(\d)(\d)\b`).FindStringSubmatch(words); {
	case found == nil:
		return []string{"", "5", "0", "0"}
	case found[1] == "4":
		return []string{"", "4", "0", "0"}
	case found[2]+found[3] == "52":
		return []string{"", "5", "2", "2"}
	case found[2]+found[3] == "54":
		return []string{"", "5", "7", "0"} // "transaction failed" is mostly about spam
	}
	return []string{"", "5", "0", "0"}
}

// spam reads an ARF. Two of its types are no complaint of a reader, as with SES.
func spam(body io.Reader) []Event {
	fields, _ := textproto.NewReader(bufio.NewReader(io.LimitReader(body, 64<<10))).ReadMIMEHeader() // what can be read of it
	switch kind := strings.ToLower(strings.TrimSpace(fields.Get("Feedback-Type"))); kind {
	case "":
		return nil
	case "not-spam", "auth-failure", "dmarc":
		return nil
	default:
		return []Event{{Kind: Complaint, Detail: kind}}
	}
}

// Take handles one mail that came back, and says what it was, in words.
func (r *Returns) Take(ctx context.Context, h *Handler, raw []byte) (what string, err error) {
	events, known, err := r.Parse(raw)
	switch {
	case !known:
		return "not about a mail of ours", nil
	case err != nil:
		return "cannot be read", nil // nor could it be the next time
	case len(events) == 0:
		return "no report", nil
	}
	for _, err := range h.Handle(ctx, events) {
		if err != nil {
			return "", err
		}
	}
	return string(events[0].Kind), nil
}
