package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Subscriber reads one subscriber.
func (s *Store) Subscriber(ctx context.Context, id newsletter.SubscriberID) (newsletter.Subscriber, error) {
	return s.subscribers.get(ctx, s, id.String())
}

// SaveSubscriber saves a subscriber.
func (s *Store) SaveSubscriber(ctx context.Context, v *newsletter.Subscriber) error {
	return s.subscribers.save(ctx, s, v, &v.Rev)
}

// AddSubscribers adds whoever is not there yet, all in one transaction.
func (s *Store) AddSubscribers(ctx context.Context, subscribers []newsletter.Subscriber) (added int, err error) {
	err = s.transact(ctx, "add subscribers", func(tx *sql.Tx) error {
		insert, err := tx.PrepareContext(ctx, s.subscribers.insert)
		if err != nil {
			return err
		}
		defer insert.Close()
		for _, v := range byID(subscribers) {
			args := s.subscribers.at(v)
			args[len(args)-1] = 1
			result, err := insert.ExecContext(ctx, args...)
			if err != nil {
				return err
			}
			n, err := result.RowsAffected()
			if err != nil {
				return err
			}
			added += int(n)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// byID puts subscribers into the order in which they lie in the file: ids are
// random, and inserting in that order touches each page once.
func byID(subscribers []newsletter.Subscriber) []*newsletter.Subscriber {
	sorted := make([]*newsletter.Subscriber, len(subscribers))
	for i := range subscribers {
		sorted[i] = &subscribers[i]
	}
	slices.SortStableFunc(sorted, func(a, b *newsletter.Subscriber) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return sorted
}

// SubscribersAfter reads the next page of a walk.
func (s *Store) SubscribersAfter(ctx context.Context, from, to byte, after newsletter.SubscriberID, limit int) ([]newsletter.Subscriber, error) {
	// Ids are compared as text: the two digits of a bucket sort before every id in
	// it, and the same digits with a letter past f sort behind.
	low := max(after.String(), fmt.Sprintf("%02x", from))
	high := fmt.Sprintf("%02xg", to)
	return s.subscribers.list(ctx, s, "WHERE id > ? AND id < ? ORDER BY id LIMIT ?", low, high, limit)
}

// Audience counts whom a Run of the schedule would mail.
func (s *Store) Audience(ctx context.Context, schedule string, now time.Time) (int, error) {
	var readers int
	err := s.query(ctx, "count the audience", `SELECT count(*) FROM subscriber WHERE status = ? AND confirmed_at <= ?
		AND (schedules = '[]' OR EXISTS (SELECT 1 FROM json_each(schedules) WHERE value = ?))`,
		[]any{newsletter.Active, instant{&now}, schedule},
		func(row *sql.Rows) error { return row.Scan(&readers) })
	return readers, err
}
