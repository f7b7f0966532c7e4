package deliver

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

var simulations = flag.Int("simulations", 120, "how many seeds TestSimulation tries")

// failedOnce are seeds that once showed a fault beyond those tried every time.
var failedOnce = []uint64{}

// TestSimulation drives the engine itself, several workers and sweeps at once,
// through a random schedule with a virtual clock. At every call to the store, the
// mailer, the queue and the clock another worker may go on, the call may fail
// before or after it took effect, the worker may stall for minutes or die. When the
// faults end, the Run must come to its end with nobody mailed twice, and everybody
// who was not mailed named.
func TestSimulation(t *testing.T) {
	seeds := failedOnce
	if testing.Short() {
		*simulations = min(*simulations, 30)
	}
	for seed := range uint64(*simulations) {
		seeds = append(seeds, seed)
	}
	for _, c := range []struct {
		conditions
		share  int // of the seeds, one in so many
		meddle []func(*world)
	}{
		{conditions{name: "a mailer that cannot be asked"}, 1, nil},
		{conditions{name: "a mailer that recalls", recall: true}, 1, nil},
		{conditions{name: "a mailer whose messages are reported", events: true}, 1, nil},
		{conditions{name: "large runs", events: true, readers: 2000, batch: 50, unclear: 0.1}, 10, nil},
		{conditions{name: "large runs, reports missing", events: true, readers: 2000, batch: 50, unclear: 0.1, lost: 0.05}, 10, nil},
		{conditions{name: "reports hardly ever missing", events: true, readers: 400, batch: 3, lost: 0.0005}, 10, nil},
		{conditions{name: "reports missing or late, and pauses", events: true, lost: 0.02, late: 0.1, outages: true}, 4, []func(*world){pausing}},
	} {
		t.Run(c.name, func(t *testing.T) {
			chosen := seeds[:max(1, len(seeds)/c.share)]
			sum := simulateAll(t, c.conditions, chosen, c.meddle...)
			t.Log(sum)
			if c.readers >= 2*newsletter.EnoughKnown && sum.twice > 0 {
				t.Errorf("%d were mailed twice, though so large a run tells whether reports come through", sum.twice)
			}
		})
	}
}

// pausing pauses the Run for a long time now and then.
func pausing(w *world) {
	switch {
	case w.calm || w.dice.IntN(30) == 0:
		w.start(func(e *Engine) error {
			_, err := e.Resume(context.Background(), "weekly-1")
			return ignoreConflict(err)
		})
	case w.dice.IntN(20) == 0:
		w.start(func(e *Engine) error {
			_, err := e.Hold(context.Background(), "weekly-1", "wait")
			return ignoreConflict(err)
		})
	}
}

