package feedback

import (
	"context"
	"errors"
	"fmt"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// count keeps the reader's account of mail that came back for now, was delayed or
// arrived. Where the rule of newsletter.SoftBounces is fulfilled, the address has
// bounced.
func (h *Handler) count(ctx context.Context, e *Event) error {
	if e.Kind != Returned && e.Kind != Delayed && e.Kind != Delivered {
		return nil
	}
	for _, id := range h.identities(e) {
		if err := h.countFor(ctx, id, e); err != nil {
			return fmt.Errorf("feedback: count a report about %s: %w", id, err)
		}
	}
	return nil
}

func (h *Handler) countFor(ctx context.Context, id newsletter.SubscriberID, e *Event) error {
	for {
		sub, err := h.Store.Subscriber(ctx, id)
		if errors.Is(err, newsletter.ErrNotFound) {
			return nil // nobody is on record: there is nothing to count on
		}
		if err != nil || e.At.Before(sub.ConfirmedAt) || !e.onto(&sub.Soft) {
			return err
		}
		if sub.Status == newsletter.Active && sub.Soft.Dead() {
			last := *e
			last.Detail = newsletter.Shorten(fmt.Sprintf("came back for now %d times: %s", len(sub.Soft.Since), e.Detail), maxDetail)
			if err := h.forbid(ctx, id, newsletter.Bounced, last); err != nil {
				return err
			}
			before := sub.Status
			sub.Suppressed(newsletter.Bounced, h.Now())
			err = h.save(ctx, &sub, before, last.Detail)
		} else {
			err = h.Store.SaveSubscriber(ctx, &sub)
		}
		if !errors.Is(err, newsletter.ErrConflict) {
			return err
		}
	}
}

// onto notes the Event, and tells whether that changed anything.
func (e *Event) onto(soft *newsletter.SoftBounces) bool {
	switch e.Kind {
	case Returned:
		run := ""
		if e.Delivery != nil {
			run = e.Delivery.Run
		}
		return soft.Bounced(run, e.At)
	case Delivered:
		return soft.DeliveredAt(e.At)
	}
	return soft.DelayedAt(e.At)
}

// Blocked acts on an address that the provider itself delivers nothing to, as bounced
// or complained. It concerns only who is on record: others share the provider's list.
func (h *Handler) Blocked(ctx context.Context, e Event) error {
	for _, id := range h.identities(&e) {
		sub, err := h.Store.Subscriber(ctx, id)
		if errors.Is(err, newsletter.ErrNotFound) || err == nil && sub.Status != newsletter.Active && sub.Status != newsletter.Pending {
			continue
		}
		if err != nil {
			return err
		}
		status, _ := e.status()
		if err := h.suppress(ctx, id, status, e); err != nil {
			return err
		}
	}
	return nil
}
