package deliver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/local/sqlite"
	"github.com/masthead-mail/masthead/internal/local/sqlitetest"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

var monday = time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)

// bench is a store with an approved issue and some readers, a clock that only
// moves when told, and a mailer that remembers every message.
type bench struct {
	*Engine
	store  *sqlite.Store
	mailer *fakeMailer
	queue  *fakeQueue
	issue  newsletter.Issue
	now    time.Time
}

func newBench(t *testing.T, readers int) *bench {
	t.Helper()
	ctx := t.Context()
	store := sqlitetest.Open(t)
	b := &bench{store: store, mailer: &fakeMailer{got: map[newsletter.Address]int{}}, queue: &fakeQueue{}, now: monday}
	b.Engine = &Engine{
		Store: store, Mailer: b.mailer, Queue: b.queue, Owner: "test", Now: func() time.Time { return b.now },
		Publication: func(context.Context) (newsletter.Publication, error) { return newsletter.Publication{}, nil },
		Tokens:      &token.Signer{Keys: []token.Key{{ID: "a", Secret: []byte("secret")}}},
		Sleep:       func(_ context.Context, d time.Duration) error { b.now = b.now.Add(d); return nil },
	}
	b.issue = newsletter.Issue{ID: "weekly-1", Schedule: "weekly", State: newsletter.IssueApproved}
	must(t, store.SaveIssue(ctx, &b.issue))
	must(t, store.SaveMail(ctx, &newsletter.Mail{Issue: "weekly-1", Subject: "s", HTML: "h", Text: "t"}))
	var all []newsletter.Subscriber
	for i := range readers {
		all = append(all, newsletter.Subscriber{ID: newsletter.Identify([]byte("pepper"), address(i)), Address: address(i),
			Status: newsletter.Active, ConfirmedAt: monday.Add(-time.Hour)})
	}
	_, err := store.AddSubscribers(ctx, all)
	must(t, err)
	return b
}

func address(i int) newsletter.Address {
	return newsletter.Address(fmt.Sprintf("reader%d@example.org", i))
}

// run walks and sweeps until the Run has ended, the clock moving on between.
func (b *bench) run(t *testing.T) newsletter.Run {
	t.Helper()
	ctx := t.Context()
	for range 50 {
		for _, ref := range b.queue.take() {
			if err := b.Walk(ctx, ref); err != nil {
				t.Fatal(err)
			}
		}
		run, err := b.store.Run(ctx, "weekly-1")
		must(t, err)
		if run.Finished() {
			return run
		}
		b.now = b.now.Add(2 * time.Minute)
		must(t, b.Sweep(ctx))
	}
	t.Fatal("the run does not end")
	return newsletter.Run{}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type fakeMailer struct {
	mu      sync.Mutex
	got     map[newsletter.Address]int
	batches []int
	answer  func(call int, m *newsletter.Mailing) ([]newsletter.Result, error) // nil: everything is sent
	calls   int
}

func (f *fakeMailer) Send(_ context.Context, m *newsletter.Mailing) ([]newsletter.Result, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	f.batches = append(f.batches, len(m.Recipients))
	results, err := repeat(newsletter.Result{Outcome: newsletter.OutcomeSent, MessageID: "m"}, len(m.Recipients)), error(nil)
	if f.answer != nil {
		results, err = f.answer(f.calls, m)
	}
	for i, r := range m.Recipients {
		if i < len(results) && results[i].Outcome == newsletter.OutcomeSent {
			f.got[r.Address]++
		}
	}
	return results, err
}

func (f *fakeMailer) twice() (names []newsletter.Address) {
	for a, n := range f.got {
		if n > 1 {
			names = append(names, a)
		}
	}
	return names
}

type fakeQueue struct {
	mu   sync.Mutex
	refs []LaneRef
}

func (q *fakeQueue) Put(_ context.Context, ref LaneRef) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.refs = append(q.refs, ref)
	return nil
}

