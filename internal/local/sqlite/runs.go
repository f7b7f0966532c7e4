package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Run reads one run. Every worker asks before every batch whether its run still
// goes on, and mostly nothing has changed: then its rev is all that is read.
func (s *Store) Run(ctx context.Context, id string) (newsletter.Run, error) {
	known, _ := s.latest.Load().(newsletter.Run)
	if known.ID != id {
		return s.readRun(ctx, id)
	}
	var rev int64
	err := s.query(ctx, "read run", "SELECT rev FROM run WHERE id = ?", []any{id}, func(row *sql.Rows) error { return row.Scan(&rev) })
	if err != nil || rev == known.Rev {
		return known, err
	}
	return s.readRun(ctx, id)
}

func (s *Store) readRun(ctx context.Context, id string) (newsletter.Run, error) {
	run, err := s.runs.get(ctx, s, id)
	if err == nil {
		s.latest.Store(run)
	}
	return run, err
}

// SaveRun saves a run.
func (s *Store) SaveRun(ctx context.Context, r *newsletter.Run) error {
	return s.runs.save(ctx, s, r, &r.Rev)
}

// OpenRuns lists the runs that are not finished, by id.
func (s *Store) OpenRuns(ctx context.Context) ([]newsletter.Run, error) {
	return s.runs.list(ctx, s, "WHERE state NOT IN ('sent', 'cancelled') ORDER BY id")
}

// Runs lists the newest runs by StartedAt first, limit at most. It is no part of
// the contract of stores: only the command line asks.
func (s *Store) Runs(ctx context.Context, limit int) ([]newsletter.Run, error) {
	return s.runs.list(ctx, s, "ORDER BY started_at DESC, id DESC LIMIT ?", limit)
}

// RunsSince lists the runs that finished last.
func (s *Store) RunsSince(ctx context.Context, since time.Time, limit int) ([]newsletter.Run, error) {
	return s.runs.list(ctx, s, "WHERE state IN ('sent', 'cancelled') AND finished_at >= ? ORDER BY finished_at DESC, id DESC LIMIT ?", instant{&since}, limit)
}

// Lane reads one lane of a run.
func (s *Store) Lane(ctx context.Context, run string, n int) (newsletter.Lane, error) {
	return s.lanes.get(ctx, s, run, n)
}

// SaveLane saves a lane.
func (s *Store) SaveLane(ctx context.Context, l *newsletter.Lane) error {
	return s.lanes.save(ctx, s, l, &l.Rev)
}

// Batch reads one batch of a lane.
func (s *Store) Batch(ctx context.Context, run string, lane, seq int) (newsletter.Batch, error) {
	return s.batches.get(ctx, s, run, lane, seq)
}

// SaveBatch saves a batch.
func (s *Store) SaveBatch(ctx context.Context, b *newsletter.Batch) error {
	return s.batches.save(ctx, s, b, &b.Rev)
}

// batchPage is how many batches are read at once. No query is open while yield
// runs, so that yield may use the store.
const batchPage = 100

// Batches goes through the batches of a lane.
func (s *Store) Batches(ctx context.Context, run string, lane int, yield func(newsletter.Batch) error) error {
	for after, more := -1, true; more; {
		page, err := s.batches.list(ctx, s, "WHERE run = ? AND lane = ? AND seq > ? ORDER BY seq LIMIT ?", run, lane, after, batchPage)
		if err != nil {
			return err
		}
		for _, b := range page {
			if err := yield(b); err != nil {
				return err
			}
			after = b.Seq
		}
		more = len(page) == batchPage
	}
	return nil
}

// DoubtfulBatches goes through the batches of a run that have an ambiguous entry.
func (s *Store) DoubtfulBatches(ctx context.Context, run string, yield func(newsletter.Batch) error) error {
	for lane, seq, more := -1, 0, true; more; {
		page, err := s.batches.list(ctx, s, "WHERE doubtful AND run = ? AND (lane, seq) > (?, ?) ORDER BY lane, seq LIMIT ?", run, lane, seq, batchPage)
		if err != nil {
			return err
		}
		for _, b := range page {
			if err := yield(b); err != nil {
				return err
			}
			lane, seq = b.Lane, b.Seq
		}
		more = len(page) == batchPage
	}
	return nil
}
