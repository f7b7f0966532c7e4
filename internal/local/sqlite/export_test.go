package sqlite

import (
	"context"
	"database/sql"
	"strings"
)

// Raw runs SQL that the package itself never would.
func (s *Store) Raw(ctx context.Context, text string) error {
	_, err := s.write.ExecContext(ctx, text)
	return err
}

// Plans tells how SQLite goes about each query that the store has run so far
// (https://sqlite.org/eqp.html).
func (s *Store) Plans(ctx context.Context) (map[string]string, error) {
	plans := map[string]string{}
	for text := range s.read.prepared {
		rows, err := s.read.QueryContext(ctx, "EXPLAIN QUERY PLAN "+text, make([]any, strings.Count(text, "?"))...)
		if err != nil {
			return nil, err
		}
		if plans[text], err = details(rows); err != nil {
			return nil, err
		}
	}
	return plans, nil
}

func details(rows *sql.Rows) (string, error) {
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return "", err
		}
		lines = append(lines, detail)
	}
	return strings.Join(lines, "\n"), rows.Err()
}