func (q *fakeQueue) take() []LaneRef {
	q.mu.Lock()
	defer q.mu.Unlock()
	refs := q.refs
	q.refs = nil
	return refs
}

func (b *bench) start(t *testing.T) {
	t.Helper()
	_, err := b.Start(t.Context(), &b.issue)
	must(t, err)
}

func TestEveryReaderGetsOneMail(t *testing.T) {
	b := newBench(t, 120)
	b.start(t)
	run := b.run(t)
	if len(b.mailer.got) != 120 || len(b.mailer.twice()) != 0 {
		t.Errorf("%d readers mailed, twice: %v", len(b.mailer.got), b.mailer.twice())
	}
	if run.State != newsletter.RunSent || run.Counts != (newsletter.Counts{Sent: 120}) {
		t.Errorf("run %s, %+v", run.State, run.Counts)
	}
	if !slices.Equal(b.mailer.batches, []int{50, 50, 20}) {
		t.Errorf("batches of %v", b.mailer.batches)
	}
}

func TestASecondStartSendsNothing(t *testing.T) {
	b := newBench(t, 10)
	b.start(t)
	b.run(t)
	b.start(t)
	b.now = b.now.Add(time.Hour)
	must(t, b.Sweep(t.Context()))
	must(t, b.Walk(t.Context(), LaneRef{"weekly-1", 0}))
	if b.mailer.calls != 1 || len(b.queue.take()) != 0 {
		t.Errorf("%d calls, queue not empty", b.mailer.calls)
	}
}

func TestAnUnapprovedIssueIsNotSent(t *testing.T) {
	b := newBench(t, 1)
	b.issue.State = newsletter.IssueDraft
	if _, err := b.Start(t.Context(), &b.issue); !errors.Is(err, newsletter.ErrConflict) {
		t.Errorf("error %v", err)
	}
}

func TestSixteenWorkersSendOnce(t *testing.T) {
	b := newBench(t, 400)
	b.start(t)
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			if err := b.Walk(context.Background(), LaneRef{"weekly-1", 0}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	b.run(t)
	if len(b.mailer.got) != 400 || len(b.mailer.twice()) != 0 {
		t.Errorf("%d readers mailed, twice: %v", len(b.mailer.got), b.mailer.twice())
	}
}

// TestOutcomes is the table of answers: what each means for the reader and for
// the Run.
func TestOutcomes(t *testing.T) {
	const unlucky = 3
	one := func(o newsletter.Outcome, calls int, err error) func(int, *newsletter.Mailing) ([]newsletter.Result, error) {
		return func(call int, m *newsletter.Mailing) ([]newsletter.Result, error) {
			results := repeat(newsletter.Result{Outcome: newsletter.OutcomeSent}, len(m.Recipients))
			for i, r := range m.Recipients {
				if r.Address == address(unlucky) && call <= calls {
					results[i] = newsletter.Result{Outcome: o, Reason: "reason"}
				}
			}
			return results, err
		}
	}
	for _, c := range []struct {
		name   string
		answer func(int, *newsletter.Mailing) ([]newsletter.Result, error)
		want   newsletter.Counts
	}{
		{"sent", nil, newsletter.Counts{Sent: 20}},
		{"refused for good: failed", one(newsletter.OutcomeFailed, 99, nil), newsletter.Counts{Sent: 19, Failed: 1}},
		{"refused for now: sent at the second try", one(newsletter.OutcomeRetry, 1, nil), newsletter.Counts{Sent: 20}},
		{"refused for now, again and again: failed after four tries", one(newsletter.OutcomeRetry, 99, nil), newsletter.Counts{Sent: 19, Failed: 1}},
		{"no answer: unknown, never sent again", one(newsletter.OutcomeAmbiguous, 99, nil), newsletter.Counts{Sent: 19, Unknown: 1}},
		{"too fast: the refused one goes later", one(newsletter.OutcomeRetry, 1, newsletter.ErrThrottled), newsletter.Counts{Sent: 20}},
		{"not reachable for an hour: nobody's tries are used up", func(call int, m *newsletter.Mailing) ([]newsletter.Result, error) {
			if call <= 30 {
				return repeat(newsletter.Result{Outcome: newsletter.OutcomeRetry}, len(m.Recipients)), newsletter.ErrUnavailable
			}
			return repeat(newsletter.Result{Outcome: newsletter.OutcomeSent}, len(m.Recipients)), nil
		}, newsletter.Counts{Sent: 20}},
		{"quota spent: the run waits and goes on", one(newsletter.OutcomeRetry, 1, newsletter.ErrQuotaSpent), newsletter.Counts{Sent: 20}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, 20)
			b.mailer.answer = c.answer
			b.start(t)
			run := b.run(t)
			if run.Counts != c.want || run.State != newsletter.RunSent {
				t.Errorf("run %s, %+v; want %+v", run.State, run.Counts, c.want)
			}
			if len(b.mailer.twice()) != 0 {
				t.Errorf("twice: %v", b.mailer.twice())
			}
		})
	}
}

