package subscribe

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
	"github.com/masthead-mail/masthead/internal/words"
)

// ErrStale means that the wishes on record are no longer those that the reader was
// shown: they should look again.
var ErrStale = errors.New("preferences have changed since they were shown")

// Preferences are what a reader has chosen, and what there is to choose from.
type Preferences struct {
	Reader    newsletter.Subscriber
	Schedules []newsletter.Schedule
	Offer     newsletter.Offer
	Seen      string // names the wishes as they are now, for Choose
	Links     Links
}

// Links are the tokens that every mail to a reader carries.
type Links struct{ Unsubscribe, Preferences string }

// Links signs them.
func (s *Subscribers) Links(reader *newsletter.Subscriber) Links {
	return Links{s.link(token.Unsubscribe, reader, 0), s.link(token.Preferences, reader, 0)}
}

// Preferences reads the choices of the reader whom the link belongs to. It fails with
// token.ErrForged, also where the link was revoked, and with newsletter.ErrNotFound.
func (s *Subscribers) Preferences(ctx context.Context, tok string) (Preferences, error) {
	reader, err := s.reader(ctx, tok, token.Preferences)
	if err != nil {
		return Preferences{}, err
	}
	p := Preferences{Reader: reader, Seen: seen(reader.Wishes()), Links: s.Links(&reader)}
	if p.Schedules, err = s.Store.Schedules(ctx); err != nil {
		return p, err
	}
	publication, err := s.Publication(ctx)
	for i := range p.Schedules {
		p.Offer.Schedules = append(p.Offer.Schedules, p.Schedules[i].ID)
	}
	if sets := publication.TopicSets(len(words.Spoken(publication.Language, publication.Languages))); len(sets) > 0 {
		p.Offer.Topics = publication.TopicList()
	}
	p.Offer.Languages = words.Languages()
	return p, err
}

// Choose stores the reader's wishes and says what is different from before. Asking for
// the same again changes nothing. seen is the Preferences.Seen that the reader chose by:
// where the wishes have changed since, it fails with ErrStale. Else it fails as
// Preferences does, with newsletter.ErrInvalid where something is not offered, and with
// newsletter.ErrConflict for somebody who gets no digest.
func (s *Subscribers) Choose(ctx context.Context, tok, before string, w newsletter.Wishes) (changed []newsletter.Wish, err error) {
	p, err := s.Preferences(ctx, tok)
	if err != nil {
		return nil, err
	}
	if w, err = w.Check(p.Offer, s.Now()); err != nil {
		return nil, err
	}
	return changed, s.change(ctx, p.Reader.ID, func(sub *newsletter.Subscriber) (bool, error) {
		changed = w.Since(sub.Wishes())
		switch {
		case sub.TokenVersion != p.Reader.TokenVersion:
			return false, revoked()
		case sub.Status != newsletter.Active:
			return false, fmt.Errorf("preferences of a subscriber who is %s: %w", sub.Status, newsletter.ErrConflict)
		case len(changed) > 0 && seen(sub.Wishes()) != before:
			return false, ErrStale
		}
		sub.Choose(w)
		return len(changed) > 0, nil
	})
}

// seen names wishes by a hash.
func seen(w newsletter.Wishes) string {
	w.PausedUntil = w.PausedUntil.UTC()
	b, _ := json.Marshal(w) // texts and a time always have a form
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}
