package newsletter

import (
	"errors"
	"testing"
	"time"
)

func TestAHubIsAskedAndConfirms(t *testing.T) {
	s := Source{HubKey: "secret"}
	if s.WantsHub(noon) {
		t.Error("there is no hub to ask")
	}
	s.Offers("https://hub.example.org/", "https://example.org/feed")
	if !s.WantsHub(noon) {
		t.Error("a new hub is not asked")
	}
	s.AskedHub(noon)
	if s.WantsHub(noon.Add(30*time.Minute)) || !s.WantsHub(noon.Add(2*time.Hour)) {
		t.Error("a hub that does not confirm is asked again after an hour")
	}
	for _, wrong := range [][2]string{{"other", s.HubTopic}, {"", s.HubTopic}, {"secret", "https://example.org/other"}} {
		if err := s.ConfirmHub(wrong[0], wrong[1], time.Hour, noon); !errors.Is(err, ErrConflict) {
			t.Errorf("%v: %v", wrong, err)
		}
	}
	if err := s.ConfirmHub("secret", s.HubTopic, 1000*24*time.Hour, noon); err != nil || !s.HubUntil.Equal(noon.Add(30*24*time.Hour)) {
		t.Errorf("%v, until %v", err, s.HubUntil)
	}
	if s.WantsHub(noon.Add(28*24*time.Hour)) || !s.WantsHub(noon.Add(29*24*time.Hour+time.Hour)) {
		t.Error("it is renewed a day before its end")
	}
	s.Offers("https://hub.example.org/", "https://example.org/feed")
	if s.WantsHub(noon) {
		t.Error("the same hub is asked again")
	}
}

func TestWhatAHubTellsMakesASourceDue(t *testing.T) {
	ready := Source{Hub: "https://hub.example.org/", HubKey: "secret", LastGood: noon.Add(-10 * time.Minute), NextAt: noon.Add(50 * time.Minute)}
	for name, c := range map[string]struct {
		change func(*Source)
		key    string
		due    bool
		err    error
	}{
		"its hub":                {func(*Source) {}, "secret", true, nil},
		"somebody else":          {func(*Source) {}, "guess", false, ErrConflict},
		"nobody":                 {func(s *Source) { s.HubKey = "" }, "", false, ErrConflict},
		"a moment after a visit": {func(s *Source) { s.LastGood = noon.Add(-time.Second) }, "secret", false, nil},
		"a failing source":       {func(s *Source) { s.Failures = 1 }, "secret", false, nil},
	} {
		s := ready
		c.change(&s)
		changed, err := s.Told(c.key, noon)
		if !errors.Is(err, c.err) || changed != c.due || s.Due(noon) != c.due {
			t.Errorf("%s: %v, %v, due %v", name, changed, err, s.Due(noon))
		}
	}
}
