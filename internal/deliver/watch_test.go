package deliver

import (
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestARunThatStandsStill(t *testing.T) {
	for _, c := range []struct {
		name  string
		do    func(b *bench)
		after time.Duration // since the last batch
		want  bool
	}{
		{"just sent", nil, 30 * time.Minute, false},
		{"nothing for half an hour", nil, 31 * time.Minute, true},
		{"claimed since, by a worker who may have died", func(b *bench) {
			l, err := b.store.Lane(t.Context(), "weekly-1", 0)
			must(t, err)
			must(t, l.Take("w", b.now))
			must(t, l.Claim(make([]newsletter.SubscriberID, 1), 0, b.now))
			must(t, b.store.SaveLane(t.Context(), &l))
		}, 29 * time.Minute, false},
		{"paused", func(b *bench) { _, err := b.Hold(t.Context(), "weekly-1", "wait"); must(t, err) }, time.Hour, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, 120)
			b.mailer.answer = func(call int, m *newsletter.Mailing) ([]newsletter.Result, error) {
				if call == 2 {
					return repeat(newsletter.Result{Outcome: newsletter.OutcomeRetry}, len(m.Recipients)), newsletter.ErrUnavailable
				}
				return repeat(newsletter.Result{Outcome: newsletter.OutcomeSent}, len(m.Recipients)), nil
			}
			b.start(t)
			b.now = b.now.Add(2 * time.Hour) // the workers were slow to come
			must(t, b.Walk(t.Context(), LaneRef{"weekly-1", 0}))
			if c.do != nil {
				b.now = b.now.Add(5 * time.Minute)
				c.do(b)
			}
			b.now = b.now.Add(c.after)
			stuck, err := b.Stuck(t.Context())
			must(t, err)
			if (len(stuck) == 1) != c.want || c.want && !strings.Contains(stuck[0].Words(b.now), "run weekly-1 has stood still for 31 minutes") {
				t.Errorf("%+v", stuck)
			}
		})
	}
}

// TestAResumedRunIsNotStuckAtOnce, however long it was paused.
func TestAResumedRunIsNotStuckAtOnce(t *testing.T) {
	b := newBench(t, 120)
	b.start(t)
	_, err := b.Hold(t.Context(), "weekly-1", "wait")
	must(t, err)
	b.now = b.now.Add(5 * time.Hour)
	_, err = b.Resume(t.Context(), "weekly-1")
	must(t, err)
	if stuck, err := b.Stuck(t.Context()); err != nil || len(stuck) > 0 {
		t.Errorf("%+v, %v", stuck, err)
	}
}
