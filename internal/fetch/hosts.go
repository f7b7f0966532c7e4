package fetch

import (
	"context"
	"sync"
)

// hosts lets one request at a time through to each host.
type hosts struct {
	mu    sync.Mutex
	queue map[string]*turn
}

// turn is held by whoever may speak to the host; users counts them and all who wait.
type turn struct {
	free  chan struct{}
	users int
}

// enter waits until nobody else speaks to host; the caller must call leave.
func (h *hosts) enter(ctx context.Context, host string) (leave func(), err error) {
	t := h.join(host)
	select {
	case <-t.free:
		return func() { t.free <- struct{}{}; h.quit(host) }, nil
	case <-ctx.Done():
		h.quit(host)
		return nil, ctx.Err()
	}
}

func (h *hosts) join(host string) *turn {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.queue == nil {
		h.queue = map[string]*turn{}
	}
	t := h.queue[host]
	if t == nil {
		t = &turn{free: make(chan struct{}, 1)}
		t.free <- struct{}{}
		h.queue[host] = t
	}
	t.users++
	return t
}

// quit forgets hosts that nobody uses, so that the map does not grow for ever.
func (h *hosts) quit(host string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.queue[host].users--; h.queue[host].users == 0 {
		delete(h.queue, host)
	}
}
