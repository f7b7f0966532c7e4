package newsletter

import (
	"math"
	"time"
)

// Quota is what the mail provider lets us send, as it said last. Quotas count
// recipients. The zero Quota knows of no limit.
type Quota struct {
	PerSecond float64   // messages a second; 0: no limit known
	PerDay    int       // messages in 24 hours; 0: no limit known
	SentToday int       // in the last 24 hours
	AskedAt   time.Time // when the provider said so
	SlowUntil time.Time // the provider has asked to slow down until then
	Rev       int64
}

const (
	// digestShare leaves a tenth of the rate to other senders of the same account.
	digestShare = 0.9
	// A tenth of the rate, and at most so many a second, is kept free for single mails:
	// a reader who signs up during a Run shall not wait for its end.
	singleShare   = 0.1
	maxSingleRate = 5.0
	// slowTime is how long sending goes at half the rate after the provider refused mail
	// because it came too fast.
	slowTime = time.Minute
)

// Rate is how many messages a second Runs may send at the given moment, all workers
// together. A wish below that counts (0: none). 0 is no limit.
func (q *Quota) Rate(wish float64, now time.Time) float64 {
	rate := q.PerSecond*digestShare - min(q.PerSecond*singleShare, maxSingleRate)
	if wish > 0 && (rate == 0 || wish < rate) {
		rate = wish
	}
	if now.Before(q.SlowUntil) {
		rate /= 2
	}
	return rate
}

// SingleRate is how many single mails a second may be sent beside the Runs. 0 is no
// limit.
func (q *Quota) SingleRate() float64 { return min(q.PerSecond*singleShare, maxSingleRate) }

// BatchSize is how many readers one call to the provider may have: a second's worth
// at most, so that no call is over the rate by itself.
func (q *Quota) BatchSize() int {
	if q.PerSecond == 0 {
		return MaxBatch
	}
	return min(MaxBatch, max(1, int(q.PerSecond)))
}

// SlowDown notes that the provider asked to slow down. It tells false where that is
// known already, so that a burst of refusals is one write.
func (q *Quota) SlowDown(now time.Time) bool {
	if q.SlowUntil.Sub(now) > slowTime/2 {
		return false
	}
	q.SlowUntil = now.Add(slowTime)
	return true
}

// Left is how many messages the provider will still take within 24 hours.
func (q *Quota) Left() int {
	if q.PerDay <= 0 {
		return math.MaxInt
	}
	return max(0, q.PerDay-q.SentToday)
}

// Used is the part of the day's quota that is spent, from 0 on.
func (q *Quota) Used() float64 {
	if q.PerDay <= 0 {
		return 0
	}
	return float64(q.SentToday) / float64(q.PerDay)
}
