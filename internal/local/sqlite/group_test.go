package sqlite_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestWritesThatShareATransaction: many write at once, some of them in vain; nobody
// pays for another, and everybody is told the truth.
func TestWritesThatShareATransaction(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "masthead.db"))
	if err := s.Raw(t.Context(), `CREATE TRIGGER unlucky BEFORE INSERT ON lane WHEN new.n % 7 = 3 BEGIN SELECT RAISE(ABORT, 'unlucky'); END`); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveLane(t.Context(), &newsletter.Lane{Run: "r", N: 5}); err != nil {
		t.Fatal(err)
	}
	const writers = 64
	failed := make([]error, writers)
	var all sync.WaitGroup
	for n := range writers {
		all.Go(func() { failed[n] = s.SaveLane(t.Context(), &newsletter.Lane{Run: "r", N: n, Owner: fmt.Sprint(n)}) })
	}
	all.Wait()
	for n, err := range failed {
		lane, readErr := s.Lane(t.Context(), "r", n)
		switch {
		case n == 5:
			if !errors.Is(err, newsletter.ErrConflict) || lane.Owner != "" {
				t.Errorf("lane 5, which was there: %v, owner %q", err, lane.Owner)
			}
		case n%7 == 3:
			if err == nil || errors.Is(err, newsletter.ErrConflict) || !errors.Is(readErr, newsletter.ErrNotFound) {
				t.Errorf("lane %d, which cannot be written: %v, %v", n, err, readErr)
			}
		case err != nil || lane.Owner != fmt.Sprint(n):
			t.Errorf("lane %d: %v, owner %q, %v", n, err, lane.Owner, readErr)
		}
	}
}
