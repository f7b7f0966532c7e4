package newsletter

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestScheduleDue(t *testing.T) {
	daily := func(zone string, hour, minute int) Schedule {
		return Schedule{Cadence: Daily, Zone: zone, Hour: hour, Minute: minute}
	}
	monday := Schedule{Cadence: Weekly, Weekday: time.Monday, Hour: 7, Zone: "Europe/Berlin"}
	first := Schedule{Cadence: Monthly, Day: 1, Hour: 0, Zone: "Asia/Kathmandu"}
	paused := daily("UTC", 7, 0)
	paused.Paused = true
	for _, c := range []struct {
		name         string
		schedule     Schedule
		since, until string
		want         []string // in UTC
	}{
		{"since is exclusive, until inclusive", daily("UTC", 7, 0), "2026-03-01T07:00:00Z", "2026-03-03T07:00:00Z",
			[]string{"2026-03-02T07:00:00Z", "2026-03-03T07:00:00Z"}},
		{"nothing between two fires", daily("UTC", 7, 0), "2026-03-01T07:00:00Z", "2026-03-02T06:59:59Z", nil},
		{"nothing backwards", daily("UTC", 7, 0), "2026-03-03T07:00:00Z", "2026-03-01T07:00:00Z", nil},
		{"a paused schedule never fires", paused, "2026-03-01T00:00:00Z", "2026-03-09T00:00:00Z", nil},
		{"an unknown zone never fires", daily("Mars/Olympus", 7, 0), "2026-03-01T00:00:00Z", "2026-03-09T00:00:00Z", nil},
		{"weekly on its day", monday, "2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z", []string{"2026-03-02T06:00:00Z", "2026-03-09T06:00:00Z"}},
		{"monthly on its day, which begins the evening before in UTC", first, "2026-01-15T00:00:00Z", "2026-03-15T00:00:00Z",
			[]string{"2026-01-31T18:15:00Z", "2026-02-28T18:15:00Z"}},
		{"a month is not left out after a leap day", first, "2028-02-28T00:00:00Z", "2028-03-02T00:00:00Z", []string{"2028-02-29T18:15:00Z"}},

		{"Berlin: seven stays seven when summer begins", daily("Europe/Berlin", 7, 0), "2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z",
			[]string{"2026-03-28T06:00:00Z", "2026-03-29T05:00:00Z"}},
		{"Berlin: half past two is skipped when summer begins", daily("Europe/Berlin", 2, 30), "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z",
			[]string{"2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"}},
		{"Berlin: half past two fires once, the first time, when summer ends", daily("Europe/Berlin", 2, 30), "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z",
			[]string{"2026-10-25T00:30:00Z"}},
		{"Berlin: not again after the first half past two", daily("Europe/Berlin", 2, 30), "2026-10-25T00:30:00Z", "2026-10-25T12:00:00Z", nil},
		{"Berlin: a week across the change", monday, "2026-03-22T12:00:00Z", "2026-03-30T12:00:00Z", []string{"2026-03-23T06:00:00Z", "2026-03-30T05:00:00Z"}},
		{"New York: half past two is skipped in March", daily("America/New_York", 2, 30), "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", nil},
		{"New York: half past one fires once in November", daily("America/New_York", 1, 30), "2026-11-01T04:00:00Z", "2026-11-01T12:00:00Z",
			[]string{"2026-11-01T05:30:00Z"}},
		{"Kathmandu: a quarter of an hour off", daily("Asia/Kathmandu", 6, 0), "2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z",
			[]string{"2026-03-28T00:15:00Z", "2026-03-29T00:15:00Z"}},
		{"Lord Howe: half an hour is skipped", daily("Australia/Lord_Howe", 2, 15), "2026-10-03T12:00:00Z", "2026-10-04T12:00:00Z", nil},
		{"Lord Howe: half an hour is doubled", daily("Australia/Lord_Howe", 1, 45), "2026-04-04T12:00:00Z", "2026-04-05T12:00:00Z",
			[]string{"2026-04-04T14:45:00Z"}},
		{"Apia: a whole day was skipped", daily("Pacific/Apia", 12, 0), "2011-12-29T12:00:00Z", "2012-01-01T00:00:00Z",
			[]string{"2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z", "2011-12-31T22:00:00Z"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, fire := range c.schedule.Due(instant(t, c.since), instant(t, c.until)) {
				got = append(got, fire.UTC().Format(time.RFC3339))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("due %v, want %v", got, c.want)
			}
		})
	}
}

