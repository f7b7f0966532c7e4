package main

import (
	"context"
	"errors"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// page is how many subscribers are read at once. The first one is nearly always
// enough: it is looked through for anybody who is active.
const page = 100

// eachSubscriber visits all until visit returns false.
func (a *app) eachSubscriber(ctx context.Context, visit func(*newsletter.Subscriber) bool) error {
	var after newsletter.SubscriberID
	for {
		subs, err := a.store.SubscribersAfter(ctx, 0, 255, after, page)
		if err != nil {
			return err
		}
		for i := range subs {
			if !visit(&subs[i]) {
				return nil
			}
			after = subs[i].ID
		}
		if len(subs) < page {
			return nil
		}
	}
}

// sampleReader keeps an invented reader subscribed while nobody else is, so that
// a trial shows a message. It leaves as soon as there is a real one, and it is
// never mailed over SMTP.
func (a *app) sampleReader(ctx context.Context) error {
	others := false
	err := a.eachSubscriber(ctx, func(s *newsletter.Subscriber) bool {
		others = s.Status == newsletter.Active && s.Address != sampleReader
		return !others
	})
	if err != nil {
		return err
	}
	if !others && a.SMTP != "" {
		return mistake{errors.New("there is nobody to mail; name a reader with -to ada@example.org")}
	}
	if others {
		return a.dismissSample(ctx)
	}
	_, _, err = a.subscribers.Add(ctx, []string{sampleReader}, sampleOrigin)
	return err // who tried the unsubscribe link stays out
}

func (a *app) dismissSample(ctx context.Context) error {
	s, err := a.store.Subscriber(ctx, newsletter.Identify(a.secrets.Pepper, sampleReader))
	if errors.Is(err, newsletter.ErrNotFound) || err == nil && (s.Status != newsletter.Active || s.Consent.Origin != sampleOrigin) {
		return nil
	}
	if err != nil {
		return err
	}
	s.Unsubscribe(time.Now())
	return a.store.SaveSubscriber(ctx, &s)
}
