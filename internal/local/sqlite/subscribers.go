package sqlite

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup" // the first error ends both sides

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

// DeleteSubscriber forgets a subscriber.
func (s *Store) DeleteSubscriber(ctx context.Context, v *newsletter.Subscriber) error {
	gone, err := s.exec(ctx, "delete subscriber", "DELETE FROM subscriber WHERE id = ? AND rev = ?", v.ID.String(), v.Rev)
	if err != nil || gone > 0 {
		return err
	}
	_, err = s.Subscriber(ctx, v.ID)
	switch {
	case errors.Is(err, newsletter.ErrNotFound):
		return nil
	case err == nil:
		err = fmt.Errorf("delete subscriber: somebody else has changed it: %w", newsletter.ErrConflict)
	}
	return err
}

// AddSubscribers adds whoever is not there yet, all in one transaction.
func (s *Store) AddSubscribers(ctx context.Context, subscribers []newsletter.Subscriber) (added int, err error) {
	err = s.transact(ctx, "add subscribers", func(tx *sql.Tx) error {
		if err := s.dropIndexFor(ctx, tx, len(subscribers)); err != nil {
			return err
		}
		rest := byID(subscribers)
		for _, size := range []int{rowsAtOnce, 1} {
			n, err := s.addRows(ctx, tx, rest[:len(rest)/size*size], size)
			if err != nil {
				return err
			}
			added += n
			rest = rest[len(rest)/size*size:]
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// rowsAtOnce is how many rows one INSERT adds: to call SQLite costs as much as a row.
const rowsAtOnce = 50

// addRows inserts so many at a time. To put records into SQLite's form takes a third of
// the time, so the next ones are made ready meanwhile.
func (s *Store) addRows(ctx context.Context, tx *sql.Tx, subscribers []*newsletter.Subscriber, size int) (added int, err error) {
	if len(subscribers) == 0 {
		return 0, nil
	}
	insert, err := tx.PrepareContext(ctx, s.subscribers.insertRows(size))
	if err != nil {
		return 0, err
	}
	defer insert.Close()
	ready := make(chan []any, 2)
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error {
		defer close(ready)
		return s.makeReady(ctx, subscribers, size, ready)
	})
	both.Go(func() error {
		for args := range ready {
			result, err := insert.ExecContext(context.WithoutCancel(ctx), args...) // to watch ctx would cost a goroutine each
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
	err = both.Wait()
	return added, err
}

// makeReady puts records into SQLite's form, so many at a time.
func (s *Store) makeReady(ctx context.Context, subscribers []*newsletter.Subscriber, size int, ready chan<- []any) error {
	for rows := range slices.Chunk(subscribers, size) {
		var args []any
		var err error
		for _, v := range rows {
			if args, err = s.subscribers.values(args, v); err != nil {
				return err
			}
			args[len(args)-1] = int64(1)
		}
		select {
		case ready <- args:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Known tells of each id who is on record and what stands against the address.
func (s *Store) Known(ctx context.Context, ids []newsletter.SubscriberID) (map[newsletter.SubscriberID]newsletter.Known, error) {
	known := make(map[newsletter.SubscriberID]newsletter.Known)
	list, err := words{hexIDs(ids)}.Value()
	if err != nil {
		return nil, err
	}
	for _, text := range []string{
		"SELECT id, status, '' FROM subscriber WHERE id IN (SELECT value FROM json_each(?))",
		"SELECT id, '', reason FROM suppression WHERE id IN (SELECT value FROM json_each(?))",
	} {
		var id newsletter.SubscriberID
		var status, reason newsletter.Status
		at := []any{reader{&id}, &status, &reason}
		err := s.query(ctx, "read who is known", text, []any{list}, func(row *sql.Rows) error {
			if err := row.Scan(at...); err != nil {
				return err
			}
			k := known[id]
			known[id] = newsletter.Known{Status: cmp.Or(status, k.Status), Suppressed: cmp.Or(reason, k.Suppressed)}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return known, nil
}

func hexIDs(ids []newsletter.SubscriberID) *[]string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = id.String()
	}
	return &list
}

// byID puts subscribers into the order in which they lie in the file: ids are
// random, and inserting in that order touches each page once.
func byID(subscribers []newsletter.Subscriber) []*newsletter.Subscriber {
	sorted := make([]*newsletter.Subscriber, len(subscribers))
	for i := range subscribers {
		sorted[i] = &subscribers[i]
	}
	order := func(a, b *newsletter.Subscriber) int { return bytes.Compare(a.ID[:], b.ID[:]) }
	if !slices.IsSortedFunc(sorted, order) {
		slices.SortStableFunc(sorted, order)
	}
	return sorted
}

// SubscribersAfter reads the next page of a walk.
func (s *Store) SubscribersAfter(ctx context.Context, from, to byte, after newsletter.SubscriberID, limit int) ([]newsletter.Subscriber, error) {
	return s.after(ctx, &s.subscribers, from, to, after, limit)
}

// RecipientsAfter is SubscribersAfter with fewer columns, which halves its time.
func (s *Store) RecipientsAfter(ctx context.Context, from, to byte, after newsletter.SubscriberID, limit int) ([]newsletter.Subscriber, error) {
	return s.after(ctx, &s.recipients, from, to, after, limit)
}

func (s *Store) after(ctx context.Context, t *table[newsletter.Subscriber], from, to byte, after newsletter.SubscriberID, limit int) ([]newsletter.Subscriber, error) {
	low, high := walkBounds(from, to, after)
	return t.page(ctx, s, min(limit, newsletter.MaxBatch), "WHERE id > ? AND id < ? ORDER BY id LIMIT ?", low, high, limit)
}

// walkBounds are the ends of a walk. Ids are compared as text: the two digits of a
// bucket sort before every id in it, and the same digits with a letter past f sort
// behind.
func walkBounds(from, to byte, after newsletter.SubscriberID) (low, high string) {
	return max(after.String(), fmt.Sprintf("%02x", from)), fmt.Sprintf("%02xg", to)
}

// SubscribersOf reads those of the ids who are on record.
func (s *Store) SubscribersOf(ctx context.Context, ids []newsletter.SubscriberID) (map[newsletter.SubscriberID]newsletter.Subscriber, error) {
	list, err := words{hexIDs(ids)}.Value()
	if err != nil {
		return nil, err
	}
	found, err := s.subscribers.list(ctx, s, "WHERE id IN (SELECT value FROM json_each(?))", list)
	known := make(map[newsletter.SubscriberID]newsletter.Subscriber, len(found))
	for _, sub := range found {
		known[sub.ID] = sub
	}
	return known, err
}

// Audience counts whom a Run of the schedule would mail.
func (s *Store) Audience(ctx context.Context, schedule string, now time.Time) (int, error) {
	var readers int
	err := s.query(ctx, "count the audience", `SELECT count(*) FROM subscriber WHERE status = ?1 AND confirmed_at <= ?2 AND paused_until <= ?2
		AND (schedules = '[]' OR EXISTS (SELECT 1 FROM json_each(schedules) WHERE value = ?3))`,
		[]any{newsletter.Active, instant{&now}, schedule},
		func(row *sql.Rows) error { return row.Scan(&readers) })
	return readers, err
}
