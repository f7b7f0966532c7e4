package newsletter

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWishesAreChecked(t *testing.T) {
	offer := Offer{Schedules: []string{"daily", "weekly"}, Topics: []string{"Sea", "Bread", "Wind"}, Languages: []string{"de", "en"}}
	for _, c := range []struct {
		name     string
		in, want Wishes
		err      error
	}{
		{"nothing", Wishes{}, Wishes{}, nil},
		{"all of them is every one, also of later ones", Wishes{Schedules: []string{"weekly", "daily"}, Topics: []string{"Wind", "Sea", "Bread"}}, Wishes{}, nil},
		{"some, in the order of the offer", Wishes{Schedules: []string{"weekly"}, Topics: []string{"Bread", "Sea", "Sea"}}, Wishes{Schedules: []string{"weekly"}, Topics: []string{"Sea", "Bread"}}, nil},
		{"a schedule that is not there", Wishes{Schedules: []string{"hourly"}}, Wishes{}, ErrInvalid},
		{"a topic that is not there", Wishes{Topics: []string{"sea"}}, Wishes{}, ErrInvalid},
		{"a name on one line", Wishes{Name: " Ada\r\n Lovelace "}, Wishes{Name: "Ada Lovelace"}, nil},
		{"a long name", Wishes{Name: strings.Repeat("x", 61)}, Wishes{}, ErrInvalid},
		{"a language", Wishes{Language: "de"}, Wishes{Language: "de"}, nil},
		{"one that is not offered", Wishes{Language: "it"}, Wishes{}, ErrInvalid},
		{"a zone", Wishes{Zone: "Europe/Berlin"}, Wishes{Zone: "Europe/Berlin"}, nil},
		{"no zone", Wishes{Zone: "Europe/Atlantis"}, Wishes{}, ErrInvalid},
		{"a path", Wishes{Zone: "../../etc/passwd"}, Wishes{}, ErrInvalid},
		{"that of the machine", Wishes{Zone: "Local"}, Wishes{}, ErrInvalid},
		{"a pause", Wishes{PausedUntil: noon.AddDate(0, 0, 20)}, Wishes{PausedUntil: noon.AddDate(0, 0, 20)}, nil},
		{"one that is over", Wishes{PausedUntil: noon}, Wishes{}, nil},
		{"one without end", Wishes{PausedUntil: noon.AddDate(3, 0, 0)}, Wishes{}, ErrInvalid},
	} {
		got, err := c.in.Check(offer, noon)
		if !errors.Is(err, c.err) || err == nil && len(got.Since(c.want)) > 0 {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
}

func TestWhatHasChanged(t *testing.T) {
	before := Wishes{Schedules: []string{"weekly"}, Name: "Ada", PausedUntil: noon}
	after := Wishes{Topics: []string{"Sea"}, Name: "Ada", Language: "de", Zone: "Asia/Tokyo", PausedUntil: noon.In(time.FixedZone("", 3600))}
	if got := after.Since(before); !slices.Equal(got, []Wish{WishSchedules, WishTopics, WishLanguage, WishZone}) {
		t.Errorf("%v", got)
	}
}

func TestAPauseEndsWithADay(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	first := PauseEnd(time.Date(2026, 3, 20, 1, 0, 0, 0, berlin), 2, berlin)
	if want := time.Date(2026, 4, 2, 22, 0, 0, 0, time.UTC); first != want { // the clocks change meanwhile
		t.Errorf("%v, want %v", first, want)
	}
	if again := PauseEnd(time.Date(2026, 3, 20, 23, 0, 0, 0, berlin), 2, berlin); again != first {
		t.Errorf("asked again on the same day: %v", again)
	}
}

func TestAPausedReaderGetsNothingUntilItsEnd(t *testing.T) {
	s := Subscriber{Status: Active, ConfirmedAt: noon.Add(-time.Hour), PausedUntil: noon}
	for started, want := range map[time.Time]bool{noon.Add(-time.Second): false, noon: true, noon.Add(time.Second): true} {
		if got := s.MayReceive("weekly", started); got != want {
			t.Errorf("a run of %v: %v", started, got)
		}
	}
}

func TestTopicList(t *testing.T) {
	p := Publication{Topics: " Sea & Coast,Bread,, Bread ,Wind"}
	if got := p.TopicList(); !slices.Equal(got, []string{"Sea & Coast", "Bread", "Wind"}) {
		t.Errorf("%q", got)
	}
}

func TestTopicSetsFitTheVariants(t *testing.T) {
	for _, c := range []struct {
		topics    string
		languages int
		want      int
	}{{"", 1, 0}, {"A", 1, 0}, {"A,B", 1, 2}, {"A,B,C", 1, 6}, {"A,B,C", 4, 6}, {"A,B,C", 5, 0}, {"A,B,C,D", 2, 14}, {"A,B,C,D", 3, 0}, {"A,B,C,D,E", 1, 30}, {"A,B,C,D,E", 2, 0}, {"A,B,C,D,E,F", 1, 0}} {
		p := Publication{Topics: c.topics}
		sets := p.TopicSets(c.languages)
		if len(sets) != c.want || c.languages*(len(sets)+1) > MaxVariants {
			t.Errorf("%q in %d languages: %v", c.topics, c.languages, sets)
		}
	}
}

func TestWhatAnArticleIsAbout(t *testing.T) {
	a := Article{Categories: []string{"food & DRINK", " Harbour\n"}}
	for topic, want := range map[string]bool{"Food & Drink": true, "Harbour": true, "Food": false, "": false} {
		if a.About([]string{"Sea", topic}) != want {
			t.Errorf("%q: %v", topic, !want)
		}
	}
}

func TestAReasonForLeavingIsOneOfAFew(t *testing.T) {
	left := Subscriber{Status: Unsubscribed}
	if err := left.Because("<script>"); !errors.Is(err, ErrInvalid) || left.LeaveReason != "" {
		t.Errorf("%v, %q", err, left.LeaveReason)
	}
	if err := left.Because(LeftNotMine); err != nil || left.LeaveReason != LeftNotMine {
		t.Errorf("%v, %q", err, left.LeaveReason)
	}
	there := Subscriber{Status: Active}
	if err := there.Because(LeftNotMine); !errors.Is(err, ErrConflict) {
		t.Errorf("%v", err)
	}
}
