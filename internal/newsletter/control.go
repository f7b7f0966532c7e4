package newsletter

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Hold pauses the Run because a person wants it so. Unlike one that a fault has
// paused, it goes on only by Resume. Holding what is held changes its reason at
// most.
func (r *Run) Hold(reason string, at time.Time) error {
	r.overCanary()
	if r.State != RunPaused {
		if err := r.Move(RunPaused, reason, at); err != nil {
			return r.refuse("pause")
		}
	}
	r.Held, r.Reason = true, reason
	return nil
}

// Resume lets the Run go on that was paused or waits. One that is sending stays as
// it is. What it was paused for does not pause it again: a person has seen it.
func (r *Run) Resume(at time.Time) error {
	switch r.State {
	case RunSending:
		return nil
	case RunPaused, RunWaitingQuota, RunCanaryHold:
		r.overCanary()
		r.Held = false
		r.accept()
		return r.Move(RunSending, "", at)
	}
	return r.refuse("resume")
}

// PauseFor pauses the Run because too many readers were refused for one reason.
func (r *Run) PauseFor(suspect, reason string, at time.Time) error {
	if err := r.Move(RunPaused, reason, at); err != nil {
		return err
	}
	r.Suspect = Line(suspect)
	return nil
}

// overCanary ends the canary of a Run that waited for it. One that was paused before
// it had mailed its first readers still has it ahead.
func (r *Run) overCanary() {
	if r.State == RunCanaryHold {
		r.Canary.Readers = 0
	}
}

func (r *Run) accept() {
	if r.Suspect != "" && !r.Accepts(r.Suspect) {
		r.Accepted = strings.TrimPrefix(r.Accepted+"\n"+r.Suspect, "\n")
	}
	r.Suspect = ""
}

// Accepts tells whether a person has seen that readers are refused for that reason,
// and let the Run go on.
func (r *Run) Accepts(reason string) bool {
	return slices.Contains(strings.Split(r.Accepted, "\n"), Line(reason))
}

// Cancel ends the Run for good: nobody more is mailed, and once the books are
// closed (see Close) it is cancelled. Cancelling again changes nothing.
func (r *Run) Cancel(reason string, at time.Time) error {
	if r.State == RunCancelled {
		return nil
	}
	if err := r.Move(RunCancelling, reason, at); err != nil {
		return r.refuse("cancel")
	}
	return nil
}

// refuse says why a person's wish comes at the wrong time.
func (r *Run) refuse(wish string) error {
	why := map[RunState]string{
		RunApproved:   "is only just starting; ask again in a moment",
		RunSettling:   "has come to its last reader, and only waits for news of some",
		RunSent:       "has ended: it came to its last reader",
		RunCancelling: "has been cancelled",
		RunCancelled:  "has been cancelled",
	}[r.State]
	return fmt.Errorf("cannot %s run %s, which %s: %w", wish, r.ID, why, ErrConflict)
}

// Close is for a Run whose lanes are all done: it has ended if no delivery is in
// doubt, else it settles. counts are those of its batches.
func (r *Run) Close(counts Counts, at time.Time) error {
	to, reason := RunSent, ""
	switch {
	case r.State == RunCancelling && counts.Ambiguous > 0:
		to = RunCancelling
	case r.State == RunCancelling:
		to, reason = RunCancelled, r.Reason
	case counts.Ambiguous > 0:
		to = RunSettling
	}
	r.Counts = counts
	return r.Move(to, reason, at)
}

// Reached is how many readers the Run has come to. Those who wait for another try
// are not among them.
func (c Counts) Reached() int { return c.Sent + c.Failed + c.Skipped + c.Unknown + c.Ambiguous }

// Due tells whether the Lane of this Run has something to do now and nobody works
// on it.
func (l *Lane) Due(r *Run, now time.Time) bool {
	if r.State == RunCancelling { // its retries are dropped rather than waited for
		return !l.Done && !now.Before(l.Lease)
	}
	if r.Canary.Holds(l) { // only what it has begun
		next, retries := l.NextRetry()
		return l.Waiting(now) && (l.Inflight != nil || retries && !now.Before(next))
	}
	return l.Waiting(now)
}

// Abandon closes the Lane of a cancelled Run, which has no batch in flight. Those
// who waited for another try have failed; Batch.Abandon notes it in the books.
func (l *Lane) Abandon() {
	for _, r := range l.Retries {
		l.Counts.Add(OutcomeFailed, r.Len())
	}
	l.Retries, l.Walked = nil, true
}

// Abandon notes that those who waited for another try get none. It tells whether
// anything changed.
func (b *Batch) Abandon(r Retry) bool {
	changed := false
	for i := range b.Entries {
		if e := &b.Entries[i]; r.Has(i) && e.Outcome == OutcomeRetry {
			e.Outcome, e.Reason, changed = OutcomeFailed, "cancelled before another try ("+e.Reason+")", true
		}
	}
	return changed
}
