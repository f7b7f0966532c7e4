package deliver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// The breaker. A batch without a clear answer leaves its readers in doubt, so a mail
// system that gives none is left alone: first by the lane, for a minute, then for
// two, four …, and in the end by the Run, until a person has looked. So is one that
// refuses many readers for the same reason: one bad header must not fail a whole
// list.
const (
	firstRestAfter = 3   // batches without a clear answer in a row
	lastDoubt      = 8   // the Run pauses: after rests of 1, 2, 4, 8 and 16 minutes
	minBatches     = 100 // of newsletter.HealthWindow, below which a share says nothing
	maxDoubtful    = 0.01

	minAlike   = 10  // readers of one batch, all refused for one reason
	minRefused = 100 // readers of the Run, below which a share says nothing
	maxRefused = 0.05
)

// check looks at what came of a batch that was stored, and rests or pauses where the
// mail system gives no clear answers. It tells whether the walk goes on.
func (w *walk) check(ctx context.Context, b *newsletter.Batch) (bool, error) {
	health := &w.lane.Health
	if health.Note(b, w.Now()) {
		return true, nil
	}
	if health.Doubts >= lastDoubt {
		return false, w.stop(ctx, newsletter.RunPaused, fmt.Errorf("the mail system gave no clear answer %d times in a row, over half an hour; "+
			"see whether it works, then resume: the readers in doubt are not mailed again", health.Doubts))
	}
	if health.Doubts >= firstRestAfter {
		health.RestUntil = w.Now().Add(time.Minute << (health.Doubts - firstRestAfter))
	}
	sum, err := w.sum(ctx)
	if err != nil {
		return false, err
	}
	if share := float64(sum.Doubtful) / float64(max(1, sum.Batches)); sum.Batches >= minBatches && share > maxDoubtful {
		return false, w.stop(ctx, newsletter.RunPaused, fmt.Errorf("the mail system gave no clear answer to %d of the last %d batches; "+
			"see whether it works, then resume: the readers in doubt are not mailed again", sum.Doubtful, sum.Batches))
	}
	return health.RestUntil.IsZero() || !w.Now().Before(health.RestUntil), nil
}

// suspect is for which reason so many readers were refused, of a batch or of the
// whole Run so far, that the fault is rather in the mail than in them. Where the
// other lanes cannot be read, nobody is suspected.
func (w *walk) suspect(ctx context.Context, results []newsletter.Result) string {
	if reason := refusedAll(results); reason != "" && !w.run.Accepts(reason) {
		return reason
	}
	for reason, refused := range reasons(results) {
		mine := w.lane.Counts.Sent + w.lane.Counts.Failed + len(results)
		if w.run.Accepts(reason) || float64(w.lane.Health.Failed(reason)+refused) <= maxRefused*float64(mine) {
			continue // if it were so for the whole Run, it would be so for the lane of whoever sees it
		}
		sum, err := w.sum(ctx)
		reached := sum.counts.Sent + sum.counts.Failed + len(results)
		if err == nil && reached >= minRefused && float64(sum.Failed(reason)+refused) > maxRefused*float64(reached) {
			return reason
		}
	}
	return ""
}

func reasons(results []newsletter.Result) map[string]int {
	found := map[string]int{}
	for _, r := range results {
		if r.Outcome == newsletter.OutcomeFailed {
			found[r.Reason]++
		}
	}
	return found
}

// refusedAll is the reason for which a whole batch was refused, if there is just
// one.
func refusedAll(results []newsletter.Result) string {
	if len(results) < minAlike {
		return ""
	}
	for _, r := range results {
		if r.Outcome != newsletter.OutcomeFailed || r.Reason != results[0].Reason {
			return ""
		}
	}
	return results[0].Reason
}

// errSuspect pauses the Run for a reason that a person can accept.
type errSuspect struct{ reason string }

func (e errSuspect) Error() string {
	return fmt.Sprintf("too many readers were refused for one reason, %s: mend what it names, then resume; if it is right for these readers, resume as well", e.reason)
}

func (e errSuspect) Unwrap() error { return newsletter.ErrSendingPaused }

// takeBack puts the readers up for another try who were refused for the reason.
func takeBack(results []newsletter.Result, reason string) {
	for i := range results {
		if results[i].Outcome == newsletter.OutcomeFailed && results[i].Reason == reason {
			results[i].Outcome = newsletter.OutcomeRetry
		}
	}
}

// sums is what all lanes of a Run have seen together.
type sums struct {
	newsletter.Health
	counts newsletter.Counts
	speed  float64 // readers a second
}

// sum adds up the lanes: this walk's own as it knows it, the others as they are
// stored.
func (w *walk) sum(ctx context.Context) (sums, error) {
	var all sums
	for n := range w.run.Lanes {
		lane := w.lane
		if n != w.lane.N {
			var err error
			if lane, err = w.Store.Lane(ctx, w.run.ID, n); errors.Is(err, newsletter.ErrNotFound) {
				continue
			} else if err != nil {
				return all, err
			}
		}
		all.add(&lane, w.Now())
	}
	return all, nil
}

func (s *sums) add(l *newsletter.Lane, now time.Time) {
	s.counts = s.counts.Plus(l.Counts)
	for _, r := range l.Health.Refusals {
		s.Refuse(r)
	}
	if now.Sub(l.Health.Since) < newsletter.HealthWindow {
		s.Batches += l.Health.Batches
		s.Doubtful += l.Health.Doubtful
	}
	s.speed += l.Health.Speed(now)
}
