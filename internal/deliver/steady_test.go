package deliver

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// TestTheRateIsUsed: sixteen workers, each with an engine of its own over one store, send
// at the rate that the provider's limit leaves to Runs, and never above the limit
// itself. The clock is virtual; the store and the provider take their time, the
// provider as long as the sixteen can bear: at 10,000 messages a second each of them
// has 89 ms for a batch.
func TestTheRateIsUsed(t *testing.T) {
	for _, c := range []struct {
		limit         float64 // messages a second
		fast, slow    time.Duration
		steady        time.Duration
		lanes, atOnce int
	}{
		{1, 50 * time.Millisecond, 200 * time.Millisecond, 5 * time.Minute, 1, 1},
		{14, 50 * time.Millisecond, 200 * time.Millisecond, 5 * time.Minute, 1, 14},
		{200, 50 * time.Millisecond, 200 * time.Millisecond, 2 * time.Minute, 4, 50},
		{2000, 50 * time.Millisecond, 200 * time.Millisecond, 15 * time.Second, 16, 50},
		{10_000, 30 * time.Millisecond, 70 * time.Millisecond, 3 * time.Second, 16, 50},
	} {
		t.Run(fmt.Sprintf("%.0f a second", c.limit), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &provider{limit: c.limit, left: c.limit, fast: c.fast, slow: c.slow, dice: rand.New(rand.NewPCG(1, 2))}
				quota := newsletter.Quota{PerSecond: c.limit, AskedAt: time.Now()}
				target := quota.Rate(0, time.Now())
				const start = time.Second
				store := crowd(int(1.3*target*(start+c.steady).Seconds()) + 100)
				run, stop := p.sixteen(t, store, &quota)
				if run.Lanes != c.lanes {
					t.Errorf("%d lanes, want %d", run.Lanes, c.lanes)
				}
				time.Sleep(start)
				before := p.count()
				time.Sleep(c.steady)
				mailed := p.count() - before
				stop()
				// A window of time may cut off most of one batch.
				if want := 0.98*target*c.steady.Seconds() - float64(c.atOnce); float64(mailed) < want {
					t.Errorf("%d mailed in %v, want %.0f at %.2f a second", mailed, c.steady, want, target)
				}
				if p.refused > 0 || p.largest != c.atOnce {
					t.Errorf("%d calls refused as too fast; %d at once, want %d", p.refused, p.largest, c.atOnce)
				}
				t.Logf("%.2f%% of %.2f a second used", 100*float64(mailed)/c.steady.Seconds()/target, target)
			})
		})
	}
}

// sixteen starts a Run and as many workers, and tells how to stop them.
func (p *provider) sixteen(t *testing.T, store Store, quota *newsletter.Quota) (newsletter.Run, func()) {
	t.Helper()
	const workers = 16
	lanes := &fakeQueue{}
	engine := func(n int) *Engine {
		return &Engine{
			Store: store, Mailer: p, Queue: lanes, Owner: fmt.Sprint("worker ", n), Workers: workers, Now: time.Now, Sleep: sleep,
			Publication: func(context.Context) (newsletter.Publication, error) { return newsletter.Publication{}, nil },
			Tokens:      &token.Signer{Keys: []token.Key{{ID: "a", Secret: []byte("secret")}}},
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	must(t, store.SaveQuota(ctx, quota))
	run, err := engine(0).Start(ctx, &newsletter.Issue{ID: "weekly-1", Schedule: "weekly", State: newsletter.IssueApproved})
	must(t, err)
	var all sync.WaitGroup
	for n, ref := range lanes.take() {
		if n >= workers {
			t.Fatal("more lanes than workers")
		}
		all.Go(func() {
			if err := engine(n).Walk(ctx, ref); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		})
	}
	return run, func() { cancel(); all.Wait() }
}

// sleep is Engine.Sleep by the clock of the test.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// provider takes as many messages a second as its limit says, a second's worth at
// once where it has rested, and refuses whole calls beyond that, as Amazon SES does.
type provider struct {
	fast, slow time.Duration // what a call takes, in between

	mu      sync.Mutex
	dice    *rand.Rand
	limit   float64
	left    float64
	asked   time.Time
	mailed  int
	refused int
	largest int
}

func (p *provider) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mailed
}

func (p *provider) Send(_ context.Context, m *newsletter.Mailing) ([]newsletter.Result, error) {
	n := len(m.Recipients)
	half := p.trip() / 2
	time.Sleep(half)
	taken := p.take(n)
	time.Sleep(half)
	if !taken {
		return repeat(newsletter.Result{Outcome: newsletter.OutcomeRetry}, n), newsletter.ErrThrottled
	}
	return repeat(newsletter.Result{Outcome: newsletter.OutcomeSent}, n), nil
}

func (p *provider) trip() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fast + time.Duration(p.dice.Int64N(int64(p.slow-p.fast)))
}

