package subscribe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// ErrSameAddress means that the new address is the one on record.
var ErrSameAddress = errors.New("the same address")

// AskMove asks a new address whether it shall take the place of the one that the
// preferences link belongs to; nothing changes before it says so. The answer is the
// same whoever the new address belongs to, and the limits are those of SignUp. It
// fails as Preferences and SignUp do, with newsletter.ErrConflict for somebody who has
// left, and with ErrSameAddress.
func (s *Subscribers) AskMove(ctx context.Context, tok string, r Request) error {
	old, err := s.reader(ctx, tok, token.Preferences)
	if err != nil {
		return err
	}
	if old.Status != newsletter.Active && old.Status != newsletter.Bounced {
		return fmt.Errorf("move a subscriber who is %s: %w", old.Status, newsletter.ErrConflict)
	}
	address, err := mailable(r.Address)
	if err != nil {
		return err
	}
	if newsletter.Identify(s.Pepper, address) == old.ID {
		return ErrSameAddress
	}
	if err := s.admit(ctx, r.Network); err != nil {
		return err
	}
	consent := newsletter.Consent{At: s.Now(), Origin: r.Origin, Wording: r.Wording}
	asked, err := s.ask(ctx, address, old.Language, consent)
	if err != nil {
		return err
	}
	return s.inviteMove(ctx, &old, address, asked)
}

// inviteMove mails the new address, once a day. Somebody who is active there already may be
// asked, too: two subscriptions become one.
func (s *Subscribers) inviteMove(ctx context.Context, old *newsletter.Subscriber, address newsletter.Address, asked request) error {
	young := asked.subscriber
	if !asked.invited {
		var err error
		young, err = s.Store.Subscriber(ctx, newsletter.Identify(s.Pepper, address))
		if errors.Is(err, newsletter.ErrNotFound) || err == nil && young.Status != newsletter.Active {
			return nil
		} else if err != nil {
			return err
		}
	}
	ok, err := s.Store.Allow(ctx, "move", young.ID.String(), 1, 24*time.Hour, s.Now())
	if err != nil || !ok {
		return err
	}
	to := newsletter.Subscriber{Address: address, Language: old.Language}
	tok := s.Tokens.Sign(token.Move, token.Claims{Subscriber: young.ID, From: old.ID, Version: old.TokenVersion, Expires: s.Now().Add(token.ConfirmTTL)})
	if err := s.write(ctx, &to, newsletter.LetterMove, newsletter.MovePath, tok); err != nil && asked.invited {
		return s.takeBack(ctx, asked, err)
	} else if err != nil {
		return fmt.Errorf("mail the new address: %w", err)
	}
	return nil
}

// household is a reader's two records while they move.
type household struct{ old, young newsletter.Subscriber }

// Done tells whether the new address has taken the old one's place.
func (h *household) done() bool {
	return h.young.Status == newsletter.Active && h.old.MovedTo == h.young.ID && h.old.Status != newsletter.Active
}

// PeekMove reads what a link of the new address is about and changes nothing: the
// reader as they are at the new address, and whether the move is done. It fails as
// Peek does, and with newsletter.ErrConflict where the reader has left since.
func (s *Subscribers) PeekMove(ctx context.Context, tok string) (young newsletter.Subscriber, done bool, err error) {
	h, err := s.household(ctx, tok)
	return h.young, h.done(), err
}

// household reads both records of a move that may still be made, or is made.
func (s *Subscribers) household(ctx context.Context, tok string) (household, error) {
	claims, err := s.Tokens.Verify(tok, token.Move, s.Now())
	if err != nil {
		return household{}, err
	}
	old, err := s.Store.Subscriber(ctx, claims.From)
	if err != nil {
		return household{}, err
	}
	young, err := s.Store.Subscriber(ctx, claims.Subscriber)
	if err != nil {
		return household{}, err
	}
	h := household{old, young}
	begun := old.MovedTo == young.ID && old.TokenVersion == claims.Version+1
	switch {
	case !begun && old.TokenVersion != claims.Version:
		return h, revoked()
	case h.done():
		return h, nil
	case old.Status != newsletter.Active && old.Status != newsletter.Bounced:
		return h, fmt.Errorf("move a subscriber who is %s: %w", old.Status, newsletter.ErrConflict)
	case young.Expired(s.Now()):
		return h, fmt.Errorf("move: the new address waited too long: %w", token.ErrExpired)
	case young.Status != newsletter.Active && young.Status != newsletter.Pending:
		return h, fmt.Errorf("move to a subscriber who is %s: %w", young.Status, newsletter.ErrConflict)
	}
	known, suppressed, err := s.suppression(ctx, young.ID)
	if err == nil && suppressed && young.Status != newsletter.Active && !known.LiftedBySignUp(s.Now()) {
		err = fmt.Errorf("move to an address that %s: %w", known.Reason, newsletter.ErrConflict)
	}
	return h, err
}

