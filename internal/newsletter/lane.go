package newsletter

import (
	"fmt"
	"math/bits"
	"time"
)

// MaxBatch is how many readers one claim holds at most (Amazon SES takes 50
// entries in a SendBulkEmail call).
const MaxBatch = 50

// LeaseTime is how long a worker owns a Lane without renewing.
const LeaseTime = 60 * time.Second

// Lane is a slice of the audience that one worker walks at a time, in the order
// of subscriber ids. It is the only record that says how far a Run has come, and
// every change of it is one conditional write:
//
//	lease → (recover) → claim → send → record → claim → …
//
// A claim moves the cursor past its readers before they are mailed, and names
// them in Inflight until their outcome is stored. So whoever dies in between
// leaves a batch that is known to be in doubt, never one that is sent again.
type Lane struct {
	Run      string
	N        int // 0 … Lanes-1
	Lanes    int // of the Run; with N it gives the buckets
	Done     bool
	Owner    string
	Lease    time.Time // the owner's until then; zero: free
	Epoch    int       // raised by every lease
	Cursor   SubscriberID
	Walked   bool // the walk has reached the end
	Seq      int  // of the last claim
	Inflight *Claim
	Retries  []Retry
	Counts   Counts
	Health   Health
	Rev      int64
}

// Claim is the batch a worker is about to send.
type Claim struct {
	Seq   int
	At    time.Time
	Tries int // earlier tries of these readers
	IDs   []SubscriberID
	From  int // Seq of the batch in which they were tried before; 0: none
}

// Retry refers to readers of an earlier batch who were certainly not mailed, or as
// good as certainly: see Resend. A batch may have several.
type Retry struct {
	Seq       int
	Entries   uint64 // bit i: entry i of that batch
	Tries     int    // so far
	NotBefore time.Time
	Marked    bool // the batch still has these entries as ambiguous: see Resend
}

// Has tells whether entry i is to be tried again.
func (r Retry) Has(i int) bool { return r.Entries&(1<<i) != 0 }

// Len is the number of readers to try again.
func (r Retry) Len() int { return bits.OnesCount64(r.Entries) }

// retryPauses are how long an entry waits before each further try; after the
// last one it has failed.
var retryPauses = []time.Duration{30 * time.Second, 2 * time.Minute, 10 * time.Minute}

// Buckets is the range of subscriber buckets [from, to] that the Lane walks.
func (l *Lane) Buckets() (from, to byte) {
	width := 256 / l.Lanes
	return byte(l.N * width), byte((l.N+1)*width - 1)
}

// Take leases the Lane to owner. It fails with ErrConflict while another holds
// it or when it is done.
func (l *Lane) Take(owner string, now time.Time) error {
	if l.Done || now.Before(l.Lease) {
		return fmt.Errorf("lane %d of run %s is taken or done: %w", l.N, l.Run, ErrConflict)
	}
	l.Owner, l.Lease = owner, now.Add(LeaseTime)
	l.Epoch++
	return nil
}

// Release gives the Lane back before the lease ends.
func (l *Lane) Release() { l.Lease = time.Time{} }

// Claim names the readers of the next batch as in flight, moves the cursor and
// renews the lease. It fails where the lease has run out or the last batch is
// still unrecorded.
func (l *Lane) Claim(ids []SubscriberID, tries int, now time.Time) error {
	switch {
	case !now.Before(l.Lease):
		return fmt.Errorf("lane %d of run %s: the lease has run out: %w", l.N, l.Run, ErrConflict)
	case l.Inflight != nil:
		return fmt.Errorf("lane %d of run %s: batch %d has no recorded result: %w", l.N, l.Run, l.Inflight.Seq, ErrConflict)
	case len(ids) == 0 || len(ids) > MaxBatch:
		return fmt.Errorf("lane %d of run %s: a batch of %d: %w", l.N, l.Run, len(ids), ErrInvalid)
	}
	l.Seq++
	l.Inflight = &Claim{Seq: l.Seq, At: now, Tries: tries, IDs: ids}
	l.Lease = now.Add(LeaseTime)
	return nil
}

// Advance moves the cursor of the walk; end tells that nobody comes after it.
func (l *Lane) Advance(to SubscriberID, end bool) {
	if !to.IsZero() {
		l.Cursor = to
	}
	l.Walked = end
}

// DueRetry takes the first retry that is due off the list.
func (l *Lane) DueRetry(now time.Time) (Retry, bool) {
	for i, r := range l.Retries {
		if !r.Marked && !now.Before(r.NotBefore) {
			l.Retries = append(l.Retries[:i:i], l.Retries[i+1:]...)
			return r, true
		}
	}
	return Retry{}, false
}

// RetryNow lets the retry of a batch be due at once: its readers were not refused,
// their worker died before it came to them.
func (l *Lane) RetryNow(seq int) {
	for i := range l.Retries {
		if l.Retries[i].Seq == seq {
			l.Retries[i].NotBefore = time.Time{}
		}
	}
}

// NextRetry is when the earliest retry is due; false where there is none.
func (l *Lane) NextRetry() (time.Time, bool) {
	var next time.Time
	for i, r := range l.Retries {
		if i == 0 || r.NotBefore.Before(next) {
			next = r.NotBefore
		}
	}
	return next, len(l.Retries) > 0
}

// Record closes the batch in flight with its stored result: the counts move on,
// and refused entries are put up for another try.
func (l *Lane) Record(b *Batch, now time.Time) error {
	if l.Inflight == nil || l.Inflight.Seq != b.Seq {
		return fmt.Errorf("lane %d of run %s: batch %d is not in flight: %w", l.N, l.Run, b.Seq, ErrConflict)
	}
	retry := Retry{Seq: b.Seq, Tries: b.Tries + 1}
	for i, e := range b.Entries {
		if e.Outcome == OutcomeRetry {
			retry.Entries |= 1 << i
		}
		if l.Counts.Add(e.Outcome, 1); e.Outcome == OutcomeFailed {
			l.Health.Fail(e.Reason)
		}
	}
	if retry.Entries != 0 {
		retry.NotBefore = now.Add(retryPauses[max(0, min(b.Tries, len(retryPauses)-1))])
		l.Retries = append(l.Retries, retry)
	}
	l.Inflight = nil
	return nil
}

// Waiting tells whether the Lane has work that is due, nobody works on it, and it
// does not rest.
func (l *Lane) Waiting(now time.Time) bool {
	if l.Done || now.Before(l.Lease) || l.Resting(now) {
		return false
	}
	next, retries := l.NextRetry()
	return !l.Walked || l.Inflight != nil || !retries || !now.Before(next)
}

// Resting tells whether the Lane leaves the mail system alone for a while.
func (l *Lane) Resting(now time.Time) bool { return now.Before(l.Health.RestUntil) }

// Finish closes the Lane when nothing is left to do, and tells whether it did.
// Ambiguous deliveries do not keep it open: they are settled on the batches.
func (l *Lane) Finish() bool {
	if l.Walked && l.Inflight == nil && len(l.Retries) == 0 {
		l.Done = true
	}
	return l.Done
}
