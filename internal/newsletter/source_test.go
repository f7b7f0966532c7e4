package newsletter

import (
	"testing"
	"time"
)

func TestSourceBacksOff(t *testing.T) {
	s := NewSource("https://example.org/feed")
	want := []time.Duration{5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 40 * time.Minute, 80 * time.Minute,
		160 * time.Minute, 320 * time.Minute, 24 * time.Hour, 24 * time.Hour}
	for i, pause := range want {
		at := noon.Add(time.Duration(i) * time.Minute)
		s.Failed(at, "500", 0)
		if got := s.NextAt.Sub(at); got != pause || s.Failures != i+1 || !s.FailingSince.Equal(noon) || s.Due(s.NextAt.Add(-1)) || !s.Due(s.NextAt) {
			t.Errorf("failure %d: pause %v, want %v; %+v", i+1, got, pause, s)
		}
	}
	s.Succeeded(noon)
	if s.Failures != 0 || !s.FailingSince.IsZero() || s.Reason != "" || !s.Primed || !s.NextAt.Equal(noon.Add(PollInterval)) {
		t.Errorf("after a good visit: %+v", s)
	}
}

func TestSourceRetryAfter(t *testing.T) {
	for _, c := range []struct {
		name              string
		retryAfter, pause time.Duration
	}{
		{"longer than the pause counts", time.Hour, time.Hour},
		{"shorter does not", time.Second, 5 * time.Minute},
		{"negative does not", -time.Hour, 5 * time.Minute},
		{"a week at most", 1000 * time.Hour, 7 * 24 * time.Hour},
	} {
		var s Source
		if s.Failed(noon, "429", c.retryAfter); s.NextAt.Sub(noon) != c.pause {
			t.Errorf("%s: pause %v, want %v", c.name, s.NextAt.Sub(noon), c.pause)
		}
	}
}

func TestSourceDue(t *testing.T) {
	fresh := NewSource("https://example.org/")
	if !fresh.Due(noon) {
		t.Error("a new source is not due at once")
	}
	if fresh.Disabled = true; fresh.Due(noon) {
		t.Error("a source that is switched off is due")
	}
	if SourceID("https://www.example.org/feed/?utm_source=x") != SourceID("http://example.org/feed") {
		t.Error("two ways to write a link make two sources")
	}
}

// TestAVisitHeedsPeople: what they decide while a source is visited stays.
func TestAVisitHeedsPeople(t *testing.T) {
	held := Source{Rev: 1, Primed: true, UserAgent: "old"}
	held.Hold(noon, 30, 30)
	for name, c := range map[string]struct {
		before, now, visited, want Source
	}{
		"switched off":     {Source{Rev: 1}, Source{Rev: 2, Disabled: true}, Source{Rev: 1, Title: "T"}, Source{Rev: 2, Disabled: true, Title: "T"}},
		"gone meanwhile":   {Source{Rev: 1}, Source{Rev: 2, HTTP1: true}, Source{Rev: 1, Disabled: true}, Source{Rev: 2, Disabled: true, HTTP1: true}},
		"other manners":    {Source{Rev: 1, UserAgent: "old"}, Source{Rev: 2, UserAgent: "new"}, Source{Rev: 1, UserAgent: "old"}, Source{Rev: 2, UserAgent: "new"}},
		"released":         {held, Source{Rev: 2}, held, Source{Rev: 2}},
		"still to be held": {Source{Rev: 1}, Source{Rev: 2}, Source{Rev: 1, HeldSince: noon, Primed: true}, Source{Rev: 2, HeldSince: noon, Primed: true}},
	} {
		if c.visited.Heed(&c.before, &c.now); c.visited != c.want {
			t.Errorf("%s: %+v, want %+v", name, c.visited, c.want)
		}
	}
}
