package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Run checks the whole contract of Store. open returns a store that is empty; it
// is called once for each subtest.
func Run(t *testing.T, open func(t *testing.T) Store) {
	for _, part := range []struct {
		name string
		test func(*testing.T, Store)
	}{
		{"records", testRecords},
		{"articles", testArticles},
		{"taking", testTaking},
		{"lists", testLists},
		{"mail", testMail},
		{"batches", testBatches},
		{"batches in doubt", testDoubtfulBatches},
		{"reports", testReports},
		{"audience", testAudience},
		{"counting the audience", testCounting},
		{"deleting a subscriber", testDeleting},
		{"known", testKnown},
		{"suppression", testSuppression},
		{"who may", testAccess},
		{"hooks", testHooks},
		{"audit trail", testActions},
		{"suppressing somebody", testSuppressing},
		{"many suppressions", testSuppressions},
		{"finding", testFinding},
		{"subscribers of ids", testSubscribersOf},
		{"pace", testPace},
		{"allowance", testAllowance},
		{"counters", testCounters},
		{"large records", testLarge},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, open(t)) })
	}
}

// start is when the tests take place.
var start = time.Date(2026, time.March, 2, 7, 0, 0, 123456000, time.UTC)

// racers is how many try the same thing at once where one may succeed.
const racers = 16

// race runs attempt by many at once and returns how many succeeded. The others
// must have failed with ErrConflict.
func race(t *testing.T, attempt func(racer int) error) int {
	t.Helper()
	errs := make([]error, racers)
	ready := make(chan struct{})
	var all sync.WaitGroup
	for i := range racers {
		all.Go(func() {
			<-ready
			errs[i] = attempt(i)
		})
	}
	close(ready)
	all.Wait()
	winners := 0
	for _, err := range errs {
		if err == nil {
			winners++
		} else {
			wantError(t, err, newsletter.ErrConflict)
		}
	}
	return winners
}

func oneWinner(t *testing.T, attempt func(racer int) error) {
	t.Helper()
	if winners := race(t, attempt); winners != 1 {
		t.Errorf("%d of %d racers won, want exactly one", winners, racers)
	}
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error is %v, want one that wraps %q", err, want)
	}
}

// soon checks what a list holds. A list may lag behind, so it is read again for a
// while before it counts as wrong.
func soon(t *testing.T, list func() []string, want ...string) {
	t.Helper()
	var ids []string
	for tries := range 50 {
		if ids = list(); slices.Equal(ids, want) {
			return
		}
		time.Sleep(time.Duration(tries) * 2 * time.Millisecond)
	}
	t.Errorf("listed %v, want %v", ids, want)
}

// must stops the test at an error of a step that is not the point of it.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// got unwraps what a getter of the store returned, or stops the test.
func got[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		must(t, err)
		return v
	}
}

func ctx(t *testing.T) context.Context { return t.Context() }
