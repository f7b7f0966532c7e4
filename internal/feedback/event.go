// Package feedback takes what the mail system reports after it accepted a
// message: bounces and complaints become suppressions, and every report of a
// message proves that its delivery was accepted, which settles batches in doubt.
// It reads the JSON of Amazon SES and nothing else; where it comes from (a queue,
// a web hook) is not its business.
package feedback

import (
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Kind is what a report is about. Opens, clicks and changed subscriptions have
// none: Masthead does not ask for them.
type Kind string

const (
	Bounced   Kind = "bounced"   // the address takes no mail, for good
	Returned  Kind = "returned"  // came back for now: a full mailbox, a server that was down for too long
	Delayed   Kind = "delayed"   // the provider is still trying, or the mail itself was refused and not its reader
	Complaint Kind = "complaint" // the reader pressed "this is spam"
	Accepted  Kind = "accepted"  // the provider has the message
	Delivered Kind = "delivered" // the reader's server has it
	Refused   Kind = "refused"   // the provider had accepted the message and then did not send it
)

// Event is one report about one reader's message.
type Event struct {
	Kind       Kind
	At         time.Time
	Address    newsletter.Address      // empty where what was reported is none; then there is a Delivery or a Subscriber
	Subscriber newsletter.SubscriberID // whom it is about, where that is proved otherwise than by the address; else zero
	MessageID  string                  // the provider's
	Detail     string                  // the provider's words on one line, without the address
	Delivery   *Delivery               // nil: the message is not part of a Run
}

// Delivery is the place of a message in the ledger, from the tags that the mailer
// gave it.
type Delivery struct {
	Run              string
	Lane, Seq, Index int
}

// The names of the message tags that a mailer sets for Delivery.
const (
	TagRun   = "run"
	TagLane  = "lane"
	TagSeq   = "seq"
	TagIndex = "index"
)
