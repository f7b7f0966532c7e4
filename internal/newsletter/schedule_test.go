package newsletter

import (
	"errors"
	"slices"
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
