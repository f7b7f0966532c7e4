package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// field ties a column to where its value is in a record. Anything that
// database/sql can both pass as an argument and scan into will do.
type field struct {
	column string
	at     any
}

// table reads and writes one kind of record. Each field is named in one place
// only, the function fields, in order: the key's first, rev last (mail has none).
type table[T any] struct {
	name   string
	fields func(*T) []field

	byKey, selectAll, insert, update string
}

func newTable[T any](name string, keys int, fields func(*T) []field) table[T] {
	var columns, marks, key, set []string
	for i, f := range fields(new(T)) {
		columns = append(columns, f.column)
		marks = append(marks, fmt.Sprintf("?%d", i+1))
		if i < keys {
			key = append(key, fmt.Sprintf("%s = ?%d", f.column, i+1))
		} else if f.column != "rev" {
			set = append(set, fmt.Sprintf("%s = ?%d", f.column, i+1))
		}
	}
	all := "SELECT " + strings.Join(columns, ", ") + " FROM " + name
	where := " WHERE " + strings.Join(key, " AND ")
	return table[T]{
		name: name, fields: fields, selectAll: all, byKey: all + where,
		insert: "INSERT INTO " + name + " (" + strings.Join(columns, ", ") + ") VALUES (" + strings.Join(marks, ", ") + ") ON CONFLICT DO NOTHING",
		update: "UPDATE " + name + " SET rev = rev + 1, " + strings.Join(set, ", ") + where + " AND rev = " + marks[len(marks)-1],
	}
}

// insertRows adds so many records with one statement, those apart whose key is there.
func (t *table[T]) insertRows(n int) string {
	columns := len(t.fields(new(T)))
	row := "(?" + strings.Repeat(", ?", columns-1) + ")"
	begin, _, _ := strings.Cut(t.insert, " VALUES ")
	return begin + " VALUES " + row + strings.Repeat(", "+row, n-1) + " ON CONFLICT DO NOTHING"
}

// at lists where the fields of a record are.
func (t *table[T]) at(v *T) []any {
	fields := t.fields(v)
	at := make([]any, len(fields))
	for i, f := range fields {
		at[i] = f.at
	}
	return at
}

// values are the fields of a record as SQLite takes them. database/sql would come to
// the same by reflection.
func (t *table[T]) values(dst []any, v *T) ([]any, error) {
	for _, f := range t.fields(v) {
		value, err := valueOf(f.at)
		if err != nil {
			return dst, fmt.Errorf("%s.%s: %w", t.name, f.column, err)
		}
		dst = append(dst, value)
	}
	return dst, nil
}

func valueOf(at any) (any, error) {
	switch at := at.(type) {
	case *string:
		return *at, nil
	case *int:
		return int64(*at), nil
	case *int64:
		return *at, nil
	case *bool:
		return *at, nil
	case driver.Valuer:
		return at.Value()
	}
	return at, nil
}

// get reads the record with that key.
func (t *table[T]) get(ctx context.Context, s *Store, key ...any) (T, error) {
	found, err := t.selected(ctx, s, 1, t.byKey, key...)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s %v: %w", t.name, key, newsletter.ErrNotFound)
	}
	if err != nil {
		return *new(T), err
	}
	return found[0], nil
}

// list reads the records that the clauses after FROM choose.
func (t *table[T]) list(ctx context.Context, s *Store, clauses string, args ...any) ([]T, error) {
	return t.page(ctx, s, 0, clauses, args...)
}

// page is list for about so many records.
func (t *table[T]) page(ctx context.Context, s *Store, size int, clauses string, args ...any) ([]T, error) {
	return t.selected(ctx, s, size, t.selectAll+" "+clauses, args...)
}

// selected reads every row into the same record, since each row fills all fields
// anew, and keeps a copy.
func (t *table[T]) selected(ctx context.Context, s *Store, size int, text string, args ...any) ([]T, error) {
	found := make([]T, 0, size)
	var v T
	at := t.at(&v)
	err := s.query(ctx, "read "+t.name, text, args, func(rows *sql.Rows) error {
		if err := rows.Scan(at...); err != nil {
			return err
		}
		found = append(found, v)
		return nil
	})
	return found, err
}

// save writes the record if the stored one still has its rev; 0: if there is
// none.
func (t *table[T]) save(ctx context.Context, s *Store, v *T, rev *int64) error {
	w, err := t.saving(v, *rev)
	if err != nil {
		return err
	}
	if err := s.run(ctx, "save "+t.name, w); err != nil {
		return err
	}
	return t.saved(s, w, rev)
}

// saving is the write that saves a record.
func (t *table[T]) saving(v *T, rev int64) (*write, error) {
	args, err := t.values(nil, v)
	if err != nil {
		return nil, err
	}
	if rev == 0 {
		args[len(args)-1] = int64(1)
		return &write{text: t.insert, args: args}, nil
	}
	return &write{text: t.update, args: args}, nil
}

// saved says what came of it.
func (t *table[T]) saved(s *Store, w *write, rev *int64) error {
	if w.err != nil {
		return s.explain("save "+t.name, w.err)
	}
	if w.changed == 0 {
		return fmt.Errorf("save %s: somebody else has changed it: %w", t.name, newsletter.ErrConflict)
	}
	*rev++
	return nil
}
