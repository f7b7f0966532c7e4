package deliver

import (
	"context"
	"fmt"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Singles sends single mails, such as confirmations, within the part of the rate
// that is kept free for them: a Run of many hours does not hold up a reader who
// signs up, and a crowd that signs up does not take the rate from the Run.
type Singles struct {
	Store Quotas
	Mail  interface {
		Post(ctx context.Context, m *newsletter.Message) error
	}
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error // returns early, with its error, when ctx ends
}

// patience is how long a single mail waits for its turn: somebody looks at the page
// meanwhile.
const patience = 5 * time.Second

// Post sends the mail when its turn comes. ErrThrottled: that would be too late.
func (s *Singles) Post(ctx context.Context, m *newsletter.Message) error {
	q, err := storedQuota(ctx, s.Store)
	if err == nil {
		err = wait(ctx, s.Store, paceOfSingle, 1, q.SingleRate(), patience, s.Now, s.Sleep)
	}
	if err != nil {
		return fmt.Errorf("mail %q: %w", m.Subject, err)
	}
	return s.Mail.Post(ctx, m)
}
