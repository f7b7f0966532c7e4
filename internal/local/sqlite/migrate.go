package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
)

//go:embed migrations/*.sql
var migrations embed.FS

// applicationID marks a file as ours: "Mast" (https://sqlite.org/pragma.html#pragma_application_id).
const applicationID = 0x4d617374

// migrate brings the schema up to the newest migration, all of them in one
// transaction. Of two processes that open the file at once one waits.
func (s *Store) migrate(ctx context.Context) error {
	names, err := fs.Glob(migrations, "migrations/*.sql") // sorted, and numbered without gaps from 1
	if err != nil {
		return err
	}
	version, err := s.version(ctx, len(names))
	if err != nil || version == len(names) {
		return err
	}
	return s.transact(ctx, "set up", func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
			return err
		}
		for _, name := range names[min(version, len(names)):] {
			script, err := fs.ReadFile(migrations, name)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, string(script)); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, len(names)))
		return err
	})
}

// version is how many migrations the file has seen. It fails where the file
// belongs to another program or to a newer Masthead.
func (s *Store) version(ctx context.Context, newest int) (int, error) {
	var version, application, tables int
	row := s.write.QueryRowContext(ctx, "SELECT (SELECT user_version FROM pragma_user_version), (SELECT application_id FROM pragma_application_id), count(*) FROM sqlite_schema")
	if err := row.Scan(&version, &application, &tables); err != nil {
		return 0, s.explain("open", err)
	}
	if application != applicationID && tables > 0 {
		return 0, fmt.Errorf("%s is a database of another program; name another file", s.path)
	}
	if version > newest {
		return 0, fmt.Errorf("%s was written by a newer Masthead (schema %d, this one knows %d); update the program", s.path, version, newest)
	}
	return version, nil
}
