package newsletter

import (
	"fmt"
	"time"
)

// A reader who moves to another address has two records for a while, and each is
// written by itself. So that a Run mails one of them whenever it starts and
// whoever dies on the way, the old one names the new one first (BeginMove): from
// then on it is mailed only where the new one is not. Then the new one becomes
// active, as confirmed now, and last the old one is closed (EndMove) as of that same
// moment. A Run that had started by then goes on with the old address, a later one
// has the new.

// UndoTime is how long the old address can take a move back.
const UndoTime = 7 * 24 * time.Hour

// BeginMove notes where the reader goes, and revokes the links mailed so far. Doing
// so twice is not an error.
func (s *Subscriber) BeginMove(to SubscriberID) error {
	switch {
	case s.MovedTo == to:
		return nil
	case s.Status != Active && s.Status != Bounced || s.ID == to:
		return fmt.Errorf("move a subscriber who is %s: %w", s.Status, ErrConflict)
	}
	s.MovedTo = to
	s.TokenVersion++
	return nil
}

// TakeOver makes the new record active in the place of the old one, with its
// wishes. Somebody who is active already stays as they are.
func (s *Subscriber) TakeOver(old *Subscriber, at time.Time) error {
	if s.Status == Active {
		return nil
	}
	if err := s.Confirm(at); err != nil {
		return err
	}
	s.Choose(old.Wishes())
	s.MovedFrom, s.MovedTo = old.ID, SubscriberID{}
	s.WelcomedAt = at // they know us
	return nil
}

// EndMove closes the old record as of the moment when the new one was confirmed.
func (s *Subscriber) EndMove(to *Subscriber) {
	if s.Status == Active && s.MovedTo == to.ID {
		s.Status, s.ChangedAt = Unsubscribed, to.ConfirmedAt
	}
}

// Return makes the old record active again, as confirmed now, and revokes what was
// mailed to it before. MovedFrom then names the one to be closed.
func (s *Subscriber) Return(at time.Time) error {
	if s.MovedTo.IsZero() || s.Status != Unsubscribed && s.Status != Active {
		return fmt.Errorf("return to a subscriber who is %s: %w", s.Status, ErrConflict)
	}
	if s.Status == Unsubscribed {
		s.Status, s.ConfirmedAt, s.ChangedAt = Active, at, at
	}
	s.MovedFrom, s.MovedTo = s.MovedTo, SubscriberID{}
	s.TokenVersion++
	return nil
}
