package sqlite

import "context"

// Raw runs SQL that the package itself never would.
func (s *Store) Raw(ctx context.Context, text string) error {
	_, err := s.write.ExecContext(ctx, text)
	return err
}
