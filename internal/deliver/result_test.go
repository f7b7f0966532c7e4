package deliver

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// result collects the deliveries by outcome. A reader who comes twice is an error.
func (b *bench) result(t *testing.T, list string, after Place) map[newsletter.Outcome][]newsletter.Address {
	t.Helper()
	outcomes, err := ParseOutcomes(list)
	must(t, err)
	run, err := b.store.Run(t.Context(), "weekly-1")
	must(t, err)
	found, seen := map[newsletter.Outcome][]newsletter.Address{}, map[newsletter.SubscriberID]bool{}
	must(t, b.Deliveries(t.Context(), &run, outcomes, after, func(d Delivery) error {
		if seen[d.Subscriber] {
			t.Errorf("%s comes twice", d.Address)
		}
		seen[d.Subscriber] = true
		found[d.Outcome] = append(found[d.Outcome], d.Address)
		return nil
	}))
	return found
}

// fates gives the first readers an outcome each, the others are sent.
func fates(m *newsletter.Mailing, outcomes ...newsletter.Outcome) []newsletter.Result {
	results := repeat(newsletter.Result{Outcome: newsletter.OutcomeSent, MessageID: "m"}, len(m.Recipients))
	for i, r := range m.Recipients {
		for n, o := range outcomes {
			if r.Address == address(n) {
				results[i] = newsletter.Result{Outcome: o, Reason: "reason " + string(o)}
			}
		}
	}
	return results
}

func TestTheResultNamesEveryReader(t *testing.T) {
	b := newBench(t, 120)
	b.mailer.answer = func(_ int, m *newsletter.Mailing) ([]newsletter.Result, error) {
		return fates(m, newsletter.OutcomeFailed, newsletter.OutcomeAmbiguous, newsletter.OutcomeRetry), nil
	}
	b.start(t)
	must(t, b.Walk(t.Context(), LaneRef{"weekly-1", 0}))

	during := b.result(t, "", Place{})
	for outcome, who := range map[newsletter.Outcome]newsletter.Address{newsletter.OutcomeFailed: address(0), newsletter.OutcomeAmbiguous: address(1), newsletter.OutcomeRetry: address(2)} {
		if !slices.Equal(during[outcome], []newsletter.Address{who}) {
			t.Errorf("%s: %v, want %s", outcome, during[outcome], who)
		}
	}
	if len(during[newsletter.OutcomeSent]) != 117 {
		t.Errorf("%d sent", len(during[newsletter.OutcomeSent]))
	}

	b.mailer.answer = nil
	b.run(t)
	after := b.result(t, "unknown,failed, retry", Place{})
	if !maps.EqualFunc(after, map[newsletter.Outcome][]newsletter.Address{newsletter.OutcomeFailed: {address(0)}, newsletter.OutcomeUnknown: {address(1)}}, slices.Equal) {
		t.Errorf("at the end: %v", after)
	}
	if sent := b.result(t, "sent", Place{})[newsletter.OutcomeSent]; len(sent) != 118 {
		t.Errorf("%d sent at the end: who waited was sent with the second try", len(sent))
	}
}

// TestTheResultBetweenAnyTwoWrites: wherever a worker stands, or has died, nobody
// whom it has claimed is missing from the result, or in it twice.
func TestTheResultBetweenAnyTwoWrites(t *testing.T) {
	b := newBench(t, 50)
	b.BatchSize = 10
	watch := func() (n int) {
		for _, list := range b.result(t, "", Place{}) {
			n += len(list)
		}
		return n
	}
	b.mailer.answer = func(call int, m *newsletter.Mailing) ([]newsletter.Result, error) {
		if got := watch(); got != 10*min(call, 5) {
			t.Errorf("while batch %d is being sent, %d are in the books", call, got)
		}
		return fates(m, newsletter.OutcomeRetry, newsletter.OutcomeRetry), nil
	}
	b.Store = &watched{Store: b.store, after: func() { watch() }}
	b.start(t)
	if run := b.run(t); run.Counts != (newsletter.Counts{Sent: 48, Failed: 2}) || watch() != 50 {
		t.Errorf("%+v, %d in the result", run.Counts, watch())
	}
}

// watched is looked at after each write.
type watched struct {
	Store
	after func()
}

func (s *watched) SaveLane(ctx context.Context, l *newsletter.Lane) error {
	defer s.after()
	return s.Store.SaveLane(ctx, l)
}

func (s *watched) SaveBatch(ctx context.Context, b *newsletter.Batch) error {
	defer s.after()
	return s.Store.SaveBatch(ctx, b)
}

func TestTheResultAfterABatch(t *testing.T) {
	b := newBench(t, 120)
	b.start(t)
	b.run(t)
	if sent := b.result(t, "sent", Place{0, 1})[newsletter.OutcomeSent]; len(sent) != 70 {
		t.Errorf("%d after the first batch of 50", len(sent))
	}
	if sent := b.result(t, "sent", Place{1, 0}); len(sent) != 0 {
		t.Errorf("%v after the last lane", sent)
	}
	run, err := b.store.Run(t.Context(), "weekly-1")
	must(t, err)
	stop, n := errors.New("stop"), 0
	err = b.Deliveries(t.Context(), &run, Outcomes(), Place{}, func(Delivery) error { n++; return stop })
	if !errors.Is(err, stop) || n != 1 {
		t.Errorf("%d deliveries, %v", n, err)
	}
}

func TestAReaderWhoIsGoneStaysInTheResult(t *testing.T) {
	b := newBench(t, 1)
	b.start(t)
	b.run(t)
	run, err := b.store.Run(t.Context(), "weekly-1")
	must(t, err)
	id := newsletter.Identify(nil, "erased@example.org")
	must(t, b.store.SaveBatch(t.Context(), &newsletter.Batch{Run: run.ID, Seq: 1 << 20, At: monday}))
	lane, err := b.store.Lane(t.Context(), run.ID, 0)
	must(t, err)
	lane.Seq, lane.Inflight = lane.Seq+1, &newsletter.Claim{Seq: lane.Seq + 1, At: monday, IDs: []newsletter.SubscriberID{id}}
	must(t, b.store.SaveLane(t.Context(), &lane))
	var got []Delivery
	must(t, b.Deliveries(t.Context(), &run, []newsletter.Outcome{newsletter.OutcomeAmbiguous}, Place{}, func(d Delivery) error { got = append(got, d); return nil }))
	if len(got) != 1 || got[0].Subscriber != id || got[0].Address != "" || got[0].Reason != "being sent right now" || !got[0].At.Equal(monday) {
		t.Errorf("%+v", got)
	}
}

func TestParseOutcomes(t *testing.T) {
	for list, want := range map[string]int{"": 6, "sent": 1, "failed, unknown": 2, "sent,failed,skipped,unknown,ambiguous,retry": 6, "lost": 0, "failed,": 0} {
		got, err := ParseOutcomes(list)
		if len(got) != want || (err != nil) != (want == 0) || err != nil && !errors.Is(err, newsletter.ErrInvalid) {
			t.Errorf("%q: %v, %v", list, got, err)
		}
	}
}
