package newsletter

import (
	"slices"
	"time"
)

// Suppression is an address that must never be mailed, known by its hash only. It
// outlives the Subscriber.
type Suppression struct {
	ID     SubscriberID
	Reason Status // bounced, complained or unsubscribed
	Detail string // the provider's words, without the address
	At     time.Time
	// ErasedAt is when the Subscriber asked to be erased; zero: nobody has. It stands
	// before they are, so that whoever goes on after a crash tells of the same erasure.
	ErasedAt time.Time
	Rev      int64
}

// bounceRest is how long a hard bounce keeps an address from signing up again:
// mailboxes do come back.
const bounceRest = 30 * 24 * time.Hour

// LiftedBySignUp tells whether a reader's own fresh, confirmed sign-up ends the
// Suppression. An import never does.
func (s *Suppression) LiftedBySignUp(now time.Time) bool {
	return s.Reason != Bounced || now.Sub(s.At) >= bounceRest
}

// gravity orders the reasons of a Suppression.
var gravity = []Status{Unsubscribed, Bounced, Complained}

// Note adds one more reason. The graver one stays, of two equal ones the later.
// It tells whether anything changed.
func (s *Suppression) Note(reason Status, detail string, at time.Time) bool {
	before, after := slices.Index(gravity, s.Reason), slices.Index(gravity, reason)
	if after < before || after == before && !at.After(s.At) {
		return false
	}
	s.Reason, s.Detail, s.At = reason, detail, at
	return true
}

// Erase notes that the reader who signed up at that moment is to be erased. It tells
// whether anything changed: going on with an erasure is not another one.
func (s *Suppression) Erase(signedUp, now time.Time) bool {
	if !s.ErasedAt.IsZero() && !s.ErasedAt.Before(signedUp) {
		return false
	}
	s.ErasedAt = now
	return true
}

// Graver tells whether the reason weighs more than another one; "" is none.
func (s *Suppression) Graver(than Status) bool {
	return slices.Index(gravity, s.Reason) > slices.Index(gravity, than)
}

// LiftedBy tells whether the Suppression belongs to the time before the reader
// confirmed, and ends with that.
func (s *Suppression) LiftedBy(sub *Subscriber) bool {
	return sub.Status == Active && !s.At.After(sub.ConfirmedAt)
}
