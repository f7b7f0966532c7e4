package desk

import (
	"context"
	"fmt"
	"regexp"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// scheduleID is what new schedules may be called.
var scheduleID = regexp.MustCompile(`^[a-z][a-z0-9-]{1,30}$`)

// SaveSchedule adds a schedule (Rev 0) or changes one as the person has seen it. When it
// fired last is not theirs to change; a new one fires for the first time after now.
func (d *Desk) SaveSchedule(ctx context.Context, p Person, wanted newsletter.Schedule) (newsletter.Schedule, error) {
	if err := p.May(newsletter.RoleEditor); err != nil {
		return wanted, err
	}
	if err := wanted.Validate(); err != nil {
		return wanted, err
	}
	what, before := "added a schedule", ""
	wanted.LastFire = d.Now()
	if wanted.Rev == 0 && (!scheduleID.MatchString(wanted.ID) || wanted.ID == "new") { // where the desk has its form
		return wanted, &newsletter.Fault{Field: "id", Text: "an id has 2 to 31 small letters, digits and hyphens, a letter first, and is not new"}
	}
	if wanted.Rev != 0 {
		stored, err := d.Store.Schedule(ctx, wanted.ID)
		if err != nil {
			return wanted, err
		}
		if stored.Rev != wanted.Rev {
			return stored, fmt.Errorf("schedule %s was changed meanwhile: %w", wanted.ID, newsletter.ErrConflict)
		}
		what, before = "changed a schedule", describe(&stored)
		wanted.Seed, wanted.LastFire = stored.Seed, stored.LastFire
		if stored.Words() != wanted.Words() { // a time that was due before the change is none of the new ones
			wanted.LastFire = d.Now()
		}
	}
	if err := d.Store.SaveSchedule(ctx, &wanted); err != nil {
		return wanted, err
	}
	return wanted, d.note(ctx, p, what, "schedule "+wanted.ID, newsletter.Change("schedule", before, describe(&wanted)))
}

func describe(s *newsletter.Schedule) string {
	words := s.Words()
	if s.Review {
		words += ", after review"
	}
	if s.Paused {
		words += ", paused"
	}
	return fmt.Sprintf("%s, %d to %d articles, drafted %s ahead, not on: %s", words, max(1, s.MinArticles), s.Limit(), s.Lead, s.Skip)
}