func TestOneBadMailDoesNotFailTheList(t *testing.T) {
	b := newBench(t, 60)
	broken := true
	b.mailer.answer = func(_ int, m *newsletter.Mailing) ([]newsletter.Result, error) {
		if broken {
			return repeat(newsletter.Result{Outcome: newsletter.OutcomeFailed, Reason: "header too long"}, len(m.Recipients)), nil
		}
		return repeat(newsletter.Result{Outcome: newsletter.OutcomeSent}, len(m.Recipients)), nil
	}
	b.start(t)
	must(t, b.Walk(t.Context(), LaneRef{"weekly-1", 0}))
	run, err := b.store.Run(t.Context(), "weekly-1")
	must(t, err)
	if run.State != newsletter.RunPaused || b.mailer.calls != 1 {
		t.Fatalf("run is %s after %d calls", run.State, b.mailer.calls)
	}
	broken = false
	_, err = b.Move(t.Context(), run.ID, newsletter.RunSending, "")
	must(t, err)
	if run = b.run(t); run.Counts != (newsletter.Counts{Sent: 60}) {
		t.Errorf("%+v", run.Counts)
	}
}

func TestPauseHoldsWithinABatchAndResumeGoesOn(t *testing.T) {
	b := newBench(t, 200)
	b.mailer.answer = func(call int, m *newsletter.Mailing) ([]newsletter.Result, error) {
		if call == 2 {
			_, err := b.Move(t.Context(), "weekly-1", newsletter.RunPaused, "an editor paused it")
			must(t, err)
		}
		return repeat(newsletter.Result{Outcome: newsletter.OutcomeSent}, len(m.Recipients)), nil
	}
	b.start(t)
	must(t, b.Walk(t.Context(), LaneRef{"weekly-1", 0}))
	b.now = b.now.Add(time.Hour)
	must(t, b.Sweep(t.Context()))
	if b.mailer.calls != 2 {
		t.Errorf("%d batches were sent, the pause came in the second", b.mailer.calls)
	}
	_, err := b.Move(t.Context(), "weekly-1", newsletter.RunSending, "")
	must(t, err)
	if run := b.run(t); run.Counts.Sent != 200 || len(b.mailer.twice()) != 0 {
		t.Errorf("%+v", run.Counts)
	}
}

