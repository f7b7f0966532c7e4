package deliver

import (
	"context"
	"errors"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Quotas is the part of a store that holds the rate back.
type Quotas interface {
	Quota(ctx context.Context) (newsletter.Quota, error)
	SaveQuota(ctx context.Context, q *newsletter.Quota) error
	Reserve(ctx context.Context, pace string, cost time.Duration, now time.Time, far time.Duration) (time.Time, error)
}

// The paces whose slots all workers share.
const (
	paceOfRuns   = "mailer"
	paceOfSingle = "single"
)

// quotaLife is how long a worker goes by what it has read of the Quota: a request to
// slow down reaches all of them within that time.
const quotaLife = time.Second

// far is how far ahead a slot may lie for a worker to wait for it: well within
// its lease.
const far = 20 * time.Second

// NoteQuota stores what the provider says it lets us send. What it has asked for
// meanwhile, to slow down, stays.
func (e *Engine) NoteQuota(ctx context.Context, said newsletter.Quota) error {
	return changeQuota(ctx, e.Store, func(q *newsletter.Quota) bool {
		q.PerSecond, q.PerDay, q.SentToday, q.AskedAt = said.PerSecond, said.PerDay, said.SentToday, said.AskedAt
		return true
	})
}

// changeQuota saves the stored Quota where change says so, however many others
// change it meanwhile.
func changeQuota(ctx context.Context, store Quotas, change func(*newsletter.Quota) bool) error {
	for {
		q, err := storedQuota(ctx, store)
		if err != nil || !change(&q) {
			return err
		}
		if err := store.SaveQuota(ctx, &q); !errors.Is(err, newsletter.ErrConflict) {
			return err
		}
	}
}

// storedQuota is what the provider said last; nothing, where there is none that
// says anything.
func storedQuota(ctx context.Context, store Quotas) (newsletter.Quota, error) {
	q, err := store.Quota(ctx)
	return q, ignoreNotFound(err)
}

// refresh reads the Quota again from time to time.
func (w *walk) refresh(ctx context.Context) (err error) {
	if now := w.Now(); w.quotaRead.IsZero() || now.Sub(w.quotaRead) >= quotaLife {
		w.quota, err = storedQuota(ctx, w.Store)
		w.quotaRead = now
	}
	return err
}

// pace waits until n messages may be sent without exceeding the rate.
func (w *walk) pace(ctx context.Context, n int) error {
	return wait(ctx, w.Store, paceOfRuns, n, w.quota.Rate(w.Rate, w.Now()), far, w.Now, w.Sleep)
}

// slowDown lets all workers go at half the rate for a while.
func (w *walk) slowDown(ctx context.Context) error {
	w.quotaRead = time.Time{}
	return changeQuota(ctx, w.Store, func(q *newsletter.Quota) bool { return q.SlowDown(w.Now()) })
}

// wait reserves a slot for n messages at so many a second (0: no limit), and sleeps
// until it has come. ErrThrottled: there is none within far.
func wait(ctx context.Context, store Quotas, pace string, n int, rate float64, far time.Duration,
	now func() time.Time, sleep func(context.Context, time.Duration) error) error {
	if rate <= 0 || n == 0 {
		return nil
	}
	cost := time.Duration(float64(n) / rate * float64(time.Second))
	slot, err := store.Reserve(ctx, pace, cost, now(), far)
	if err != nil {
		return err
	}
	if pause := slot.Sub(now()); pause > 0 {
		return sleep(ctx, pause)
	}
	return nil
}