// Move lets the new address, to which the link was mailed, take the old one's place,
// with its wishes and as confirmed now. The old one is told, with a way back. Moving
// twice is not an error, and mends what an interrupted move has left; whoever dies
// between two writes, a Run mails one of the two addresses (newsletter.BeginMove). It
// fails as PeekMove does.
func (s *Subscribers) Move(ctx context.Context, tok string) (newsletter.Subscriber, error) {
	h, err := s.household(ctx, tok)
	if err != nil || h.done() {
		return h.young, err
	}
	err = s.change(ctx, h.old.ID, func(old *newsletter.Subscriber) (bool, error) {
		before := old.MovedTo
		err := old.BeginMove(h.young.ID)
		h.old = *old
		return old.MovedTo != before, err
	})
	if err != nil {
		return h.young, err
	}
	if err := s.tellOld(ctx, &h.old); err != nil {
		return h.young, err
	}
	err = s.change(ctx, h.young.ID, func(young *newsletter.Subscriber) (bool, error) {
		active := young.Status == newsletter.Active
		err := young.TakeOver(&h.old, s.Now())
		h.young = *young
		return !active, err
	})
	if err == nil {
		err = s.lift(ctx, &h.young)
	}
	if err != nil {
		return h.young, err
	}
	return h.young, s.endMove(ctx, h.old.ID, &h.young)
}

// tellOld comes before anything changes, so that nobody is moved without knowing. To a
// mailbox that is gone nothing is said.
func (s *Subscribers) tellOld(ctx context.Context, old *newsletter.Subscriber) error {
	if old.Status != newsletter.Active {
		return nil
	}
	err := s.write(ctx, old, newsletter.LetterMoved, newsletter.UndoPath, s.link(token.Undo, old, newsletter.UndoTime))
	if err != nil {
		err = fmt.Errorf("tell the old address: %w", err)
	}
	return err
}

// endMove closes the record that the reader has moved away from.
func (s *Subscribers) endMove(ctx context.Context, from newsletter.SubscriberID, to *newsletter.Subscriber) error {
	return s.change(ctx, from, func(old *newsletter.Subscriber) (bool, error) {
		before := old.Status
		old.EndMove(to)
		return old.Status != before, nil
	})
}

// PeekUndo reads whether a move can be taken back by the link, or has been. It fails
// as Peek does, and with newsletter.ErrConflict where there is nothing to go back to.
func (s *Subscribers) PeekUndo(ctx context.Context, tok string) (old newsletter.Subscriber, back bool, err error) {
	claims, err := s.Tokens.Verify(tok, token.Undo, s.Now())
	if err != nil {
		return old, false, err
	}
	if old, err = s.Store.Subscriber(ctx, claims.Subscriber); err != nil {
		return old, false, err
	}
	switch {
	case old.MovedTo.IsZero() && old.TokenVersion == claims.Version+1 && old.Status == newsletter.Active:
		return old, true, nil
	case old.TokenVersion != claims.Version:
		return old, false, revoked()
	case old.MovedTo.IsZero() || old.Status != newsletter.Active && old.Status != newsletter.Unsubscribed:
		return old, false, fmt.Errorf("return to a subscriber who is %s: %w", old.Status, newsletter.ErrConflict)
	}
	return old, false, nil
}

// Undo takes a move back: the digest comes to the old address again, nothing goes to
// the new one, and the links that were mailed to the old one before are revoked.
// Doing so twice is not an error, and mends what an interrupted one has left. It fails
// as PeekUndo does.
func (s *Subscribers) Undo(ctx context.Context, tok string) (newsletter.Subscriber, error) {
	old, back, err := s.PeekUndo(ctx, tok)
	if err != nil {
		return old, err
	}
	if !back {
		if old, err = s.goBack(ctx, &old); err != nil {
			return old, err
		}
	}
	if old.MovedFrom.IsZero() {
		return old, nil
	}
	err = s.endMove(ctx, old.MovedFrom, &old)
	if errors.Is(err, newsletter.ErrNotFound) {
		err = nil // erased
	}
	return old, err
}

func (s *Subscribers) goBack(ctx context.Context, old *newsletter.Subscriber) (newsletter.Subscriber, error) {
	err := s.change(ctx, old.MovedTo, func(young *newsletter.Subscriber) (bool, error) {
		if young.Status != newsletter.Active || young.MovedFrom != old.ID {
			return false, nil // the move did not come so far, or this one was a reader before
		}
		before := young.MovedTo
		err := young.BeginMove(old.ID)
		return young.MovedTo != before, err
	})
	if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
		return *old, err
	}
	var returned newsletter.Subscriber
	err = s.change(ctx, old.ID, func(sub *newsletter.Subscriber) (bool, error) {
		if sub.TokenVersion != old.TokenVersion {
			returned = *sub // somebody else has done it
			return false, nil
		}
		err := sub.Return(s.Now())
		returned = *sub
		return true, err
	})
	if err == nil {
		err = s.lift(ctx, &returned)
	}
	return returned, err
}
