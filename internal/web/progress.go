package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/feedback"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// run tells how far a Run has come.
func (s *Site) run(r *call) (reply, error) {
	run, err := s.Store.Run(r.Context(), r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	body, err := s.progress(r.Context(), &run)
	if err != nil {
		return reply{}, err
	}
	came, err := feedback.ResponseTo(r.Context(), s.Store, &run)
	body.Response = &runResponse{came.Delivered, came.Bounced, came.Complained, came.Unsubscribed, came.Clicks}
	return reply{status: http.StatusOK, body: body}, err
}

// runProgress is a Run as the API tells it.
type runProgress struct {
	Run         string              `json:"run"`
	Issue       string              `json:"issue"`
	Schedule    string              `json:"schedule"`
	State       newsletter.RunState `json:"state"`
	Reason      string              `json:"reason,omitempty"`
	Started     time.Time           `json:"started"`
	Finished    *time.Time          `json:"finished,omitempty"`
	Readers     int                 `json:"readers"`               // that it mails, as counted when it started
	Counts      map[string]int      `json:"counts"`                // of deliveries, by outcome
	Waiting     int                 `json:"waiting"`               // for another try
	PerSecond   float64             `json:"perSecond"`             // readers, now
	SecondsLeft int                 `json:"secondsLeft,omitempty"` // at that speed
	Refusals    []refusal           `json:"refusals"`              // why readers have failed
	Lanes       []laneProgress      `json:"lanes"`
	Response    *runResponse        `json:"response,omitempty"` // not with every event: it costs too much to ask
	Links       map[string]string   `json:"links"`
}

// runResponse is a newsletter.Response as the API tells it.
type runResponse struct {
	Delivered    int `json:"delivered"`
	Bounced      int `json:"bounced"`
	Complained   int `json:"complained"`
	Unsubscribed int `json:"unsubscribed"`
	Clicks       int `json:"clicks"`
}

type refusal struct {
	Reason  string `json:"reason"`
	Readers int    `json:"readers"`
}

// laneProgress is one lane as the API tells it.
type laneProgress struct {
	Lane      int            `json:"lane"`
	Done      bool           `json:"done"`
	Counts    map[string]int `json:"counts"`
	Waiting   int            `json:"waiting"`
	PerSecond float64        `json:"perSecond"`
}

func (s *Site) progress(ctx context.Context, run *newsletter.Run) (runProgress, error) {
	at, err := s.Runs.Standing(ctx, run)
	if err != nil {
		return runProgress{}, err
	}
	p := runProgress{Run: run.ID, Issue: run.Issue, Schedule: run.Schedule, State: run.State, Reason: run.Reason, Started: run.StartedAt,
		Readers: at.Readers, Counts: byOutcome(at.Counts), Waiting: at.Waiting, PerSecond: at.PerSecond, SecondsLeft: int(at.Left.Seconds()),
		Refusals: []refusal{}, Lanes: []laneProgress{},
		Links: map[string]string{"self": "/api/runs/" + run.ID, "issue": newsletter.IssuePath + run.Issue,
			"deliveries": "/api/runs/" + run.ID + "/deliveries", "events": "/api/runs/" + run.ID + "/events"}}
	if run.Finished() {
		p.Finished = &run.FinishedAt
	}
	for _, r := range at.Refusals {
		p.Refusals = append(p.Refusals, refusal(r))
	}
	for _, l := range at.Lanes {
		p.Lanes = append(p.Lanes, laneProgress{l.N, l.Done, byOutcome(l.Counts), l.Waiting, l.PerSecond})
	}
	return p, nil
}

func byOutcome(c newsletter.Counts) map[string]int {
	return map[string]int{"sent": c.Sent, "failed": c.Failed, "skipped": c.Skipped, "unknown": c.Unknown, "ambiguous": c.Ambiguous}
}

const (
	eventPause = time.Second
	// reconnect is when a browser asks again where the answer has ended
	// (https://html.spec.whatwg.org/multipage/server-sent-events.html).
	reconnect = 2 * time.Second
)

// events tells how far a Run has come as server-sent events, one a second until it
// ends. Where answers cannot stream (see Site.Live) there is one, and the browser
// asks again.
func (s *Site) events(w http.ResponseWriter, r *http.Request) {
	if _, err := s.authorize(r, newsletter.RoleRead); err != nil {
		s.problem(w, r, err)
		return
	}
	for first := true; ; first = false {
		run, err := s.Store.Run(r.Context(), r.PathValue("id"))
		var now runProgress
		if err == nil {
			now, err = s.progress(r.Context(), &run)
		}
		if err != nil {
			if first {
				s.problem(w, r, err)
			}
			return // the browser asks again
		}
		if first {
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprintf(w, "retry: %d\n", reconnect.Milliseconds())
		}
		if !writeEvent(w, now) || !s.Live || run.Finished() || s.Sleep(r.Context(), eventPause) != nil {
			return
		}
	}
}

// writeEvent tells whether somebody still listens.
func writeEvent(w http.ResponseWriter, p runProgress) bool {
	body, err := json.Marshal(p)
	if err != nil {
		return false
	}
	if _, err := fmt.Fprintf(w, "event: progress\ndata: %s\n\n", body); err != nil {
		return false
	}
	flusher := http.NewResponseController(w)
	_ = flusher.SetWriteDeadline(time.Now().Add(time.Minute)) // of the connection alone: the answer as a whole may last for hours
	_ = flusher.Flush()                                       // where that is not possible, it comes with the end
	return true
}

// forecast tells what a Run of ?schedule= would be like that started now.
func (s *Site) forecast(r *call) (reply, error) {
	schedule := r.URL.Query().Get("schedule")
	if schedule == "" {
		schedule = s.Schedule
	}
	f, err := s.Runs.Forecast(r.Context(), schedule)
	return reply{status: http.StatusOK, body: forecastBody{schedule, f.Readers, f.PerSecond, int(f.Takes.Seconds()), f.PerDay, f.Left, f.Days, f.Fits(),
		f.Cost, deliver.Words(f)}}, err
}

// forecastBody is a Forecast as the API tells it.
type forecastBody struct {
	Schedule    string  `json:"schedule"`
	Readers     int     `json:"readers"`
	PerSecond   float64 `json:"perSecond"`   // 0: as fast as the mail system takes them
	SecondsLong int     `json:"secondsLong"` // 0: unknown
	PerDay      int     `json:"perDay"`      // quota of 24 hours; 0: none
	Left        int     `json:"left"`        // of it now
	Days        int     `json:"days"`        // 24-hour windows that it takes
	Fits        bool    `json:"fits"`        // else the Run waits for a resume, and then takes days
	Dollars     float64 `json:"dollars"`     // at the provider
	Words       string  `json:"words"`
}
