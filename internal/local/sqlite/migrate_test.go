package sqlite_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMigrationsAreNumbered from 1 without gaps: how many there are is the version of a
// file.
func TestMigrationsAreNumbered(t *testing.T) {
	files, err := os.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		if want := fmt.Sprintf("%04d_", i+1); !strings.HasPrefix(f.Name(), want) {
			t.Errorf("%s should begin with %s", f.Name(), want)
		}
	}
}

// TestAFileOfTheFirstReleaseIsBroughtUp: its runs are read as runs that nobody
// holds and that try nobody again.
func TestAFileOfTheFirstReleaseIsBroughtUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "masthead.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile("migrations/0001_first.sql")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(string(first) + `
		INSERT INTO run VALUES ('w1', 'w1', 'weekly', 'paused', 'mend it', '2026-03-02T07:00:00.000000Z', '', 4, 1, 2, 3, 4, 5, 9);
		PRAGMA application_id = 0x4d617374; PRAGMA user_version = 1`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	run, err := open(t, path).Run(t.Context(), "w1")
	if err != nil || run.Reason != "mend it" || run.Lanes != 4 || run.Counts.Ambiguous != 5 || run.Rev != 9 || run.Held || run.Parent != "" || run.Outcome != "" {
		t.Errorf("%+v, %v", run, err)
	}
}
