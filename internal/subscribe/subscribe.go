// Package subscribe is how readers come and go: sign-up with double opt-in,
// confirming, a welcome, what they choose, another address, leaving, taking that
// back, seeing and erasing what is on record, and the addresses that an operator
// adds. It knows no HTTP and shows no page.
//
// Whoever asks gets the same answer for an address that is known, unknown or
// suppressed. A link in a mail is proof enough of who presses it; opening one
// (Peek) changes nothing, since mail scanners open every link.
package subscribe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// Store is what the stage needs of a store; storetest.Store is the contract of
// each method.
type Store interface {
	Readers
	Suppressions
	Schedules(ctx context.Context) ([]newsletter.Schedule, error)
	Allow(ctx context.Context, kind, key string, limit int, window time.Duration, now time.Time) (bool, error)
	AddAction(ctx context.Context, a *newsletter.Action) error
	Issues(ctx context.Context, limit int) ([]newsletter.Issue, error)
	Count(ctx context.Context, issue, metric string, n int) error
	FindSubscribers(ctx context.Context, q newsletter.Search) (page []newsletter.Subscriber, after string, err error)
}

// Readers is the part of a store that holds subscribers.
type Readers interface {
	Subscriber(ctx context.Context, id newsletter.SubscriberID) (newsletter.Subscriber, error)
	SaveSubscriber(ctx context.Context, s *newsletter.Subscriber) error
	DeleteSubscriber(ctx context.Context, s *newsletter.Subscriber) error
	AddSubscribers(ctx context.Context, subscribers []newsletter.Subscriber) (added int, err error)
	Known(ctx context.Context, ids []newsletter.SubscriberID) (map[newsletter.SubscriberID]newsletter.Known, error)
	SubscribersOf(ctx context.Context, ids []newsletter.SubscriberID) (map[newsletter.SubscriberID]newsletter.Subscriber, error)
}

// Suppressions is the part of a store that knows who must not be mailed.
type Suppressions interface {
	Suppression(ctx context.Context, id newsletter.SubscriberID) (newsletter.Suppression, error)
	SaveSuppression(ctx context.Context, s *newsletter.Suppression) error
	SaveSuppressed(ctx context.Context, sup *newsletter.Suppression, sub *newsletter.Subscriber, note *newsletter.Action, issue string, calls []newsletter.Call) error
	AddSuppressions(ctx context.Context, list []newsletter.Suppression) (added int, err error)
	LiftSuppression(ctx context.Context, id newsletter.SubscriberID) error
}

// Poster sends a single mail. An error means that it was, as far as is known, not
// accepted.
type Poster interface {
	Post(ctx context.Context, m *newsletter.Message) error
}

// Renderer words a letter around its link, in the reader's language (empty: the
// Publication's). The Message has everything but the address it goes to.
type Renderer interface {
	Letter(p *newsletter.Publication, kind newsletter.Letter, language, link string) (newsletter.Message, error)
}

// Greeter makes the mail that a reader who has just confirmed is welcomed with. It
// fails with newsletter.ErrNotFound where there is nothing to greet them with yet.
type Greeter interface {
	Welcome(ctx context.Context, reader *newsletter.Subscriber) (newsletter.Mail, error)
}

// Unblocker takes an address off the list that the mail provider itself keeps of those
// it delivers nothing to, as Amazon SES does. One that is not on it is no error.
type Unblocker interface {
	Unblock(ctx context.Context, a newsletter.Address) error
}

// Books know which Issues a reader was sent since, as far as they are kept.
type Books interface {
	Copies(ctx context.Context, reader newsletter.SubscriberID, since time.Time) ([]newsletter.Copy, error)
}

// Announcer tells programs elsewhere of readers who come and go.
type Announcer interface {
	// Announce is told of an event before it is stored. Doing so twice is once.
	Announce(ctx context.Context, e newsletter.Event) error
	// Calls are what Announce would store, to be stored along with the event.
	Calls(ctx context.Context, e newsletter.Event) ([]newsletter.Call, error)
}

// Subscribers is the stage. Its methods may be called by several goroutines and
// processes at once.
type Subscribers struct {
	Store       Store
	Provider    Unblocker // nil: it keeps no list
	Mail        Poster
	Render      Renderer
	Greeter     Greeter // nil: nobody is welcomed by mail
	Books       Books   // nil: an export does not list what was sent
	Publication func(ctx context.Context) (newsletter.Publication, error)
	Tokens      *token.Signer
	Pepper      []byte
	Now         func() time.Time
	Hooks       Announcer   // nil: nobody is told of readers who come and go
	Trouble     func(error) // hears what went wrong beside what was asked for; nil: nobody does

	recent recent
}

