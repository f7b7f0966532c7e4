package newsletter

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Wishes are what a reader chooses for themselves.
type Wishes struct {
	Schedules   []string // Schedule.ID; empty: every one
	Topics      []string // as the Publication spells them; empty: every one
	Name        string
	Language    string // BCP 47; empty: the Publication's
	Zone        string // IANA name; empty: the Publication's
	PausedUntil time.Time
}

// Offer is what there is to choose from.
type Offer struct {
	Schedules, Topics, Languages []string
}

// MaxPause is the longest pause, in weeks. Who wants a longer one may leave, and come back.
const MaxPause = 26

// Wishes are what the Subscriber has chosen.
func (s *Subscriber) Wishes() Wishes {
	return Wishes{s.Schedules, s.Topics, s.Name, s.Language, s.Zone, s.PausedUntil}
}

// Choose takes the reader's wishes over. Check has seen them before.
func (s *Subscriber) Choose(w Wishes) {
	s.Schedules, s.Topics, s.Name, s.Language, s.Zone, s.PausedUntil = w.Schedules, w.Topics, w.Name, w.Language, w.Zone, w.PausedUntil
}

// Check tidies the wishes, or says what is wrong with them. Whoever wants all that
// is offered wants what comes later, too, and is noted as wanting every one.
func (w Wishes) Check(o Offer, now time.Time) (Wishes, error) {
	var err error
	if w.Schedules, err = chosen("schedule", w.Schedules, o.Schedules); err != nil {
		return w, err
	}
	if w.Topics, err = chosen("topic", w.Topics, o.Topics); err != nil {
		return w, err
	}
	if w.Name = Line(w.Name); w.Name != Shorten(w.Name, maxName) {
		return w, fmt.Errorf("name: longer than %d characters: %w", maxName, ErrInvalid)
	}
	if w.Language != "" && !slices.Contains(o.Languages, w.Language) {
		return w, fmt.Errorf("language %q is not offered: %w", w.Language, ErrInvalid)
	}
	if err := CheckZone(w.Zone); err != nil {
		return w, err
	}
	if w.PausedUntil.After(PauseEnd(now, MaxPause, time.UTC).AddDate(0, 0, 2)) {
		return w, fmt.Errorf("pause: longer than %d weeks: %w", MaxPause, ErrInvalid)
	}
	if !w.PausedUntil.After(now) {
		w.PausedUntil = time.Time{}
	}
	return w, nil
}

// chosen are the wanted ones in the order in which they are offered; nil: all.
func chosen(what string, wanted, offered []string) ([]string, error) {
	for _, one := range wanted {
		if !slices.Contains(offered, one) {
			return nil, fmt.Errorf("%s %q is not offered: %w", what, one, ErrInvalid)
		}
	}
	ours := slices.DeleteFunc(slices.Clone(offered), func(one string) bool { return !slices.Contains(wanted, one) })
	if len(ours) == len(offered) || len(ours) == 0 {
		return nil, nil
	}
	return ours, nil
}

// CheckZone tells whether a time zone has such a name (https://www.iana.org/time-zones).
// Empty is the Publication's; Local, which is that of the machine, is none.
func CheckZone(zone string) error {
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
		return fmt.Errorf("time zone %q is unknown; use a name like Europe/Berlin: %w", zone, ErrInvalid)
	}
	return nil
}

// Location is where the reader's days begin: their own zone, or the Publication's.
func (s *Subscriber) Location(p *Publication) *time.Location {
	if loc, err := time.LoadLocation(s.Zone); err == nil && s.Zone != "" {
		return loc
	}
	return p.Location()
}

// PauseEnd is the beginning of the day that is so many weeks after today, so that
// asking twice on one day is asking for the same.
func PauseEnd(now time.Time, weeks int, zone *time.Location) time.Time {
	today := now.In(zone)
	return time.Date(today.Year(), today.Month(), today.Day()+7*weeks, 0, 0, 0, 0, zone).UTC()
}

// Wish is one of the things that a reader may choose.
type Wish string

// The wishes.
const (
	WishSchedules Wish = "schedules"
	WishTopics    Wish = "topics"
	WishName      Wish = "name"
	WishLanguage  Wish = "language"
	WishZone      Wish = "zone"
	WishPause     Wish = "pause"
)

// Since lists what is different from before.
func (w Wishes) Since(before Wishes) []Wish {
	var changed []Wish
	for _, c := range []struct {
		wish Wish
		same bool
	}{
		{WishSchedules, slices.Equal(w.Schedules, before.Schedules)}, {WishTopics, slices.Equal(w.Topics, before.Topics)},
		{WishName, w.Name == before.Name}, {WishLanguage, w.Language == before.Language}, {WishZone, w.Zone == before.Zone},
		{WishPause, w.PausedUntil.Equal(before.PausedUntil)},
	} {
		if !c.same {
			changed = append(changed, c.wish)
		}
	}
	return changed
}

// LeaveReason is why a reader has left, of a few that are offered.
type LeaveReason string

// The reasons.
const (
	LeftTooOften    LeaveReason = "too-often"
	LeftNotMine     LeaveReason = "not-for-me"
	LeftNeverAsked  LeaveReason = "never-asked"
	LeftNotShown    LeaveReason = "not-readable"
	LeftForSomeTime LeaveReason = "for-some-time"
)

// LeaveReasons are all there are, in the order in which they are offered.
func LeaveReasons() []LeaveReason {
	return []LeaveReason{LeftTooOften, LeftNotMine, LeftForSomeTime, LeftNotShown, LeftNeverAsked}
}

// Because notes why the reader has left. Who is still there, or is on record for
// something graver, gives no reason.
func (s *Subscriber) Because(why LeaveReason) error {
	if s.Status != Unsubscribed {
		return fmt.Errorf("a reason for leaving of a subscriber who is %s: %w", s.Status, ErrConflict)
	}
	if why != "" && !slices.Contains(LeaveReasons(), why) {
		return fmt.Errorf("no reason for leaving is called %q: %w", why, ErrInvalid)
	}
	s.LeaveReason = why
	return nil
}

// MaxTopics is how many topics a Publication may offer: each choice of them is a Variant
// of its own, in each language, and there are at most MaxVariants.
const MaxTopics = 5

// TopicSets are the choices that have a Variant of their own: some of the topics, and
// not all. Where, with so many languages, these would be more than MaxVariants, there
// are none, and topics are not offered.
func (p *Publication) TopicSets(languages int) [][]string {
	topics := p.TopicList()
	if len(topics) < 2 || len(topics) > MaxTopics || languages*(1<<len(topics)-1) > MaxVariants {
		return nil
	}
	var sets [][]string
	for mask := 1; mask < 1<<len(topics)-1; mask++ {
		var set []string
		for i, topic := range topics {
			if mask&(1<<i) != 0 {
				set = append(set, topic)
			}
		}
		sets = append(sets, set)
	}
	return sets
}

// About tells whether the Article is of one of the topics: categories of other
// spellings count, too.
func (a *Article) About(topics []string) bool {
	return slices.ContainsFunc(a.Categories, func(category string) bool {
		return slices.ContainsFunc(topics, func(topic string) bool { return strings.EqualFold(Line(category), topic) })
	})
}

// TopicList are the Publication's topics, as readers see them.
func (p *Publication) TopicList() []string {
	var topics []string
	for topic := range strings.SplitSeq(p.Topics, ",") {
		if topic = Line(topic); topic != "" && !slices.Contains(topics, topic) {
			topics = append(topics, topic)
		}
	}
	return topics
}
