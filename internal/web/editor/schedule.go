package editor

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// schedulesPage lists the schedules.
type schedulesPage struct {
	Schedules []scheduleLine
	MayEdit   bool
}

type scheduleLine struct {
	ID, Name, Words, Next string
	Review, Paused        bool
}

func (p *Pages) schedules(v *visit) (page, error) {
	zone, err := p.zone(v)
	if err != nil {
		return page{}, err
	}
	all, err := p.Store.Schedules(v.Context())
	body := schedulesPage{MayEdit: v.person.May(newsletter.RoleEditor) == nil}
	for i := range all {
		s := &all[i]
		line := scheduleLine{ID: s.ID, Name: cmp.Or(s.Name, s.ID), Words: s.Words(), Review: s.Review, Paused: s.Paused}
		if next, ok := s.Next(p.Now()); ok {
			line.Next = moment(next, zone)
		}
		body.Schedules = append(body.Schedules, line)
	}
	return page{name: "schedules", title: "Schedules", body: body}, err
}

// schedulePage is one schedule, as a form.
type schedulePage struct {
	newsletter.Schedule
	Sentence string
	New      bool
	Clock    string
	LeadH    int // hours
	Fires    []string
	Weekdays []time.Weekday
	Nths     map[int]string
	MayEdit  bool
}

// newID is where the form for a new schedule is.
const newID = "new"

func (p *Pages) schedule(v *visit) (page, error) {
	publication, err := p.Publication(v.Context())
	if err != nil {
		return page{}, err
	}
	s := newsletter.Schedule{Cadence: newsletter.Monthly, Nth: 1, Weekday: time.Monday, Hour: 7, Zone: cmp.Or(publication.Zone, "UTC"), Review: true}
	fresh := v.PathValue("id") == newID
	if !fresh {
		if s, err = p.Store.Schedule(v.Context(), v.PathValue("id")); err != nil {
			return page{}, err
		}
	}
	body := schedulePage{Schedule: s, Sentence: s.Words(), New: fresh, Clock: fmt.Sprintf("%02d:%02d", s.Hour, s.Minute), LeadH: int(s.Lead.Hours()), MayEdit: v.person.May(newsletter.RoleEditor) == nil,
		Weekdays: []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday},
		Nths:     map[int]string{1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}}
	due := s.Due(p.Now(), p.Now().AddDate(0, 5, 0))
	for _, fire := range due[:min(len(due), 5)] {
		body.Fires = append(body.Fires, moment(fire, fire.Location()))
	}
	title := "A new schedule"
	if !fresh {
		title = cmp.Or(s.Name, s.ID)
	}
	return page{name: "schedule", title: title, body: body}, nil
}

func (p *Pages) saveSchedule(v *visit) (string, error) {
	rev, err := form(v)
	if err != nil {
		return "", err
	}
	wanted, err := scheduleOf(v)
	if err != nil {
		return "", err
	}
	if wanted.ID, wanted.Rev = v.PathValue("id"), rev; wanted.ID == newID {
		wanted.ID, wanted.Rev = strings.TrimSpace(v.PostFormValue("id")), 0
	}
	_, err = p.Desk.SaveSchedule(v.Context(), v.person, wanted)
	if errors.Is(err, newsletter.ErrInvalid) {
		err = fmt.Errorf("%w: %w", errSchedule, err)
	}
	return "/desk/schedules/" + wanted.ID + "?done=saved", err
}

// scheduleOf reads the form.
func scheduleOf(v *visit) (newsletter.Schedule, error) {
	number := func(name string) int { n, _ := strconv.Atoi(v.PostFormValue(name)); return n }
	s := newsletter.Schedule{Name: newsletter.Shorten(newsletter.Line(v.PostFormValue("name")), 80), Zone: strings.TrimSpace(v.PostFormValue("zone")),
		Weekday: time.Weekday(number("weekday")), Review: v.PostFormValue("review") != "", Paused: v.PostFormValue("paused") != "",
		MinArticles: number("min"), MaxArticles: number("max"), Lead: time.Duration(number("lead")) * time.Hour, Skip: strings.Join(strings.Fields(v.PostFormValue("skip")), " ")}
	clock, err := time.Parse("15:04", v.PostFormValue("clock"))
	if err != nil {
		return s, fmt.Errorf("%w: %w", errSchedule, err)
	}
	s.Hour, s.Minute = clock.Hour(), clock.Minute()
	switch v.PostFormValue("cadence") {
	case "daily":
		s.Cadence = newsletter.Daily
	case "weekly":
		s.Cadence = newsletter.Weekly
	case "monthly":
		s.Cadence, s.Day = newsletter.Monthly, number("day")
	case "nth":
		s.Cadence, s.Nth = newsletter.Monthly, number("nth")
	}
	return s, nil
}

var errSchedule = errors.New("editor: no such schedule can be")
