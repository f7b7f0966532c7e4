package storetest

import (
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// MeasureAudience adds the readers, so many in one call, and walks them in pages of
// 50, and reports readers per second for both.
func MeasureAudience(b *testing.B, s Store, readers []newsletter.Subscriber, page int) {
	begin := time.Now()
	for rest := readers; len(rest) > 0; rest = rest[min(page, len(rest)):] {
		if _, err := s.AddSubscribers(b.Context(), rest[:min(page, len(rest))]); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(readers))/time.Since(begin).Seconds(), "inserted/s")

	begin, walked := time.Now(), 0
	for after, more := (newsletter.SubscriberID{}), true; more; {
		found, err := s.RecipientsAfter(b.Context(), 0, 255, after, newsletter.MaxBatch)
		if err != nil {
			b.Fatal(err)
		}
		walked += len(found)
		if more = len(found) == newsletter.MaxBatch; more {
			after = found[len(found)-1].ID
		}
	}
	if walked != len(readers) {
		b.Fatalf("walked %d of %d", walked, len(readers))
	}
	b.ReportMetric(float64(walked)/time.Since(begin).Seconds(), "walked/s")
}

// MeasureClaims claims and records batches of 50, three writes each, and reports
// such cycles per second.
func MeasureClaims(b *testing.B, s Store) {
	lane := newsletter.Lane{Run: "r", Lanes: 1}
	cycles := 0
	for b.Loop() {
		cycles++
		batch := LargeBatch("r", cycles)
		claim := newsletter.Claim{Seq: cycles, At: start, IDs: make([]newsletter.SubscriberID, len(batch.Entries))}
		for i, e := range batch.Entries {
			claim.IDs[i] = e.Subscriber
		}
		lane.Inflight = &claim
		if err := s.SaveLane(b.Context(), &lane); err != nil {
			b.Fatal(err)
		}
		if err := s.SaveBatch(b.Context(), &batch); err != nil {
			b.Fatal(err)
		}
		lane.Inflight = nil
		if err := s.SaveLane(b.Context(), &lane); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cycles)/b.Elapsed().Seconds(), "cycles/s")
}
