package newsletter

import (
	"slices"
	"time"
)

// Health is what a Lane has seen of the mail system: what tells bad luck from a
// fault, and how fast it goes.
type Health struct {
	Doubts    int       // batches in a row without a clear answer
	RestUntil time.Time // the Lane rests until then
	Since     time.Time // when the counts below began
	Batches   int       // sent since then
	Doubtful  int       // of these, without a clear answer
	Reached   int       // readers in them
	PerMinute int       // readers a minute in the time before
	Refusals  []Refusal // why readers have failed, since the beginning
}

// Refusal is how many readers have failed for one reason.
type Refusal struct {
	Reason  string
	Readers int
}

// HealthWindow is for how long batches are counted before the counts begin anew.
const HealthWindow = 5 * time.Minute

// maxRefusals is how many reasons a Lane tells apart: servers that put a number of
// their own into each answer must not make it grow.
const maxRefusals = 8

// OtherReasons stands for those that a Lane does not tell apart.
const OtherReasons = "other reasons"

// Note counts a batch that was sent. It tells whether the answer was clear.
func (h *Health) Note(b *Batch, now time.Time) bool {
	if now.Sub(h.Since) >= HealthWindow {
		h.PerMinute = h.Reached * int(time.Minute) / int(max(now.Sub(h.Since), HealthWindow))
		h.Since, h.Batches, h.Doubtful, h.Reached = now, 0, 0, 0
	}
	h.Batches++
	h.Reached += len(b.Entries)
	if b.Ambiguous() == 0 {
		h.Doubts = 0
		return true
	}
	h.Doubts++
	h.Doubtful++
	return false
}

// Fail counts a reader who has failed.
func (h *Health) Fail(reason string) { h.Refuse(Refusal{reason, 1}) }

// Refuse counts readers who have failed for one reason.
func (h *Health) Refuse(r Refusal) {
	at := slices.IndexFunc(h.Refusals, func(known Refusal) bool { return known.Reason == r.Reason })
	switch {
	case at >= 0:
		h.Refusals = slices.Clone(h.Refusals) // copies of a Lane share it
		h.Refusals[at].Readers += r.Readers
	case len(h.Refusals) >= maxRefusals-1 && r.Reason != OtherReasons:
		h.Refuse(Refusal{OtherReasons, r.Readers})
	default:
		h.Refusals = append(h.Refusals[:len(h.Refusals):len(h.Refusals)], r)
	}
}

// Failed is how many readers have failed for that reason.
func (h *Health) Failed(reason string) int {
	for _, r := range h.Refusals {
		if r.Reason == reason {
			return r.Readers
		}
	}
	return 0
}

// newWindow is how long the counts must have run before they tell the speed.
const newWindow = 30 * time.Second

// Speed is how many readers a second the Lane comes to.
func (h *Health) Speed(now time.Time) float64 {
	span := now.Sub(h.Since)
	switch {
	case h.Since.IsZero() || span > HealthWindow:
		return 0 // it has stood still for long
	case span < newWindow && h.PerMinute > 0:
		return float64(h.PerMinute) / 60
	}
	return float64(h.Reached) / max(1, span.Seconds())
}
