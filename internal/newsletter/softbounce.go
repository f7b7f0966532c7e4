package newsletter

import (
	"slices"
	"time"
)

// SoftBounces is the mail to a reader that came back although the address may well
// be alive: a full mailbox, a server that refused for now until the provider gave up.
//
// The rule: after MaxSoftBounces in as many different Runs, the first of them at
// least SoftBounceSpan before the last, within SoftBounceMemory, and no mail delivered
// since the first, nobody is at home, and the address is treated as one that bounced
// for good. (Over SMTP nobody tells what was delivered; there the memory alone forgives.)
type SoftBounces struct {
	Since     []SoftBounce // the mail that was delivered last, one for each Run, by time
	Delivered time.Time    // when that was; known only of readers who had a soft bounce before it
	Delayed   time.Time    // when the mail system last said that it is still trying
}

// SoftBounce is one of them. Mail that is part of no Run has none.
type SoftBounce struct {
	Run string
	At  time.Time
}

// The bounds of the rule of SoftBounces.
const (
	MaxSoftBounces   = 5
	SoftBounceSpan   = 14 * 24 * time.Hour
	SoftBounceMemory = 90 * 24 * time.Hour
)

// maxKept is as many as a record holds: a reader with two mails a day for two weeks
// reaches both bounds.
const maxKept = 30

// Bounced notes one more, and tells whether anything changed. Reports of the same Run
// are one, and what is older than the last delivery is no news, so that reports may
// come twice and in any order.
func (b *SoftBounces) Bounced(run string, at time.Time) bool {
	if !at.After(b.Delivered) {
		return false
	}
	since := slices.Clone(b.Since)
	if same := slices.IndexFunc(since, func(s SoftBounce) bool { return s.same(run, at) }); same >= 0 {
		if !at.Before(since[same].At) {
			return false
		}
		since = slices.Delete(since, same, same+1) // the first report of a Run counts
	}
	i, _ := slices.BinarySearchFunc(since, at, func(s SoftBounce, at time.Time) int { return s.At.Compare(at) })
	b.Since = slices.Insert(since, i, SoftBounce{run, at})
	latest := b.Since[len(b.Since)-1].At
	b.Since = slices.DeleteFunc(b.Since, func(s SoftBounce) bool { return latest.Sub(s.At) > SoftBounceMemory })
	if len(b.Since) > maxKept { // the first shows how long it has been going on
		b.Since = slices.Delete(b.Since, 1, 2)
	}
	return true
}

// same tells of another report of the same Run; outside of one, of the same day.
func (s SoftBounce) same(run string, at time.Time) bool {
	if run == "" && s.Run == "" {
		return s.At.UTC().Format(time.DateOnly) == at.UTC().Format(time.DateOnly)
	}
	return s.Run == run
}

// DeliveredAt notes that a mail arrived, and tells whether anything changed. Of a
// reader who never had a soft bounce nothing is noted: that would be a write for
// every mail that goes well.
func (b *SoftBounces) DeliveredAt(at time.Time) bool {
	if len(b.Since) == 0 && b.Delivered.IsZero() || !at.After(b.Delivered) {
		return false
	}
	later := slices.DeleteFunc(slices.Clone(b.Since), func(s SoftBounce) bool { return !s.At.After(at) })
	if len(later) == len(b.Since) && at.Sub(b.Delivered) < SoftBounceSpan/2 { // it moves nothing that counts
		return false
	}
	b.Since, b.Delivered = later, at
	return true
}

// DelayedAt notes a delay, and tells whether that is worth a write: once a day.
func (b *SoftBounces) DelayedAt(at time.Time) bool {
	if at.Sub(b.Delayed) < 24*time.Hour {
		return false
	}
	b.Delayed = at
	return true
}

// Dead tells whether the rule of SoftBounces is fulfilled.
func (b *SoftBounces) Dead() bool {
	n := len(b.Since)
	return n >= MaxSoftBounces && b.Since[n-1].At.Sub(b.Since[0].At) >= SoftBounceSpan
}
