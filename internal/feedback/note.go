package feedback

import (
	"context"
	"errors"
	"fmt"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// place names a batch.
type place struct {
	run       string
	lane, seq int
}

// group is what Events that came together tell about one batch.
type group struct {
	newsletter.Reports
	events []int    // their positions
	told   []*Event // the same
}

// groups are the batches that the Events are about, in the order in which they come.
func groups(events []Event) []*group {
	var all []*group
	known := map[place]*group{}
	for i := range events {
		d := events[i].Delivery
		if d == nil || d.Index >= newsletter.MaxBatch {
			continue
		}
		at := place{d.Run, d.Lane, d.Seq}
		g := known[at]
		if g == nil {
			g = &group{Reports: newsletter.Reports{Run: d.Run, Lane: d.Lane, Seq: d.Seq}}
			known[at], all = g, append(all, g)
		}
		g.add(&events[i], i)
	}
	return all
}

func (g *group) add(e *Event, at int) {
	bit := uint64(1) << e.Delivery.Index
	switch e.Kind {
	case Refused:
		g.Refused |= bit
	case Bounced:
		g.Bounced |= bit
		g.Accepted |= bit
	case Complaint:
		g.Complained |= bit
		g.Accepted |= bit
	case Delivered:
		g.Delivered |= bit
		g.Accepted |= bit
	default:
		g.Accepted |= bit
	}
	g.events, g.told = append(g.events, at), append(g.told, e)
}

func (g *group) blame(faults []error, err error) {
	for _, i := range g.events {
		faults[i] = errors.Join(faults[i], fmt.Errorf("feedback: batch %d of lane %d of run %s: %w", g.Seq, g.Lane, g.Run, err))
	}
}

// note keeps the Reports, and then writes what they prove into the batch, if it is
// stored. If it is not yet, sweep finds the Reports: it reads them after the batch,
// while here the batch is read after they were written.
//
// What is not new is handled all the same: who noted it may have died before it came
// to the batch. fresh is what is new of them.
func (h *Handler) note(ctx context.Context, g *group) (fresh newsletter.Reports, err error) {
	if fresh, err = h.Store.AddReports(ctx, g.Reports); err != nil {
		return fresh, err
	}
	return fresh, h.settle(ctx, g)
}

func (h *Handler) settle(ctx context.Context, g *group) error {
	for {
		batch, err := h.Store.Batch(ctx, g.Run, g.Lane, g.Seq)
		if errors.Is(err, newsletter.ErrNotFound) {
			return nil // not stored yet, nobody's, or deleted long ago
		}
		if err != nil || !g.settle(&batch) {
			return err
		}
		if err := h.Store.SaveBatch(ctx, &batch); !errors.Is(err, newsletter.ErrConflict) {
			return err
		}
	}
}

// settle writes into the batch what the Events prove, with the provider's own words
// and ids. It tells whether anything changed.
func (g *group) settle(b *newsletter.Batch) bool {
	changed := false
	for _, e := range g.told {
		if e.Kind == Refused {
			changed = b.Refused(e.Delivery.Index, e.Detail) || changed
		} else {
			changed = b.Seen(e.Delivery.Index, e.MessageID) || changed
		}
	}
	return changed
}
