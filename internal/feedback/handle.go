package feedback

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/net/idna" // SES reports the ASCII form of a domain that a reader typed in Unicode (RFC 5891)

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Store is what the stage needs of a store; storetest.Store is the contract of
// each method.
type Store interface {
	Readers
	Ledger
}

// Readers is the part of a store that says who may be mailed.
type Readers interface {
	Subscriber(ctx context.Context, id newsletter.SubscriberID) (newsletter.Subscriber, error)
	SaveSubscriber(ctx context.Context, s *newsletter.Subscriber) error
	Suppression(ctx context.Context, id newsletter.SubscriberID) (newsletter.Suppression, error)
	SaveSuppression(ctx context.Context, s *newsletter.Suppression) error
}

// Ledger is the part of a store that says what became of deliveries.
type Ledger interface {
	Lane(ctx context.Context, run string, n int) (newsletter.Lane, error)
	Batch(ctx context.Context, run string, lane, seq int) (newsletter.Batch, error)
	SaveBatch(ctx context.Context, b *newsletter.Batch) error
}

// ErrTooEarly means that the report came before its batch had a stored result. It
// has to be handled again, a minute or so later.
var ErrTooEarly = errors.New("the report is ahead of its batch")

// Handler is the stage. Reports may come twice, late, in any order and to several
// handlers at once: each is handled by what is stored, and once is enough.
type Handler struct {
	Store  Store
	Pepper []byte
	Now    func() time.Time
}

// Handle acts on one Event. It fails with ErrTooEarly only after all else was
// done.
func (h *Handler) Handle(ctx context.Context, e Event) error {
	if status, final := e.status(); final && e.Address != "" {
		for _, id := range h.identities(e.Address) {
			if err := h.suppress(ctx, id, status, e); err != nil {
				return fmt.Errorf("feedback: suppress %s: %w", id, err)
			}
		}
	}
	if e.Delivery == nil {
		return nil
	}
	if err := h.note(ctx, e); err != nil {
		return fmt.Errorf("feedback: batch %d of lane %d of run %s: %w", e.Delivery.Seq, e.Delivery.Lane, e.Delivery.Run, err)
	}
	return nil
}

// status is what the Event makes of its reader; false: nothing.
func (e Event) status() (newsletter.Status, bool) {
	switch e.Kind {
	case Bounced:
		return newsletter.Bounced, true
	case Complaint:
		return newsletter.Complained, true
	}
	return "", false
}

// identities are the ids under which the reader may be known: by the address as
// it was reported, and with its domain in Unicode.
func (h *Handler) identities(a newsletter.Address) []newsletter.SubscriberID {
	ids := []newsletter.SubscriberID{newsletter.Identify(h.Pepper, a)}
	domain := a.Domain()
	if unicode, err := idna.Lookup.ToUnicode(domain); err == nil && unicode != domain {
		ids = append(ids, newsletter.Identify(h.Pepper, newsletter.Address(strings.TrimSuffix(string(a), domain)+unicode)))
	}
	return ids
}

// suppress writes the Suppression first, which outlives everything, and then the
// Subscriber, whom a Run in progress reads. An Event from before the reader last
// confirmed is old news: the reader has been back since.
func (h *Handler) suppress(ctx context.Context, id newsletter.SubscriberID, status newsletter.Status, e Event) error {
	for {
		sub, err := h.Store.Subscriber(ctx, id)
		known := err == nil
		if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
			return err
		}
		if known && sub.Status == newsletter.Active && e.At.Before(sub.ConfirmedAt) {
			return nil
		}
		if err := h.forbid(ctx, id, status, e); err != nil || !known {
			return err
		}
		before := sub.Status
		if sub.Suppressed(status, h.Now()); sub.Status == before {
			return nil
		}
		if err := h.Store.SaveSubscriber(ctx, &sub); !errors.Is(err, newsletter.ErrConflict) {
			return err
		}
	}
}

func (h *Handler) forbid(ctx context.Context, id newsletter.SubscriberID, status newsletter.Status, e Event) error {
	for {
		s, err := h.Store.Suppression(ctx, id)
		if errors.Is(err, newsletter.ErrNotFound) {
			s, err = newsletter.Suppression{ID: id}, nil
		}
		if err != nil || !s.Note(status, e.Detail, e.At) {
			return err
		}
		if err := h.Store.SaveSuppression(ctx, &s); !errors.Is(err, newsletter.ErrConflict) {
			return err
		}
	}
}

// note writes into the ledger what the Event proves about its delivery: that the
// provider accepted the message, or refused it after all.
func (h *Handler) note(ctx context.Context, e Event) error {
	d := e.Delivery
	for looked := false; ; looked = true {
		batch, err := h.Store.Batch(ctx, d.Run, d.Lane, d.Seq)
		if errors.Is(err, newsletter.ErrNotFound) {
			if err := h.inFlight(ctx, d); err != nil || looked {
				return err // nobody's batch, or deleted long ago
			}
			continue // it may have been stored between the two looks
		}
		if err != nil || !mark(&batch, e) {
			return err
		}
		if err := h.Store.SaveBatch(ctx, &batch); !errors.Is(err, newsletter.ErrConflict) {
			return err
		}
	}
}

func mark(b *newsletter.Batch, e Event) bool {
	if e.Kind == Refused {
		return b.Refused(e.Delivery.Index, e.Detail)
	}
	return b.Seen(e.Delivery.Index, e.MessageID)
}

// inFlight fails with ErrTooEarly while the batch is being sent.
func (h *Handler) inFlight(ctx context.Context, d *Delivery) error {
	lane, err := h.Store.Lane(ctx, d.Run, d.Lane)
	if errors.Is(err, newsletter.ErrNotFound) {
		return nil
	}
	if err == nil && lane.Inflight != nil && lane.Inflight.Seq == d.Seq {
		return ErrTooEarly
	}
	return err
}
