package subscribe

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Dossier is what an operator sees of a reader.
type Dossier struct {
	newsletter.Subscriber                        // without an Address where nobody is on record
	Suppression           newsletter.Suppression // without a Reason where nothing stands against mailing them
}

// Reader finds one by the whole address, or by the id that links and logs show. It
// fails with newsletter.ErrInvalid, and with newsletter.ErrNotFound where nothing is
// known at all.
func (s *Subscribers) Reader(ctx context.Context, name string) (Dossier, error) {
	id, err := s.identify(name)
	if err != nil {
		return Dossier{}, err
	}
	return s.dossier(ctx, id)
}

func (s *Subscribers) dossier(ctx context.Context, id newsletter.SubscriberID) (Dossier, error) {
	sub, err := s.Store.Subscriber(ctx, id)
	there := err == nil
	if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
		return Dossier{}, err
	}
	sup, suppressed, err := s.suppression(ctx, id)
	if err == nil && !there && !suppressed {
		err = fmt.Errorf("nobody is on record under that name: %w", newsletter.ErrNotFound)
	}
	sub.ID = id
	return Dossier{sub, sup}, err
}

// identify takes an address or an id.
func (s *Subscribers) identify(name string) (newsletter.SubscriberID, error) {
	if !strings.Contains(name, "@") {
		return newsletter.ParseSubscriberID(name)
	}
	address, err := newsletter.ParseAddress(name)
	return newsletter.Identify(s.Pepper, address), err
}

// maxTags is how many a reader may have, and maxTag how long one is, in bytes.
const (
	maxTags = 50
	maxTag  = 60
)

// Tag adds and takes away tags, in the name of who. Doing so twice changes nothing.
func (s *Subscribers) Tag(ctx context.Context, who, name string, add, remove []string) (Dossier, error) {
	id, err := s.identify(name)
	if err != nil {
		return Dossier{}, err
	}
	for _, tag := range add {
		if tag != strings.TrimSpace(newsletter.Line(tag)) || tag == "" || len(tag) > maxTag || strings.ContainsAny(tag, ";,|") {
			return Dossier{}, fmt.Errorf("tag %q: give a word or a few, up to %d bytes, without ; , and |: %w", tag, maxTag, newsletter.ErrInvalid)
		}
	}
	var note *newsletter.Action
	err = s.changeBy(ctx, who, "", id, func(sub *newsletter.Subscriber) (bool, error) {
		before := strings.Join(sub.Tags, ", ")
		changed := sub.Tag(add, remove)
		if len(sub.Tags) > maxTags {
			return false, fmt.Errorf("a reader has up to %d tags: %w", maxTags, newsletter.ErrInvalid)
		}
		action := newsletter.NewAction(who, "tagged a reader", "reader "+id.String(), newsletter.Change("tags", before, strings.Join(sub.Tags, ", ")), s.Now())
		note = &action
		return changed, nil
	})
	if err != nil {
		return Dossier{}, err
	}
	if note != nil && note.Detail != "" {
		if err := s.Store.AddAction(ctx, note); err != nil {
			return Dossier{}, err
		}
	}
	return s.dossier(ctx, id)
}

// Suppress keeps an address from being mailed, whether it is on record or not: as, one
// of unsubscribed, bounced and complained, says as what, and why is the operator's
// reason. A graver reason that is there stays.
func (s *Subscribers) Suppress(ctx context.Context, who, name string, as newsletter.Status, why string) (Dossier, error) {
	id, err := s.identify(name)
	if err == nil {
		why, err = reason(why)
	}
	if sup := (newsletter.Suppression{Reason: as}); err == nil && !sup.Graver("") {
		err = fmt.Errorf("suppress as %q: say unsubscribed, bounced or complained: %w", as, newsletter.ErrInvalid)
	}
	for err == nil {
		err = s.suppressAs(ctx, who, id, as, why)
		if err == nil {
			return s.dossier(ctx, id)
		}
		if errors.Is(err, newsletter.ErrConflict) {
			err = nil // somebody else was faster
		}
	}
	return Dossier{}, err
}

