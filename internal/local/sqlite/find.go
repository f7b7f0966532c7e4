package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// The indexes of addresses and languages are made by the first search for one, and left
// out while a large list is imported: to keep them up to date row by row would take longer
// than the import itself, and to make them anew takes seconds for a million.
const (
	makeAddressIndex  = "CREATE INDEX IF NOT EXISTS subscriber_address ON subscriber (lower(address))"
	makeLanguageIndex = "CREATE INDEX IF NOT EXISTS subscriber_language ON subscriber (language, id)"
	dropIndexes       = "DROP INDEX IF EXISTS subscriber_address; DROP INDEX IF EXISTS subscriber_language"
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
	if q.Language != "" {
		if err := s.index(ctx, "subscriber_language", makeLanguageIndex); err != nil {
			return nil, "", err
		}
	}
	where, args := conditions(&q)
	if q.Address == "" {
		by := "id"
		if walksTag(&q) {
			by = "subscriber"
		}
		where, args = append(where, by+" > ?"), append(args, q.After)
		return s.foundPage(ctx, &q, where, append(args, q.Limit), by)
	}
	if err := s.index(ctx, "subscriber_address", makeAddressIndex); err != nil {
		return nil, "", err
	}
	prefix := strings.ToLower(q.Address)
	where, args = append(where, "lower(address) >= ?", "lower(address) < ?"), append(args, prefix, prefix+"\U0010FFFF")
	if q.After != "" {
		where, args = append(where, "lower(address) > ?"), append(args, q.After)
	}
	return s.foundPage(ctx, &q, where, append(args, q.Limit), "lower(address)")
}

// conditions are those beside the address.
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
	if walksTag(q) {
		add(q.Tag, "tag = ?")
	} else {
		add(q.Tag, "EXISTS (SELECT 1 FROM tagged WHERE tag = ? AND subscriber = id)")
	}
	add(q.Schedule, "(schedules = '[]' OR EXISTS (SELECT 1 FROM json_each(schedules) WHERE value = ?))")
	return where, args
}

// walksTag tells whether those who have the tag are gone through: they are the fewest, as
// far as the search says.
func walksTag(q *newsletter.Search) bool {
	return q.Tag != "" && q.Address == "" && (q.Status == "" || q.Status == newsletter.Active)
}

func (s *Store) foundPage(ctx context.Context, q *newsletter.Search, where []string, args []any, order string) ([]newsletter.Subscriber, string, error) {
	from := ""
	if walksTag(q) {
		from = "JOIN tagged ON subscriber = id "
	}
	page, err := s.subscribers.list(ctx, s, from+"WHERE "+strings.Join(where, " AND ")+" ORDER BY "+order+" LIMIT ?", args...)
	if err != nil || len(page) < q.Limit {
		return page, "", err
	}
	last := page[len(page)-1]
	if q.Address == "" {
		return page, last.ID.String(), nil
	}
	return page, last.Address.Normal(), nil
}

// index makes an index if it is not there.
func (s *Store) index(ctx context.Context, name, make string) error {
	there := 0
	err := s.query(ctx, "look for an index", "SELECT count(*) FROM sqlite_schema WHERE name = ?", []any{name},
		func(row *sql.Rows) error { return row.Scan(&there) })
	if err != nil || there > 0 {
		return err
	}
	if _, err := s.write.ExecContext(ctx, make); err != nil {
		return s.explain("make an index", err)
	}
	return nil
}

// dropIndexFor drops those indexes where this call goes on with a large import.
func (s *Store) dropIndexFor(ctx context.Context, tx *sql.Tx, rows int) error {
	if rows < manyRows || s.imports.Add(1) != largeImport {
		return nil
	}
	if _, err := tx.ExecContext(ctx, dropIndexes); err != nil {
		return fmt.Errorf("drop the indexes: %w", err)
	}
	return nil
}