// change is changeBy for what a reader does.
func (s *Subscribers) change(ctx context.Context, id newsletter.SubscriberID, decide func(*newsletter.Subscriber) (bool, error)) error {
	return s.changeBy(ctx, newsletter.ByReader, "", id, decide)
}

// changeBy reads a subscriber, lets decide change the record and saves it where
// decide says so. Where somebody else was faster, it reads and decides again.
func (s *Subscribers) changeBy(ctx context.Context, who, detail string, id newsletter.SubscriberID, decide func(*newsletter.Subscriber) (bool, error)) error {
	for {
		sub, err := s.Store.Subscriber(ctx, id)
		if err != nil {
			return err
		}
		before := sub.Status
		if changed, err := decide(&sub); err != nil || !changed {
			return err
		}
		if err := s.save(ctx, who, detail, before, &sub); !errors.Is(err, newsletter.ErrConflict) {
			return err
		}
	}
}

// save saves a subscriber, with an entry of the audit trail where the status has
// changed. A process that dies in between leaves the entry out.
func (s *Subscribers) save(ctx context.Context, who, detail string, before newsletter.Status, sub *newsletter.Subscriber) error {
	s.announce(ctx, sub, before)
	if err := s.Store.SaveSubscriber(ctx, sub); err != nil || sub.Status == before {
		return err
	}
	note := newsletter.OfStatus(who, sub, before, detail, s.Now())
	if err := s.Store.AddAction(ctx, &note); err != nil {
		s.trouble(fmt.Errorf("a change of status is not on the audit trail: %w", err))
	}
	return nil
}

// announce tells programs elsewhere of a change of status that is about to be stored.
// Where that fails, the reader's wish comes first.
func (s *Subscribers) announce(ctx context.Context, sub *newsletter.Subscriber, before newsletter.Status) {
	if e, told := newsletter.Turned(sub, before); told {
		s.tell(ctx, e)
	}
}

func (s *Subscribers) tell(ctx context.Context, e newsletter.Event) {
	if s.Hooks != nil {
		s.trouble(s.Hooks.Announce(ctx, e))
	}
}

// calls is announce for who stores them along with the change.
func (s *Subscribers) calls(ctx context.Context, sub *newsletter.Subscriber, before newsletter.Status) []newsletter.Call {
	e, told := newsletter.Turned(sub, before)
	if !told || s.Hooks == nil {
		return nil
	}
	calls, err := s.Hooks.Calls(ctx, e)
	s.trouble(err)
	return calls
}

// suppression reads what is known against an address; false: nothing.
func (s *Subscribers) suppression(ctx context.Context, id newsletter.SubscriberID) (newsletter.Suppression, bool, error) {
	found, err := s.Store.Suppression(ctx, id)
	if errors.Is(err, newsletter.ErrNotFound) {
		return newsletter.Suppression{ID: id}, false, nil
	}
	return found, err == nil, err
}

// reader reads to whom a link was mailed. It fails with token.ErrForged, also where
// the link was revoked, with token.ErrExpired, and with newsletter.ErrNotFound where
// nobody is on record any more.
func (s *Subscribers) reader(ctx context.Context, tok string, purpose token.Purpose) (newsletter.Subscriber, error) {
	claims, err := s.Tokens.Verify(tok, purpose, s.Now())
	if err != nil {
		return newsletter.Subscriber{}, err
	}
	sub, err := s.Store.Subscriber(ctx, claims.Subscriber)
	if err == nil && sub.TokenVersion != claims.Version {
		err = revoked()
	}
	return sub, err
}

func revoked() error { return fmt.Errorf("the link was revoked: %w", token.ErrForged) }

// write mails a letter around a link.
func (s *Subscribers) write(ctx context.Context, to *newsletter.Subscriber, kind newsletter.Letter, path, tok string) error {
	p, err := s.Publication(ctx)
	if err != nil {
		return err
	}
	m, err := s.Render.Letter(&p, kind, to.Language, p.BaseURL+path+tok)
	if err != nil {
		return err
	}
	m.To = to.Address
	return s.Mail.Post(ctx, &m)
}

func (s *Subscribers) trouble(err error) {
	if err != nil && s.Trouble != nil {
		s.Trouble(err)
	}
}

// unblock lets mail reach an address again that had bounced, or whose reader had
// complained: the provider would swallow even the confirmation.
func (s *Subscribers) unblock(ctx context.Context, known *newsletter.Suppression, a newsletter.Address) error {
	if s.Provider == nil || a == "" || known.Reason != newsletter.Bounced && known.Reason != newsletter.Complained {
		return nil
	}
	return s.Provider.Unblock(ctx, a)
}
