package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/local/sqlite"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/storetest"
)

func TestOpenSaysWhatToDo(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, path string) string
		want    string
	}{
		{"a file that is no database", func(t *testing.T, path string) string {
			write(t, path, strings.Repeat("Dear diary, ", 1000))
			return path
		}, "not a file of Masthead"},
		{"a database of another program", func(t *testing.T, path string) string {
			run(t, path, "CREATE TABLE customers (id INTEGER)")
			return path
		}, "another program"},
		{"a file of a newer Masthead", func(t *testing.T, path string) string {
			if err := open(t, path).Raw(t.Context(), "PRAGMA user_version = 1000"); err != nil {
				t.Fatal(err)
			}
			return path
		}, "update the program"},
		{"a folder that cannot be made", func(t *testing.T, path string) string {
			write(t, path, "")
			return filepath.Join(path, "masthead.db")
		}, "choose another"},
		{"a folder that cannot be written", func(t *testing.T, path string) string { return "/proc/self/masthead.db" }, "choose another"}, // not even by root
		{"a folder in place of the file", func(t *testing.T, path string) string { return filepath.Dir(path) }, "choose another folder"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := c.prepare(t, filepath.Join(t.TempDir(), "masthead.db"))
			s, err := sqlite.Open(t.Context(), path)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), filepath.Dir(path)) {
				t.Errorf("error is %v, want one that names the path and says %q", err, c.want)
			}
			if s != nil {
				t.Error("a store came with the error")
			}
		})
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

// TestAFullDisk fills the file up to the number of pages it may have, which
// SQLite reports like a full disk.
func TestAFullDisk(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "masthead.db"))
	if err := s.Raw(t.Context(), "PRAGMA max_page_count = 100"); err != nil {
		t.Fatal(err)
	}
	lane, saved, err := newsletter.Lane{Run: "r"}, 0, error(nil)
	for err == nil {
		batch := storetest.LargeBatch("r", saved+1)
		if err = s.SaveBatch(t.Context(), &batch); err == nil {
			saved++
		} else if batch.Rev != 0 {
			t.Errorf("the batch that was not saved has Rev %d", batch.Rev)
		}
	}
	if !strings.Contains(err.Error(), "the disk is full") || errors.Is(err, newsletter.ErrConflict) {
		t.Errorf("error is %v", err)
	}
	wantBatches(t, s, saved)

	if err := s.Raw(t.Context(), "PRAGMA max_page_count = 1000"); err != nil {
		t.Fatal(err)
	}
	batch := storetest.LargeBatch("r", saved+1)
	if err := errors.Join(s.SaveBatch(t.Context(), &batch), s.SaveLane(t.Context(), &lane)); err != nil {
		t.Errorf("with space again: %v", err)
	}
	wantBatches(t, s, saved+1)
}

func wantBatches(t *testing.T, s *sqlite.Store, want int) {
	t.Helper()
	n := 0
	err := s.Batches(t.Context(), "r", 0, func(b newsletter.Batch) error {
		if n++; b.Seq != n || len(b.Entries) != newsletter.MaxBatch {
			t.Errorf("batch %d is damaged", n)
		}
		return nil
	})
	if err != nil || n != want || want == 0 {
		t.Errorf("%d batches are there, want %d; %v", n, want, err)
	}
}

func TestACancelledCallChangesNothing(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "masthead.db"))
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	run := newsletter.Run{ID: "r"}
	if err := s.SaveRun(cancelled, &run); !errors.Is(err, context.Canceled) || run.Rev != 0 {
		t.Errorf("error is %v, Rev is %d", err, run.Rev)
	}
	if _, err := s.Run(t.Context(), "r"); !errors.Is(err, newsletter.ErrNotFound) {
		t.Errorf("error is %v", err)
	}
}
