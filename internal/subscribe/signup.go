package subscribe

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/masthead-mail/masthead/internal/address"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// ErrTooMany means that so many sign-ups came from the same network, or from all
// together, that this one was not looked at. It says nothing about the address.
var ErrTooMany = errors.New("too many sign-ups")

// The limits of the form. They are there against machines: a school behind one
// address or a mention on the radio stays below them.
const (
	perNetwork = 60   // an hour
	overall    = 3000 // an hour
	perAddress = 3    // confirmations a day; more than one needs a reader who confirms and leaves
)

// Request is a reader's wish to get the mail.
type Request struct {
	Address  string // as it was typed
	Network  string // who asks, as an IP address or a prefix of one; only its hash is kept
	Origin   string // Consent.Origin
	Wording  string // Consent.Wording
	Language string // of the page, BCP 47: the mails to the reader keep to it; empty: the Publication's
}

// SignUp starts double opt-in: it mails a link that confirms the address. The
// answer is the same whoever the address belongs to. Nothing is mailed to a reader
// who is active, was mailed a confirmation within the last day, or whose address
// must not be mailed. It fails with newsletter.ErrInvalid where nobody could be
// mailed at what was typed, and with ErrTooMany.
func (s *Subscribers) SignUp(ctx context.Context, r Request) error {
	address, err := mailable(r.Address)
	if err != nil {
		return err
	}
	if err := s.admit(ctx, r.Network); err != nil {
		return err
	}
	consent := newsletter.Consent{At: s.Now(), Origin: r.Origin, Wording: r.Wording}
	asked, err := s.ask(ctx, address, r.Language, consent)
	if err != nil || !asked.invited {
		return err
	}
	return s.invite(ctx, asked)
}

// ErrNotASCII means that the part before the @ has letters that mail servers refuse.
var ErrNotASCII = errors.New(newsletter.ReasonNotASCII)

// mailable reads an address that a mail server takes.
func mailable(typed string) (newsletter.Address, error) {
	address, err := address.Parse(typed)
	if err == nil && !address.ASCII() {
		err = fmt.Errorf("address %q: %w: %w", address, ErrNotASCII, newsletter.ErrInvalid)
	}
	return address, err
}

// admit counts the request before anything is known about the address.
func (s *Subscribers) admit(ctx context.Context, network string) error {
	mac := hmac.New(sha256.New, s.Pepper)
	mac.Write([]byte("network " + network))
	ok, err := s.Store.Allow(ctx, "signup-network", hex.EncodeToString(mac.Sum(nil)[:16]), perNetwork, time.Hour, s.Now())
	if err == nil && ok {
		ok, err = s.Store.Allow(ctx, "signup", "all", overall, time.Hour, s.Now())
	}
	if err == nil && !ok {
		err = fmt.Errorf("sign up: %w in the last hour", ErrTooMany)
	}
	return err
}

// request is a sign-up that has been stored.
type request struct {
	subscriber newsletter.Subscriber
	before     newsletter.Consent // what was on record until now
	invited    bool               // a confirmation is due
	known      newsletter.Suppression
}

// ask stores the wish as a pending subscriber. Of several at once only one is
// invited: the one whose record was saved.
func (s *Subscribers) ask(ctx context.Context, address newsletter.Address, language string, consent newsletter.Consent) (request, error) {
	id := newsletter.Identify(s.Pepper, address)
	for {
		sub, err := s.Store.Subscriber(ctx, id)
		if errors.Is(err, newsletter.ErrNotFound) {
			sub, err = newsletter.Subscriber{ID: id, CreatedAt: consent.At}, nil
		}
		if err != nil || sub.Status == newsletter.Active || sub.Invited(consent.At) {
			return request{}, err
		}
		known, suppressed, err := s.suppression(ctx, id)
		if err != nil || suppressed && !known.LiftedBySignUp(consent.At) {
			return request{}, err
		}
		asked, before := request{before: sub.Consent, invited: true, known: known}, sub.Status
		sub.Address, sub.Language = address, cmp.Or(language, sub.Language)
		sub.SignUp(consent)
		err = s.save(ctx, newsletter.ByReader, "", before, &sub)
		if errors.Is(err, newsletter.ErrConflict) {
			continue
		}
		asked.subscriber = sub
		return asked, err
	}
}

// invite mails the confirmation.
func (s *Subscribers) invite(ctx context.Context, r request) error {
	sub := &r.subscriber
	ok, err := s.Store.Allow(ctx, "confirmation", sub.ID.String(), perAddress, 24*time.Hour, s.Now())
	if err != nil || !ok {
		return err
	}
	if err := s.unblock(ctx, &r.known, sub.Address); err != nil {
		return s.takeBack(ctx, r, err)
	}
	tok := s.Tokens.Sign(token.Confirm, token.Claims{Subscriber: sub.ID, Version: sub.TokenVersion, Expires: s.Now().Add(token.ConfirmTTL)})
	if err := s.write(ctx, sub, newsletter.LetterConfirm, newsletter.ConfirmPath, tok); err != nil {
		return s.takeBack(ctx, r, err)
	}
	return nil
}

// takeBack forgets that a confirmation was mailed, since it was not: the reader's
// next try must not count as a repetition. It works after the request has timed
// out, too.
func (s *Subscribers) takeBack(ctx context.Context, r request, why error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	r.subscriber.Consent = r.before
	err := s.Store.SaveSubscriber(ctx, &r.subscriber)
	if errors.Is(err, newsletter.ErrConflict) {
		err = nil // the reader, or the mail system, has spoken meanwhile
	}
	return errors.Join(fmt.Errorf("mail the confirmation: %w", why), err)
}
