package deliver

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// gate tells whether a delivery that nobody has reported may be sent again: only
// where at least 99.9% of the messages of that time that were certainly taken have
// been reported.
type gate struct {
	*Engine
	run   *newsletter.Run
	known map[slot]newsletter.Evidence // of the Run
	past  *newsletter.Evidence         // of earlier Runs
}

// slot is a time and how far around it batches count.
type slot struct {
	at     time.Time
	within time.Duration
}

const (
	// around a doubt lie the batches that tell whether reports came through then.
	around = 10 * time.Minute
	// onTheWay is how long a report may take without being missed.
	onTheWay = 5 * time.Minute
	// pastDays are looked at where those batches are too few to tell.
	pastDays = 30 * 24 * time.Hour
	// pastRuns is how many Runs of those days at most.
	pastRuns = 50
)

// open tells whether reports of what was sent at a time come through. Where too few
// messages were sent around then, the rest of the Run and the last 30 days help, and a
// probe that must be reported.
func (g *gate) open(ctx context.Context, at time.Time) (bool, error) {
	near, err := g.evidence(ctx, at, around)
	if err != nil || near.Enough() || near.Known > 0 && !near.Whole() {
		return near.Whole(), err
	}
	evidence, err := g.evidence(ctx, at, pastDays)
	if err != nil {
		return false, err
	}
	past, err := g.pastEvidence(ctx, newsletter.EnoughKnown-evidence.Known)
	if err != nil || !evidence.Plus(past).Whole() {
		return false, err
	}
	return g.probe(ctx, at)
}

// evidence samples the Run around a time, across its lanes.
func (g *gate) evidence(ctx context.Context, at time.Time, within time.Duration) (newsletter.Evidence, error) {
	wanted := slot{at.Truncate(time.Minute), within}
	if known, ok := g.known[wanted]; ok {
		return known, nil
	}
	var sum newsletter.Evidence
	for n := range g.run.Lanes {
		lane, err := g.Store.Lane(ctx, g.run.ID, n)
		if err != nil {
			return sum, err
		}
		s := sample{gate: g, lane: &lane, slot: wanted, wanted: 2 * newsletter.EnoughKnown / g.run.Lanes}
		if err := s.take(ctx); err != nil {
			return sum, err
		}
		sum = sum.Plus(s.found)
	}
	if g.known == nil {
		g.known = map[slot]newsletter.Evidence{}
	}
	g.known[wanted] = sum
	return sum, nil
}

// sample takes Evidence from the batches of a lane that were claimed around a time,
// the nearest first.
type sample struct {
	*gate
	lane *newsletter.Lane
	slot
	wanted int
	found  newsletter.Evidence
}

func (s *sample) take(ctx context.Context) error {
	var fault error
	later := 1 + sort.Search(s.lane.Seq, func(i int) bool { // batches are claimed in order
		batch, err := s.batch(ctx, i+1)
		fault = errors.Join(fault, err)
		return !batch.At.Before(s.at)
	})
	earlier := later - 1
	for up, down := true, true; fault == nil && (up || down) && s.found.Known < s.wanted; {
		if up = up && later <= s.lane.Seq; up {
			up, fault = s.add(ctx, later)
			later++
		}
		if down = down && earlier >= 1; down && fault == nil {
			down, fault = s.add(ctx, earlier)
			earlier--
		}
	}
	return fault
}

// add tells whether the batch was claimed around the time.
func (s *sample) add(ctx context.Context, seq int) (bool, error) {
	batch, err := s.Store.Batch(ctx, s.run.ID, s.lane.N, seq)
	if err != nil {
		return true, ignoreNotFound(err)
	}
	if batch.At.Sub(s.at).Abs() > s.within || s.Now().Sub(batch.At) < onTheWay {
		return false, nil
	}
	reports, err := s.Store.Reports(ctx, batch.Run, batch.Lane, batch.Seq)
	s.found = s.found.Plus(batch.Evidence(reports))
	return true, err
}

// batch is the one of that number, or the next few, where one is in flight.
func (s *sample) batch(ctx context.Context, seq int) (newsletter.Batch, error) {
	for n := seq; n < seq+3; n++ {
		batch, err := s.Store.Batch(ctx, s.run.ID, s.lane.N, n)
		if !errors.Is(err, newsletter.ErrNotFound) {
			return batch, err
		}
	}
	return newsletter.Batch{At: s.at}, nil
}

// pastEvidence reads finished Runs of the last 30 days, the latest first, until so
// many messages are known.
func (g *gate) pastEvidence(ctx context.Context, wanted int) (newsletter.Evidence, error) {
	if g.past != nil {
		return *g.past, nil
	}
	var sum newsletter.Evidence
	runs, err := g.Store.RunsSince(ctx, g.Now().Add(-pastDays), pastRuns)
	if err != nil {
		return sum, err
	}
	for i := range runs {
		for lane := 0; lane < runs[i].Lanes && sum.Known < wanted; lane++ {
			err := g.Store.Batches(ctx, runs[i].ID, lane, func(b newsletter.Batch) error {
				if sum.Known >= wanted || g.Now().Sub(b.At) < onTheWay {
					return errEnough
				}
				reports, err := g.Store.Reports(ctx, b.Run, b.Lane, b.Seq)
				sum = sum.Plus(b.Evidence(reports))
				return err
			})
			if err := ignoreEnough(err); err != nil {
				return sum, err
			}
		}
	}
	g.past = &sum
	return sum, nil
}

// Prober is a Mailer that can send a message to nobody, which its provider reports
// like any other. Run and seq come back with the report.
type Prober interface {
	Probe(ctx context.Context, p *newsletter.Publication, run string, seq int) error
}

const (
	// ProbeRun is the Run that probes are reported under. No Issue has this id.
	ProbeRun = "probe"
	// probeEvery is how often one is sent at most.
	probeEvery = 15 * time.Minute
)

// probe tells whether a probe that was sent after the given time has been reported.
// Where none is on its way, one is sent. A probe is a batch of one, numbered by the
// quarter of an hour and written if absent: so there is one at a time, and package
// feedback needs to know nothing of it.
func (g *gate) probe(ctx context.Context, after time.Time) (bool, error) {
	prober, ok := g.Mailer.(Prober)
	if !ok {
		return false, nil
	}
	slot := int(g.Now().UnixMicro() / probeEvery.Microseconds())
	for seq := slot; seq > slot-2; seq-- {
		reported, err := g.probed(ctx, seq, after)
		if reported || err != nil {
			return reported, err
		}
	}
	batch := newsletter.Batch{Run: ProbeRun, Seq: slot, At: g.Now(), Entries: []newsletter.Entry{{Outcome: newsletter.OutcomeAmbiguous, Reason: "a probe of the reports"}}}
	if err := g.Store.SaveBatch(ctx, &batch); err != nil {
		return false, ignoreConflict(err) // one is on its way
	}
	publication, err := g.Publication(ctx)
	if err == nil {
		err = prober.Probe(ctx, &publication, ProbeRun, slot)
	}
	if err != nil {
		return false, fmt.Errorf("probe whether the mail provider reports: %w", err)
	}
	return false, nil
}

func (g *gate) probed(ctx context.Context, seq int, after time.Time) (bool, error) {
	batch, err := g.Store.Batch(ctx, ProbeRun, 0, seq)
	if err != nil || !batch.At.After(after) {
		return false, ignoreNotFound(err)
	}
	reports, err := g.Store.Reports(ctx, ProbeRun, 0, seq)
	return reports.Seen() != 0, err
}
