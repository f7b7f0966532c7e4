package newsletter

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Cadence is how often a Schedule fires.
type Cadence string

const (
	Daily   Cadence = "daily"
	Weekly  Cadence = "weekly"
	Monthly Cadence = "monthly"
)

// DefaultMaxArticles is how many articles an Issue holds where a Schedule does
// not say.
const DefaultMaxArticles = 20

// Schedule says when issues are composed and sent, and whether an editor must
// approve them.
type Schedule struct {
	ID          string
	Name        string
	Cadence     Cadence
	Weekday     time.Weekday // Weekly, and Monthly with Nth
	Day         int          // Monthly without Nth: 1 to 28
	Nth         int          // Monthly: 1 to 4, the nth Weekday of the month; -1: the last one; 0: see Day
	Hour        int
	Minute      int
	Zone        string // IANA name
	Review      bool   // an editor must approve
	Paused      bool
	MinArticles int           // fewer wait for the next fire; 0 means 1
	MaxArticles int           // 0 means DefaultMaxArticles
	Lead        time.Duration // how long before its time an Issue is drafted; 0: when it is due
	Skip        string        // dates in its zone on which it does not fire, as 2026-12-28, with spaces between
	Seed        string        // what the settings said when they were last taken over; see Reseed
	LastFire    time.Time
	Missed      string // why nothing came of LastFire, in words for the editor; empty: something did
	Rev         int64
}

// MaxLead is the longest Lead.
const MaxLead = 6 * 24 * time.Hour

// Validate reports what keeps the Schedule from firing.
func (s *Schedule) Validate() error {
	switch {
	case s.ID == "":
		return fmt.Errorf("schedule without an id: %w", ErrInvalid)
	case s.Cadence != Daily && s.Cadence != Weekly && s.Cadence != Monthly:
		return fmt.Errorf("schedule %s: cadence %q; use daily, weekly or monthly: %w", s.ID, s.Cadence, ErrInvalid)
	case s.Hour < 0 || s.Hour > 23 || s.Minute < 0 || s.Minute > 59:
		return fmt.Errorf("schedule %s: %02d:%02d is no time of day: %w", s.ID, s.Hour, s.Minute, ErrInvalid)
	case s.Cadence == Weekly && (s.Weekday < time.Sunday || s.Weekday > time.Saturday):
		return fmt.Errorf("schedule %s: weekday %d; use 0 (Sunday) to 6: %w", s.ID, s.Weekday, ErrInvalid)
	case s.Cadence == Monthly && s.Nth == 0 && (s.Day < 1 || s.Day > 28):
		return fmt.Errorf("schedule %s: day %d; use 1 to 28, which every month has: %w", s.ID, s.Day, ErrInvalid)
	case s.Nth < -1 || s.Nth > 4:
		return fmt.Errorf("schedule %s: weekday number %d of a month; use 1 to 4, or -1 for the last: %w", s.ID, s.Nth, ErrInvalid)
	case s.Lead < 0 || s.Lead > MaxLead:
		return fmt.Errorf("schedule %s: a draft %s ahead; use up to six days: %w", s.ID, s.Lead, ErrInvalid)
	case s.MinArticles < 0 || s.MinArticles > MaxIssueArticles || s.MaxArticles < 0 || s.MaxArticles > MaxIssueArticles:
		return fmt.Errorf("schedule %s: %d to %d articles; use up to %d: %w", s.ID, s.MinArticles, s.MaxArticles, MaxIssueArticles, ErrInvalid)
	}
	for _, date := range strings.Fields(s.Skip) {
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			return fmt.Errorf("schedule %s: %q is no date; write it like 2026-12-28: %w", s.ID, date, ErrInvalid)
		}
	}
	if _, err := time.LoadLocation(s.Zone); err != nil {
		return fmt.Errorf("schedule %s: time zone %q is unknown; use a name like Europe/Berlin: %w", s.ID, s.Zone, ErrInvalid)
	}
	return nil
}

// Limit is how many articles an Issue of this Schedule holds.
func (s *Schedule) Limit() int {
	if s.MaxArticles > 0 {
		return s.MaxArticles
	}
	return DefaultMaxArticles
}

// Enough tells whether n articles make an Issue. None never do.
func (s *Schedule) Enough(n int) bool { return n >= max(1, s.MinArticles) }

