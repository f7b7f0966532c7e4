package deliver

import (
	"context"
	"errors"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestTheEndOfARunIsAnnounced once, before it is stored, with the last counts; where
// that fails, the next sweep closes the books.
func TestTheEndOfARunIsAnnounced(t *testing.T) {
	b := newBench(t, 120)
	broken, times := errors.New("the store is away"), 0
	var heard []newsletter.Event
	b.Announce = func(ctx context.Context, e newsletter.Event) error {
		if times++; times == 1 {
			return broken
		}
		if stored, err := b.store.Run(ctx, e.Run.ID); err != nil || stored.Finished() {
			t.Errorf("announced after it is stored: %+v, %v", stored, err)
		}
		e.Run = &newsletter.Run{ID: e.Run.ID, Counts: e.Run.Counts}
		heard = append(heard, e)
		return nil
	}
	b.start(t)
	for _, ref := range b.queue.take() {
		if err := b.Walk(t.Context(), ref); err != nil && !errors.Is(err, broken) {
			t.Fatal(err)
		}
	}
	run := b.run(t)
	if len(heard) != 1 || heard[0].Type != newsletter.EventSent || !heard[0].At.Equal(run.FinishedAt) || heard[0].Run.Counts != (newsletter.Counts{Sent: 120}) {
		t.Errorf("heard %+v, run %+v", heard, run)
	}
}
