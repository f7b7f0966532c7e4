package deliver

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// memory is a Store in maps, fast enough for a simulation of millions of steps.
// It keeps the contract of storetest.Store for the methods of deliver.Store. It is
// not safe for concurrent use: the simulation lets one worker run at a time.
type memory struct {
	runs    map[string]newsletter.Run
	lanes   map[LaneRef]newsletter.Lane
	batches map[string]newsletter.Batch
	readers []newsletter.Subscriber // by id
	slots   map[string]time.Time
	quotas  map[int]newsletter.Quota // one at most
	reports map[string]newsletter.Reports
}

func newMemory(readers []newsletter.Subscriber) *memory {
	slices.SortFunc(readers, func(a, b newsletter.Subscriber) int { return slices.Compare(a.ID[:], b.ID[:]) })
	return &memory{runs: map[string]newsletter.Run{}, lanes: map[LaneRef]newsletter.Lane{}, batches: map[string]newsletter.Batch{},
		readers: readers, slots: map[string]time.Time{}, quotas: map[int]newsletter.Quota{}, reports: map[string]newsletter.Reports{}}
}

func get[K comparable, V any](m map[K]V, key K) (V, error) {
	v, ok := m[key]
	if !ok {
		return v, fmt.Errorf("%v: %w", key, newsletter.ErrNotFound)
	}
	return v, nil
}

// put saves v if the stored Rev is the one that was read.
func put[K comparable, V any](m map[K]V, key K, v *V, rev func(*V) *int64, clone func(V) V) error {
	stored, there := m[key]
	if there != (*rev(v) != 0) || there && *rev(&stored) != *rev(v) {
		return fmt.Errorf("%v: %w", key, newsletter.ErrConflict)
	}
	*rev(v)++
	m[key] = clone(*v)
	return nil
}

func (s *memory) Run(_ context.Context, id string) (newsletter.Run, error) { return get(s.runs, id) }

func (s *memory) SaveRun(_ context.Context, r *newsletter.Run) error {
	return put(s.runs, r.ID, r, func(r *newsletter.Run) *int64 { return &r.Rev }, func(r newsletter.Run) newsletter.Run { return r })
}

func (s *memory) OpenRuns(context.Context) (open []newsletter.Run, err error) {
	for _, r := range s.runs {
		if !r.Finished() {
			open = append(open, r)
		}
	}
	return open, nil
}

func (s *memory) Lane(_ context.Context, run string, n int) (newsletter.Lane, error) {
	l, err := get(s.lanes, LaneRef{run, n})
	return cloneLane(l), err
}

func (s *memory) SaveLane(_ context.Context, l *newsletter.Lane) error {
	return put(s.lanes, LaneRef{l.Run, l.N}, l, func(l *newsletter.Lane) *int64 { return &l.Rev }, cloneLane)
}

func cloneLane(l newsletter.Lane) newsletter.Lane {
	l.Retries = slices.Clone(l.Retries)
	if l.Inflight != nil {
		claim := *l.Inflight
		l.Inflight = &claim
	}
	return l
}

func batchKey(run string, lane, seq int) string { return fmt.Sprintf("%s/%d/%08d", run, lane, seq) }

func (s *memory) Batch(_ context.Context, run string, lane, seq int) (newsletter.Batch, error) {
	b, err := get(s.batches, batchKey(run, lane, seq))
	return cloneBatch(b), err
}

func (s *memory) SaveBatch(_ context.Context, b *newsletter.Batch) error {
	return put(s.batches, batchKey(b.Run, b.Lane, b.Seq), b, func(b *newsletter.Batch) *int64 { return &b.Rev }, cloneBatch)
}

func cloneBatch(b newsletter.Batch) newsletter.Batch {
	b.Entries = slices.Clone(b.Entries)
	return b
}

func (s *memory) Batches(_ context.Context, run string, lane int, yield func(newsletter.Batch) error) error {
	var all []newsletter.Batch
	for _, b := range s.batches {
		if b.Run == run && b.Lane == lane {
			all = append(all, cloneBatch(b))
		}
	}
	slices.SortFunc(all, func(a, b newsletter.Batch) int { return cmp.Compare(a.Seq, b.Seq) })
	for _, b := range all {
		if err := yield(b); err != nil {
			return err
		}
	}
	return nil
}

func (s *memory) Issue(context.Context, string) (newsletter.Issue, error) {
	return newsletter.Issue{ID: "weekly-1", Variants: []newsletter.Variant{{Key: "de", Language: "de"}, {Key: "tech", Topics: []string{"tech"}}}}, nil
}

