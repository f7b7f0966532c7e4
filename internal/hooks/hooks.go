// Package hooks tells programs elsewhere what happens here: it stores the calls about
// an event (Announce), and makes those that are due (Tick) until each receiver has
// answered. It promises that a receiver hears of everything at least once, in no
// certain order, as long as it answers within some three days.
//
// Whoever makes something happen announces it first and stores it then. A call is
// looked up before each try: what has not come to be is not told, so that nothing gets
// lost where a process dies in between, and nothing is invented. What is not so any
// more is not told either: of a reader who has left and is back, the receiver hears
// that last.
//
// No call is made within a reader's request.
package hooks

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Store is what the stage needs of a store; storetest.Store is the contract of each
// method.
type Store interface {
	Books
	Hook(ctx context.Context, id string) (newsletter.Hook, error)
	SaveHook(ctx context.Context, h *newsletter.Hook) error
	Hooks(ctx context.Context) ([]newsletter.Hook, error)
	Call(ctx context.Context, hook, id string) (newsletter.Call, error)
	SaveCall(ctx context.Context, c *newsletter.Call) error
	DueCalls(ctx context.Context, hook string, now time.Time, limit int) ([]newsletter.Call, error)
	AddAction(ctx context.Context, a *newsletter.Action) error
}

// Books are the part of a store that shows whether something has happened.
type Books interface {
	Issue(ctx context.Context, id string) (newsletter.Issue, error)
	Run(ctx context.Context, id string) (newsletter.Run, error)
	Subscriber(ctx context.Context, id newsletter.SubscriberID) (newsletter.Subscriber, error)
}

// Caller sends one request and takes any status for an answer. It follows no redirect,
// sends nothing twice, reaches no private address, and gives up after Timeout.
// *fetch.Client does.
type Caller interface {
	Call(ctx context.Context, method, link string, header http.Header, body []byte) (*fetch.Answer, error)
}

// Timeout is how long a receiver may take: far below newsletter.CallLease.
const Timeout = 10 * time.Second

// Hooks is the stage. It may be used by several goroutines and processes at once.
type Hooks struct {
	Store       Store
	Caller      Caller // nil: this process announces only
	Publication func(ctx context.Context) (newsletter.Publication, error)
	Now         func() time.Time

	mu    sync.Mutex
	known []newsletter.Hook
	asked time.Time
}

// fresh is how long the list of hooks counts: readers who come and go by the thousand
// shall not each wait for it to be read. A hook that was made elsewhere is called after
// that time at the latest.
const fresh = time.Minute

// list are the hooks as they were within the last minute. Where they cannot be read,
// those that were known count.
func (h *Hooks) list(ctx context.Context) ([]newsletter.Hook, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.Now()
	if !h.asked.IsZero() && now.Sub(h.asked) < fresh {
		return h.known, nil
	}
	known, err := h.Store.Hooks(ctx)
	if err != nil && h.asked.IsZero() {
		return nil, err
	}
	if err == nil {
		h.known, h.asked = known, now
	}
	return h.known, nil
}

// Forget lets the next Announce read the hooks: one was changed here.
func (h *Hooks) Forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = time.Time{}
}
