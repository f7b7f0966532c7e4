package sqlite

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/masthead-mail/masthead/internal/newsletter"
	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// explain adds the operation and the file to an error and, where SQLite gives the
// reason, what a person can do. Errors of the domain pass as they are.
func (s *Store) explain(what string, err error) error {
	var fault *driver.Error
	switch {
	case err == nil || errors.Is(err, newsletter.ErrConflict) || errors.Is(err, newsletter.ErrNotFound) || errors.Is(err, newsletter.ErrThrottled):
		return err
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%s: %w", what, newsletter.ErrNotFound)
	case errors.As(err, &fault):
		if advice := advise(fault.Code() & 0xff); advice != "" { // the low byte is the primary code
			return fmt.Errorf("%s in %s: %s: %w", what, s.path, advice, err)
		}
	}
	return fmt.Errorf("%s in %s: %w", what, s.path, err)
}

// busy tells whether an error means that another process has the file locked.
func busy(err error) bool {
	var fault *driver.Error
	return errors.As(err, &fault) && fault.Code()&0xff == sqlite3.SQLITE_BUSY
}

// advise turns a primary result code (https://sqlite.org/rescode.html) into
// words.
func advise(code int) string {
	switch code {
	case sqlite3.SQLITE_FULL:
		return "the disk is full; free some space and try again, everything saved so far is safe"
	case sqlite3.SQLITE_NOTADB:
		return "this is not a file of Masthead; name another one"
	case sqlite3.SQLITE_CORRUPT:
		return "the file is damaged; restore a backup, or rescue it with the sqlite3 command .recover"
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return "the file or its folder cannot be written; change its permissions or choose another folder"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Sprintf("another process has kept the file locked for %v; end it", lockWait)
	case sqlite3.SQLITE_IOERR:
		return "the disk reports a fault; check it, and whether it is full"
	}
	return ""
}
