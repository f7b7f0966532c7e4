package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// The index of addresses is made by the first search and left out while a large list
// is imported: to keep it up to date row by row would take longer than the import
// itself, and to make it anew takes seconds for a million.
const (
	makeAddressIndex = "CREATE INDEX IF NOT EXISTS subscriber_address ON subscriber (lower(address))"
	dropAddressIndex = "DROP INDEX IF EXISTS subscriber_address"
)

// largeImport is from which call of AddSubscribers with manyRows on the index is
// dropped.
const (
	manyRows    = 1000
	largeImport = 4
)

// FindSubscribers reads a page of a search.
func (s *Store) FindSubscribers(ctx context.Context, q newsletter.Search) ([]newsletter.Subscriber, string, error) {
	if err := q.Check(); err != nil {
		return nil, "", err
	}
	where, args := conditions(&q)
	if q.Address == "" {
		where, args = append(where, "id > ?"), append(args, q.After)
		return s.foundPage(ctx, &q, where, append(args, q.Limit), "id")
	}
	if err := s.indexAddresses(ctx); err != nil {
		return nil, "", err
	}
	prefix := strings.ToLower(q.Address)
	where, args = append(where, "lower(address) >= ?", "lower(address) < ?"), append(args, prefix, prefix+"\U0010FFFF")
	if q.After != "" {
		where, args = append(where, "lower(address) > ?"), append(args, q.After)
	}
	return s.foundPage(ctx, &q, where, append(args, q.Limit), "lower(address)")
}

// conditions are those that need no index.
func conditions(q *newsletter.Search) (where []string, args []any) {
	add := func(value, condition string) {
		if value != "" {
			where, args = append(where, condition), append(args, value)
		}
	}
	if q.Status == newsletter.Active {
		add(string(q.Status), "status = ?")
	} else {
		add(string(q.Status), "status = ? AND status <> 'active'") // so that SQLite sees that the index of the few fits
	}
	add(q.Language, "language = ?")
	add(q.Tag, "tags <> '[]' AND EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)")
	add(q.Schedule, "(schedules = '[]' OR EXISTS (SELECT 1 FROM json_each(schedules) WHERE value = ?))")
	return where, args
}

func (s *Store) foundPage(ctx context.Context, q *newsletter.Search, where []string, args []any, order string) ([]newsletter.Subscriber, string, error) {
	page, err := s.subscribers.list(ctx, s, "WHERE "+strings.Join(where, " AND ")+" ORDER BY "+order+" LIMIT ?", args...)
	if err != nil || len(page) < q.Limit {
		return page, "", err
	}
	last := page[len(page)-1]
	if order == "id" {
		return page, last.ID.String(), nil
	}
	return page, last.Address.Normal(), nil
}

// indexAddresses makes the index if it is not there.
func (s *Store) indexAddresses(ctx context.Context) error {
	there := 0
	err := s.query(ctx, "look for an index", "SELECT count(*) FROM sqlite_schema WHERE name = 'subscriber_address'", nil,
		func(row *sql.Rows) error { return row.Scan(&there) })
	if err != nil || there > 0 {
		return err
	}
	if _, err := s.write.ExecContext(ctx, makeAddressIndex); err != nil {
		return s.explain("index addresses", err)
	}
	return nil
}

// dropIndexFor drops the index of addresses where this call goes on with a large
// import.
func (s *Store) dropIndexFor(ctx context.Context, tx *sql.Tx, rows int) error {
	if rows < manyRows || s.imports.Add(1) != largeImport {
		return nil
	}
	if _, err := tx.ExecContext(ctx, dropAddressIndex); err != nil {
		return fmt.Errorf("drop the index of addresses: %w", err)
	}
	return nil
}
