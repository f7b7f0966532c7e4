package deliver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Standing is how far a Run has come.
type Standing struct {
	newsletter.Counts
	Waiting   int                  // for another try
	Readers   int                  // that it mails, as counted when it started
	PerSecond float64              // at which it goes now
	Left      time.Duration        // until the last reader, at that speed; 0: unknown
	Refusals  []newsletter.Refusal // why readers have failed
	Lanes     []LaneStanding
}

// LaneStanding is how far one lane has come.
type LaneStanding struct {
	newsletter.Counts
	N         int
	Done      bool
	Waiting   int
	PerSecond float64
}

// Standing adds up the lanes of the Run as they are now, where it has not ended.
func (e *Engine) Standing(ctx context.Context, run *newsletter.Run) (Standing, error) {
	all, now := sums{}, e.Now()
	s := Standing{Readers: run.Readers}
	for n := range run.Lanes {
		lane, err := e.Store.Lane(ctx, run.ID, n)
		if errors.Is(err, newsletter.ErrNotFound) {
			continue // not started yet
		}
		if err != nil {
			return s, err
		}
		all.add(&lane, now)
		s.Lanes = append(s.Lanes, laneStanding(&lane, run, now))
		s.Waiting += s.Lanes[len(s.Lanes)-1].Waiting
	}
	s.Counts, s.Refusals = all.counts, all.Refusals
	if run.Finished() {
		s.Counts = run.Counts
		return s, nil
	}
	if run.Walking() {
		s.PerSecond = all.speed
	}
	if left := s.Readers - s.Reached(); left > 0 && s.PerSecond > 0 {
		s.Left = time.Duration(float64(left) / s.PerSecond * float64(time.Second))
	}
	return s, nil
}

func laneStanding(l *newsletter.Lane, run *newsletter.Run, now time.Time) LaneStanding {
	s := LaneStanding{Counts: l.Counts, N: l.N, Done: l.Done}
	for _, r := range l.Retries {
		s.Waiting += r.Len()
	}
	if run.Walking() && !l.Done {
		s.PerSecond = l.Health.Speed(now)
	}
	return s
}

// Percent is how much of the Run is done, 0 to 100.
func (s *Standing) Percent() int {
	if s.Readers == 0 {
		return 0
	}
	return min(100, 100*s.Reached()/s.Readers)
}

// Words tells it in a sentence: "1,200 of 3,000 readers (40%), 14 a second, about 2
// minutes left".
func (s *Standing) Words() string {
	said := fmt.Sprintf("%d of %s (%d%%)", s.Reached(), readers(s.Readers), s.Percent())
	if s.PerSecond > 0 {
		said += fmt.Sprintf(", %s a second", number(s.PerSecond))
	}
	if s.Left > 0 {
		said += ", about " + roughly(s.Left) + " left"
	}
	if s.Waiting > 0 {
		said += fmt.Sprintf(", %d wait for another try", s.Waiting)
	}
	return said
}
