package newsletter

import (
	"fmt"
	"slices"
	"time"
)

// RunState is where a Run stands. See Run for the moves.
type RunState string

const (
	RunApproved     RunState = "approved"
	RunSending      RunState = "sending"
	RunPaused       RunState = "paused"
	RunWaitingQuota RunState = "waiting_quota"
	RunCanaryHold   RunState = "canary_hold"
	RunSettling     RunState = "settling" // walked to the end; some outcomes are still open
	RunSent         RunState = "sent"
	RunCancelling   RunState = "cancelling" // nobody more is mailed; the books are being closed
	RunCancelled    RunState = "cancelled"
)

// runMoves are the state machine of a Run.
var runMoves = map[RunState][]RunState{
	RunApproved:     {RunSending, RunPaused, RunCancelling},
	RunSending:      {RunPaused, RunWaitingQuota, RunCanaryHold, RunSettling, RunSent, RunCancelling},
	RunPaused:       {RunSending, RunCancelling},
	RunWaitingQuota: {RunSending, RunPaused, RunCancelling},
	RunCanaryHold:   {RunSending, RunPaused, RunCancelling},
	RunSettling:     {RunSent, RunSending, RunPaused, RunWaitingQuota, RunCancelling},
	RunCancelling:   {RunCancelled},
}

// Counts add up what became of deliveries.
type Counts struct {
	Sent, Failed, Skipped, Unknown, Ambiguous int
}

// Plus adds other to c.
func (c Counts) Plus(other Counts) Counts {
	return Counts{c.Sent + other.Sent, c.Failed + other.Failed, c.Skipped + other.Skipped,
		c.Unknown + other.Unknown, c.Ambiguous + other.Ambiguous}
}

// Add counts n deliveries of one outcome. Retries are not counted: they are
// still to be delivered.
func (c *Counts) Add(o Outcome, n int) {
	switch o {
	case OutcomeSent:
		c.Sent += n
	case OutcomeFailed:
		c.Failed += n
	case OutcomeSkipped:
		c.Skipped += n
	case OutcomeUnknown:
		c.Unknown += n
	case OutcomeAmbiguous:
		c.Ambiguous += n
	}
}

// Run is one send of one Issue:
//
//	approved → sending ⇄ paused, waiting_quota, canary_hold
//	           sending → settling → sent; settling too may be paused, or wait, and then
//	           comes back by way of sending
//	           any of them → cancelling → cancelled
type Run struct {
	ID         string
	Issue      string
	Schedule   string
	State      RunState
	Reason     string    // why it is paused, waits or was cancelled, in words
	Held       bool      // a person paused it: only a person's Resume lets it go on
	Parent     string    // the finished Run whose readers it tries again; empty: it walks the audience
	Outcome    Outcome   // with Parent: which of its readers
	Suspect    string    // for which reason too many readers were refused, while that is why it is paused
	Accepted   string    // reasons of that kind that a person has accepted by Resume, one a line
	StartedAt  time.Time // readers confirmed later get the next issue
	Since      time.Time // it stands where it stands
	Tolerated  Figures   // those at which the brake held it and a person let it go on; see Brake
	FinishedAt time.Time
	Canary     Canary
	Readers    int    // that it mails, as counted when it started
	Lanes      int    // 1, 4, 16, 64 or 256
	Counts     Counts // as of the last sweep, final once finished
	Rev        int64
}

// NewRun prepares the Run of an approved Issue. Its id comes from the Issue, so
// starting twice starts once.
func NewRun(issue *Issue, lanes int, at time.Time) Run {
	return Run{ID: issue.ID, Issue: issue.ID, Schedule: issue.Schedule, State: RunApproved, StartedAt: at, Since: at, Lanes: lanes}
}

// Move takes the Run to another state. Moving to where it stands already is not
// an error. What a person has paused does not go on by a Move: see Resume.
func (r *Run) Move(to RunState, reason string, at time.Time) error {
	if r.State == to {
		return nil
	}
	if !slices.Contains(runMoves[r.State], to) || r.Held && to == RunSending {
		return fmt.Errorf("run %s is %s and cannot become %s: %w", r.ID, r.State, to, ErrConflict)
	}
	r.State, r.Reason, r.Held, r.Since = to, reason, false, at
	if r.Finished() {
		r.FinishedAt = at
	}
	return nil
}

// Finished tells whether the Run has come to its end.
func (r *Run) Finished() bool { return r.State == RunSent || r.State == RunCancelled }

// Walking tells whether lanes may take up new readers.
func (r *Run) Walking() bool { return r.State == RunSending }

// Working tells whether lanes may be leased: walking, or settling its books.
func (r *Run) Working() bool {
	return r.State == RunSending || r.State == RunSettling || r.State == RunCancelling
}
