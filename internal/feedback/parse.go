package feedback

import (
	"encoding/json"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/address"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// envelope is the outside of a report. Three are known: EventBridge puts the
// report into detail, SNS into Message as a string, and event publishing and
// notifications without either are the report itself.
type envelope struct {
	Detail  json.RawMessage `json:"detail"`
	Type    string          `json:"Type"`
	Message *string         `json:"Message"`
}

// report is an SES event. The shape of event publishing has eventType
// (https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html),
// that of notifications has notificationType
// (https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html).
type report struct {
	EventType        string `json:"eventType"`
	NotificationType string `json:"notificationType"`

	Mail          original   `json:"mail"`
	Bounce        *bounce    `json:"bounce"`
	Complaint     *complaint `json:"complaint"`
	Delivery      *delivery  `json:"delivery"`
	DeliveryDelay *delay     `json:"deliveryDelay"`
	Reject        *reject    `json:"reject"`
	Failure       *failure   `json:"failure"`
}

type original struct {
	Timestamp   time.Time           `json:"timestamp"`
	MessageID   string              `json:"messageId"`
	Destination []string            `json:"destination"`
	Tags        map[string][]string `json:"tags"`
}

type recipient struct {
	Address    string `json:"emailAddress"`
	Status     string `json:"status"`
	Diagnostic string `json:"diagnosticCode"`
}

type bounce struct {
	Type       string      `json:"bounceType"`
	SubType    string      `json:"bounceSubType"`
	Recipients []recipient `json:"bouncedRecipients"`
	Timestamp  time.Time   `json:"timestamp"`
}

type complaint struct {
	Recipients []recipient `json:"complainedRecipients"`
	Timestamp  time.Time   `json:"timestamp"`
	SubType    string      `json:"complaintSubType"`
	Feedback   string      `json:"complaintFeedbackType"`
}

type delivery struct {
	Timestamp  time.Time `json:"timestamp"`
	Recipients []string  `json:"recipients"`
	Response   string    `json:"smtpResponse"`
}

type delay struct {
	Timestamp  time.Time   `json:"timestamp"`
	Type       string      `json:"delayType"`
	Recipients []recipient `json:"delayedRecipients"`
}

type reject struct {
	Reason string `json:"reason"`
}

type failure struct {
	Message  string `json:"errorMessage"`
	Template string `json:"templateName"`
}

// Parse reads one report, in either shape of SES and in whatever envelope AWS put
// it, and says what it means for each reader it names. Reports that mean nothing
// here give no events; what is no report of SES fails with newsletter.ErrInvalid.
func Parse(raw []byte) ([]Event, error) {
	inner, err := unwrap(raw)
	if err != nil || inner == nil {
		return nil, err
	}
	var r report
	if err := json.Unmarshal(inner, &r); err != nil {
		return nil, fmt.Errorf("feedback: this is no report of Amazon SES (%w): %w", err, newsletter.ErrInvalid)
	}
	if r.EventType == "" && r.NotificationType == "" {
		return nil, fmt.Errorf("feedback: neither eventType nor notificationType is given, as reports of Amazon SES do: %w", newsletter.ErrInvalid)
	}
	return r.events(), nil
}

// unwrap takes the report out of its envelopes; nil: it holds none.
func unwrap(raw []byte) (json.RawMessage, error) {
	for range 3 { // EventBridge or SNS around the report, and SNS around EventBridge
		var e envelope
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, fmt.Errorf("feedback: this is not the JSON of a report (%w): %w", err, newsletter.ErrInvalid)
		}
		switch {
		case len(e.Detail) > 0:
			raw = e.Detail
		case e.Message == nil:
			return raw, nil
		case e.Type != "Notification" || !strings.HasPrefix(strings.TrimSpace(*e.Message), "{"):
			return nil, nil // SNS talks about the subscription itself, or says hello in words
		default:
			raw = []byte(*e.Message)
		}
	}
	return raw, nil
}

