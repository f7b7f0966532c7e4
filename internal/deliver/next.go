package deliver

import (
	"context"
	"errors"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// selection is the readers of the next claim: all of them in order, and which of
// them are to receive the mail. The others have left since the Run started.
type selection struct {
	all     []newsletter.Subscriber
	receive []int  // positions in all
	known   uint64 // positions in all, as bits, of those whose earlier try was reported as sent
	tries   int    // earlier tries
	from    int    // the batch in which they were tried; 0: none
}

func (s *selection) add(sub newsletter.Subscriber, receives bool) {
	if receives {
		s.receive = append(s.receive, len(s.all))
	}
	s.all = append(s.all, sub)
}

func (s *selection) ids() []newsletter.SubscriberID {
	ids := make([]newsletter.SubscriberID, len(s.all))
	for i := range s.all {
		ids[i] = s.all[i].ID
	}
	return ids
}

// spread puts the results of those who received next to those who did not.
func (s *selection) spread(results []newsletter.Result) []newsletter.Result {
	all := repeat(newsletter.Result{Outcome: newsletter.OutcomeSkipped, Reason: "no longer subscribed"}, len(s.all))
	for i, at := range s.receive {
		all[at] = newsletter.Result{Outcome: newsletter.OutcomeAmbiguous, Reason: "the mailer gave no answer"}
		if i < len(results) {
			all[at] = results[i]
		}
	}
	return all
}

// next chooses the readers of the next batch: those whose retry is due, else the
// next ones of the walk. Nobody means that there is nothing to do now. The
// lane's cursor and retries move on in memory; the claim stores them.
func (w *walk) next(ctx context.Context) (selection, error) {
	for {
		retry, ok := w.lane.DueRetry(w.Now())
		if !ok {
			break
		}
		chosen, err := w.again(ctx, retry)
		if err != nil || len(chosen.all) > 0 {
			return chosen, err
		}
	}
	if w.lane.Walked || !w.run.Walking() {
		return selection{}, nil
	}
	return w.ahead(ctx)
}

// again reads the readers of a batch who are to be tried once more. Whoever has been
// heard of since keeps what the books say, or is noted as sent and not mailed.
func (w *walk) again(ctx context.Context, retry newsletter.Retry) (selection, error) {
	chosen := selection{tries: retry.Tries, from: retry.Seq}
	batch, err := w.Store.Batch(ctx, w.run.ID, w.lane.N, retry.Seq)
	if err != nil {
		return chosen, err
	}
	var heard uint64
	if w.Events {
		heard, err = w.heard(ctx, &w.run, &batch)
	}
	if err != nil {
		return chosen, err
	}
	for i, entry := range batch.Entries {
		if !retry.Has(i) || entry.Outcome != newsletter.OutcomeRetry {
			continue
		}
		sub, err := w.Store.Subscriber(ctx, entry.Subscriber)
		if errors.Is(err, newsletter.ErrNotFound) {
			sub = newsletter.Subscriber{ID: entry.Subscriber} // erased meanwhile
		} else if err != nil {
			return chosen, err
		}
		if heard&(1<<i) != 0 {
			chosen.known |= 1 << len(chosen.all)
		}
		receives, err := w.receives(ctx, &sub)
		if err != nil {
			return chosen, err
		}
		chosen.add(sub, heard&(1<<i) == 0 && receives)
	}
	return chosen, nil
}

// ahead walks on after the cursor until a batch is full or the lane ends.
func (w *walk) ahead(ctx context.Context) (selection, error) {
	size := min(w.batchSize(), w.quota.BatchSize())
	if left, limited := w.run.Canary.Left(&w.lane); limited {
		size = min(size, left)
	}
	chosen := selection{all: make([]newsletter.Subscriber, 0, size), receive: make([]int, 0, size)}
	from, to := w.lane.Buckets()
	for len(chosen.all) < size {
		wanted := size - len(chosen.all)
		page, err := w.Store.RecipientsAfter(ctx, from, to, w.lane.Cursor, wanted)
		if err != nil {
			return chosen, err
		}
		for i := range page {
			receives, err := w.receives(ctx, &page[i])
			if err != nil {
				return chosen, err
			}
			if receives || page[i].LeftSince(w.run.Schedule, w.run.StartedAt) {
				chosen.add(page[i], receives)
			}
			w.lane.Advance(page[i].ID, false)
		}
		if len(page) < wanted {
			w.lane.Advance(newsletter.SubscriberID{}, true)
			break
		}
	}
	return chosen, nil
}

// receives tells whether the reader gets the Run's Issue. Who is moving to another
// address gets it at the old one only where the new one does not.
func (w *walk) receives(ctx context.Context, sub *newsletter.Subscriber) (bool, error) {
	if !sub.MayReceive(w.run.Schedule, w.run.StartedAt) || !w.issue.Holds(sub) {
		return false, nil
	}
	if sub.MovedTo.IsZero() {
		return true, nil
	}
	other, err := w.Store.Subscriber(ctx, sub.MovedTo)
	if errors.Is(err, newsletter.ErrNotFound) {
		return true, nil
	}
	return err == nil && !other.MayReceive(w.run.Schedule, w.run.StartedAt), err
}
