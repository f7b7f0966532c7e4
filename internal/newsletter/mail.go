package newsletter

import (
	"html"
	"strings"
	"time"
)

// Mail is an Issue rendered once. Where a reader's own field goes, it holds a
// placeholder {{name}} with one of the names below; nothing else in it reads
// "{{" (render sees to that), so splitting at the braces is safe. The form is
// that of an Amazon SES inline template.
type Mail struct {
	Issue    string // Issue.ID
	Variant  string // language and topics; empty: the only one
	Language string // BCP 47, for Content-Language
	Subject  string // plain text; may hold PlaceholderBraces
	HTML     string
	Text     string // plain text, LF line ends
}

// The placeholders of a Mail.
const (
	PlaceholderUnsubscribe = "unsub"    // signed token, [A-Za-z0-9._-]
	PlaceholderPreferences = "prefs"    // signed token, [A-Za-z0-9._-]
	PlaceholderNameHTML    = "nameHTML" // a space and the reader's name, escaped for HTML; nothing where there is none
	PlaceholderNameText    = "nameText" // a space and the reader's name; nothing where there is none
	PlaceholderBraces      = "lb"       // the two characters "{{" in Subject and Text
)

// Recipient is one reader's share of a Mailing.
type Recipient struct {
	Index       int // of its Entry in the Batch
	Subscriber  SubscriberID
	Address     Address
	Name        string
	Unsubscribe string // token for Publication.UnsubscribeURL and PlaceholderUnsubscribe
	Preferences string // token for PlaceholderPreferences
}

// Mailing is one call to the mailer: one Mail to a few readers, each of whom gets
// a message of their own. Run, Lane and Seq name the claim it belongs to.
type Mailing struct {
	Publication *Publication
	Mail        *Mail
	Run         string
	Lane, Seq   int
	Recipients  []Recipient
}

// Letter is a kind of single mail about a subscription: a few words, and a button.
type Letter string

// The letters.
const (
	LetterConfirm Letter = "confirm" // completes a sign-up
	LetterMove    Letter = "move"    // confirms a new address
	LetterMoved   Letter = "moved"   // tells the old one, with a way back
	LetterExport  Letter = "export"  // leads to all that is on record
	LetterErase   Letter = "erase"   // leads to the erasing of it
)

// Letters are all there are.
func Letters() []Letter {
	return []Letter{LetterConfirm, LetterMove, LetterMoved, LetterExport, LetterErase}
}

// Message is a single mail that is not part of a Run: a confirmation, a test, a
// welcome.
type Message struct {
	Publication *Publication
	To          Address
	Subject     string
	HTML, Text  string
	Language    string // BCP 47; empty: the Publication's
	Issue       string // of which it is a copy out of turn: it gets the headers of a digest; empty: none
	Unsubscribe string // token, where Issue is set
	Automatic   bool   // generated without a person asking for this very mail (RFC 3834)
}

// Result is what became of one Recipient of a Mailing.
type Result struct {
	Outcome   Outcome
	MessageID string // the provider's, where it was accepted
	Reason    string // where it was not: in words, with the provider's own code
}

// ReasonNotASCII is why an address that is not Address.ASCII fails everywhere:
// Amazon SES and most mail servers refuse it.
const ReasonNotASCII = "the part before the @ is not ASCII; mail servers refuse it"

// Outcome is what is known of one Delivery.
type Outcome string

const (
	OutcomeSent      Outcome = "sent"      // the provider has it
	OutcomeRetry     Outcome = "retry"     // certainly not accepted; worth another try
	OutcomeFailed    Outcome = "failed"    // certainly not accepted; never will be
	OutcomeAmbiguous Outcome = "ambiguous" // nobody knows yet whether it was accepted
	OutcomeUnknown   Outcome = "unknown"   // nobody will ever know by itself; named to the editor
	OutcomeSkipped   Outcome = "skipped"   // no longer active when its turn came
)

// Copy is an Issue that a Run mailed to one reader, or did not.
type Copy struct {
	Issue   string // Issue.ID
	At      time.Time
	Outcome Outcome
}

// Splice replaces the placeholders of a Mail's HTML or Text with a reader's
// values. A name that value does not know should give "".
func Splice(s string, value func(name string) string) string {
	parts := Segments(s)
	if len(parts) == 1 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 256)
	for i, part := range parts {
		if i%2 == 1 {
			part = value(part)
		}
		b.WriteString(part)
	}
	return b.String()
}

// Segments splits at the placeholders: even elements are literal, odd ones are
// placeholder names. There is always an odd number of elements.
func Segments(s string) []string {
	var parts []string
	for {
		before, rest, found := strings.Cut(s, "{{")
		name, after, closed := strings.Cut(rest, "}}")
		if !found || !closed {
			return append(parts, s)
		}
		parts = append(parts, before, name)
		s = after
	}
}

// maxName is how much of a name a greeting shows, in characters.
const maxName = 60

// greeted is the name as it follows "Hello": a space before it, or nothing at all.
func (r *Recipient) greeted() string {
	if name := Shorten(Line(r.Name), maxName); name != "" {
		return " " + name
	}
	return ""
}

// Value returns what stands for a placeholder in this reader's copy.
func (r *Recipient) Value(placeholder string) string {
	switch placeholder {
	case PlaceholderUnsubscribe:
		return r.Unsubscribe
	case PlaceholderPreferences:
		return r.Preferences
	case PlaceholderNameHTML:
		return html.EscapeString(r.greeted())
	case PlaceholderNameText:
		return r.greeted()
	case PlaceholderBraces:
		return "{{"
	}
	return ""
}
