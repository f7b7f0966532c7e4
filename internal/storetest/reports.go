package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func testDoubtfulBatches(t *testing.T, s Store) {
	batch := func(run string, lane, seq int, outcomes ...newsletter.Outcome) newsletter.Batch {
		b := newsletter.Batch{Run: run, Lane: lane, Seq: seq, At: start}
		for _, o := range outcomes {
			b.Entries = append(b.Entries, newsletter.Entry{Outcome: o})
		}
		must(t, s.SaveBatch(ctx(t), &b))
		return b
	}
	batch("r", 0, 1, newsletter.OutcomeSent)
	batch("r", 2, 10, newsletter.OutcomeSent, newsletter.OutcomeAmbiguous)
	settled := batch("r", 2, 9, newsletter.OutcomeAmbiguous)
	batch("r", 10, 1, newsletter.OutcomeAmbiguous)
	batch("r", 1, 1, newsletter.OutcomeUnknown, newsletter.OutcomeRetry)
	batch("r2", 0, 1, newsletter.OutcomeAmbiguous)
	list := func() (found []string) {
		must(t, s.DoubtfulBatches(ctx(t), "r", func(b newsletter.Batch) error {
			found = append(found, fmt.Sprint(b.Lane, "/", b.Seq))
			return nil
		}))
		return found
	}
	t.Run("by lane and number", func(t *testing.T) { soon(t, list, "2/9", "2/10", "10/1") })
	t.Run("an error ends it and is passed on", func(t *testing.T) {
		enough, seen := errors.New("enough"), 0
		err := s.DoubtfulBatches(ctx(t), "r", func(newsletter.Batch) error {
			seen++
			return enough
		})
		if !errors.Is(err, enough) || seen != 1 {
			t.Errorf("%v after %d batches", err, seen)
		}
	})
	t.Run("no longer once it is settled", func(t *testing.T) {
		settled.GiveUp()
		must(t, s.SaveBatch(ctx(t), &settled))
		soon(t, list, "2/10", "10/1")
	})
}

func testReports(t *testing.T, s Store) {
	add := func(t *testing.T, r, want newsletter.Reports) {
		t.Helper()
		want.Run, want.Lane, want.Seq = r.Run, r.Lane, r.Seq
		if fresh := got[newsletter.Reports](t)(s.AddReports(ctx(t), r)); fresh != want {
			t.Errorf("new is %+v, want %+v", fresh, want)
		}
	}
	returned := func(t *testing.T, run string, bounced, complained int) {
		t.Helper()
		b, c, err := s.Returned(ctx(t), run)
		must(t, err)
		if b != bounced || c != complained {
			t.Errorf("%d bounced, %d complained, want %d and %d", b, c, bounced, complained)
		}
	}
	one := newsletter.Reports{Run: "r", Lane: 3, Seq: 7}
	t.Run("of a batch that nothing was told of there are none", func(t *testing.T) {
		if r := got[newsletter.Reports](t)(s.Reports(ctx(t), "r", 3, 7)); r != one {
			t.Errorf("%+v", r)
		}
		returned(t, "r", 0, 0)
	})
	all := one.Plus(newsletter.Reports{Accepted: 1<<49 | 0b1011, Refused: 0b100, Bounced: 0b10, Complained: 0b1, Delivered: 1 << 49})
	t.Run("what is new is told once", func(t *testing.T) {
		add(t, one.Plus(newsletter.Reports{Accepted: 0b11, Bounced: 0b10}), newsletter.Reports{Accepted: 0b11, Bounced: 0b10})
		add(t, one.Plus(newsletter.Reports{Accepted: 0b11, Bounced: 0b10}), newsletter.Reports{})
		add(t, all, newsletter.Reports{Accepted: 1<<49 | 0b1000, Refused: 0b100, Complained: 0b1, Delivered: 1 << 49})
		add(t, one, newsletter.Reports{})
		if r := got[newsletter.Reports](t)(s.Reports(ctx(t), "r", 3, 7)); r != all {
			t.Errorf("%+v, want %+v", r, all)
		}
	})
	t.Run("bounces and complaints are counted for the run", func(t *testing.T) {
		add(t, newsletter.Reports{Run: "r", Lane: 4, Seq: 1, Bounced: 0b11}, newsletter.Reports{Bounced: 0b11})
		add(t, newsletter.Reports{Run: "r2", Lane: 4, Seq: 1, Bounced: 0b1, Complained: 0b110}, newsletter.Reports{Bounced: 0b1, Complained: 0b110})
		returned(t, "r", 3, 1)
		returned(t, "r2", 1, 2)
	})
	t.Run("those of a lane, in order", func(t *testing.T) { testLaneReports(t, s, all) })
	t.Run("of many at once nobody's are lost, and each is new once", func(t *testing.T) { testReportsRace(t, s) })
}

func testLaneReports(t *testing.T, s Store, known newsletter.Reports) {
	const more = 120
	for i := more; i > 0; i-- {
		_, err := s.AddReports(ctx(t), newsletter.Reports{Run: "r", Lane: 3, Seq: 7 + i, Accepted: uint64(i)})
		must(t, err)
	}
	must(t, s.SaveBatch(ctx(t), &newsletter.Batch{Run: "r", Lane: 3, Seq: 8}))
	seq := 7
	must(t, s.LaneReports(ctx(t), "r", 3, func(r newsletter.Reports) error {
		want := newsletter.Reports{Run: "r", Lane: 3, Seq: seq, Accepted: uint64(seq - 7)}
		if seq == 7 {
			want = known
		}
		if r != want {
			t.Errorf("%+v, want %+v", r, want)
		}
		seq++
		return nil
	}))
	if seq != 7+more+1 {
		t.Errorf("%d reports came, want %d", seq-7, more+1)
	}
	enough := errors.New("enough")
	if err := s.LaneReports(ctx(t), "r", 3, func(newsletter.Reports) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("%v is not passed on", err)
	}
}

func testReportsRace(t *testing.T, s Store) {
	var mu sync.Mutex
	times := map[int]int{} // how often each entry was new
	race(t, func(racer int) error {
		for i := range racers { // each adds all, and its own first
			bit := uint64(1) << ((racer + i) % racers)
			fresh, err := s.AddReports(ctx(t), newsletter.Reports{Run: "race", Lane: 1, Seq: 1, Accepted: bit, Bounced: bit})
			if err != nil {
				return err
			}
			mu.Lock()
			if fresh.Bounced != 0 {
				times[(racer+i)%racers]++
			}
			mu.Unlock()
		}
		return nil
	})
	for i := range racers {
		if times[i] != 1 {
			t.Errorf("entry %d was new %d times", i, times[i])
		}
	}
	const all = 1<<racers - 1
	if r := got[newsletter.Reports](t)(s.Reports(ctx(t), "race", 1, 1)); r.Accepted != all || r.Bounced != all {
		t.Errorf("%+v", r)
	}
	if bounced, _, err := s.Returned(ctx(t), "race"); bounced != racers || err != nil {
		t.Errorf("%d bounced, %v", bounced, err)
	}
}
