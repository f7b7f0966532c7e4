package deliver

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

var errCrash = errors.New("the worker died here")

// dying is a Store whose writes end at a given one, before or after it took
// effect, as they do for a worker that is killed.
type dying struct {
	Store
	left  int  // writes until death
	after bool // the last write takes effect
}

func (d *dying) write(do func() error) error {
	if d.left == 0 {
		return errCrash
	}
	if d.left--; d.left == 0 {
		if d.after {
			_ = do()
		}
		return errCrash
	}
	return do()
}

func (d *dying) SaveRun(ctx context.Context, r *newsletter.Run) error {
	return d.write(func() error { return d.Store.SaveRun(ctx, r) })
}

func (d *dying) SaveLane(ctx context.Context, l *newsletter.Lane) error {
	return d.write(func() error { return d.Store.SaveLane(ctx, l) })
}

func (d *dying) SaveBatch(ctx context.Context, b *newsletter.Batch) error {
	return d.write(func() error { return d.Store.SaveBatch(ctx, b) })
}

// recalling is a mailer that can look up what it has accepted.
type recalling struct{ *fakeMailer }

func (r recalling) Recall(_ context.Context, m *newsletter.Mailing) ([]newsletter.Result, error) {
	results := repeat(newsletter.Result{Outcome: newsletter.OutcomeRetry}, len(m.Recipients))
	for i, to := range m.Recipients {
		if r.got[to.Address] > 0 {
			results[i].Outcome = newsletter.OutcomeSent
		}
	}
	return results, nil
}

// TestDeathAtAnyWrite kills the worker at each of its writes in turn, before and
// after the write takes effect, and lets another one go on. Nobody is mailed
// twice, and whoever may have been missed is in the books as unknown.
func TestDeathAtAnyWrite(t *testing.T) {
	for _, recall := range []bool{false, true} {
		for _, after := range []bool{false, true} {
			for n := 1; ; n++ {
				if !diesAt(t, n, after, recall) {
					if n < 6 {
						t.Errorf("only %d writes were tried", n-1)
					}
					break
				}
			}
		}
	}
}

// diesAt tells whether there was an n-th write to die at.
func diesAt(t *testing.T, n int, after, recall bool) (died bool) {
	name := fmt.Sprintf("write %d, takes effect: %t, mailer recalls: %t", n, after, recall)
	t.Run(name, func(t *testing.T) {
		b := newBench(t, 120)
		b.mailer.answer = func(call int, m *newsletter.Mailing) ([]newsletter.Result, error) {
			results := repeat(newsletter.Result{Outcome: newsletter.OutcomeSent}, len(m.Recipients))
			if call == 1 {
				results[7] = newsletter.Result{Outcome: newsletter.OutcomeRetry, Reason: "busy"}
			}
			return results, nil
		}
		if recall {
			b.Mailer = recalling{b.mailer}
		}
		doomed := *b.Engine
		doomed.Store = &dying{Store: b.store, left: n, after: after}
		_, err := doomed.Start(t.Context(), &b.issue)
		if err == nil {
			err = doomed.Walk(t.Context(), LaneRef{"weekly-1", 0})
		}
		died = errors.Is(err, errCrash)
		b.start(t) // whoever comes next starts it again; it starts once
		b.now = b.now.Add(newsletter.LeaseTime + time.Second)
		must(t, b.Sweep(t.Context()))
		b.audit(t, b.run(t), recall)
	})
	return died
}

func (b *bench) audit(t *testing.T, run newsletter.Run, recall bool) {
	t.Helper()
	if twice := b.mailer.twice(); len(twice) > 0 {
		t.Errorf("mailed twice: %v", twice)
	}
	c := run.Counts
	if c.Sent+c.Failed+c.Skipped+c.Unknown != 120 || c.Ambiguous != 0 {
		t.Errorf("the books do not add up to 120: %+v", c)
	}
	if missing := 120 - len(b.mailer.got); missing > c.Unknown {
		t.Errorf("%d readers were missed, only %d are named", missing, c.Unknown)
	}
	if recall && c.Unknown != 0 {
		t.Errorf("%d unknown, though the mailer can look", c.Unknown)
	}
}

// stalling is a Store after whose first claim something else happens for a long
// time.
type stalling struct {
	Store
	meanwhile func()
}

func (s *stalling) SaveLane(ctx context.Context, l *newsletter.Lane) error {
	err := s.Store.SaveLane(ctx, l)
	if meanwhile := s.meanwhile; err == nil && l.Inflight != nil && meanwhile != nil {
		s.meanwhile = nil
		meanwhile()
	}
	return err
}

// TestAWorkerThatStallsPastItsLease wakes up with a claim that another worker has
// settled. It sends nothing, and its readers stay in the books.
func TestAWorkerThatStallsPastItsLease(t *testing.T) {
	for _, recall := range []bool{false, true} {
		t.Run(fmt.Sprintf("mailer recalls: %t", recall), func(t *testing.T) {
			b := newBench(t, 120)
			if recall {
				b.Mailer = recalling{b.mailer}
			}
			b.start(t)
			stalled := *b.Engine
			stalled.Store = &stalling{Store: b.store, meanwhile: func() {
				b.now = b.now.Add(newsletter.LeaseTime + time.Second)
				must(t, b.Walk(t.Context(), LaneRef{"weekly-1", 0}))
			}}
			must(t, stalled.Walk(t.Context(), LaneRef{"weekly-1", 0}))
			b.audit(t, b.run(t), recall)
		})
	}
}

// interrupted is a Store whose worker is told to stop while it claims. The write
// takes effect, yet it reports the end of its context, as a driver may.
type interrupted struct {
	Store
	stop context.CancelFunc
}

func (i interrupted) SaveLane(ctx context.Context, l *newsletter.Lane) error {
	err := i.Store.SaveLane(ctx, l)
	if l.Inflight != nil {
		i.stop()
	}
	return errors.Join(err, ctx.Err())
}

// TestStoppedWhileClaiming: who was claimed is mailed, even when the worker is told
// to stop at that moment, and nobody is in doubt.
func TestStoppedWhileClaiming(t *testing.T) {
	b := newBench(t, 120)
	b.start(t)
	ctx, stop := context.WithCancel(t.Context())
	stopped := *b.Engine
	stopped.Store = interrupted{b.store, stop}
	if err := stopped.Walk(ctx, LaneRef{"weekly-1", 0}); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if got := len(b.mailer.got); got != newsletter.MaxBatch {
		t.Errorf("%d were mailed before the worker stopped, want %d", got, newsletter.MaxBatch)
	}
	b.now = b.now.Add(newsletter.LeaseTime + time.Second)
	must(t, b.Sweep(t.Context()))
	if run := b.run(t); run.Counts.Sent != 120 || len(b.mailer.twice()) > 0 {
		t.Errorf("%+v, mailed twice: %v", run.Counts, b.mailer.twice())
	}
}