// Due lists the fires after since, up to and including until, oldest first. A
// wall-clock time that a daylight-saving change skips does not happen; one that
// it doubles happens once, the first time. A paused Schedule never fires.
func (s *Schedule) Due(since, until time.Time) []time.Time {
	loc, err := time.LoadLocation(s.Zone)
	if err != nil || s.Paused || !since.Before(until) {
		return nil
	}
	var fires []time.Time
	first := since.In(loc)
	for day := time.Date(first.Year(), first.Month(), first.Day()-1, 12, 0, 0, 0, loc); ; day = day.AddDate(0, 0, 1) {
		if day.Add(-36 * time.Hour).After(until) {
			return fires
		}
		if !s.on(day) {
			continue
		}
		if fire, ok := wallClock(day, s.Hour, s.Minute); ok && fire.After(since) && !fire.After(until) {
			fires = append(fires, fire)
		}
	}
}

// Next is the first fire after a moment; ok: there is one within a year or so.
func (s *Schedule) Next(after time.Time) (fire time.Time, ok bool) {
	for days := 2; days <= 400; days *= 3 {
		if due := s.Due(after, after.AddDate(0, 0, days)); len(due) > 0 {
			return due[0], true
		}
	}
	return time.Time{}, false
}

// overdueAfter is how late a fire may be acted on before a person should look.
const overdueAfter = 30 * time.Minute

// Overdue is the oldest fire that nobody has acted on for more than half an hour, if
// there is one.
func (s *Schedule) Overdue(now time.Time) (fire time.Time, overdue bool) {
	late := s.Due(s.LastFire, now.Add(-overdueAfter))
	if len(late) == 0 {
		return time.Time{}, false
	}
	return late[0], true
}

func (s *Schedule) on(day time.Time) bool {
	if s.Skip != "" && slices.Contains(strings.Fields(s.Skip), day.Format(time.DateOnly)) {
		return false
	}
	switch s.Cadence {
	case Weekly:
		return day.Weekday() == s.Weekday
	case Monthly:
		if s.Nth != 0 {
			return day.Weekday() == s.Weekday && s.nth(day)
		}
		return day.Day() == s.Day
	}
	return s.Cadence == Daily
}

// nth tells whether the day is the nth of its weekday in its month.
func (s *Schedule) nth(day time.Time) bool {
	if s.Nth < 0 {
		return day.AddDate(0, 0, 7).Month() != day.Month()
	}
	return (day.Day()+6)/7 == s.Nth
}

// Reseed takes over what the settings say, unless they say what they said when they
// were last taken over: what an editor has changed since stays. It tells whether
// anything changed.
func (s *Schedule) Reseed(wanted Schedule) bool {
	if s.Seed == wanted.Seed {
		return false
	}
	wanted.LastFire, wanted.Rev = s.LastFire, s.Rev
	*s = wanted
	return true
}

// Words tells a Schedule in a sentence.
func (s *Schedule) Words() string {
	when := map[Cadence]string{Daily: "every day", Weekly: "every " + s.Weekday.String(), Monthly: fmt.Sprintf("on day %d of every month", s.Day)}[s.Cadence]
	if s.Cadence == Monthly && s.Nth != 0 {
		when = "every " + map[int]string{1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}[s.Nth] + " " + s.Weekday.String() + " of the month"
	}
	return fmt.Sprintf("%s at %02d:%02d, %s", when, s.Hour, s.Minute, cmp.Or(s.Zone, "UTC"))
}

// wallClock finds the first instant of that day at which clocks in its zone show
// hour:minute, if there is one.
func wallClock(day time.Time, hour, minute int) (time.Time, bool) {
	t := time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, day.Location())
	if t.Hour() != hour || t.Minute() != minute {
		return time.Time{}, false // skipped by a change of the clocks
	}
	// Go does not promise which of two equal readings it returns. Changes are at
	// most a few hours and are known in steps of a quarter of an hour at finest.
	for back := 15 * time.Minute; back <= 3*time.Hour; back += 15 * time.Minute {
		earlier := t.Add(-back)
		if earlier.Hour() == hour && earlier.Minute() == minute && earlier.Day() == day.Day() {
			return earlier, true
		}
	}
	return t, true
}
