// Package sqlitetest gives tests an empty store. To set one up takes a tenth of a
// second, and several under the race detector: it is done once for each test binary, and
// copied.
package sqlitetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/masthead-mail/masthead/internal/local/sqlite"
)

// File makes a file for an empty store, which goes with the test.
func File(t testing.TB) string {
	t.Helper()
	empty, err := blank()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "masthead.db")
	if err := os.WriteFile(file, empty, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Open opens an empty store, and closes it after the test.
func Open(t testing.TB) *sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), File(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

var blank = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "masthead")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "masthead.db")
	store, err := sqlite.Open(context.Background(), file)
	if err == nil {
		err = store.Close()
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})
