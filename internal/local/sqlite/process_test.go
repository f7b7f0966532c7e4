package sqlite_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/masthead-mail/masthead/internal/local/sqlite"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/storetest"
)

// secondProcess names the file to a copy of this test that runs as a process of
// its own.
const secondProcess = "MASTHEAD_TEST_SECOND_PROCESS"

const processWrites = 100

// TestSecondProcess is that process: it saves readers whose numbers follow those
// of the first, and takes turns on the same run.
func TestSecondProcess(t *testing.T) {
	if path := os.Getenv(secondProcess); path != "" {
		work(t, open(t, path), processWrites)
	}
}

func TestTwoProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "masthead.db")
	s := open(t, path)
	if err := s.SaveRun(t.Context(), &newsletter.Run{ID: "shared"}); err != nil {
		t.Fatal(err)
	}
	second := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSecondProcess$")
	second.Env = append(os.Environ(), secondProcess+"="+path)
	done := make(chan error, 1)
	go func() {
		out, err := second.CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, out)
		}
		done <- err
	}()
	work(t, s, 0)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	page, err := s.SubscribersAfter(t.Context(), 0, 255, newsletter.SubscriberID{}, 3*processWrites)
	if err != nil || len(page) != 2*processWrites {
		t.Errorf("%d readers were saved, want %d; %v", len(page), 2*processWrites, err)
	}
	run, err := s.Run(t.Context(), "shared")
	if err != nil || run.Lanes != 2*processWrites {
		t.Errorf("the two counted to %d, want %d; %v", run.Lanes, 2*processWrites, err)
	}
}

// work saves readers and counts each of them on a record that both processes
// change.
func work(t *testing.T, s *sqlite.Store, first int) {
	t.Helper()
	for i := range processWrites {
		reader := storetest.Reader(first + i)
		if err := s.SaveSubscriber(t.Context(), &reader); err != nil {
			t.Fatal(err)
		}
		for counted := false; !counted; {
			run, err := s.Run(t.Context(), "shared")
			if err != nil {
				t.Fatal(err)
			}
			run.Lanes++
			if err = s.SaveRun(t.Context(), &run); err != nil && !errors.Is(err, newsletter.ErrConflict) {
				t.Fatal(err)
			}
			counted = err == nil
		}
	}
}

func TestManyOpenANewFileAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "masthead.db")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			s, err := sqlite.Open(t.Context(), path)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := s.OpenRuns(t.Context()); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}
