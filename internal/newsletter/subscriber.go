package newsletter

import (
	"fmt"
	"slices"
	"time"
)

// Status is where a Subscriber stands.
type Status string

const (
	Pending      Status = "pending" // asked to subscribe, not confirmed yet
	Active       Status = "active"
	Unsubscribed Status = "unsubscribed"
	Bounced      Status = "bounced"    // the address does not exist any more
	Complained   Status = "complained" // pressed "this is spam"
)

// PendingTTL is how long a sign-up waits for its confirmation.
const PendingTTL = 7 * 24 * time.Hour

// Consent is the proof that a reader asked for the mail.
type Consent struct {
	At      time.Time
	Origin  string // form, import, command line …
	Wording string // version of the text that was agreed to
}

// Subscriber is an address and its status.
type Subscriber struct {
	ID           SubscriberID
	Address      Address
	Name         string
	Status       Status
	Schedules    []string // wanted; empty: every one
	Topics       []string // wanted; empty: every one
	Tags         []string // an operator's own words for a group of readers; readers do not see them
	Language     string
	Zone         string
	TokenVersion int // raised to revoke the links mailed so far, unsubscribe links apart
	Consent      Consent
	CreatedAt    time.Time // of the record; see Since
	ConfirmedAt  time.Time
	ChangedAt    time.Time    // of Status
	PausedUntil  time.Time    // no digest before then; zero: none is held back
	WelcomedAt   time.Time    // when the last welcome was mailed
	MovedTo      SubscriberID // whom the mail goes to instead, see MayReceive
	MovedFrom    SubscriberID // whose place this one has taken
	LeaveReason  LeaveReason  // why the reader left, where they said so
	Soft         SoftBounces
	Rev          int64
}

// Since is when the reader agreed to be mailed, which may be long before the record was
// made: an imported list tells it.
func (s *Subscriber) Since() time.Time {
	if !s.Consent.At.IsZero() && s.Consent.At.Before(s.CreatedAt) {
		return s.Consent.At
	}
	return s.CreatedAt
}

// Confirm completes double opt-in. Confirming twice is not an error.
func (s *Subscriber) Confirm(at time.Time) error {
	switch s.Status {
	case Pending:
		s.Status, s.ConfirmedAt, s.ChangedAt = Active, at, at
		return nil
	case Active:
		return nil
	}
	return fmt.Errorf("confirm a subscriber who is %s: %w", s.Status, ErrConflict)
}

// SignUp starts double opt-in anew, for somebody new or somebody who left. An
// active reader stays active: there is nothing to confirm.
func (s *Subscriber) SignUp(consent Consent) {
	if s.Status == Active {
		return
	}
	s.Status, s.ChangedAt, s.Consent = Pending, consent.At, consent
	s.MovedTo, s.LeaveReason = SubscriberID{}, ""
}

// Unsubscribe ends the mail. Doing so twice, or after a bounce, is not an error
// and keeps the graver status.
func (s *Subscriber) Unsubscribe(at time.Time) {
	if s.Status == Active || s.Status == Pending {
		s.Status, s.ChangedAt = Unsubscribed, at
	}
}

// RejoinTime is how long after leaving a reader can take it back without
// confirming the address anew.
const RejoinTime = 24 * time.Hour

// Rejoin takes back an unsubscription, for somebody who had confirmed before and
// left just now. Doing so twice is not an error.
func (s *Subscriber) Rejoin(at time.Time) error {
	switch {
	case s.Status == Active:
		return nil
	case s.Status != Unsubscribed || s.ConfirmedAt.IsZero() || !s.MovedTo.IsZero():
		return fmt.Errorf("rejoin a subscriber who is %s: %w", s.Status, ErrConflict)
	case at.Sub(s.ChangedAt) > RejoinTime:
		return fmt.Errorf("rejoin a subscriber who left on %s: %w", s.ChangedAt.Format(time.DateOnly), ErrConflict)
	}
	s.Status, s.ChangedAt, s.LeaveReason = Active, at, ""
	return nil
}

// Reinstate makes a reader active again who had confirmed before and left, or whose
// mail came back, since an operator vouches for that. It tells whether it did.
func (s *Subscriber) Reinstate(at time.Time) bool {
	if s.Status != Unsubscribed && s.Status != Bounced || s.ConfirmedAt.IsZero() || !s.MovedTo.IsZero() {
		return false
	}
	s.Status, s.ChangedAt, s.Soft, s.LeaveReason = Active, at, SoftBounces{}, ""
	return true
}

// inviteRest is how long a sign-up that was not confirmed keeps the next one from
// being mailed: nobody can fill a stranger's mailbox through the form.
const inviteRest = 24 * time.Hour

// Invited tells whether a confirmation was mailed within the last day that its
// reader has not acted upon.
func (s *Subscriber) Invited(now time.Time) bool {
	return s.Consent.At.After(s.ConfirmedAt) && now.Sub(s.Consent.At) < inviteRest
}

// Suppressed notes what came back from the mail system.
func (s *Subscriber) Suppressed(status Status, at time.Time) {
	if s.Status == Complained || s.Status == status {
		return
	}
	s.Status, s.ChangedAt = status, at
}

// Tag adds and takes away tags, and tells whether anything changed.
func (s *Subscriber) Tag(add, remove []string) bool {
	tags := slices.DeleteFunc(slices.Clone(s.Tags), func(t string) bool { return slices.Contains(remove, t) })
	changed := len(tags) != len(s.Tags)
	for _, t := range add {
		if t != "" && !slices.Contains(tags, t) {
			tags, changed = append(tags, t), true
		}
	}
	if changed {
		s.Tags = tags
	}
	return changed
}

// Expired tells whether a sign-up was left unconfirmed for too long.
func (s *Subscriber) Expired(now time.Time) bool {
	return s.Status == Pending && !now.Before(s.ChangedAt.Add(PendingTTL))
}

// MayReceive tells whether the Subscriber is part of a Run of the schedule that
// started at the given moment: active now, confirmed by then, not paused, and
// wanting it. Who has moved to another address since still gets that Run at the
// old one, for the new one was confirmed later. Where MovedTo is set, it is for
// the caller to see that the other one does not receive it.
func (s *Subscriber) MayReceive(schedule string, started time.Time) bool {
	there := s.Status == Active || s.Status == Unsubscribed && !s.MovedTo.IsZero() && s.ChangedAt.After(started)
	return there && !s.ConfirmedAt.After(started) && !s.PausedUntil.After(started) && s.Wants(schedule)
}

// LeftSince tells whether the Subscriber was part of a Run when it started and
// has left since: whom the Run records as skipped.
func (s *Subscriber) LeftSince(schedule string, started time.Time) bool {
	return s.Status != Active && s.ChangedAt.After(started) &&
		!s.ConfirmedAt.IsZero() && !s.ConfirmedAt.After(started) && s.Wants(schedule)
}

// Wants tells whether the Subscriber asked for this schedule.
func (s *Subscriber) Wants(schedule string) bool {
	return len(s.Schedules) == 0 || slices.Contains(s.Schedules, schedule)
}

// Known is what a store knows of an address before an import.
type Known struct {
	Status     Status // of the Subscriber; empty: none is on record
	Suppressed Status // the reason of the Suppression; empty: there is none
}
