package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// mistaken is how far ahead the next free instant of a pace can lie before it is
// put down to a clock that was wrong.
const mistaken = 10 * time.Minute

// Reserve hands out the next slot of a pace.
func (s *Store) Reserve(ctx context.Context, pace string, cost time.Duration, now time.Time, far time.Duration) (time.Time, error) {
	var slot time.Time
	err := s.transact(ctx, "reserve", func(tx *sql.Tx) error {
		next := now.UnixMicro()
		err := tx.QueryRowContext(ctx, "SELECT max(tat, ?) FROM pace WHERE pace = ? AND tat <= ?", next, pace, now.Add(mistaken).UnixMicro()).Scan(&next)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if next > now.Add(far).UnixMicro() {
			return fmt.Errorf("pace %s: the next slot is more than %v ahead: %w", pace, far, newsletter.ErrThrottled)
		}
		slot = time.UnixMicro(next).UTC()
		_, err = tx.ExecContext(ctx, "REPLACE INTO pace (pace, tat) VALUES (?, ?)", pace, slot.Add(cost).UnixMicro())
		return err
	})
	return slot, err
}

// forgetful is how long after its end a window is kept, for clocks that differ, and
// forgetEvery after how many events those before it are deleted.
const (
	forgetful   = 30 * 24 * time.Hour
	forgetEvery = 1000
)

// Allow counts an event, up to the limit: one that is over it is not counted.
func (s *Store) Allow(ctx context.Context, kind, key string, limit int, window time.Duration, now time.Time) (bool, error) {
	if s.allowed.Add(1)%forgetEvery == 1 {
		if _, err := s.exec(ctx, "forget old limits", "DELETE FROM allowance WHERE ends < ?", now.Add(-forgetful).UnixMicro()); err != nil {
			return false, err
		}
	}
	if limit <= 0 {
		return false, nil
	}
	starts := now.UnixMicro() - now.UnixMicro()%window.Microseconds()
	counted, err := s.exec(ctx, "count against a limit", `INSERT INTO allowance (kind, subject, starts, ends, events) VALUES (?1, ?2, ?3, ?4, 1)
		ON CONFLICT DO UPDATE SET events = events + 1 WHERE events < ?5`, kind, key, starts, starts+window.Microseconds(), limit)
	return counted > 0 && err == nil, err
}
