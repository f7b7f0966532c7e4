package sqlite

import (
	"context"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func actionFields(a *newsletter.Action) []field {
	return []field{{"id", &a.ID}, {"at", instant{&a.At}}, {"who", &a.Who}, {"what", &a.What}, {"record", &a.Record}, {"detail", &a.Detail}}
}

// AddAction writes an entry of the audit trail, if it is not there.
func (s *Store) AddAction(ctx context.Context, a *newsletter.Action) error {
	_, err := s.exec(ctx, "write the audit trail", s.actions.insert, s.actions.at(a)...)
	return err
}

// Actions lists the newest entries of the audit trail before an id.
func (s *Store) Actions(ctx context.Context, before string, limit int) ([]newsletter.Action, error) {
	if before == "" {
		before = "~" // after every id, which begins with a digit
	}
	return s.actions.list(ctx, s, "WHERE id < ? ORDER BY id DESC LIMIT ?", before, limit)
}
