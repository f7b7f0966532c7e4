package ses_test

import (
	"testing"

	"github.com/masthead-mail/masthead/internal/aws/ses"
)

func TestRateAndBatchSize(t *testing.T) {
	for _, c := range []struct {
		name  string
		quota ses.Quota
		wish  float64
		rate  float64
		batch int
		used  float64
	}{
		{"sandbox: one at a time", ses.Quota{PerSecond: 1, PerDay: 200, SentToday: 50}, 0, 0.9, 1, 0.25},
		{"a new account", ses.Quota{PerSecond: 14, PerDay: 50_000}, 0, 12.6, 14, 0},
		{"a large one fills its calls", ses.Quota{PerSecond: 1000, PerDay: 10_000_000}, 0, 900, 50, 0},
		{"a lower wish counts", ses.Quota{PerSecond: 1000, PerDay: 10_000_000}, 20, 20, 50, 0},
		{"a higher one does not", ses.Quota{PerSecond: 10, PerDay: 10_000}, 20, 9, 10, 0},
		{"no limit a day", ses.Quota{PerSecond: 80, PerDay: -1, SentToday: 1_000_000}, 0, 72, 50, 0},
		{"none named: slow, not without limit", ses.Quota{}, 0, 0.1, 1, 0},
		{"less than one a second", ses.Quota{PerSecond: 0.5, PerDay: 100}, 0, 0.45, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.quota.Rate(c.wish) != c.rate || c.quota.BatchSize() != c.batch || c.quota.Used() != c.used {
				t.Errorf("rate %v, batch %d, used %v", c.quota.Rate(c.wish), c.quota.BatchSize(), c.quota.Used())
			}
		})
	}
}
