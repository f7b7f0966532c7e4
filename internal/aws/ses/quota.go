package ses

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// slowest is the rate where SES names none, as for a suspended account: 0 would
// mean no limit.
const slowest = 0.1

// Quota asks SES what the account may send in this region
// (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendQuota.html).
func (m *Mailer) Quota(ctx context.Context, now time.Time) (newsletter.Quota, error) {
	out, err := m.API.GetAccount(ctx, &sesv2.GetAccountInput{})
	if err != nil {
		return newsletter.Quota{}, fmt.Errorf("ask Amazon SES for the quota: %w", err)
	}
	if out.SendQuota == nil {
		return newsletter.Quota{}, fmt.Errorf("ask Amazon SES for the quota: it names none: %w", newsletter.ErrUnavailable)
	}
	q := out.SendQuota
	return newsletter.Quota{PerSecond: max(slowest, q.MaxSendRate), PerDay: max(0, int(q.Max24HourSend)), // -1: unlimited
		SentToday: int(q.SentLast24Hours), AskedAt: now}, nil
}
