package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// reportFields are in the order of selectReports. SQLite's integers have a sign, and a
// batch has no more than 50 entries.
func reportFields(r *newsletter.Reports) []any {
	return []any{&r.Accepted, &r.Refused, &r.Bounced, &r.Complained, &r.Delivered}
}

const selectReports = "SELECT accepted, refused, bounced, complained, delivered FROM report WHERE run = ? AND lane = ? AND seq = ?"

// AddReports adds bits to those of a batch.
func (s *Store) AddReports(ctx context.Context, r newsletter.Reports) (newsletter.Reports, error) {
	fresh := newsletter.Reports{Run: r.Run, Lane: r.Lane, Seq: r.Seq}
	err := s.transact(ctx, "note reports", func(tx *sql.Tx) error {
		known := fresh
		err := tx.QueryRowContext(ctx, selectReports, r.Run, r.Lane, r.Seq).Scan(reportFields(&known)...)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		fresh = r.Without(known)
		if fresh.Seen() == 0 {
			return nil
		}
		all := known.Plus(r)
		if _, err := tx.ExecContext(ctx, "REPLACE INTO report (run, lane, seq, accepted, refused, bounced, complained, delivered) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			all.Run, all.Lane, all.Seq, all.Accepted, all.Refused, all.Bounced, all.Complained, all.Delivered); err != nil {
			return err
		}
		return countReturned(ctx, tx, fresh)
	})
	return fresh, err
}

func countReturned(ctx context.Context, tx *sql.Tx, fresh newsletter.Reports) error {
	bounced, complained := fresh.Returned()
	if bounced+complained == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO returned (run, bounced, complained) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET bounced = bounced + excluded.bounced, complained = complained + excluded.complained`, fresh.Run, bounced, complained)
	return err
}

// Reports reads those of one batch.
func (s *Store) Reports(ctx context.Context, run string, lane, seq int) (newsletter.Reports, error) {
	r := newsletter.Reports{Run: run, Lane: lane, Seq: seq}
	err := s.query(ctx, "read reports", selectReports, []any{run, lane, seq}, func(rows *sql.Rows) error {
		return rows.Scan(reportFields(&r)...)
	})
	return r, err
}

// LaneReports goes through those of a lane. No query is open while yield runs.
func (s *Store) LaneReports(ctx context.Context, run string, lane int, yield func(newsletter.Reports) error) error {
	for after, more := -1, true; more; {
		var page []newsletter.Reports
		err := s.query(ctx, "read reports", "SELECT seq, accepted, refused, bounced, complained, delivered FROM report WHERE run = ? AND lane = ? AND seq > ? ORDER BY seq LIMIT ?",
			[]any{run, lane, after, batchPage}, func(rows *sql.Rows) error {
				r := newsletter.Reports{Run: run, Lane: lane}
				err := rows.Scan(append([]any{&r.Seq}, reportFields(&r)...)...)
				page = append(page, r)
				return err
			})
		if err != nil {
			return err
		}
		for _, r := range page {
			if err := yield(r); err != nil {
				return err
			}
			after = r.Seq
		}
		more = len(page) == batchPage
	}
	return nil
}

// Returned reads the counts of a run.
func (s *Store) Returned(ctx context.Context, run string) (bounced, complained int, err error) {
	err = s.query(ctx, "count bounces", "SELECT bounced, complained FROM returned WHERE run = ?", []any{run}, func(rows *sql.Rows) error {
		return rows.Scan(&bounced, &complained)
	})
	return bounced, complained, err
}
