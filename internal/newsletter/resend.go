package newsletter

import (
	"fmt"
	"math/bits"
	"slices"
	"time"
)

// Resend puts entries of an earlier batch up for another try that were in doubt, and
// of which there is good evidence that the provider never took them. It opens a Lane
// that was done. ErrConflict: somebody works on the Lane.
//
// Both the Lane and the Batch have to change, and no store changes two records at
// once. So there are three writes, each upon the Rev that was read, the Lane being
// read before the Batch:
//
//	the Lane, with a marked Retry → the Batch, whose entries become OutcomeRetry → the Lane, without the mark
//
// A marked Retry is never worked, and a Batch that has one is not put up again.
// Whoever finds a mark brings the Batch in line and takes the mark away. Without it, a
// crash between the first two writes would let the next one put the same entries
// up a second time; with the Batch first, it would lose them.
func (l *Lane) Resend(seq int, entries uint64, now time.Time) error {
	if now.Before(l.Lease) || l.Inflight != nil || l.Mark() != nil {
		return fmt.Errorf("lane %d of run %s is being worked on: %w", l.N, l.Run, ErrConflict)
	}
	l.Retries = append(slices.Clone(l.Retries), Retry{Seq: seq, Entries: entries, Marked: true})
	l.Counts.Ambiguous -= bits.OnesCount64(entries)
	l.Done = false
	return nil
}

// Mark is the first marked Retry; nil: there is none.
func (l *Lane) Mark() *Retry {
	for i := range l.Retries {
		if l.Retries[i].Marked {
			return &l.Retries[i]
		}
	}
	return nil
}

// Unmark lets the marked Retry of a batch be worked. It tells whether there was one.
func (l *Lane) Unmark(seq int) bool {
	l.Retries = slices.Clone(l.Retries)
	mark := l.Mark()
	if mark == nil || mark.Seq != seq {
		return false
	}
	mark.Marked = false
	return true
}

// Resend says of entries in doubt that they are to be tried again, which the Lane has
// noted with a mark. It tells whether anything changed; who was heard of meanwhile
// stays sent.
func (b *Batch) Resend(entries uint64) bool {
	changed := false
	for i := range b.Entries {
		if e := &b.Entries[i]; entries&(1<<i) != 0 && e.Outcome == OutcomeAmbiguous {
			e.Outcome, changed = OutcomeRetry, true
		}
	}
	return changed
}

// KnownSent says of entries that they were not mailed, because an earlier try has been
// reported as sent. Should the batch be lost before it says so, From leads there.
func (b *Batch) KnownSent(entries uint64) {
	for i := range b.Entries {
		if entries&(1<<i) != 0 {
			b.Entries[i].Outcome, b.Entries[i].MessageID, b.Entries[i].Reason = OutcomeSent, "", reasonReported
		}
	}
}

// Answer takes the mailer's answers into a Batch that somebody has noted as ambiguous
// meanwhile; what is known by now stays.
func (b *Batch) Answer(answers []Entry) {
	for i := range b.Entries {
		if b.Entries[i].Outcome == OutcomeAmbiguous {
			b.Entries[i] = answers[i]
		}
	}
}