// events says what the report means. SES lists in bouncedRecipients and
// complainedRecipients whom it is about; the first destination may be somebody
// else.
func (r *report) events() []Event {
	switch kind := r.EventType + r.NotificationType; {
	case kind == "Bounce" && r.Bounce != nil:
		return r.each(r.Bounce.kind(), r.Bounce.Timestamp, r.Bounce.Recipients, r.Bounce.Type+"/"+r.Bounce.SubType)
	case kind == "Complaint" && r.Complaint != nil:
		return r.each(r.Complaint.kind(), r.Complaint.Timestamp, r.Complaint.Recipients, r.Complaint.words())
	case kind == "DeliveryDelay" && r.DeliveryDelay != nil:
		return r.each(Delayed, r.DeliveryDelay.Timestamp, r.DeliveryDelay.Recipients, r.DeliveryDelay.Type)
	case kind == "Delivery" && r.Delivery != nil:
		return r.each(Delivered, r.Delivery.Timestamp, named(r.Delivery.Recipients), r.Delivery.Response)
	case kind == "Send":
		return r.each(Accepted, time.Time{}, named(r.Mail.Destination), "")
	case kind == "Reject" && r.Reject != nil:
		return r.each(Refused, time.Time{}, named(r.Mail.Destination), r.Reject.Reason)
	case kind == "Rendering Failure" && r.Failure != nil:
		return r.each(Refused, time.Time{}, named(r.Mail.Destination), r.Failure.Message)
	}
	return nil
}

func (r *report) each(kind Kind, at time.Time, recipients []recipient, detail string) []Event {
	if at.IsZero() {
		at = r.Mail.Timestamp
	}
	place := r.Mail.delivery()
	var events []Event
	for _, to := range recipients {
		address, err := bare(to.Address)
		if err != nil && place == nil {
			continue // there is nobody to suppress and nothing to settle
		}
		events = append(events, Event{Kind: kind, At: at.UTC(), Address: address, MessageID: r.Mail.MessageID,
			Detail: anonymous(detail, to.Status, to.Diagnostic), Delivery: place})
	}
	return events
}

// messageFaults are the subtypes of transient bounces that blame the mail and not its
// reader.
var messageFaults = []string{"MessageTooLarge", "ContentRejected", "AttachmentRejected"}

// kind: only a permanent bounce says that the address is dead. Others end by
// themselves, mostly; SES has tried for hours.
func (b *bounce) kind() Kind {
	switch {
	case b.Type == "Permanent":
		return Bounced
	case slices.Contains(messageFaults, b.SubType):
		return Delayed
	}
	return Returned
}

// kind: two feedback types of RFC 5965 are no complaint of a reader.
func (c *complaint) kind() Kind {
	if c.Feedback == "not-spam" || c.Feedback == "auth-failure" {
		return Accepted
	}
	return Complaint
}

func (c *complaint) words() string { return strings.Trim(c.Feedback+" "+c.SubType, " ") }

// delivery reads the tags. Other senders may share the configuration set, so
// missing ones are no fault.
func (o *original) delivery() *Delivery {
	d := Delivery{Run: o.tag(TagRun)}
	for name, field := range map[string]*int{TagLane: &d.Lane, TagSeq: &d.Seq, TagIndex: &d.Index} {
		n, err := strconv.Atoi(o.tag(name))
		if err != nil || n < 0 {
			return nil
		}
		*field = n
	}
	if d.Run == "" {
		return nil
	}
	return &d
}

func (o *original) tag(name string) string {
	if values := o.Tags[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}

func named(addresses []string) []recipient {
	list := make([]recipient, len(addresses))
	for i, a := range addresses {
		list[i].Address = a
	}
	return list
}

// bare takes the display name off that some servers report.
func bare(s string) (newsletter.Address, error) {
	if parsed, err := mail.ParseAddress(s); err == nil {
		s = parsed.Address
	}
	return address.Parse(s)
}

// maxDetail is as much as a person wants to read of a server's answer, in
// characters.
const maxDetail = 300

var addresses = regexp.MustCompile(`[^\s<>"'(),;:]*@[^\s<>"'(),;]*`)

// anonymous joins the provider's words to one line that names nobody: it is kept
// with the Suppression, which outlives the reader's address.
func anonymous(words ...string) string {
	line := newsletter.Line(addresses.ReplaceAllString(strings.ToValidUTF8(strings.Join(words, " "), "�"), "…"))
	return newsletter.Shorten(printable(line), maxDetail)
}

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}
