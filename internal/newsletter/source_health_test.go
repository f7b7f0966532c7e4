package newsletter

import (
	"strings"
	"testing"
	"time"
)

func TestAFloodIsOverHalfAndMoreThanTwenty(t *testing.T) {
	for _, c := range []struct {
		primed       bool
		unknown, all int
		want         bool
	}{{true, 21, 40, true}, {true, 20, 20, false}, {true, 21, 42, false}, {true, 22, 42, true}, {false, 100, 100, false}} {
		s := Source{Primed: c.primed}
		if s.Floods(c.unknown, c.all) != c.want {
			t.Errorf("%+v", c)
		}
	}
}

func TestAHeldSourceIsReleasedAsIfNew(t *testing.T) {
	s := Source{Primed: true, ETag: "x", NextAt: noon}
	s.Hold(noon, 30, 30)
	s.Hold(noon.Add(time.Hour), 30, 30)
	s.Check(noon.Add(time.Hour))
	if !s.HeldSince.Equal(noon) || !strings.Contains(s.Health(noon), "30 of the 30") {
		t.Errorf("%+v", s)
	}
	if s.Release(); s.Primed || s.ETag != "" || !s.HeldSince.IsZero() || s.Warning != "" || !s.Due(noon.Add(-time.Hour)) {
		t.Errorf("%+v", s)
	}
}

func TestSourceHealth(t *testing.T) {
	seen := func(marks string) Source {
		s := Source{LastGood: noon, LastNew: noon}
		for _, mark := range marks {
			s.SawPage(mark == '1')
		}
		return s
	}
	for name, c := range map[string]struct {
		source Source
		want   string
	}{
		"new":                          {Source{}, "not visited yet"},
		"good":                         {seen("1111"), "good"},
		"switched off":                 {Source{Disabled: true, Failures: 1}, "switched off"},
		"failing lately":               {Source{Failures: 1, FailingSince: noon, Reason: "no answer"}, "failing: no answer"},
		"failing for long":             {Source{Failures: 9, FailingSince: noon.Add(-48 * time.Hour), Reason: "no answer"}, "failing since 28 February 2026 12:00 UTC: no answer"},
		"no bios any more":             {seen("11111111" + strings.Repeat("0", 12)), "no author's bio was found on the last 12 of 20 article pages, but on earlier ones; has the site changed how it shows them?"},
		"one bio lately":               {seen("11111111" + strings.Repeat("0", 11) + "1"), "good"},
		"never any bios":               {seen(strings.Repeat("0", 30)), "good"},
		"nothing new for two weeks":    {Source{LastGood: noon, LastNew: noon.Add(-14 * 24 * time.Hour)}, "no new article for 14 days"},
		"something new a few days ago": {Source{LastGood: noon, LastNew: noon.Add(-13 * 24 * time.Hour)}, "good"},
	} {
		c.source.Check(noon)
		if got := c.source.Health(noon); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