func (s *Subscribers) suppressAs(ctx context.Context, who string, id newsletter.SubscriberID, as newsletter.Status, why string) error {
	sup, _, err := s.suppression(ctx, id)
	if err != nil {
		return err
	}
	noted := sup.Note(as, why, s.Now())
	sub, err := s.Store.Subscriber(ctx, id)
	known := err == nil
	if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
		return err
	}
	before := sub.Status
	sub.ID = id
	if known {
		sub.Suppressed(sup.Reason, s.Now())
	}
	note := newsletter.NewAction(who, "suppressed a reader", "reader "+id.String(), newsletter.Changes(newsletter.Change("status", string(before), string(sub.Status)), "reason: "+why), s.Now())
	switch changed := known && sub.Status != before; {
	case noted && changed:
		return s.Store.SaveSuppressed(ctx, &sup, &sub, &note, "", s.calls(ctx, &sub, before))
	case noted:
		err = s.Store.SaveSuppression(ctx, &sup)
	case changed:
		s.announce(ctx, &sub, before)
		err = s.Store.SaveSubscriber(ctx, &sub)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	return s.Store.AddAction(ctx, &note)
}

// Unsuppress lets an address be mailed again, for the reason that the operator gives:
// the reader asked for it, or the mailbox is alive. Who had confirmed before is active
// again; anybody else has to sign up. It fails with newsletter.ErrConflict where the
// reader has complained: only their own sign-up ends that. Doing it twice is no error.
func (s *Subscribers) Unsuppress(ctx context.Context, who, name, why string) (Dossier, error) {
	id, err := s.identify(name)
	if err == nil {
		why, err = reason(why)
	}
	if err != nil {
		return Dossier{}, err
	}
	sup, suppressed, err := s.suppression(ctx, id)
	if err != nil {
		return Dossier{}, err
	}
	changed, address := false, newsletter.Address("")
	err = s.changeBy(ctx, who, "reason: "+why, id, func(sub *newsletter.Subscriber) (_ bool, err error) {
		if sup.Reason == newsletter.Complained || sub.Status == newsletter.Complained {
			return false, fmt.Errorf("the reader has complained; only a sign-up of their own ends that: %w", newsletter.ErrConflict)
		}
		address = sub.Address
		changed = sub.Reinstate(s.Now())
		return changed, nil
	})
	if errors.Is(err, newsletter.ErrNotFound) && suppressed && sup.Reason != newsletter.Complained {
		err = nil // erased, or never on record
	}
	if err != nil || !suppressed {
		if err != nil {
			return Dossier{}, err
		}
		return s.dossier(ctx, id)
	}
	if address == "" && strings.Contains(name, "@") {
		address = newsletter.Address(name)
	}
	if err := s.unblock(ctx, &sup, address); err != nil {
		return Dossier{}, err
	}
	if err := s.Store.LiftSuppression(ctx, id); err != nil {
		return Dossier{}, err
	}
	note := newsletter.NewAction(who, "lifted a suppression", "reader "+id.String(), newsletter.Changes("it was for: "+string(sup.Reason), "reason: "+why), s.Now())
	if err := s.Store.AddAction(ctx, &note); err != nil {
		return Dossier{}, err
	}
	d, err := s.dossier(ctx, id)
	if errors.Is(err, newsletter.ErrNotFound) {
		return Dossier{Subscriber: newsletter.Subscriber{ID: id}}, nil
	}
	return d, err
}

// maxReason is the longest reason, in characters.
const maxReason = 300

func reason(why string) (string, error) {
	if why = newsletter.Line(why); why == "" {
		return "", fmt.Errorf("say why: the reason goes on the record: %w", newsletter.ErrInvalid)
	}
	return newsletter.Shorten(why, maxReason), nil
}

// Find lists readers, see newsletter.Search. after is where the next page begins.
func (s *Subscribers) Find(ctx context.Context, q newsletter.Search) (page []newsletter.Subscriber, after string, err error) {
	return s.Store.FindSubscribers(ctx, q)
}

// NoteTransfer puts an import or an export on the audit trail: one entry for each.
func (s *Subscribers) NoteTransfer(ctx context.Context, who, what, detail string) error {
	note := newsletter.NewAction(who, what, "", detail, s.Now())
	return s.Store.AddAction(ctx, &note)
}