func (p *provider) take(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if !p.asked.IsZero() {
		p.left = min(p.limit, p.left+p.limit*now.Sub(p.asked).Seconds())
	}
	p.asked, p.largest = now, max(p.largest, n)
	if float64(n) > p.left {
		p.refused++
		return false
	}
	p.left -= float64(n)
	p.mailed += n
	return true
}

// slowStore is a memory for many, each of whose calls takes a few milliseconds.
type slowStore struct {
	*memory
	mu sync.Mutex
}

// crowd is such a store with so many readers.
func crowd(n int) *slowStore {
	readers := make([]newsletter.Subscriber, n)
	for i := range readers {
		readers[i] = newsletter.Subscriber{ID: newsletter.Identify(nil, address(i)), Address: address(i), Status: newsletter.Active, ConfirmedAt: time.Now().Add(-time.Hour)}
	}
	return &slowStore{memory: newMemory(readers)}
}

// in makes a call wait, and then for others.
func (s *slowStore) in() func() {
	time.Sleep(4 * time.Millisecond)
	s.mu.Lock()
	return s.mu.Unlock
}

func (s *slowStore) Run(ctx context.Context, id string) (newsletter.Run, error) {
	defer s.in()()
	return s.memory.Run(ctx, id)
}

func (s *slowStore) SaveRun(ctx context.Context, r *newsletter.Run) error {
	defer s.in()()
	return s.memory.SaveRun(ctx, r)
}

func (s *slowStore) Lane(ctx context.Context, run string, n int) (newsletter.Lane, error) {
	defer s.in()()
	return s.memory.Lane(ctx, run, n)
}

func (s *slowStore) SaveLane(ctx context.Context, l *newsletter.Lane) error {
	defer s.in()()
	return s.memory.SaveLane(ctx, l)
}

func (s *slowStore) SaveBatch(ctx context.Context, b *newsletter.Batch) error {
	defer s.in()()
	return s.memory.SaveBatch(ctx, b)
}

func (s *slowStore) Batch(ctx context.Context, run string, lane, seq int) (newsletter.Batch, error) {
	defer s.in()()
	return s.memory.Batch(ctx, run, lane, seq)
}

func (s *slowStore) RecipientsAfter(ctx context.Context, from, to byte, after newsletter.SubscriberID, limit int) ([]newsletter.Subscriber, error) {
	defer s.in()()
	return s.memory.RecipientsAfter(ctx, from, to, after, limit)
}

func (s *slowStore) Quota(ctx context.Context) (newsletter.Quota, error) {
	defer s.in()()
	return s.memory.Quota(ctx)
}

func (s *slowStore) SaveQuota(ctx context.Context, q *newsletter.Quota) error {
	defer s.in()()
	return s.memory.SaveQuota(ctx, q)
}

func (s *slowStore) Reserve(ctx context.Context, pace string, cost time.Duration, now time.Time, far time.Duration) (time.Time, error) {
	defer s.in()()
	return s.memory.Reserve(ctx, pace, cost, now, far)
}