// TestScheduleFiresOncePerDay goes through some years in zones of all kinds.
func TestScheduleFiresOncePerDay(t *testing.T) {
	for _, zone := range []string{"Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca"} {
		s := Schedule{Cadence: Daily, Hour: 7, Zone: zone}
		since := instant(t, "2024-01-01T12:00:00Z")
		until := since.AddDate(3, 0, 0)
		fires := s.Due(since, until)
		if days := int(until.Sub(since).Hours() / 24); len(fires) != days {
			t.Errorf("%s: %d fires in %d days", zone, len(fires), days)
		}
		stepped := 0
		for at := since; at.Before(until); at = at.Add(5 * time.Hour) {
			stepped += len(s.Due(at, earlier(at.Add(5*time.Hour), until)))
		}
		if stepped != len(fires) {
			t.Errorf("%s: %d fires when asked step by step, %d at once", zone, stepped, len(fires))
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func TestScheduleValidate(t *testing.T) {
	good := Schedule{ID: "weekly", Cadence: Weekly, Weekday: time.Monday, Hour: 7, Zone: "Europe/Berlin"}
	for _, c := range []struct {
		name   string
		change func(*Schedule)
		ok     bool
	}{
		{"as it should be", func(*Schedule) {}, true},
		{"no id", func(s *Schedule) { s.ID = "" }, false},
		{"a weekday that no week has", func(s *Schedule) { s.Weekday = 7 }, false},
		{"no cadence", func(s *Schedule) { s.Cadence = "" }, false},
		{"hour 24", func(s *Schedule) { s.Hour = 24 }, false},
		{"minute 60", func(s *Schedule) { s.Minute = 60 }, false},
		{"the 28th, which every month has", func(s *Schedule) { s.Cadence, s.Day = Monthly, 28 }, true},
		{"the 29th", func(s *Schedule) { s.Cadence, s.Day = Monthly, 29 }, false},
		{"day 0", func(s *Schedule) { s.Cadence, s.Day = Monthly, 0 }, false},
		{"a zone that is no zone", func(s *Schedule) { s.Zone = "Berlin" }, false},
	} {
		s := good
		c.change(&s)
		if err := s.Validate(); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestScheduleEnough(t *testing.T) {
	for _, c := range []struct {
		min, articles int
		want          bool
	}{{0, 0, false}, {0, 1, true}, {3, 2, false}, {3, 3, true}, {-1, 0, false}} {
		s := Schedule{MinArticles: c.min}
		if got := s.Enough(c.articles); got != c.want {
			t.Errorf("%d articles where %d are wanted: %v", c.articles, c.min, got)
		}
	}
	if limit := (&Schedule{}).Limit(); limit != DefaultMaxArticles {
		t.Errorf("the default limit is %d", limit)
	}
	if limit := (&Schedule{MaxArticles: 3}).Limit(); limit != 3 {
		t.Errorf("a limit of 3 is %d", limit)
	}
}

func TestOverdue(t *testing.T) {
	s := Schedule{ID: "w", Cadence: Daily, Hour: 7, Zone: "Etc/UTC", LastFire: time.Date(2026, 3, 1, 7, 0, 0, 0, time.UTC)}
	due := time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		at   time.Time
		want bool
	}{{due, false}, {due.Add(30*time.Minute - 1), false}, {due.Add(30 * time.Minute), true}, {due.Add(50 * time.Hour), true}} {
		if fire, overdue := s.Overdue(c.at); overdue != c.want || overdue && !fire.Equal(due) {
			t.Errorf("%v: %v, %t", c.at, fire, overdue)
		}
	}
	s.Paused = true
	if _, overdue := s.Overdue(due.Add(time.Hour)); overdue {
		t.Error("a paused one is overdue")
	}
}

func TestNthWeekdayAndSkippedDates(t *testing.T) {
	fires := func(s Schedule, days int) string {
		var dates []string
		for _, fire := range s.Due(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 1+days, 0, 0, 0, 0, time.UTC)) {
			dates = append(dates, fire.Format(time.DateOnly))
		}
		return strings.Join(dates, " ")
	}
	base := Schedule{ID: "m", Cadence: Monthly, Weekday: time.Tuesday, Hour: 7, Zone: "UTC"}
	for _, c := range []struct {
		name string
		with func(s *Schedule)
		want string
	}{
		{"the first Tuesday", func(s *Schedule) { s.Nth = 1 }, "2026-01-06 2026-02-03 2026-03-03"},
		{"the fourth", func(s *Schedule) { s.Nth = 4 }, "2026-01-27 2026-02-24 2026-03-24"},
		{"the last, which may be the fifth", func(s *Schedule) { s.Nth = -1 }, "2026-01-27 2026-02-24 2026-03-31"},
		{"day 15, one of them skipped", func(s *Schedule) { s.Day, s.Skip = 15, "2026-02-15 2026-07-01" }, "2026-01-15 2026-03-15"},
	} {
		s := base
		c.with(&s)
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := fires(s, 95); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	for name, bad := range map[string]func(s *Schedule){
		"no day": func(*Schedule) {}, "a fifth": func(s *Schedule) { s.Nth = 5 }, "no date": func(s *Schedule) { s.Day, s.Skip = 1, "Christmas" },
		"a week ahead": func(s *Schedule) { s.Day, s.Lead = 1, 7*24*time.Hour }, "too many": func(s *Schedule) { s.Day, s.MinArticles = 1, MaxIssueArticles+1 },
	} {
		s := base
		bad(&s)
		if err := s.Validate(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestASkippedDateIsOneOfItsZone: the same moment has another date elsewhere.
func TestASkippedDateIsOneOfItsZone(t *testing.T) {
	s := Schedule{ID: "d", Cadence: Daily, Hour: 1, Zone: "Pacific/Auckland", Skip: "2026-03-03"}
	due := s.Due(time.Date(2026, 3, 1, 18, 0, 0, 0, time.UTC), time.Date(2026, 3, 4, 18, 0, 0, 0, time.UTC))
	for _, fire := range due {
		if fire.Format(time.DateOnly) == "2026-03-03" {
			t.Errorf("fires %s", fire)
		}
	}
	if len(due) != 2 {
		t.Errorf("%v", due)
	}
}

func TestSettingsDoNotUndoWhatAnEditorChanged(t *testing.T) {
	settings := Schedule{ID: "weekly", Cadence: Weekly, Weekday: time.Monday, Hour: 7, Seed: "monday 07:00"}
	stored := settings
	stored.Hour, stored.Lead, stored.LastFire, stored.Rev = 9, time.Hour, noon, 4
	if stored.Reseed(settings) || stored.Hour != 9 {
		t.Errorf("the same settings: %+v", stored)
	}
	settings.Hour, settings.Seed = 8, "monday 08:00"
	if !stored.Reseed(settings) || stored.Hour != 8 || !stored.LastFire.Equal(noon) || stored.Rev != 4 {
		t.Errorf("new settings: %+v", stored)
	}
}

// TestClocksThatChange: a time that is skipped does not happen, one that comes twice
// happens once, and every other day has its fire at the hour that clocks show.
func TestClocksThatChange(t *testing.T) {
	for _, c := range []struct {
		zone         string
		year         int
		hour, minute int
		fires        int
	}{
		{"Europe/Berlin", 2026, 7, 0, 365}, {"Europe/Berlin", 2026, 2, 30, 364}, // 29 March has no 02:30, 25 October has two
		{"America/New_York", 2026, 7, 0, 365}, {"America/New_York", 2026, 2, 30, 364}, {"America/New_York", 2026, 1, 30, 365}, // 1 November has two
		{"Asia/Kathmandu", 2026, 7, 0, 365}, {"Asia/Kathmandu", 1986, 0, 5, 364}, // on 1 January 1986 clocks went from 00:00 to 00:15
		{"Australia/Lord_Howe", 2026, 7, 0, 365}, {"Australia/Lord_Howe", 2026, 2, 15, 364}, {"Australia/Lord_Howe", 2026, 1, 45, 365}, // by half an hour
	} {
		loc, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		s := Schedule{ID: "d", Cadence: Daily, Hour: c.hour, Minute: c.minute, Zone: c.zone}
		due := s.Due(time.Date(c.year, 1, 1, 0, 0, 0, 0, loc).Add(-time.Minute), time.Date(c.year+1, 1, 1, 0, 0, 0, 0, loc).Add(-time.Minute))
		if len(due) != c.fires {
			t.Errorf("%s %02d:%02d: %d fires, want %d", c.zone, c.hour, c.minute, len(due), c.fires)
		}
		days := map[string]bool{}
		for _, fire := range due {
			at := fire.In(loc)
			if at.Hour() != c.hour || at.Minute() != c.minute || days[at.Format(time.DateOnly)] {
				t.Errorf("%s: fires at %s", c.zone, at)
			}
			days[at.Format(time.DateOnly)] = true
		}
	}
}
