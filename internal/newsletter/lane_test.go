package newsletter

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// leased is a lane of which w holds the lease from noon on.
func leased(t *testing.T) Lane {
	t.Helper()
	l := Lane{Run: "r", Lanes: 1}
	if err := l.Take("w", noon); err != nil {
		t.Fatal(err)
	}
	return l
}

func some(n int) []SubscriberID {
	ids := make([]SubscriberID, n)
	for i := range ids {
		ids[i] = SubscriberID{1, byte(i)}
	}
	return ids
}

func TestLanesShareTheBuckets(t *testing.T) {
	for _, lanes := range []int{1, 4, 16, 64, 256} {
		next := 0
		for n := range lanes {
			l := Lane{N: n, Lanes: lanes}
			from, to := l.Buckets()
			if int(from) != next || to < from {
				t.Errorf("lane %d of %d walks %d to %d, want from %d", n, lanes, from, to, next)
			}
			next = int(to) + 1
		}
		if next != 256 {
			t.Errorf("%d lanes end before bucket %d", lanes, next)
		}
	}
}

func TestLaneTake(t *testing.T) {
	for _, c := range []struct {
		name string
		lane Lane
		ok   bool
	}{
		{"a new lane", Lane{}, true},
		{"while another holds it", Lane{Owner: "v", Lease: noon.Add(time.Microsecond)}, false},
		{"when the lease has run out", Lane{Owner: "v", Lease: noon}, true},
		{"when it is done", Lane{Done: true}, false},
	} {
		l := c.lane
		err := l.Take("w", noon)
		if (err == nil) != c.ok || err != nil && !errors.Is(err, ErrConflict) {
			t.Errorf("%s: %v", c.name, err)
		}
		if taken := l.Owner == "w" && l.Lease.Equal(noon.Add(LeaseTime)) && l.Epoch == 1; taken != c.ok {
			t.Errorf("%s: the lane is now %+v", c.name, l)
		}
	}
	l := leased(t)
	l.Release()
	if err := l.Take("v", noon); err != nil || l.Epoch != 2 {
		t.Errorf("after it was given back: %v, epoch %d", err, l.Epoch)
	}
}

func TestLaneClaim(t *testing.T) {
	for _, c := range []struct {
		name string
		at   time.Time
		n    int
		want error
	}{
		{"one reader", noon, 1, nil},
		{"as many as a call takes", noon, MaxBatch, nil},
		{"nobody", noon, 0, ErrInvalid},
		{"one too many", noon, MaxBatch + 1, ErrInvalid},
		{"in the last moment of the lease", noon.Add(LeaseTime - 1), 1, nil},
		{"when the lease has run out", noon.Add(LeaseTime), 1, ErrConflict},
	} {
		l := leased(t)
		err := l.Claim(some(c.n), 2, c.at)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err == nil && (l.Seq != 1 || l.Inflight.Seq != 1 || l.Inflight.Tries != 2 || len(l.Inflight.IDs) != c.n || !l.Lease.Equal(c.at.Add(LeaseTime))) {
			t.Errorf("%s: the lane is now %+v", c.name, l)
		}
		if err != nil && (l.Seq != 0 || l.Inflight != nil) {
			t.Errorf("%s: refused, and yet the lane is now %+v", c.name, l)
		}
	}
	l := leased(t)
	l.Claim(some(1), 0, noon)
	if err := l.Claim(some(1), 0, noon); !errors.Is(err, ErrConflict) || l.Seq != 1 {
		t.Errorf("a second claim before the first has a result: %v", err)
	}
}

func TestLaneAdvance(t *testing.T) {
	l := Lane{Cursor: SubscriberID{5}}
	l.Advance(SubscriberID{}, true)
	if l.Cursor != (SubscriberID{5}) || !l.Walked {
		t.Errorf("the end without anybody leaves %+v", l)
	}
	l.Advance(SubscriberID{6}, false)
	if l.Cursor != (SubscriberID{6}) || l.Walked {
		t.Errorf("somebody more leaves %+v", l)
	}
}

func TestLaneRecord(t *testing.T) {
	l := leased(t)
	l.Claim(some(4), 0, noon)
	b := NewBatch(l.Run, l.N, l.Inflight, OutcomeAmbiguous, "")
	b.Apply([]Result{{Outcome: OutcomeSent, MessageID: "m"}, {Outcome: OutcomeRetry}, {Outcome: OutcomeFailed, Reason: "no"}, {Outcome: OutcomeRetry}})
	other := b
	other.Seq = 7
	if err := l.Record(&other, noon); !errors.Is(err, ErrConflict) || l.Inflight == nil {
		t.Errorf("the result of another batch: %v", err)
	}
	if err := l.Record(&b, noon); err != nil {
		t.Fatal(err)
	}
	if want := (Counts{Sent: 1, Failed: 1}); l.Counts != want || l.Inflight != nil || len(l.Retries) != 1 {
		t.Errorf("the lane is now %+v", l)
	}
	if r := l.Retries[0]; r.Seq != 1 || r.Len() != 2 || !r.Has(1) || !r.Has(3) || r.Has(0) || r.Tries != 1 || !r.NotBefore.Equal(noon.Add(30*time.Second)) {
		t.Errorf("the retry is %+v", r)
	}
	if err := l.Record(&b, noon); !errors.Is(err, ErrConflict) || l.Counts.Sent != 1 {
		t.Errorf("the same result again: %v, %+v", err, l.Counts)
	}
}

