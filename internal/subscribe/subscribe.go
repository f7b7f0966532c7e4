// Package subscribe is how readers come and go: sign-up with double opt-in,
// confirming, leaving, taking that back, and the addresses that an operator adds.
// It knows no HTTP and shows no page.
//
// Whoever asks gets the same answer for an address that is known, unknown or
// suppressed. A link in a mail is proof enough of who presses it; opening one
// (Peek) changes nothing, since mail scanners open every link.
package subscribe

import (
	"context"
	"errors"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// Store is what the stage needs of a store; storetest.Store is the contract of
// each method.
type Store interface {
	Readers
	Suppressions
	Allow(ctx context.Context, kind, key string, limit int, window time.Duration, now time.Time) (bool, error)
}

// Readers is the part of a store that holds subscribers.
type Readers interface {
	Subscriber(ctx context.Context, id newsletter.SubscriberID) (newsletter.Subscriber, error)
	SaveSubscriber(ctx context.Context, s *newsletter.Subscriber) error
	AddSubscribers(ctx context.Context, subscribers []newsletter.Subscriber) (added int, err error)
	Known(ctx context.Context, ids []newsletter.SubscriberID) (map[newsletter.SubscriberID]newsletter.Known, error)
	SubscribersOf(ctx context.Context, ids []newsletter.SubscriberID) (map[newsletter.SubscriberID]newsletter.Subscriber, error)
}

// Suppressions is the part of a store that knows who must not be mailed.
type Suppressions interface {
	Suppression(ctx context.Context, id newsletter.SubscriberID) (newsletter.Suppression, error)
	SaveSuppression(ctx context.Context, s *newsletter.Suppression) error
	AddSuppressions(ctx context.Context, list []newsletter.Suppression) (added int, err error)
	LiftSuppression(ctx context.Context, id newsletter.SubscriberID) error
}

// Poster sends a single mail. An error means that it was, as far as is known, not
// accepted.
type Poster interface {
	Post(ctx context.Context, m *newsletter.Message) error
}

// Renderer words the confirmation mail around its link. The Message has
// everything but the address it goes to.
type Renderer interface {
	Confirmation(p *newsletter.Publication, link string) (newsletter.Message, error)
}

// Subscribers is the stage. Its methods may be called by several goroutines and
// processes at once.
type Subscribers struct {
	Store       Store
	Mail        Poster
	Render      Renderer
	Publication func(ctx context.Context) (newsletter.Publication, error)
	Tokens      *token.Signer
	Pepper      []byte
	Now         func() time.Time
}

// change reads a subscriber, lets decide change the record and saves it where
// decide says so. Where somebody else was faster, it reads and decides again.
func (s *Subscribers) change(ctx context.Context, id newsletter.SubscriberID, decide func(*newsletter.Subscriber) (bool, error)) error {
	for {
		sub, err := s.Store.Subscriber(ctx, id)
		if err != nil {
			return err
		}
		if changed, err := decide(&sub); err != nil || !changed {
			return err
		}
		if err := s.Store.SaveSubscriber(ctx, &sub); !errors.Is(err, newsletter.ErrConflict) {
			return err
		}
	}
}

// suppression reads what is known against an address; false: nothing.
func (s *Subscribers) suppression(ctx context.Context, id newsletter.SubscriberID) (newsletter.Suppression, bool, error) {
	found, err := s.Store.Suppression(ctx, id)
	if errors.Is(err, newsletter.ErrNotFound) {
		return newsletter.Suppression{ID: id}, false, nil
	}
	return found, err == nil, err
}
