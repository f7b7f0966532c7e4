package newsletter

import (
	"errors"
	"testing"
	"time"
)

func TestWhichRunsCanBeTriedAgain(t *testing.T) {
	for _, c := range []struct {
		state   RunState
		outcome Outcome
		want    error
	}{
		{RunSent, OutcomeFailed, nil},
		{RunSent, OutcomeUnknown, nil},
		{RunCancelled, OutcomeFailed, nil},
		{RunSent, OutcomeSent, ErrInvalid},
		{RunSent, OutcomeSkipped, ErrInvalid},
		{RunSent, "", ErrInvalid},
		{RunSending, OutcomeFailed, ErrConflict},
		{RunSettling, OutcomeUnknown, ErrConflict},
		{RunCancelling, OutcomeFailed, ErrConflict},
	} {
		r := Run{ID: "w1", Issue: "w1", Schedule: "weekly", State: c.state, Lanes: 4, Rev: 9, StartedAt: noon, Counts: Counts{Sent: 5}}
		child, err := r.Again(c.outcome, noon.Add(time.Hour))
		if !errors.Is(err, c.want) {
			t.Errorf("%s of a run that is %s: %v, want %v", c.outcome, c.state, err, c.want)
		}
		want := Run{ID: "w1-retry-" + string(c.outcome), Issue: "w1", Schedule: "weekly", State: RunApproved, Parent: "w1", Outcome: c.outcome, StartedAt: noon.Add(time.Hour), Since: noon.Add(time.Hour), Lanes: 4}
		if c.want == nil && child != want {
			t.Errorf("%+v, want %+v", child, want)
		}
	}
}

func TestTheBooksOfARetry(t *testing.T) {
	b := Batch{Run: "w1", Lane: 3, Seq: 7, Rev: 4, Tries: 2, Entries: []Entry{{SubscriberID{1}, OutcomeFailed, "", "full"}, {SubscriberID{2}, OutcomeSent, "m", ""},
		{SubscriberID{3}, OutcomeFailed, "", ""}, {SubscriberID{4}, OutcomeUnknown, "", ""}, {SubscriberID{5}, OutcomeRetry, "", ""}, {SubscriberID{6}, OutcomeFailed, "", ""}}}
	again := b.Again(&Run{ID: "w2", Outcome: OutcomeFailed}, func(id SubscriberID) bool { return id == SubscriberID{3} }, noon)
	if again.Run != "w2" || again.Lane != 3 || again.Seq != 7 || again.Rev != 0 || again.Tries != 0 || len(again.Entries) != 2 ||
		again.Entries[0] != (Entry{SubscriberID{1}, OutcomeRetry, "", "full"}) || again.Entries[1].Subscriber != (SubscriberID{6}) {
		t.Errorf("%+v", again)
	}
	var l Lane
	l.Await(&again)
	if r, due := l.DueRetry(noon); !due || r.Seq != 7 || r.Len() != 2 || !r.Has(0) || !r.Has(1) || r.Tries != 0 {
		t.Errorf("%+v", r)
	}
}