func TestWhoMayReceive(t *testing.T) {
	b := newBench(t, 3)
	for _, s := range []newsletter.Subscriber{
		{Address: "pending@example.org", Status: newsletter.Pending},
		{Address: "gone@example.org", Status: newsletter.Unsubscribed, ConfirmedAt: monday.Add(-time.Hour), ChangedAt: monday.Add(-time.Minute)},
		{Address: "late@example.org", Status: newsletter.Active, ConfirmedAt: monday.Add(time.Minute)},
		{Address: "monthly@example.org", Status: newsletter.Active, ConfirmedAt: monday.Add(-time.Hour), Schedules: []string{"monthly"}},
	} {
		s.ID = newsletter.Identify(nil, s.Address)
		must(t, b.store.SaveSubscriber(t.Context(), &s))
	}
	b.start(t)
	b.leave(t, 1, monday.Add(time.Second)) // after the start: recorded as skipped
	if run := b.run(t); run.Counts != (newsletter.Counts{Sent: 2, Skipped: 1}) {
		t.Errorf("%+v, mailed %v", run.Counts, b.mailer.got)
	}
}

func (b *bench) leave(t *testing.T, i int, at time.Time) {
	t.Helper()
	s, err := b.store.Subscriber(t.Context(), newsletter.Identify([]byte("pepper"), address(i)))
	must(t, err)
	s.Unsubscribe(at)
	must(t, b.store.SaveSubscriber(t.Context(), &s))
}

func TestWhoLeavesBeforeTheRetryIsSkipped(t *testing.T) {
	b := newBench(t, 5)
	b.mailer.answer = func(_ int, m *newsletter.Mailing) ([]newsletter.Result, error) {
		return repeat(newsletter.Result{Outcome: newsletter.OutcomeRetry}, len(m.Recipients)), nil
	}
	b.start(t)
	must(t, b.Walk(t.Context(), LaneRef{"weekly-1", 0}))
	b.leave(t, 2, b.now.Add(time.Second))
	b.mailer.answer = nil
	if run := b.run(t); run.Counts != (newsletter.Counts{Sent: 4, Skipped: 1}) || b.mailer.got[address(2)] != 0 {
		t.Errorf("%+v", run.Counts)
	}
}

func TestRateIsKept(t *testing.T) {
	b := newBench(t, 200)
	b.Rate = 10
	b.start(t)
	must(t, b.Walk(t.Context(), LaneRef{"weekly-1", 0}))
	if took := b.now.Sub(monday); took < 15*time.Second || took > 20*time.Second {
		t.Errorf("200 messages at 10 a second took %v; the last 50 leave after 15 s", took)
	}
	if len(b.mailer.got) != 200 {
		t.Errorf("%d mailed", len(b.mailer.got))
	}
}

// TestASlotTooFarAwayLosesNobody: a worker that cannot wait so long gives the
// lane back as it was.
func TestASlotTooFarAwayLosesNobody(t *testing.T) {
	b := newBench(t, 100)
	b.Rate = 1 // 50 messages: the second batch could only leave after 50 s
	b.start(t)
	run := b.run(t)
	if run.Counts.Sent != 100 || len(b.mailer.twice()) != 0 {
		t.Errorf("%+v", run.Counts)
	}
}

// freeLanes is a queue whose messages are taken at once: the lane must be free by
// then, or the message is lost on whoever takes it.
type freeLanes struct{ *bench }

func (f freeLanes) Put(ctx context.Context, ref LaneRef) error {
	lane, err := f.store.Lane(ctx, ref.Run, ref.Lane)
	if err == nil {
		err = lane.Take("the next worker", f.now)
	}
	return errors.Join(err, f.queue.Put(ctx, ref))
}

func TestTheDeadlineHandsTheLaneOver(t *testing.T) {
	b := newBench(t, 100)
	b.start(t)
	b.queue.take()
	b.Queue = freeLanes{b}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second) // less than a send may take
	defer cancel()
	must(t, b.Walk(ctx, LaneRef{"weekly-1", 0}))
	if b.mailer.calls != 0 {
		t.Error("sent without the time to store the result")
	}
	if refs := b.queue.take(); len(refs) != 1 {
		t.Errorf("queue %v", refs)
	}
	must(t, b.Walk(t.Context(), LaneRef{"weekly-1", 0})) // the lease was given back at once
	if len(b.mailer.got) != 100 {
		t.Errorf("%d mailed", len(b.mailer.got))
	}
}
