package sqlite_test

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/local/sqlite"
	"github.com/masthead-mail/masthead/internal/local/sqlitetest"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/storetest"
)

func open(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store { return open(t, sqlitetest.File(t)) })
}

// TestContractOverTwoHandles lets calls take turns between two handles on one
// file, as two processes would.
func TestContractOverTwoHandles(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store {
		path := sqlitetest.File(t)
		return &turns{Store: open(t, path), other: open(t, path)}
	})
}

// turns sends every other conditional write to another handle.
type turns struct {
	storetest.Store
	other storetest.Store
	calls atomic.Int64
}

func (s *turns) next() storetest.Store {
	if s.calls.Add(1)%2 == 0 {
		return s.other
	}
	return s.Store
}

func (s *turns) AddArticle(ctx context.Context, a *newsletter.Article, aliases ...string) error {
	return s.next().AddArticle(ctx, a, aliases...)
}

func (s *turns) TakeArticle(ctx context.Context, article, schedule, issue string) error {
	return s.next().TakeArticle(ctx, article, schedule, issue)
}

func (s *turns) SaveIssue(ctx context.Context, i *newsletter.Issue) error {
	return s.next().SaveIssue(ctx, i)
}

func (s *turns) SaveRun(ctx context.Context, r *newsletter.Run) error {
	return s.next().SaveRun(ctx, r)
}

func (s *turns) SaveLane(ctx context.Context, l *newsletter.Lane) error {
	return s.next().SaveLane(ctx, l)
}

func (s *turns) SaveBatch(ctx context.Context, b *newsletter.Batch) error {
	return s.next().SaveBatch(ctx, b)
}

func (s *turns) SaveSubscriber(ctx context.Context, v *newsletter.Subscriber) error {
	return s.next().SaveSubscriber(ctx, v)
}

func (s *turns) Reserve(ctx context.Context, pace string, cost time.Duration, now time.Time, far time.Duration) (time.Time, error) {
	return s.next().Reserve(ctx, pace, cost, now, far)
}

func (s *turns) Allow(ctx context.Context, kind, key string, limit int, window time.Duration, now time.Time) (bool, error) {
	return s.next().Allow(ctx, kind, key, limit, window, now)
}

func TestWhatIsSavedIsThereAfterReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a folder", "100% ü?#.db")
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	run := newsletter.Run{ID: "w1"}
	if err := s.SaveRun(t.Context(), &run); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if again, err := open(t, path).Run(t.Context(), "w1"); err != nil || again != run {
		t.Errorf("%+v, %v", again, err)
	}
}

// TestListedRecordsShareNothing: what one row leaves empty does not come from the
// row before it, and changing one record changes no other.
func TestListedRecordsShareNothing(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "masthead.db"))
	var want []newsletter.Batch
	for seq, entries := range [][]newsletter.Entry{{{Outcome: newsletter.OutcomeSent, MessageID: "m1"}, {Outcome: newsletter.OutcomeFailed, Reason: "550"}}, {}, {{Outcome: newsletter.OutcomeSent}}} {
		b := newsletter.Batch{Run: "r", Seq: seq, Entries: entries}
		if err := s.SaveBatch(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		want = append(want, b)
	}
	var listed []newsletter.Batch
	err := s.Batches(t.Context(), "r", 0, func(b newsletter.Batch) error {
		listed = append(listed, b)
		return nil
	})
	if err != nil || !reflect.DeepEqual(listed, want) {
		t.Fatalf("listed %+v, %v\nwant   %+v", listed, err, want)
	}
	listed[0].Entries[0].MessageID = "changed"
	if listed[2].Entries[0].MessageID != "" {
		t.Error("two records share their entries")
	}
}

// TestReadsSeeThatTheContextHasEnded: a read does not begin for a caller who is
// gone.
func TestReadsSeeThatTheContextHasEnded(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "masthead.db"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Sources(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
}

func BenchmarkSubscribers(b *testing.B) {
	for b.Loop() {
		s := open(b, filepath.Join(b.TempDir(), "masthead.db"))
		const n = 100_000
		readers := make([]newsletter.Subscriber, n)
		for i := range readers {
			readers[i] = storetest.Reader(i)
		}
		storetest.MeasureAudience(b, s, readers, 10_000)
	}
}

func BenchmarkClaimAndRecord(b *testing.B) {
	storetest.MeasureClaims(b, open(b, filepath.Join(b.TempDir(), "masthead.db")))
}
