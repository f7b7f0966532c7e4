package ses

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Quota is what SES lets the account send in this region. Quotas count recipients.
type Quota struct {
	PerSecond float64
	PerDay    float64 // in 24 hours; -1: unlimited
	SentToday float64 // in the last 24 hours
}

// Quota asks SES for the account's.
func (m *Mailer) Quota(ctx context.Context) (Quota, error) {
	out, err := m.API.GetAccount(ctx, &sesv2.GetAccountInput{})
	if err != nil {
		return Quota{}, fmt.Errorf("ask Amazon SES for the quota: %w", err)
	}
	if out.SendQuota == nil {
		return Quota{}, fmt.Errorf("ask Amazon SES for the quota: it names none: %w", newsletter.ErrUnavailable)
	}
	return Quota{out.SendQuota.MaxSendRate, out.SendQuota.Max24HourSend, out.SendQuota.SentLast24Hours}, nil
}

// ourShare leaves a tenth of the rate to confirmations and to other senders.
const ourShare = 0.9

// slowest is the rate where SES names none, as for a suspended account: 0 would
// mean no limit.
const slowest = 0.1

// Rate is how many messages a second digests may take. A wish below that counts
// (0: none).
func (q Quota) Rate(wish float64) float64 {
	rate := max(slowest, q.PerSecond*ourShare)
	if wish > 0 {
		rate = min(rate, wish)
	}
	return rate
}

// BatchSize is how many readers a call may have: a second's worth at most, so that
// no call is over the rate by itself.
func (q Quota) BatchSize() int {
	return min(newsletter.MaxBatch, max(1, int(q.PerSecond)))
}

// Used is the part of the day's quota that is spent, 0 to 1.
func (q Quota) Used() float64 {
	if q.PerDay <= 0 {
		return 0
	}
	return q.SentToday / q.PerDay
}
