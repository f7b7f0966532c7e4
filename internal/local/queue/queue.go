// Package queue is the local twin of the queue on AWS: messages wait in memory
// and are worked off by goroutines of this process. Unlike there, a message that
// waits already is not queued a second time, and all are lost when the process
// ends; sweeping makes both harmless.
package queue

import (
	"context"
	"sync"
)

// Queue holds messages of one kind. The zero value is ready; it is safe for
// concurrent use.
type Queue[T comparable] struct {
	mu      sync.Mutex
	waiting []T
	wake    chan struct{} // closed when a message comes; nil while nobody waits
}

// Put adds a message unless the same one is waiting already. It never fails.
func (q *Queue[T]) Put(_ context.Context, message T) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range q.waiting {
		if m == message {
			return nil
		}
	}
	q.waiting = append(q.waiting, message)
	if q.wake != nil {
		close(q.wake)
		q.wake = nil
	}
	return nil
}

// Take removes the oldest message; false: there is none.
func (q *Queue[T]) Take() (message T, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return message, false
	}
	message = q.waiting[0]
	q.waiting = q.waiting[1:]
	return message, true
}

// Work handles messages as they come until ctx ends, and returns when the last
// handler has.
func (q *Queue[T]) Work(ctx context.Context, workers int, handle func(ctx context.Context, message T)) {
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for ctx.Err() == nil {
				if message, ok := q.Take(); ok {
					handle(ctx, message)
					continue
				}
				select {
				case <-ctx.Done():
				case <-q.arrival():
				}
			}
		})
	}
	group.Wait()
}

// arrival is closed once there may be a message.
func (q *Queue[T]) arrival() <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) > 0 {
		ready := make(chan struct{})
		close(ready)
		return ready
	}
	if q.wake == nil {
		q.wake = make(chan struct{})
	}
	return q.wake
}
