package subscribe

import (
	"context"
	"errors"
	"fmt"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// Peek reads the reader behind a link as they are on record, and changes nothing. It
// fails with token.ErrForged or token.ErrExpired, and with newsletter.ErrNotFound
// where nobody is on record any more.
func (s *Subscribers) Peek(ctx context.Context, tok string, purpose token.Purpose) (newsletter.Subscriber, error) {
	claims, err := s.Tokens.Verify(tok, purpose, s.Now())
	if err != nil {
		return newsletter.Subscriber{}, err
	}
	return s.Store.Subscriber(ctx, claims.Subscriber)
}

// Confirm makes the reader active whom the link was mailed to, lifts what stood
// against the address before, and welcomes them. Confirming twice is not an error. It fails as
// Peek does, with token.ErrExpired also where the sign-up itself is too old, and
// with newsletter.ErrConflict where the reader has left or the address has come to
// be suppressed since: a new sign-up is needed.
func (s *Subscribers) Confirm(ctx context.Context, tok string) (newsletter.Subscriber, error) {
	claims, err := s.Tokens.Verify(tok, token.Confirm, s.Now())
	if err != nil {
		return newsletter.Subscriber{}, err
	}
	var confirmed newsletter.Subscriber
	var greet bool
	err = s.change(ctx, claims.Subscriber, func(sub *newsletter.Subscriber) (bool, error) {
		active := sub.Status == newsletter.Active
		err := s.confirm(ctx, sub, claims)
		if greet = err == nil && s.Greeter != nil && sub.WelcomedAt.Before(sub.ConfirmedAt); greet {
			sub.WelcomedAt = s.Now()
		}
		confirmed = *sub
		return greet || !active, err
	})
	if err != nil {
		return confirmed, err
	}
	if err := s.lift(ctx, &confirmed); err != nil {
		return confirmed, err
	}
	if greet {
		s.greet(ctx, &confirmed)
	}
	return confirmed, nil
}

func (s *Subscribers) confirm(ctx context.Context, sub *newsletter.Subscriber, claims token.Claims) error {
	switch {
	case sub.TokenVersion != claims.Version:
		return fmt.Errorf("confirm: the link was revoked: %w", token.ErrForged)
	case sub.Expired(s.Now()):
		return fmt.Errorf("confirm: the sign-up waited too long: %w", token.ErrExpired)
	case sub.Status == newsletter.Active:
		return nil
	}
	known, suppressed, err := s.suppression(ctx, sub.ID)
	if err != nil {
		return err
	}
	if suppressed && !known.LiftedBySignUp(s.Now()) {
		return fmt.Errorf("confirm a subscriber whose address %s on %s: %w", known.Reason, known.At.Format("2006-01-02"), newsletter.ErrConflict)
	}
	return sub.Confirm(s.Now())
}

// lift removes a Suppression from before the reader confirmed. It comes after
// the record was saved; whoever dies in between leaves an active reader with a
// Suppression, which the next press of the button mends.
func (s *Subscribers) lift(ctx context.Context, sub *newsletter.Subscriber) error {
	known, suppressed, err := s.suppression(ctx, sub.ID)
	if err != nil || !suppressed || !known.LiftedBy(sub) {
		return err
	}
	if err := s.unblock(ctx, &known, sub.Address); err != nil {
		return err
	}
	return s.Store.LiftSuppression(ctx, sub.ID)
}

// Unsubscribe ends the mail to whom the link belongs. It works for ever, also
// for somebody erased, and doing it twice is not an error. It fails with
// token.ErrForged only.
func (s *Subscribers) Unsubscribe(ctx context.Context, tok string) error {
	claims, err := s.Tokens.Verify(tok, token.Unsubscribe, s.Now())
	if err != nil {
		return err
	}
	return s.leave(ctx, claims.Subscriber)
}

// leave notes that the reader has left, and keeps imports from bringing them back.
func (s *Subscribers) leave(ctx context.Context, id newsletter.SubscriberID) error {
	for {
		sub, err := s.Store.Subscriber(ctx, id)
		if errors.Is(err, newsletter.ErrNotFound) {
			return s.suppress(ctx, id, "") // erased: the Suppression stands
		}
		if err != nil {
			return err
		}
		sup, suppressed, err := s.suppression(ctx, id)
		if err != nil {
			return err
		}
		was, before := sub, sub.Status
		sub.Unsubscribe(s.Now())
		switch changed := sub.Status != before; {
		case suppressed && !changed:
			return nil
		case suppressed:
			err = s.save(ctx, newsletter.ByReader, "", before, &sub)
		case !changed: // bounced or complained before
			return s.suppress(ctx, id, "")
		default:
			sup.Note(newsletter.Unsubscribed, "", s.Now())
			note := newsletter.OfStatus(newsletter.ByReader, &sub, before, "", s.Now())
			err = s.Store.SaveSuppressed(ctx, &sup, &sub, &note, s.lastGot(ctx, &was, s.Now()), s.calls(ctx, &sub, before))
		}
		if !errors.Is(err, newsletter.ErrConflict) {
			return err
		}
	}
}

// Because notes why the reader has left: one of newsletter.LeaveReasons, or "" for
// none. Saying so twice is not an error; the last word counts. It fails with
// newsletter.ErrConflict where they have not left.
func (s *Subscribers) Because(ctx context.Context, tok string, why newsletter.LeaveReason) error {
	claims, err := s.Tokens.Verify(tok, token.Unsubscribe, s.Now())
	if err != nil {
		return err
	}
	err = s.change(ctx, claims.Subscriber, func(sub *newsletter.Subscriber) (bool, error) {
		before := sub.LeaveReason
		err := sub.Because(why)
		return sub.LeaveReason != before, err
	})
	if errors.Is(err, newsletter.ErrNotFound) {
		return nil // erased
	}
	return err
}

// suppress keeps imports from bringing the reader back. A graver reason stays.
func (s *Subscribers) suppress(ctx context.Context, id newsletter.SubscriberID, detail string) error {
	for {
		known, suppressed, err := s.suppression(ctx, id)
		if err != nil || suppressed {
			return err
		}
		known.Note(newsletter.Unsubscribed, detail, s.Now())
		if err := s.Store.SaveSuppression(ctx, &known); !errors.Is(err, newsletter.ErrConflict) {
			return err
		}
	}
}

// Rejoin takes an unsubscription back that the reader made just now. It fails
// with newsletter.ErrConflict where that is too long ago or there is more against
// the address: then a new sign-up is the way.
func (s *Subscribers) Rejoin(ctx context.Context, tok string) error {
	claims, err := s.Tokens.Verify(tok, token.Unsubscribe, s.Now())
	if err != nil {
		return err
	}
	known, suppressed, err := s.suppression(ctx, claims.Subscriber)
	if err != nil {
		return err
	}
	if suppressed && known.Reason != newsletter.Unsubscribed {
		return fmt.Errorf("rejoin a subscriber whose address %s: %w", known.Reason, newsletter.ErrConflict)
	}
	var was, back newsletter.Subscriber
	err = s.change(ctx, claims.Subscriber, func(sub *newsletter.Subscriber) (bool, error) {
		was = *sub
		err := sub.Rejoin(s.Now())
		back = *sub
		return was.Status != newsletter.Active, err
	})
	if err == nil && was.Status != newsletter.Active {
		s.count(ctx, s.lastGot(ctx, &back, was.ChangedAt), -1)
	}
	if err != nil || !suppressed {
		return err
	}
	return s.Store.LiftSuppression(ctx, claims.Subscriber)
}