func (s *memory) Mail(_ context.Context, _, variant string) (newsletter.Mail, error) {
	return newsletter.Mail{Issue: "weekly-1", Variant: variant, Subject: "s", HTML: "h", Text: "t"}, nil
}

func (s *memory) Subscriber(_ context.Context, id newsletter.SubscriberID) (newsletter.Subscriber, error) {
	i, found := s.find(id)
	if !found {
		return newsletter.Subscriber{}, newsletter.ErrNotFound
	}
	return s.readers[i], nil
}

func (s *memory) find(id newsletter.SubscriberID) (int, bool) {
	return slices.BinarySearchFunc(s.readers, id, func(r newsletter.Subscriber, id newsletter.SubscriberID) int { return slices.Compare(r.ID[:], id[:]) })
}

func (s *memory) RecipientsAfter(_ context.Context, from, to byte, after newsletter.SubscriberID, limit int) (page []newsletter.Subscriber, err error) {
	first := newsletter.SubscriberID{from}
	if bytes.Compare(after[:], first[:]) > 0 {
		first = after
	}
	for start, _ := s.find(first); start < len(s.readers) && len(page) < limit && s.readers[start].ID.Bucket() <= to; start++ {
		if s.readers[start].ID != after {
			page = append(page, s.readers[start])
		}
	}
	return page, nil
}

func (s *memory) Audience(_ context.Context, schedule string, now time.Time) (n int, err error) {
	for i := range s.readers {
		if s.readers[i].MayReceive(schedule, now) {
			n++
		}
	}
	return n, nil
}

func (s *memory) Quota(context.Context) (newsletter.Quota, error) { return get(s.quotas, 0) }

func (s *memory) SaveQuota(_ context.Context, q *newsletter.Quota) error {
	return put(s.quotas, 0, q, func(q *newsletter.Quota) *int64 { return &q.Rev }, func(q newsletter.Quota) newsletter.Quota { return q })
}

func (s *memory) Reserve(_ context.Context, pace string, cost time.Duration, now time.Time, far time.Duration) (time.Time, error) {
	slot := s.slots[pace]
	if slot.Before(now) || slot.Sub(now) > 10*time.Minute {
		slot = now
	}
	if slot.Sub(now) > far {
		return time.Time{}, newsletter.ErrThrottled
	}
	s.slots[pace] = slot.Add(cost)
	return slot, nil
}

func (s *memory) DoubtfulBatches(_ context.Context, run string, yield func(newsletter.Batch) error) error {
	var all []newsletter.Batch
	for _, b := range s.batches {
		if b.Run == run && b.Doubted() != 0 {
			all = append(all, cloneBatch(b))
		}
	}
	slices.SortFunc(all, func(a, b newsletter.Batch) int { return cmp.Or(cmp.Compare(a.Lane, b.Lane), cmp.Compare(a.Seq, b.Seq)) })
	for _, b := range all {
		if err := yield(b); err != nil {
			return err
		}
	}
	return nil
}

func (s *memory) RunsSince(_ context.Context, since time.Time, limit int) (found []newsletter.Run, err error) {
	for _, r := range s.runs {
		if r.Finished() && !r.FinishedAt.Before(since) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b newsletter.Run) int { return b.FinishedAt.Compare(a.FinishedAt) })
	return found[:min(limit, len(found))], nil
}

func (s *memory) AddReports(_ context.Context, r newsletter.Reports) (newsletter.Reports, error) {
	key := batchKey(r.Run, r.Lane, r.Seq)
	known := s.reports[key]
	s.reports[key] = r.Plus(known)
	return r.Without(known), nil
}

func (s *memory) Reports(_ context.Context, run string, lane, seq int) (newsletter.Reports, error) {
	r := s.reports[batchKey(run, lane, seq)]
	r.Run, r.Lane, r.Seq = run, lane, seq
	return r, nil
}

func (s *memory) LaneReports(_ context.Context, run string, lane int, yield func(newsletter.Reports) error) error {
	var all []newsletter.Reports
	for _, r := range s.reports {
		if r.Run == run && r.Lane == lane {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b newsletter.Reports) int { return cmp.Compare(a.Seq, b.Seq) })
	for _, r := range all {
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

func (s *memory) Returned(_ context.Context, run string) (bounced, complained int, err error) {
	for _, r := range s.reports {
		if r.Run == run {
			b, c := r.Returned()
			bounced, complained = bounced+b, complained+c
		}
	}
	return bounced, complained, nil
}
