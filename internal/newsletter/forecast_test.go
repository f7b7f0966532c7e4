package newsletter

import (
	"math"
	"testing"
	"time"
)

func TestForecast(t *testing.T) {
	const price = 0.10
	for _, c := range []struct {
		name    string
		readers int
		quota   Quota
		wish    float64
		want    Forecast
		share   float64
	}{
		{"the sandbox holds a trial", 40, Quota{PerSecond: 1, PerDay: 200, SentToday: 100}, 0,
			Forecast{Readers: 40, PerSecond: 0.8, Takes: 50 * time.Second, PerDay: 200, Left: 100, Days: 1, Cost: 0.004}, 0.2},
		{"all that is left", 100, Quota{PerSecond: 1, PerDay: 200, SentToday: 100}, 0.5,
			Forecast{Readers: 100, PerSecond: 0.5, Takes: 200 * time.Second, PerDay: 200, Left: 100, Days: 1, Cost: 0.01}, 0.5},
		{"one more is for tomorrow", 101, Quota{PerSecond: 1, PerDay: 200, SentToday: 100}, 0.5,
			Forecast{Readers: 101, PerSecond: 0.5, Takes: 24*time.Hour + 2*time.Second, PerDay: 200, Left: 100, Days: 2, Cost: 0.0101}, 0.505},
		{"many days", 500, Quota{PerSecond: 1, PerDay: 200, SentToday: 250}, 1,
			Forecast{Readers: 500, PerSecond: 0.8, Takes: 3*24*time.Hour + 125*time.Second, PerDay: 200, Left: 0, Days: 4, Cost: 0.05}, 2.5},
		{"no quota, no rate, no price", 7, Quota{}, 0, Forecast{Readers: 7, Left: 7, Days: 1}, 0},
		{"nobody", 0, Quota{PerSecond: 14, PerDay: 50_000}, 0, Forecast{PerSecond: 11.2, PerDay: 50_000, Left: 50_000, Days: 1}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := price
			if c.quota.PerSecond == 0 {
				p = 0
			}
			got := NewForecast(c.readers, &c.quota, c.wish, p, noon)
			if math.Abs(got.PerSecond-c.want.PerSecond) < 1e-9 && math.Abs(got.Cost-c.want.Cost) < 1e-9 && (got.Takes-c.want.Takes).Abs() < time.Millisecond {
				got.PerSecond, got.Cost, got.Takes = c.want.PerSecond, c.want.Cost, c.want.Takes
			}
			if got != c.want || math.Abs(got.Share()-c.share) > 1e-9 || got.Fits() != (c.want.Days == 1) {
				t.Errorf("\n%+v\nwant\n%+v", got, c.want)
			}
		})
	}
}
