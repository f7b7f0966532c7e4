package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// scheduleBody is a Schedule as the API tells it, and as it is told.
type scheduleBody struct {
	ID          string             `json:"id"`
	Name        string             `json:"name"`
	Cadence     newsletter.Cadence `json:"cadence"`
	Weekday     time.Weekday       `json:"weekday"` // 0: Sunday
	Day         int                `json:"day"`
	Nth         int                `json:"nth"`
	Time        string             `json:"time"` // 07:00
	Zone        string             `json:"zone"`
	Review      bool               `json:"review"`
	Paused      bool               `json:"paused"`
	MinArticles int                `json:"minArticles"`
	MaxArticles int                `json:"maxArticles"`
	LeadHours   int                `json:"leadHours"`
	Skip        []string           `json:"skip"` // dates
	Words       string             `json:"words"`
	NextAt      time.Time          `json:"nextAt,omitzero"`
	Missed      *missedBody        `json:"missed,omitempty"`
	Links       map[string]string  `json:"links"`
}

// missedBody is a time of a schedule of which nothing came.
type missedBody struct {
	At  time.Time `json:"at"`
	Why string    `json:"why"`
}

func (s *Site) scheduleBody(x *newsletter.Schedule) scheduleBody {
	b := scheduleBody{ID: x.ID, Name: x.Name, Cadence: x.Cadence, Weekday: x.Weekday, Day: x.Day, Nth: x.Nth, Time: fmt.Sprintf("%02d:%02d", x.Hour, x.Minute), Zone: x.Zone, Review: x.Review, Paused: x.Paused,
		MinArticles: x.MinArticles, MaxArticles: x.MaxArticles, LeadHours: int(x.Lead.Hours()), Skip: all(strings.Fields(x.Skip)), Words: x.Words(), Links: map[string]string{"self": "/api/schedules/" + x.ID}}
	if next, ok := x.Next(s.Composer.Now()); ok {
		b.NextAt = next.UTC()
	}
	if x.Missed != "" {
		b.Missed = &missedBody{x.LastFire, x.Missed}
	}
	return b
}

func (s *Site) scheduleReply(x *newsletter.Schedule, err error) (reply, error) {
	return reply{status: http.StatusOK, etag: etag(x.Rev), body: s.scheduleBody(x)}, err
}

func (s *Site) listSchedules(r *call) (reply, error) {
	found, err := s.Store.Schedules(r.Context())
	list := make([]scheduleBody, len(found))
	for i := range found {
		list[i] = s.scheduleBody(&found[i])
	}
	return reply{status: http.StatusOK, body: map[string]any{"schedules": list}}, err
}

func (s *Site) oneSchedule(r *call) (reply, error) {
	x, err := s.Store.Schedule(r.Context(), r.PathValue("id"))
	return s.scheduleReply(&x, err)
}

// putSchedule sets the whole of a schedule. One that is there wants its version in
// If-Match; without one a new schedule is made: 201.
func (s *Site) putSchedule(r *call) (reply, error) {
	var rev int64
	if r.Header.Get("If-Match") != "" {
		var err error
		if rev, err = version(r); err != nil {
			return reply{}, err
		}
	} else if _, err := s.Store.Schedule(r.Context(), r.PathValue("id")); err == nil {
		return reply{}, errVersion
	} else if !errors.Is(err, newsletter.ErrNotFound) {
		return reply{}, err
	}
	var body scheduleBody
	if err := readJSON(r.Request, &body); err != nil {
		return reply{}, err
	}
	wanted, err := body.schedule()
	if err != nil {
		return reply{}, err
	}
	wanted.ID, wanted.Rev = r.PathValue("id"), rev
	saved, err := s.Office.SaveSchedule(r.Context(), r.by, wanted)
	answer, err := s.scheduleReply(&saved, changing(err))
	if rev == 0 {
		answer.status, answer.location = http.StatusCreated, "/api/schedules/"+saved.ID
	}
	return answer, err
}

func (b *scheduleBody) schedule() (newsletter.Schedule, error) {
	s := newsletter.Schedule{Name: newsletter.Shorten(newsletter.Line(b.Name), 80), Cadence: b.Cadence, Weekday: b.Weekday, Day: b.Day, Nth: b.Nth, Zone: strings.TrimSpace(b.Zone), Review: b.Review,
		Paused: b.Paused, MinArticles: b.MinArticles, MaxArticles: b.MaxArticles, Lead: time.Duration(b.LeadHours) * time.Hour, Skip: strings.Join(b.Skip, " ")}
	clock, err := time.Parse("15:04", b.Time)
	if err != nil {
		return s, fmt.Errorf("%w: %w", errChange, err)
	}
	s.Hour, s.Minute = clock.Hour(), clock.Minute()
	return s, nil
}
