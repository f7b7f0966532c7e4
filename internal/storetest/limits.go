package storetest

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func testPace(t *testing.T, s Store) {
	const cost = 40 * time.Millisecond
	reserve := func(t *testing.T, pace string, cost time.Duration, now time.Time, far time.Duration, want time.Time) {
		t.Helper()
		if slot := got[time.Time](t)(s.Reserve(ctx(t), pace, cost, now, far)); slot != want {
			t.Errorf("slot is %v after now, want %v", slot.Sub(now), want.Sub(now))
		}
	}
	t.Run("slots follow each other at the cost of each", func(t *testing.T) {
		reserve(t, "ses", cost, start, time.Minute, start)
		reserve(t, "ses", 3*cost, start, time.Minute, start.Add(cost))
		reserve(t, "ses", cost, start, time.Minute, start.Add(4*cost))
	})
	t.Run("time that passed unused is lost", func(t *testing.T) {
		later := start.Add(time.Minute)
		reserve(t, "ses", cost, later, time.Minute, later)
		reserve(t, "ses", cost, later, time.Minute, later.Add(cost))
	})
	t.Run("a slot at the very instant is taken over without a gap", func(t *testing.T) {
		reserve(t, "edge", cost, start, time.Minute, start)
		reserve(t, "edge", cost, start.Add(cost), 0, start.Add(cost))
	})
	t.Run("each pace has its own slots", func(t *testing.T) { reserve(t, "ses-single", cost, start, 0, start) })
	t.Run("what lies too far ahead is refused and not reserved", func(t *testing.T) {
		for i := range 3 {
			reserve(t, "far", time.Second, start, 2*time.Second, start.Add(time.Duration(i)*time.Second))
		}
		for range 3 {
			_, err := s.Reserve(ctx(t), "far", time.Second, start, 2*time.Second)
			wantError(t, err, newsletter.ErrThrottled)
		}
		reserve(t, "far", time.Second, start.Add(time.Second), 2*time.Second, start.Add(3*time.Second))
	})
	t.Run("an instant more than ten minutes ahead is a mistake", func(t *testing.T) {
		reserve(t, "clock", 10*time.Minute, start, time.Hour, start)
		reserve(t, "clock", time.Microsecond, start, time.Hour, start.Add(10*time.Minute))
		reserve(t, "clock", cost, start, time.Hour, start)
		reserve(t, "clock", cost, start, time.Hour, start.Add(cost))
	})
	t.Run("a mistake is mended although it is far", func(t *testing.T) {
		reserve(t, "clock2", time.Hour, start, 0, start)
		reserve(t, "clock2", cost, start, 0, start)
	})
	t.Run("no slot is handed out twice", func(t *testing.T) { testPaceRace(t, s) })
}

func testCounters(t *testing.T, s Store) {
	race(t, func(racer int) error { return s.Count(ctx(t), "weekly-1", "click a", racer) })
	must(t, s.Count(ctx(t), "weekly-1", "click b", 2))
	must(t, s.Count(ctx(t), "weekly-2", "click b", 7))
	want := map[string]int{"click a": racers * (racers - 1) / 2, "click b": 2}
	if counts := got[map[string]int](t)(s.Counts(ctx(t), "weekly-1")); !maps.Equal(counts, want) {
		t.Errorf("%v, want %v", counts, want)
	}
	if counts := got[map[string]int](t)(s.Counts(ctx(t), "weekly-3")); len(counts) != 0 {
		t.Errorf("of an issue of which nothing is counted: %v", counts)
	}
}

func testPaceRace(t *testing.T, s Store) {
	const each, cost = 8, 7 * time.Millisecond
	var slots []time.Time
	var lock sync.Mutex
	race(t, func(int) error {
		for range each {
			slot, err := s.Reserve(ctx(t), "race", cost, start, time.Hour)
			if err != nil {
				return err
			}
			lock.Lock()
			slots = append(slots, slot)
			lock.Unlock()
		}
		return nil
	})
	slices.SortFunc(slots, time.Time.Compare)
	if len(slots) != racers*each {
		t.Fatalf("%d slots, want %d", len(slots), racers*each)
	}
	for i, slot := range slots {
		if want := start.Add(time.Duration(i) * cost); slot != want {
			t.Fatalf("slot %d is %v after start, want %v", i, slot.Sub(start), want.Sub(start))
		}
	}
}

func testAllowance(t *testing.T, s Store) {
	window := start.Truncate(time.Hour)
	allow := func(t *testing.T, kind, key string, limit int, at time.Duration, want bool) {
		t.Helper()
		if ok := got[bool](t)(s.Allow(ctx(t), kind, key, limit, time.Hour, window.Add(at))); ok != want {
			t.Errorf("allowed is %v, want %v", ok, want)
		}
	}
	t.Run("so many per window and no more", func(t *testing.T) {
		for range 3 {
			allow(t, "ip", "192.0.2.1", 3, 0, true)
		}
		allow(t, "ip", "192.0.2.1", 3, time.Hour-1, false)
		allow(t, "ip", "192.0.2.1", 3, 0, false)
	})
	t.Run("the next window starts anew", func(t *testing.T) { allow(t, "ip", "192.0.2.1", 3, time.Hour, true) })
	t.Run("windows start at multiples of their length since 1970", func(t *testing.T) {
		week := 7 * 24 * time.Hour
		edge := time.Unix(0, 0).Add(2900 * week)
		for _, c := range []struct {
			at   time.Time
			want bool
		}{{edge.Add(-1), true}, {edge, true}, {edge.Add(week - 1), false}, {edge.Add(-week), false}} {
			if ok := got[bool](t)(s.Allow(ctx(t), "week", "x", 1, week, c.at)); ok != c.want {
				t.Errorf("at %v allowed is %v, want %v", c.at, ok, c.want)
			}
		}
	})
	t.Run("each kind and key is counted by itself", func(t *testing.T) {
		allow(t, "ip", "192.0.2.2", 1, 0, true)
		allow(t, "form", "192.0.2.1", 1, 0, true)
		allow(t, "ip#192.0.2", "2", 1, 0, true)
		allow(t, "ip", "", 1, 0, true)
	})
	t.Run("nothing is within a limit of none", func(t *testing.T) { allow(t, "none", "x", 0, 0, false) })
	t.Run("windows of other lengths are counted apart", func(t *testing.T) {
		allow(t, "apart", "x", 1, 0, true)
		if !got[bool](t)(s.Allow(ctx(t), "apart", "x", 1, 24*time.Hour, window)) {
			t.Error("the day's limit is spent by the hour's event")
		}
	})
	t.Run("of many at once only so many pass", func(t *testing.T) {
		var passed atomic.Int32
		race(t, func(int) error {
			ok, err := s.Allow(ctx(t), "race", "x", 5, time.Hour, start)
			if ok {
				passed.Add(1)
			}
			return err
		})
		if passed.Load() != 5 {
			t.Errorf("%d passed, want 5", passed.Load())
		}
	})
}
