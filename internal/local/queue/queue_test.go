package queue

import (
	"context"
	"sync"
	"testing"
)

func TestWhatWaitsIsNotQueuedTwice(t *testing.T) {
	var q Queue[string]
	for _, m := range []string{"a", "b", "a"} {
		if err := q.Put(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"a", "b"} {
		if got, ok := q.Take(); !ok || got != want {
			t.Errorf("took %q, %t; want %q", got, ok, want)
		}
	}
	if _, ok := q.Take(); ok {
		t.Error("a was queued twice")
	}
}

func TestEveryMessageIsHandledOnce(t *testing.T) {
	var q Queue[int]
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	handled := map[int]int{}
	var left sync.WaitGroup
	left.Add(1000)
	done := make(chan struct{})
	go func() {
		q.Work(ctx, 4, func(_ context.Context, m int) {
			mu.Lock()
			handled[m]++
			mu.Unlock()
			left.Done()
		})
		close(done)
	}()
	for i := range 1000 {
		if err := q.Put(ctx, i); err != nil {
			t.Fatal(err)
		}
	}
	left.Wait()
	cancel()
	<-done
	if len(handled) != 1000 {
		t.Errorf("%d messages handled", len(handled))
	}
}
