package collect

import (
	"context"
	"errors"
	"fmt"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Release takes in again what was held because the source had renamed everything: what
// it lists now is the past, except the newest few. ErrNotFound: there is no such source.
func (c *Collector) Release(ctx context.Context, id string) error {
	for range 5 {
		source, err := c.Store.Source(ctx, id)
		if err != nil {
			return fmt.Errorf("source %s: %w", id, err)
		}
		source.Release()
		if err = c.Store.SaveSource(ctx, &source); !errors.Is(err, newsletter.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("source %s is being changed by others: %w", id, newsletter.ErrConflict)
}
