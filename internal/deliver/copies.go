package deliver

import (
	"context"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// maxCopied is how many Runs are looked through for one reader.
const maxCopied = 100

// Copies lists what the Runs that are open, or have ended since, have mailed to the
// reader, or tried to, the latest first. A reader is in one lane of a Run, whose
// batches are read: of a hundred Runs to a million readers, some seconds.
func (e *Engine) Copies(ctx context.Context, reader newsletter.SubscriberID, since time.Time) ([]newsletter.Copy, error) {
	open, err := e.Store.OpenRuns(ctx)
	if err != nil {
		return nil, err
	}
	ended, err := e.Store.RunsSince(ctx, since, maxCopied)
	if err != nil {
		return nil, err
	}
	var copies []newsletter.Copy
	for _, run := range append(open, ended...) {
		for n := range run.Lanes {
			lane := newsletter.Lane{Run: run.ID, N: n, Lanes: run.Lanes}
			if from, to := lane.Buckets(); reader.Bucket() < from || reader.Bucket() > to {
				continue
			}
			found, err := e.copied(ctx, &run, n, reader)
			if err != nil {
				return nil, err
			}
			copies = append(copies, found...)
		}
	}
	return copies, nil
}

// copied is the reader's place in the books of a lane, as the last try left it.
func (e *Engine) copied(ctx context.Context, run *newsletter.Run, lane int, reader newsletter.SubscriberID) ([]newsletter.Copy, error) {
	var last []newsletter.Copy
	err := e.Store.Batches(ctx, run.ID, lane, func(b newsletter.Batch) error {
		for _, entry := range b.Entries {
			if entry.Subscriber == reader {
				last = []newsletter.Copy{{Issue: run.Issue, At: b.At, Outcome: entry.Outcome}}
			}
		}
		return nil
	})
	return last, err
}