// TestTriesEnd follows readers who are refused each time.
func TestTriesEnd(t *testing.T) {
	l := leased(t)
	ids := some(MaxBatch)
	var pauses []time.Duration
	for tries := 0; ; tries++ {
		if err := l.Take("w", l.Lease); err != nil {
			t.Fatal(err)
		}
		now := l.Lease.Add(-LeaseTime)
		if err := l.Claim(ids, tries, now); err != nil {
			t.Fatal(err)
		}
		b := NewBatch(l.Run, l.N, l.Inflight, OutcomeAmbiguous, "")
		refused := make([]Result, len(ids))
		for i := range refused {
			refused[i].Outcome = OutcomeRetry
		}
		b.Apply(refused)
		if err := l.Record(&b, now); err != nil {
			t.Fatal(err)
		}
		next, more := l.NextRetry()
		if !more {
			break
		}
		pauses = append(pauses, next.Sub(now))
		if _, due := l.DueRetry(next.Add(-1)); due {
			t.Error("a retry came before its time")
		}
		if r, due := l.DueRetry(next); !due || r.Tries != tries+1 || r.Len() != MaxBatch {
			t.Errorf("the retry is %+v, %v", r, due)
		}
	}
	if got := fmt.Sprint(pauses); got != "[30s 2m0s 10m0s]" || l.Counts.Failed != MaxBatch {
		t.Errorf("pauses were %s, the counts are %+v", got, l.Counts)
	}
}

func TestATryThatDoesNotCount(t *testing.T) {
	b := Batch{Seq: 1, Entries: make([]Entry, 1)}
	l := Lane{Inflight: &Claim{Seq: 1}}
	b.Uncount()
	b.Apply([]Result{{Outcome: OutcomeRetry}})
	if err := l.Record(&b, noon); err != nil || len(l.Retries) != 1 || l.Retries[0].Tries != 0 {
		t.Errorf("%v, %+v", err, l.Retries)
	}
}

func TestLaneDueRetry(t *testing.T) {
	l := Lane{Retries: []Retry{{Seq: 1, NotBefore: noon.Add(time.Hour)}, {Seq: 2, NotBefore: noon}, {Seq: 3, NotBefore: noon}}}
	for _, want := range []int{2, 3} {
		if r, due := l.DueRetry(noon); !due || r.Seq != want {
			t.Errorf("due is %+v, %v, want batch %d", r, due, want)
		}
	}
	if r, due := l.DueRetry(noon); due || len(l.Retries) != 1 {
		t.Errorf("%+v is due too early", r)
	}
	if next, more := l.NextRetry(); !more || !next.Equal(noon.Add(time.Hour)) {
		t.Errorf("the next one is due at %v, %v", next, more)
	}
}

func TestLaneFinishAndWaiting(t *testing.T) {
	later := []Retry{{NotBefore: noon.Add(time.Second)}}
	for _, c := range []struct {
		name          string
		lane          Lane
		done, waiting bool
	}{
		{"not walked to the end", Lane{}, false, true},
		{"walked, nothing left", Lane{Walked: true}, true, true}, // somebody must close it
		{"a batch in flight", Lane{Walked: true, Inflight: &Claim{}}, false, true},
		{"a retry that is due", Lane{Walked: true, Retries: []Retry{{NotBefore: noon}}}, false, true},
		{"a retry for later", Lane{Walked: true, Retries: later}, false, false},
		{"a retry for later, not walked yet", Lane{Retries: later}, false, true},
		{"held by somebody", Lane{Lease: noon.Add(time.Second)}, false, false},
		{"done", Lane{Done: true, Walked: true}, true, false},
	} {
		if got := c.lane.Waiting(noon); got != c.waiting {
			t.Errorf("%s: waiting is %v", c.name, got)
		}
		if got := c.lane.Finish(); got != c.done || c.lane.Done != c.done {
			t.Errorf("%s: done is %v", c.name, got)
		}
	}
}

func TestBatchOutcomes(t *testing.T) {
	b := NewBatch("r", 2, &Claim{Seq: 3, At: noon, Tries: 1, IDs: some(3)}, OutcomeAmbiguous, "the worker died")
	if b.Run != "r" || b.Lane != 2 || b.Seq != 3 || b.Tries != 1 || !b.At.Equal(noon) || b.Ambiguous() != 3 {
		t.Errorf("%+v", b)
	}
	if !b.Seen(0, "m0") || b.Seen(0, "m1") || b.Entries[0].MessageID != "m0" || b.Entries[0].Outcome != OutcomeSent {
		t.Errorf("a report that it was accepted leaves %+v", b.Entries[0])
	}
	if b.Seen(-1, "m") || b.Seen(3, "m") {
		t.Error("a report about nobody changed something")
	}
	if !b.GiveUp() || b.GiveUp() || b.Ambiguous() != 0 {
		t.Errorf("giving up leaves %+v", b.Entries)
	}
	if !b.Seen(1, "late") {
		t.Error("a late report did not turn unknown into sent")
	}
	if got, want := b.Count(), (Counts{Sent: 2, Unknown: 1}); got != want {
		t.Errorf("the counts are %+v, want %+v", got, want)
	}
}

func TestBatchWithoutAnswers(t *testing.T) {
	b := Batch{Entries: make([]Entry, 2)}
	b.Apply([]Result{{Outcome: OutcomeSent, MessageID: "m"}})
	if b.Entries[0].Outcome != OutcomeSent || b.Entries[1].Outcome != OutcomeAmbiguous || b.Entries[1].Reason == "" {
		t.Errorf("%+v", b.Entries)
	}
}
