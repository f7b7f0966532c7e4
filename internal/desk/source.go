package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// AddSource makes a source of an address as people write it. added is false where it was
// one before; that one stays as it is, switched off or not.
func (d *Desk) AddSource(ctx context.Context, p Person, address string) (source newsletter.Source, added bool, err error) {
	if err := p.May(newsletter.RoleOperator); err != nil {
		return source, false, err
	}
	before, err := d.Store.Sources(ctx)
	if err != nil {
		return source, false, err
	}
	if source, err = d.Collect.Add(ctx, address); err != nil {
		return source, false, err
	}
	if slices.ContainsFunc(before, func(s newsletter.Source) bool { return s.ID == source.ID }) {
		return source, false, nil
	}
	return source, true, d.note(ctx, p, "added a source", sourceRecord(&source), source.URL)
}

func sourceRecord(s *newsletter.Source) string { return "source " + s.ID }

// SwitchSource switches a source on or off. It needs no Rev: whoever presses it means
// whatever there is.
func (d *Desk) SwitchSource(ctx context.Context, p Person, id string, on bool) (newsletter.Source, error) {
	return d.onSource(ctx, p, id, func(s *newsletter.Source) (what, detail string, err error) {
		switch {
		case on && s.Disabled:
			s.SwitchOn()
			return "switched a source on", s.URL, nil
		case !on && !s.Disabled:
			s.SwitchOff()
			return "switched a source off", s.URL, nil
		}
		return "", "", nil
	})
}

// ReleaseSource takes a source in again whose list was held; see newsletter.Source.Hold.
// One that is not held stays as it is.
func (d *Desk) ReleaseSource(ctx context.Context, p Person, id string) (newsletter.Source, error) {
	return d.onSource(ctx, p, id, func(s *newsletter.Source) (what, detail string, err error) {
		if s.HeldSince.IsZero() {
			return "", "", nil
		}
		s.Release()
		return "released a source", s.URL, nil
	})
}

// VisitSource makes a source due: the next tick visits it. ErrConflict: it is switched
// off.
func (d *Desk) VisitSource(ctx context.Context, p Person, id string) (newsletter.Source, error) {
	return d.onSource(ctx, p, id, func(s *newsletter.Source) (what, detail string, err error) {
		if s.Disabled {
			return "", "", fmt.Errorf("source %s is switched off: %w", id, newsletter.ErrConflict)
		}
		s.VisitSoon()
		return "had a source visited", s.URL, nil
	})
}

// SourceWish is what an operator decides about a source.
type SourceWish struct {
	Off       bool
	UserAgent string // instead of the program's own; empty: that
	HTTP1     bool
}

// ChangeSource changes a source that the person has seen at rev. Visits change it too.
func (d *Desk) ChangeSource(ctx context.Context, p Person, id string, rev int64, w SourceWish) (newsletter.Source, error) {
	return d.onSource(ctx, p, id, func(s *newsletter.Source) (what, detail string, err error) {
		if s.Rev != rev {
			return "", "", fmt.Errorf("source %s was changed meanwhile: %w", id, newsletter.ErrConflict)
		}
		before := *s
		if err := s.Ask(w.UserAgent, w.HTTP1); err != nil {
			return "", "", err
		}
		switch {
		case w.Off:
			s.SwitchOff()
		case s.Disabled:
			s.SwitchOn()
		}
		changes := newsletter.Changes(newsletter.Change("switched", onOff(!before.Disabled), onOff(!s.Disabled)), newsletter.Change("User-Agent", before.UserAgent, s.UserAgent),
			newsletter.Change("HTTP/1 only", onOff(before.HTTP1), onOff(s.HTTP1)))
		if changes == "" {
			return "", "", nil
		}
		return "changed a source", newsletter.Changes(s.URL, changes), nil
	})
}

func onOff(is bool) string {
	if is {
		return "on"
	}
	return "off"
}

// onSource does something to a source, and again where a visit has saved it meanwhile.
// Where do says nothing of what it has done, nothing is saved.
func (d *Desk) onSource(ctx context.Context, p Person, id string, do func(s *newsletter.Source) (what, detail string, err error)) (newsletter.Source, error) {
	if err := p.May(newsletter.RoleOperator); err != nil {
		return newsletter.Source{}, err
	}
	for {
		s, err := d.Store.Source(ctx, id)
		if err != nil {
			return s, err
		}
		what, detail, err := do(&s)
		if err != nil || what == "" {
			return s, err
		}
		if err := d.Store.SaveSource(ctx, &s); errors.Is(err, newsletter.ErrConflict) {
			continue
		} else if err != nil {
			return s, err
		}
		return s, d.note(ctx, p, what, sourceRecord(&s), detail)
	}
}
