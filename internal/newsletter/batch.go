package newsletter

import (
	"math/bits"
	"time"
)

// Batch is the stored result of one claim.
type Batch struct {
	Run     string
	Lane    int
	Seq     int
	At      time.Time // of the claim
	Tries   int       // earlier tries of these readers; -1 where this first one does not count
	From    int       // Seq of the batch in which these readers were tried before; 0: none
	Entries []Entry
	Rev     int64
}

// Entry is one Delivery in a Batch.
type Entry struct {
	Subscriber SubscriberID
	Outcome    Outcome
	MessageID  string
	Reason     string
}

// NewBatch makes the record of a claim with the same outcome for everyone.
func NewBatch(run string, lane int, claim *Claim, outcome Outcome, reason string) Batch {
	b := Batch{Run: run, Lane: lane, Seq: claim.Seq, At: claim.At, Tries: claim.Tries, From: claim.From, Entries: make([]Entry, len(claim.IDs))}
	for i, id := range claim.IDs {
		b.Entries[i] = Entry{Subscriber: id, Outcome: outcome, Reason: reason}
	}
	return b
}

// Apply writes the mailer's results into the Batch. Entries that have used up
// their tries fail for good.
func (b *Batch) Apply(results []Result) {
	for i := range b.Entries {
		e := &b.Entries[i]
		e.Outcome, e.Reason = OutcomeAmbiguous, "the mailer gave no answer"
		if i < len(results) {
			e.Outcome, e.MessageID, e.Reason = results[i].Outcome, results[i].MessageID, results[i].Reason
		}
		if e.Outcome == OutcomeRetry && b.Tries >= len(retryPauses) {
			e.Outcome = OutcomeFailed
		}
	}
}

// Uncount takes this try back: the fault was not the readers' addresses, and must
// not use their tries up. It comes before Apply.
func (b *Batch) Uncount() { b.Tries-- }

// Doubt turns the entries of one outcome into ambiguous ones; their reason stays.
func (b *Batch) Doubt(of Outcome) {
	for i := range b.Entries {
		if b.Entries[i].Outcome == of {
			b.Entries[i].Outcome = OutcomeAmbiguous
		}
	}
}

// Ambiguous counts the entries that nobody knows about yet.
func (b *Batch) Ambiguous() int {
	return bits.OnesCount64(b.Doubted())
}

// Seen notes that the provider reported entry i as accepted. A late report also
// turns unknown into sent. It tells whether anything changed.
func (b *Batch) Seen(i int, messageID string) bool {
	if i < 0 || i >= len(b.Entries) {
		return false
	}
	e := &b.Entries[i]
	if e.Outcome != OutcomeAmbiguous && e.Outcome != OutcomeUnknown {
		return false
	}
	e.Outcome, e.MessageID, e.Reason = OutcomeSent, messageID, reasonReported
	return true
}

// Refused notes that the provider took entry i and then refused to send it: it
// has failed for good. It tells whether anything changed.
func (b *Batch) Refused(i int, reason string) bool {
	if i < 0 || i >= len(b.Entries) {
		return false
	}
	e := &b.Entries[i]
	if e.Outcome != OutcomeSent && e.Outcome != OutcomeAmbiguous && e.Outcome != OutcomeUnknown {
		return false
	}
	e.Outcome, e.Reason = OutcomeFailed, reason
	return true
}

// GiveUp names the entries that are still ambiguous as unknown.
func (b *Batch) GiveUp() bool {
	changed := false
	for i := range b.Entries {
		if b.Entries[i].Outcome == OutcomeAmbiguous {
			b.Entries[i].Outcome, changed = OutcomeUnknown, true
		}
	}
	return changed
}

// Count adds up the outcomes of the Batch.
func (b *Batch) Count() Counts {
	var c Counts
	for _, e := range b.Entries {
		c.Add(e.Outcome, 1)
	}
	return c
}
