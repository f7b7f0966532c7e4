package newsletter

import (
	"math"
	"testing"
	"time"
)

func TestQuota(t *testing.T) {
	now := time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		quota  Quota
		wish   float64
		rate   float64
		single float64
		batch  int
		left   int
	}{
		{"sandbox: one at a time", Quota{PerSecond: 1, PerDay: 200, SentToday: 50}, 0, 0.8, 0.1, 1, 150},
		{"a new account", Quota{PerSecond: 14, PerDay: 50_000}, 0, 11.2, 1.4, 14, 50_000},
		{"a large one fills its calls", Quota{PerSecond: 1000, PerDay: 10_000_000}, 0, 895, 5, 50, 10_000_000},
		{"a lower wish counts", Quota{PerSecond: 1000, PerDay: 10_000_000}, 20, 20, 5, 50, 10_000_000},
		{"a higher one does not", Quota{PerSecond: 10, PerDay: 10_000}, 20, 8, 1, 10, 10_000},
		{"no limit a day", Quota{PerSecond: 80, SentToday: 1_000_000}, 0, 67, 5, 50, math.MaxInt},
		{"less than one a second", Quota{PerSecond: 0.5, PerDay: 100, SentToday: 120}, 0, 0.4, 0.05, 1, 0},
		{"a provider that names no limit", Quota{}, 0, 0, 0, 50, math.MaxInt},
		{"and a wish", Quota{}, 30, 30, 0, 50, math.MaxInt},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := &c.quota
			if rate := q.Rate(c.wish, now); math.Abs(rate-c.rate) > 1e-9 {
				t.Errorf("rate %v, want %v", rate, c.rate)
			}
			if math.Abs(q.SingleRate()-c.single) > 1e-9 || q.BatchSize() != c.batch || q.Left() != c.left {
				t.Errorf("single mails %v, batch %d, left %d", q.SingleRate(), q.BatchSize(), q.Left())
			}
			if rate := q.Rate(c.wish, now); q.PerSecond > 0 && (rate+q.SingleRate() > q.PerSecond) {
				t.Errorf("%v and %v are over the limit of %v", rate, q.SingleRate(), q.PerSecond)
			}
		})
	}
	if used := (&Quota{PerDay: 200, SentToday: 50}).Used(); used != 0.25 {
		t.Errorf("used %v", used)
	}
	if used := (&Quota{SentToday: 50}).Used(); used != 0 {
		t.Errorf("used %v of no limit", used)
	}
}

func TestSlowDownHalvesTheRateForAMinute(t *testing.T) {
	now := time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
	q := Quota{PerSecond: 100}
	if !q.SlowDown(now) || q.SlowDown(now.Add(time.Second)) {
		t.Error("a burst of refusals is not one change")
	}
	for after, want := range map[time.Duration]float64{0: 42.5, 59 * time.Second: 42.5, time.Minute: 85} {
		if rate := q.Rate(0, now.Add(after)); rate != want {
			t.Errorf("%v after: %v, want %v", after, rate, want)
		}
	}
	if rate := q.Rate(10, now); rate != 5 {
		t.Errorf("a wish is not halved: %v", rate)
	}
	if !q.SlowDown(now.Add(40 * time.Second)) {
		t.Error("refused again, and not slow for longer")
	}
}
