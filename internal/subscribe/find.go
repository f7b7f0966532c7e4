package subscribe

import (
	"context"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// ByAddress is the reader with an address as somebody typed it. It fails with
// newsletter.ErrInvalid where that is none, and with newsletter.ErrNotFound.
func (s *Subscribers) ByAddress(ctx context.Context, typed string) (newsletter.Subscriber, error) {
	address, err := newsletter.ParseAddress(typed)
	if err != nil {
		return newsletter.Subscriber{}, err
	}
	return s.Store.Subscriber(ctx, newsletter.Identify(s.Pepper, address))
}
