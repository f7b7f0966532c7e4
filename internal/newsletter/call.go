package newsletter

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// CallState is where a Call stands.
type CallState string

const (
	CallWaiting CallState = "waiting" // for its first or its next try
	CallDone    CallState = "done"    // the receiver has taken it
	CallGivenUp CallState = "given_up"
	CallDropped CallState = "dropped" // what it tells of did not happen after all, or is not so any more
)

// Call is an Event that one Hook is told of, until its receiver says that it has come.
//
// It is stored before what it tells of, so that neither gets lost when a process dies
// in between; before each try it is looked up whether it is so. See Holds….
type Call struct {
	ID      string // sorts by time; comes of the event and the hook, so that telling the same twice makes one Call. It is the header webhook-id.
	Hook    string
	Event   string
	About   string // Event.About
	Why     string // Event.Why
	At      time.Time
	Body    string // JSON; empty once nobody needs it
	State   CallState
	Begun   time.Time // when its tries begin to count: when it was stored, or at the last Again
	Tries   int
	TriedAt time.Time
	NextTry time.Time // while it waits; while it is being tried: when another worker may
	Answer  string    // what came of the last try, in words
	Rev     int64
}

// The life of a Call.
const (
	// CallLease is how long a worker may take for one try.
	CallLease = 2 * time.Minute
	// CallTTL is how long a Call is kept, with what it tells of a reader where it was
	// given up.
	CallTTL = 30 * 24 * time.Hour
	// callGrace is how long what a Call tells of may take to be stored: longer than any
	// request lasts.
	callGrace = 2 * time.Minute
	// callsEnd is after how long a Call is given up, whatever the receiver asked for.
	callsEnd  = 5 * 24 * time.Hour
	maxAnswer = 300 // characters
)

// pauses come after the first try that failed, the second, …; after one more it is
// given up, some three days after the first. Standard Webhooks recommends such a
// schedule.
var pauses = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 24 * time.Hour}

// longestPause is the most that a receiver's Retry-After is heeded.
const longestPause = 24 * time.Hour

// NewCall makes the Call of a Hook about an Event.
func NewCall(h *Hook, e *Event, body string, now time.Time) Call {
	at := e.At.UTC().Truncate(time.Microsecond)
	sum := sha256.Sum256([]byte(strings.Join([]string{h.ID, e.Type, e.About(), e.Why}, "\x00")))
	return Call{ID: at.Format("20060102T150405") + fmt.Sprintf("%06dZ-", at.Nanosecond()/1000) + hex.EncodeToString(sum[:8]), // no dot: it separates what is signed
		Hook: h.ID, Event: e.Type, About: e.About(), Why: e.Why, At: at, Body: body, State: CallWaiting, Begun: now, NextTry: now}
}

// Due tells whether it may be tried.
func (c *Call) Due(now time.Time) bool { return c.State == CallWaiting && !c.NextTry.After(now) }

// Begin takes the next try. Who saves it may make the call; who loses leaves it alone.
// A worker that dies has used the try up.
func (c *Call) Begin(now time.Time) {
	c.Tries, c.TriedAt, c.NextTry = c.Tries+1, now, now.Add(CallLease)
}

// Delivered ends it well.
func (c *Call) Delivered(answer string) { c.end(CallDone, answer) }

// GiveUp ends it; Again can begin anew.
func (c *Call) GiveUp(answer string) { c.State, c.Answer = CallGivenUp, shortAnswer(answer) }

// Failed notes that the receiver has not taken it. wait is what it asked for; 0:
// nothing.
func (c *Call) Failed(answer string, wait time.Duration, now time.Time) {
	if c.Event == EventTest {
		c.GiveUp(answer) // somebody is watching
		return
	}
	c.Answer = shortAnswer(answer)
	if c.Tries > len(pauses) {
		c.GiveUp(answer)
		return
	}
	c.NextTry = now.Add(max(pauses[max(1, c.Tries)-1], min(wait, longestPause)))
	if c.NextTry.After(c.Begun.Add(callsEnd)) {
		c.GiveUp(answer)
	}
}

