package subscribe

import (
	"context"
	"errors"
	"fmt"

	"github.com/masthead-mail/masthead/internal/address"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Add makes active subscribers of addresses whose consent the operator vouches
// for; origin says where they come from. Somebody who is active already is fine.
// It never brings back who has left or must not be mailed: such an address, and
// one that cannot be mailed at all, is rejected with the reason in words, and the
// others are added all the same. err tells of the store only.
func (s *Subscribers) Add(ctx context.Context, addresses []string, origin string) (added int, rejected []error, err error) {
	var fresh []newsletter.Subscriber
	consent := newsletter.Consent{At: s.Now(), Origin: origin}
	for _, typed := range addresses {
		address, err := address.Parse(typed)
		if err != nil {
			rejected = append(rejected, err)
			continue
		}
		known, err := s.welcome(ctx, address, consent)
		switch {
		case errors.Is(err, newsletter.ErrNotFound):
			fresh = append(fresh, newsletter.Subscriber{ID: newsletter.Identify(s.Pepper, address), Address: address, Status: newsletter.Active,
				Consent: consent, CreatedAt: consent.At, ConfirmedAt: consent.At, ChangedAt: consent.At})
		case errors.Is(err, newsletter.ErrConflict):
			rejected = append(rejected, err)
		case err != nil:
			return added, rejected, err
		case known:
			added++
		}
	}
	n, err := s.Store.AddSubscribers(ctx, fresh)
	return added + n, rejected, err
}

// welcome activates somebody who is on record and waits for a confirmation, and
// tells whether it did. ErrNotFound: nobody is on record and nothing stands
// against the address; ErrConflict: it must not be mailed.
func (s *Subscribers) welcome(ctx context.Context, address newsletter.Address, consent newsletter.Consent) (activated bool, err error) {
	id := newsletter.Identify(s.Pepper, address)
	known, suppressed, err := s.suppression(ctx, id)
	if err != nil {
		return false, err
	}
	err = s.change(ctx, id, func(sub *newsletter.Subscriber) (bool, error) {
		switch {
		case sub.Status == newsletter.Active:
			return false, nil
		case suppressed:
			return false, refused(address, known.Reason)
		case sub.Status != newsletter.Pending:
			return false, refused(address, sub.Status)
		}
		activated, sub.Consent = true, consent
		return true, sub.Confirm(consent.At)
	})
	if suppressed && errors.Is(err, newsletter.ErrNotFound) {
		err = refused(address, known.Reason)
	}
	return activated, err
}

// refused says why an address may not be added.
func refused(address newsletter.Address, why newsletter.Status) error {
	reason := map[newsletter.Status]string{newsletter.Bounced: "mail to it came back", newsletter.Complained: "its reader reported the mail as spam"}[why]
	if reason == "" {
		reason = "its reader has unsubscribed"
	}
	return fmt.Errorf("address %s is not added: %s; only a sign-up by the reader can change that: %w", address, reason, newsletter.ErrConflict)
}
