package sqlite_test

import (
	"bufio"
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

// doomedProcess names the file to a copy of this test that is killed.
const doomedProcess = "MASTHEAD_TEST_DOOMED_PROCESS"

// TestDoomedProcess is that process: it saves batches and says so after each.
func TestDoomedProcess(t *testing.T) {
	path := os.Getenv(doomedProcess)
	if path == "" {
		return
	}
	s := open(t, path)
	for seq := 1; ; seq++ {
		batch := storetest.LargeBatch("r", seq)
		if err := s.SaveBatch(t.Context(), &batch); err != nil {
			t.Fatal(err)
		}
		fmt.Println("saved", seq)
	}
}

func TestWhatWasSavedSurvivesAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "masthead.db")
	doomed := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDoomedProcess$")
	doomed.Env = append(os.Environ(), doomedProcess+"="+path)
	out, err := doomed.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := doomed.Start(); err != nil {
		t.Fatal(err)
	}
	saved := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		fmt.Sscanf(lines.Text(), "saved %d", &saved)
		if saved == 100 {
			doomed.Process.Kill() // what it said before it died still comes
		}
	}
	doomed.Wait() // it was killed
	there := 0
	if err := open(t, path).Batches(t.Context(), "r", 0, func(newsletter.Batch) error { there++; return nil }); err != nil {
		t.Fatal(err)
	}
	if saved < 100 || there < saved || there > saved+1 {
		t.Errorf("%d batches are there, %d were said to be saved", there, saved)
	}
}

func TestTheFileIsForItsOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "masthead.db")
	s := open(t, path)
	if err := s.SaveRun(t.Context(), &newsletter.Run{ID: "r"}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal"} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
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