// simulateAll makes a world of each seed, some at once, and adds up what they tell.
func simulateAll(t *testing.T, c conditions, seeds []uint64, meddle ...func(*world)) *tally {
	t.Helper()
	sum := &tally{}
	var mu sync.Mutex
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	for _, seed := range seeds {
		all.Go(func() error {
			w := simulateIn(c, seed, meddle...)
			fault := w.audit()
			mu.Lock()
			defer mu.Unlock()
			sum.add(w)
			if fault != "" {
				return fmt.Errorf("seed %d: %s", seed, fault)
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
	return sum
}

// tally is what came of several worlds.
type tally struct {
	runs, readers, steps, deaths, faults, stalls, twice, unknown int
}

func (s *tally) add(w *world) {
	s.runs, s.readers, s.steps = s.runs+1, s.readers+len(w.store.readers), s.steps+w.steps
	s.deaths, s.faults, s.stalls = s.deaths+w.deaths, s.faults+w.faults, s.stalls+w.stalls
	s.twice, s.unknown = s.twice+len(w.mailer.twice()), s.unknown+w.unknown
}

func (s *tally) String() string {
	return fmt.Sprintf("%d runs of %d readers, %d steps, %d deaths, %d failed calls, %d stalls: %d mailed twice, 0 missed and unnamed, %d unknown",
		s.runs, s.readers, s.steps, s.deaths, s.faults, s.stalls, s.twice, s.unknown)
}

// world is one simulation: what is shared by its workers, and the dice.
type world struct {
	dice   *rand.Rand
	now    time.Time
	store  *memory
	mailer *fakeMailer
	queue  *fakeQueue
	post   post
	conditions
	calm   bool    // the faults are over
	rate   float64 // messages a second
	lanes  int
	canary newsletter.Canary

	workers []*worker
	steps   int
	deaths  int
	faults  int
	stalls  int
	unknown int
	err     error
}

// worker is a goroutine that runs only while it holds the turn.
type worker struct {
	turn, yield chan struct{}
	until       time.Time // stalled or asleep
	ended       bool
}

// conditions are what a world is like. The zero value is a mailer that cannot be asked,
// and a fault at one call in ten.
type conditions struct {
	name    string
	readers int // 0: 130
	batch   int // readers in a claim; 0: 10
	odds    int // of each kind of fault, one in so many calls; 0: 60
	recall  bool

	events  bool    // messages are reported
	lost    float64 // share of the reports that never come
	late    float64 // share of those that take hours
	outages bool    // now and then no report comes for an hour
	belief  belief
	unclear float64 // share of the calls to the mailer whose answer is lost; 0: single readers, and other answers too
}

func simulate(seed uint64, recall bool, meddle ...func(*world)) *world {
	return simulateIn(conditions{recall: recall}, seed, meddle...)
}

// simulateIn makes one world. Each meddle is called now and then, as people come by.
func simulateIn(c conditions, seed uint64, meddle ...func(*world)) *world {
	c.readers, c.batch, c.odds = cmp.Or(c.readers, 130), cmp.Or(c.batch, 10), cmp.Or(c.odds, 60)
	var readers []newsletter.Subscriber
	for i := range c.readers {
		language := []string{"en", "de", ""}[i%3]
		readers = append(readers, newsletter.Subscriber{ID: newsletter.Identify(nil, address(i)), Address: address(i), Language: language, Status: newsletter.Active, ConfirmedAt: monday.Add(-time.Hour)})
	}
	w := &world{dice: rand.New(rand.NewPCG(seed, 1)), now: monday, store: newMemory(readers), conditions: c,
		mailer: &fakeMailer{got: map[newsletter.Address]int{}}, queue: &fakeQueue{}}
	w.mailer.answer = w.answer
	w.lanes = 1 + 3*w.dice.IntN(2)
	if w.dice.IntN(2) == 0 {
		w.canary = newsletter.Canary{Share: 0.1, Hold: 10 * time.Minute, MaxBounced: 1, MaxComplained: 1}
	}
	w.rate = []float64{0, 5, 0.4}[w.dice.IntN(3)] // none, some, and one at which no worker waits for a second batch
	for range 400 {
		w.round(meddle)
		w.run(1 + w.dice.IntN(120))
		w.now = w.now.Add(time.Duration(w.dice.IntN(20)) * time.Second)
	}
	w.calm = true
	for i := range 400 {
		w.run(1 << 20)
		if run, err := w.store.Run(context.Background(), "weekly-1"); err == nil && run.Finished() {
			w.lastPost()
			return w
		}
		w.now = w.now.Add(time.Minute)
		if i > 60 {
			w.now = w.now.Add(4 * time.Minute) // reports are waited for
		}
		w.round(meddle)
	}
	return w
}

func (w *world) round(meddle []func(*world)) {
	w.spawn()
	w.deliverPost()
	for _, m := range meddle {
		m(w)
	}
}

// spawn starts what happens by itself: a start, a sweep, and the queue's messages,
// sometimes twice, sometimes not at all.
func (w *world) spawn() {
	issue := newsletter.Issue{ID: "weekly-1", Schedule: "weekly", State: newsletter.IssueApproved}
	if w.calm || w.dice.IntN(4) == 0 {
		w.start(func(e *Engine) error { _, err := e.Start(context.Background(), &issue); return err })
	}
	if w.calm || w.dice.IntN(3) == 0 {
		w.start(func(e *Engine) error { return e.Sweep(context.Background()) })
	}
	for _, ref := range w.queue.take() {
		times := 1
		if !w.calm {
			times = w.dice.IntN(3)
		}
		for range times {
			w.start(func(e *Engine) error { return e.Walk(context.Background(), ref) })
		}
	}
}

func (w *world) start(do func(*Engine) error) {
	k := &worker{turn: make(chan struct{}), yield: make(chan struct{})}
	w.workers = append(w.workers, k)
	e := w.engine(k, fmt.Sprintf("worker %d", len(w.workers)))
	go func() {
		defer func() {
			k.ended = true
			k.yield <- struct{}{}
		}()
		<-k.turn
		if err := do(e); err != nil && !errors.Is(err, errCrash) && !errors.Is(err, newsletter.ErrNotFound) {
			w.err = err
		}
	}()
}

// run gives so many turns to workers at random. Where all are asleep, the clock
// moves on.
func (w *world) run(turns int) {
	for range turns {
		w.workers = slices.DeleteFunc(w.workers, func(k *worker) bool { return k.ended })
		if len(w.workers) == 0 {
			return
		}
		k := w.workers[w.dice.IntN(len(w.workers))]
		if k.until.After(w.now) {
			w.now = w.now.Add(time.Duration(w.dice.IntN(5000)) * time.Millisecond / time.Duration(len(w.workers)))
			continue
		}
		k.turn <- struct{}{}
		<-k.yield
		w.steps++
	}
}

// rest lets others go on for so long.
func (w *world) rest(k *worker, d time.Duration) {
	k.until = w.now.Add(d)
	k.yield <- struct{}{}
	<-k.turn
}

// io is what happens at every call to the outside: others go on, and it may fail.
func (w *world) io(k *worker, do func() error) error {
	k.yield <- struct{}{}
	<-k.turn
	if w.calm {
		return do()
	}
	switch w.dice.IntN(w.odds) {
	case 0: // died before
		w.deaths++
		runtime.Goexit()
	case 1: // died after
		w.deaths++
		_ = do()
		runtime.Goexit()
	case 2: // failed before
		w.faults++
		return errCrash
	case 3: // done, but the answer was lost
		w.faults++
		_ = do()
		return errCrash
	case 4: // stalled before
		w.stalls++
		w.rest(k, time.Duration(w.dice.IntN(200))*time.Second)
		return do()
	case 5: // stalled after
		w.stalls++
		err := do()
		w.rest(k, time.Duration(w.dice.IntN(200))*time.Second)
		return err
	}
	return do()
}

func (w *world) engine(k *worker, owner string) *Engine {
	var mailer Mailer = simMailer{w, k}
	if w.recall {
		mailer = simRecaller{simMailer{w, k}}
	}
	skew := time.Duration(w.dice.IntN(4000)-2000) * time.Millisecond // no two clocks agree
	return &Engine{
		Store: &simStore{w.store, w, k}, Mailer: mailer, Queue: simQueue{w, k}, Owner: owner, Now: func() time.Time { return w.now.Add(skew) },
		Publication: func(context.Context) (newsletter.Publication, error) { return newsletter.Publication{}, nil },
		Tokens:      &token.Signer{Keys: []token.Key{{ID: "a", Secret: []byte("secret")}}},
		Sleep: func(_ context.Context, d time.Duration) error {
			w.rest(k, d)
			return nil
		},
		BatchSize: w.batch, Rate: w.rate, Workers: w.lanes, Events: w.events, Canary: w.canary,
	}
}

// answer is what the mail system says: mostly yes, sometimes no, sometimes nothing,
// whether it has accepted the message or not.
func (w *world) answer(_ int, m *newsletter.Mailing) ([]newsletter.Result, error) {
	results := repeat(newsletter.Result{Outcome: newsletter.OutcomeSent}, len(m.Recipients))
	if w.calm {
		return results, nil
	}
	if w.unclear > 0 {
		return w.loseAnswer(m, results), nil
	}
	if w.dice.IntN(20) == 0 {
		return repeat(newsletter.Result{Outcome: newsletter.OutcomeRetry}, len(results)), newsletter.ErrUnavailable
	}
	for i, to := range m.Recipients {
		switch w.dice.IntN(40) {
		case 0:
			results[i].Outcome = newsletter.OutcomeRetry
		case 1:
			results[i].Outcome = newsletter.OutcomeFailed
		case 2:
			results[i].Outcome = newsletter.OutcomeAmbiguous
			if w.dice.IntN(2) == 0 {
				w.mailer.got[to.Address]++
			}
		}
	}
	switch w.dice.IntN(20) {
	case 0:
		return results, newsletter.ErrThrottled
	case 1:
		return results, newsletter.ErrQuotaSpent
	}
	return results, nil
}

// audit says what is wrong at the end, if anything.
func (w *world) audit() string {
	if w.err != nil {
		return w.err.Error()
	}
	run, err := w.store.Run(context.Background(), "weekly-1")
	if err != nil || !run.Finished() {
		return fmt.Sprintf("the run is %s at the end, %v", run.State, err)
	}
	if fault := w.post.audit(w); fault != "" {
		return fault
	}
	named := map[newsletter.SubscriberID]newsletter.Outcome{}
	for _, b := range w.store.batches {
		for _, e := range b.Entries {
			if b.Run != ProbeRun && e.Outcome != newsletter.OutcomeRetry {
				if before := named[e.Subscriber]; before != "" {
					return fmt.Sprintf("a reader is in the books as %s and as %s", before, e.Outcome)
				}
				named[e.Subscriber] = e.Outcome
			}
		}
	}
	for _, r := range w.store.readers {
		switch got := w.mailer.got[r.Address] > 0; named[r.ID] {
		case newsletter.OutcomeSent:
			if !got {
				return "in the books as sent, but never mailed: " + string(r.Address)
			}
		case newsletter.OutcomeFailed, newsletter.OutcomeSkipped:
			if got && !w.post.silent(r.Address) {
				return "in the books as not sent, but mailed: " + string(r.Address)
			}
		case newsletter.OutcomeUnknown:
			w.unknown++
		default:
			if run.State == newsletter.RunCancelled && !got && named[r.ID] == "" {
				continue // never reached
			}
			return fmt.Sprintf("%s is %q in the books, mailed: %t", r.Address, named[r.ID], got)
		}
	}
	return ""
}

type simStore struct {
	*memory
	w *world
	k *worker
}

func (s *simStore) Run(ctx context.Context, id string) (r newsletter.Run, err error) {
	err = s.w.io(s.k, func() error { r, err = s.memory.Run(ctx, id); return err })
	return r, err
}

func (s *simStore) SaveRun(ctx context.Context, r *newsletter.Run) error {
	return s.w.io(s.k, func() error { return s.memory.SaveRun(ctx, r) })
}

func (s *simStore) Lane(ctx context.Context, run string, n int) (l newsletter.Lane, err error) {
	err = s.w.io(s.k, func() error { l, err = s.memory.Lane(ctx, run, n); return err })
	return l, err
}

func (s *simStore) SaveLane(ctx context.Context, l *newsletter.Lane) error {
	return s.w.io(s.k, func() error { return s.memory.SaveLane(ctx, l) })
}

func (s *simStore) Batch(ctx context.Context, run string, lane, seq int) (b newsletter.Batch, err error) {
	err = s.w.io(s.k, func() error { b, err = s.memory.Batch(ctx, run, lane, seq); return err })
	return b, err
}

func (s *simStore) SaveBatch(ctx context.Context, b *newsletter.Batch) error {
	return s.w.io(s.k, func() error { return s.memory.SaveBatch(ctx, b) })
}

func (s *simStore) Audience(ctx context.Context, schedule string, now time.Time) (n int, err error) {
	err = s.w.io(s.k, func() error { n, err = s.memory.Audience(ctx, schedule, now); return err })
	return n, err
}

func (s *simStore) Quota(ctx context.Context) (q newsletter.Quota, err error) {
	err = s.w.io(s.k, func() error { q, err = s.memory.Quota(ctx); return err })
	return q, err
}

func (s *simStore) SaveQuota(ctx context.Context, q *newsletter.Quota) error {
	return s.w.io(s.k, func() error { return s.memory.SaveQuota(ctx, q) })
}

func (s *simStore) Reserve(ctx context.Context, pace string, cost time.Duration, now time.Time, far time.Duration) (slot time.Time, err error) {
	err = s.w.io(s.k, func() error { slot, err = s.memory.Reserve(ctx, pace, cost, now, far); return err })
	return slot, err
}

type simMailer struct {
	w *world
	k *worker
}

// Send obeys its contract under faults: it never fails as a call, it only does not
// know.
func (m simMailer) Send(ctx context.Context, mailing *newsletter.Mailing) (results []newsletter.Result, err error) {
	began := m.w.now
	called := m.w.io(m.k, func() error {
		if m.w.now.Sub(began) > 10*time.Second { // the call's own timeout has passed: the request was given up before it went out
			results = repeat(newsletter.Result{Outcome: newsletter.OutcomeRetry}, len(mailing.Recipients))
			return nil
		}
		before := m.w.got(mailing)
		results, err = m.w.mailer.Send(ctx, mailing)
		m.w.takeNote(mailing, before)
		return nil
	})
	if called != nil {
		return repeat(newsletter.Result{Outcome: newsletter.OutcomeAmbiguous}, len(mailing.Recipients)), nil
	}
	return results, err
}

type simRecaller struct{ simMailer }

func (m simRecaller) Recall(ctx context.Context, mailing *newsletter.Mailing) (results []newsletter.Result, err error) {
	err = m.w.io(m.k, func() error { results, err = recalling{m.w.mailer}.Recall(ctx, mailing); return err })
	return results, err
}

type simQueue struct {
	w *world
	k *worker
}

func (q simQueue) Put(ctx context.Context, ref LaneRef) error {
	return q.w.io(q.k, func() error { return q.w.queue.Put(ctx, ref) })
}