// Untrue notes that what it tells of is not so: it may still be on its way into the
// store. If not, it is dropped.
func (c *Call) Untrue(now time.Time) {
	if until := c.Begun.Add(callGrace); now.Before(until) {
		c.NextTry = until
		return
	}
	c.end(CallDropped, "not told: it did not come to it, or something newer has been told since")
}

// Renew takes up one again that was dropped, since what it tells of is on its way into
// the store once more. It tells whether there was anything to do.
func (c *Call) Renew(body string, now time.Time) bool {
	if c.State != CallDropped {
		return false
	}
	c.State, c.Body, c.Begun, c.Tries, c.NextTry, c.Answer = CallWaiting, body, now, 0, now, ""
	return true
}

// end forgets the Body, which may hold a reader's address.
func (c *Call) end(state CallState, answer string) {
	c.State, c.Answer, c.Body = state, shortAnswer(answer), ""
}

// shortAnswer is what a stranger said, as plain words on a line.
func shortAnswer(s string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	return Shorten(Line(plain), maxAnswer)
}

// Again begins anew with one that was given up, or does not wait any longer with one
// that waits. ErrConflict: it has come to its end.
func (c *Call) Again(now time.Time) error {
	if c.State != CallGivenUp && c.State != CallWaiting {
		return fmt.Errorf("call %s is %s, there is nothing to try: %w", c.ID, c.State, ErrConflict)
	}
	c.State, c.Begun, c.Tries, c.NextTry = CallWaiting, now, 0, now
	return nil
}

// mourned is how long a Call that was given up is something to look at.
const mourned = 7 * 24 * time.Hour

// Trouble says in words what somebody should look at, as far as the Hook and its newest
// calls tell; empty: nothing. One try that failed is none: the next one may do.
func (h *Hook) Trouble(calls []Call, now time.Time) string {
	if h.Off != "" {
		return "is off: " + h.Off
	}
	var last Call
	lost := 0
	for _, c := range calls {
		if c.State == CallGivenUp && c.Event != EventTest && now.Sub(c.TriedAt) < mourned {
			lost++
		}
		if c.Answer != "" && c.State != CallDropped && c.TriedAt.After(last.TriedAt) {
			last = c
		}
	}
	switch {
	case last.State == CallGivenUp, last.State == CallWaiting && last.Tries > 1:
		return "does not take what it is told: " + last.Answer
	case lost > 0:
		return fmt.Sprintf("has missed %d of its last %d calls; they can be tried again", lost, len(calls))
	}
	return ""
}

// HoldsOfIssue tells whether what a Call says of an Issue has happened.
func (c *Call) HoldsOfIssue(i *Issue) bool {
	if c.Event == EventDrafted {
		return c.same(i.CreatedAt)
	}
	return i.State == IssueApproved && c.same(i.ApprovedAt)
}

// HoldsOfRun is HoldsOfIssue for the end of a Run.
func (c *Call) HoldsOfRun(r *Run) bool { return r.State == RunSent && c.same(r.FinishedAt) }

// HoldsOfReader tells whether what a Call says of a reader is so now; nil: nobody is on
// record. Of several changes in a short time each is its own Call, and the receiver
// shall end with what is true: one that something newer has overtaken does not hold,
// unless the newer is none that is told.
func (c *Call) HoldsOfReader(s *Subscriber) bool {
	if c.Event == EventConfirmed {
		return s != nil && s.Status == Active && c.same(s.ChangedAt)
	}
	switch {
	case s == nil:
		return true
	case s.Status == Active:
		return false
	case c.Why == LeftErased:
		return s.CreatedAt.After(c.At) // else it has not come so far
	case s.Status == Complained && c.Why == LeftComplained || s.Status == Unsubscribed && c.Why != LeftComplained:
		return c.same(s.ChangedAt)
	}
	return true
}

func (c *Call) same(at time.Time) bool { return c.At.Equal(at.Truncate(time.Microsecond)) }
