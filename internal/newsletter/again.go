package newsletter

import (
	"fmt"
	"time"
)

// RetryID is the id of the Run that tries the readers of another one again who had
// this outcome. There is one such Run for each, however often it is asked for.
func RetryID(run string, outcome Outcome) string { return run + "-retry-" + string(outcome) }

// Again prepares a Run that sends the same Issue once more, to the failed readers
// of this one, which has ended, or to its unknown ones. Those may get it twice:
// nobody knows whether they have it.
func (r *Run) Again(outcome Outcome, at time.Time) (Run, error) {
	if outcome != OutcomeFailed && outcome != OutcomeUnknown {
		return Run{}, fmt.Errorf("only those who failed or are unknown can be tried again, not %q: %w", outcome, ErrInvalid)
	}
	if !r.Finished() {
		return Run{}, fmt.Errorf("cannot retry run %s, which is %s, before it has ended: %w", r.ID, r.State, ErrConflict)
	}
	return Run{ID: RetryID(r.ID, outcome), Issue: r.Issue, Schedule: r.Schedule, State: RunApproved,
		Parent: r.ID, Outcome: outcome, StartedAt: at, Since: at, Lanes: r.Lanes}, nil
}

// Again makes the books of a Run that tries readers again: those of this Batch
// of its Parent who had the outcome, and for whom skip is false, wait for their
// try under the same number.
func (b *Batch) Again(run *Run, skip func(SubscriberID) bool, at time.Time) Batch {
	again := Batch{Run: run.ID, Lane: b.Lane, Seq: b.Seq, At: at}
	for _, e := range b.Entries {
		if e.Outcome == run.Outcome && !skip(e.Subscriber) {
			again.Entries = append(again.Entries, Entry{Subscriber: e.Subscriber, Outcome: OutcomeRetry, Reason: e.Reason})
		}
	}
	return again
}

// Await puts all readers of a Batch on the list of those to be tried, at once.
func (l *Lane) Await(b *Batch) {
	l.Retries = append(l.Retries, Retry{Seq: b.Seq, Entries: 1<<len(b.Entries) - 1})
}

// Sent are the entries that the books have as sent.
func (b *Batch) Sent() uint64 {
	var sent uint64
	for i, e := range b.Entries {
		if e.Outcome == OutcomeSent {
			sent |= 1 << i
		}
	}
	return sent
}

// Among finds the readers of some entries of this Batch in other: the entries that they
// have there.
func (b *Batch) Among(entries uint64, other *Batch) uint64 {
	var found uint64
	for i := range b.Entries {
		for j := range other.Entries {
			if entries&(1<<i) != 0 && b.Entries[i].Subscriber == other.Entries[j].Subscriber {
				found |= 1 << j
			}
		}
	}
	return found
}
