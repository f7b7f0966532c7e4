package storetest

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// subscriberID is one of many ids, spread over all buckets.
func subscriberID(i int) newsletter.SubscriberID {
	sum := sha256.Sum256(fmt.Append(nil, i))
	return newsletter.SubscriberID(sum[:16])
}

// Reader is the i-th of many subscribers who differ.
func Reader(i int) newsletter.Subscriber {
	return newsletter.Subscriber{ID: subscriberID(i), Address: newsletter.Address(fmt.Sprintf("Reader.%d@example.org", i)), Name: fmt.Sprint("Reader ", i),
		Status: newsletter.Active, Schedules: []string{"weekly"}, Language: "en", Zone: "Europe/Berlin",
		Consent: newsletter.Consent{At: start, Origin: "import", Wording: "2026-01"}, CreatedAt: start, ConfirmedAt: start, ChangedAt: start}
}

func testAudience(t *testing.T, s Store) {
	t.Run("an empty store has nobody", func(t *testing.T) { wantWalk(t, s, 0, 255, 50, nil) })

	readers := make([]newsletter.Subscriber, 150)
	for i := range readers {
		readers[i] = Reader(i)
	}
	copy(readers[0].ID[:], "\x00\x00") // the ends of the range
	readers[1].ID = newsletter.SubscriberID{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	for i := 2; i < 60; i++ {
		readers[i].ID[0] = 0x80 // a full bucket
	}
	readers[2].Status = newsletter.Complained
	t.Run("adding leaves alone who is there", func(t *testing.T) { testAdding(t, s, readers) })

	ids := make([]newsletter.SubscriberID, len(readers))
	for i := range readers {
		ids[i] = readers[i].ID
	}
	slices.SortFunc(ids, func(a, b newsletter.SubscriberID) int { return slices.Compare(a[:], b[:]) })
	t.Run("everybody comes once, in order of id", func(t *testing.T) {
		wantWalk(t, s, 0, 255, 50, ids)
		wantWalk(t, s, 0, 255, 11, ids)
		wantWalk(t, s, 0, 255, len(ids), ids)
	})
	t.Run("only those of the buckets come", func(t *testing.T) {
		for _, r := range [][2]byte{{0, 0}, {255, 255}, {0, 127}, {128, 128}, {129, 255}, {64, 191}} {
			wantWalk(t, s, r[0], r[1], 20, slices.DeleteFunc(slices.Clone(ids), func(id newsletter.SubscriberID) bool {
				return id.Bucket() < r[0] || id.Bucket() > r[1]
			}))
		}
	})
	t.Run("after may lie anywhere", func(t *testing.T) { testAfter(t, s, ids) })
	t.Run("a walk sees whoever came before it", func(t *testing.T) {
		late := Reader(1000)
		must(t, s.SaveSubscriber(ctx(t), &late))
		page := got[[]newsletter.Subscriber](t)(s.SubscribersAfter(ctx(t), late.ID.Bucket(), late.ID.Bucket(), newsletter.SubscriberID{}, 1000))
		if !slices.ContainsFunc(page, func(x newsletter.Subscriber) bool { return same(x, late) }) {
			t.Error("the new subscriber is missing")
		}
	})
}

func testAdding(t *testing.T, s Store, readers []newsletter.Subscriber) {
	known := readers[5]
	known.Status = newsletter.Unsubscribed
	must(t, s.SaveSubscriber(ctx(t), &known))
	if added := got[int](t)(s.AddSubscribers(ctx(t), nil)); added != 0 {
		t.Errorf("%d of nobody were added", added)
	}
	twice := append([]newsletter.Subscriber{readers[9]}, readers...)
	if added := got[int](t)(s.AddSubscribers(ctx(t), twice)); added != len(readers)-1 {
		t.Errorf("added %d, want %d", added, len(readers)-1)
	}
	if added := got[int](t)(s.AddSubscribers(ctx(t), readers)); added != 0 {
		t.Errorf("added %d of those who were there", added)
	}
	if stored := got[newsletter.Subscriber](t)(s.Subscriber(ctx(t), known.ID)); !same(stored, known) {
		t.Errorf("somebody who was there is now %+v", stored)
	}
	stored := got[newsletter.Subscriber](t)(s.Subscriber(ctx(t), readers[2].ID))
	if readers[2].Rev != 0 || stored.Rev != 1 {
		t.Errorf("Rev is %d in the given record and %d in the store, want 0 and 1", readers[2].Rev, stored.Rev)
	}
	if stored.Rev = 0; !same(stored, readers[2]) {
		t.Errorf("somebody new is %+v, want %+v", stored, readers[2])
	}
}

// testAfter starts walks between, before and behind the subscribers.
func testAfter(t *testing.T, s Store, ids []newsletter.SubscriberID) {
	middle := ids[len(ids)/2]
	behind := middle
	behind[15]++
	next := ids[len(ids)/2+1]
	last := slices.IndexFunc(ids, func(id newsletter.SubscriberID) bool { return id.Bucket() == 255 })
	for _, c := range []struct {
		name     string
		from, to byte
		after    newsletter.SubscriberID
		want     []newsletter.SubscriberID // nobody, or who comes first
	}{
		{"of somebody: the next one", 0, 255, middle, []newsletter.SubscriberID{next}},
		{"between two: the next one", 0, 255, behind, []newsletter.SubscriberID{next}},
		{"before the buckets: the first one in them", 255, 255, middle, ids[last:]},
		{"behind the buckets: nobody", 0, 3, middle, nil},
		{"of the last one: nobody", 0, 255, ids[len(ids)-1], nil},
	} {
		page := got[[]newsletter.Subscriber](t)(s.SubscribersAfter(ctx(t), c.from, c.to, c.after, 1))
		if len(page) != min(1, len(c.want)) || len(page) == 1 && page[0].ID != c.want[0] {
			t.Errorf("after an id %s: %d came, want %v", c.name, len(page), c.want)
		}
	}
}

// wantRecipients: a Run reads the same people, without what it does not need.
func wantRecipients(t *testing.T, recipients, page []newsletter.Subscriber) {
	t.Helper()
	if len(recipients) != len(page) {
		t.Errorf("%d recipients, want %d", len(recipients), len(page))
		return
	}
	for i := range recipients {
		if x, want := recipient(recipients[i]), recipient(page[i]); !same(x, want) {
			t.Errorf("a Run reads %+v, want %+v", x, want)
		}
	}
}

// recipient is what a Run must know of a reader.
func recipient(s newsletter.Subscriber) newsletter.Subscriber {
	s.Consent, s.CreatedAt, s.Zone, s.Tags, s.Soft = newsletter.Consent{}, time.Time{}, "", nil, newsletter.Subscriber{}.Soft
	s.WelcomedAt, s.LeaveReason, s.Rev = time.Time{}, "", 0
	return s
}

// wantWalk walks the buckets in pages of limit.
func wantWalk(t *testing.T, s Store, from, to byte, limit int, want []newsletter.SubscriberID) {
	t.Helper()
	var walked []newsletter.SubscriberID
	var after newsletter.SubscriberID
	for {
		page := got[[]newsletter.Subscriber](t)(s.SubscribersAfter(ctx(t), from, to, after, limit))
		wantRecipients(t, got[[]newsletter.Subscriber](t)(s.RecipientsAfter(ctx(t), from, to, after, limit)), page)
		for _, x := range page {
			walked = append(walked, x.ID)
		}
		if len(page) < limit {
			break
		}
		after = page[len(page)-1].ID
	}
	if !slices.Equal(walked, want) {
		t.Errorf("buckets %d to %d, %d at a time: %d came, want %d; or the order is wrong", from, to, limit, len(walked), len(want))
	}
}

// testCounting compares the count with the rule, reader by reader.
func testCounting(t *testing.T, s Store) {
	var all []newsletter.Subscriber
	for _, status := range []newsletter.Status{newsletter.Active, newsletter.Active, newsletter.Pending, newsletter.Unsubscribed, newsletter.Bounced} {
		for _, confirmed := range []time.Time{{}, start.Add(-time.Hour), start, start.Add(time.Microsecond)} {
			for _, wanted := range [][]string{nil, {"weekly"}, {"monthly", "weekly"}, {"weekly-2"}, {"week"}, {`a "quoted" one`}} {
				reader := Reader(len(all))
				reader.Status, reader.ConfirmedAt, reader.Schedules = status, confirmed, wanted
				reader.PausedUntil = []time.Time{{}, start.Add(-time.Hour), {}, start, start.Add(time.Microsecond)}[len(all)%5]
				all = append(all, reader)
			}
		}
	}
	got[int](t)(s.AddSubscribers(ctx(t), all))
	for _, schedule := range []string{"weekly", "monthly", "week", "never", `a "quoted" one`} {
		want := 0
		for i := range all {
			if all[i].MayReceive(schedule, start) {
				want++
			}
		}
		if n := got[int](t)(s.Audience(ctx(t), schedule, start)); n != want {
			t.Errorf("%d readers of %s, want %d", n, schedule, want)
		}
	}
}

func testDeleting(t *testing.T, s Store) {
	reader := Reader(1)
	must(t, s.DeleteSubscriber(ctx(t), &reader))
	must(t, s.SaveSubscriber(ctx(t), &reader))
	old := reader
	must(t, s.SaveSubscriber(ctx(t), &reader))
	wantError(t, s.DeleteSubscriber(ctx(t), &old), newsletter.ErrConflict)
	other := Reader(2)
	must(t, s.SaveSubscriber(ctx(t), &other))
	must(t, s.DeleteSubscriber(ctx(t), &reader))
	must(t, s.DeleteSubscriber(ctx(t), &reader))
	_, err := s.Subscriber(ctx(t), reader.ID)
	wantError(t, err, newsletter.ErrNotFound)
	wantError(t, s.SaveSubscriber(ctx(t), &reader), newsletter.ErrConflict)
	got[newsletter.Subscriber](t)(s.Subscriber(ctx(t), other.ID))
}

func testKnown(t *testing.T, s Store) {
	ids := make([]newsletter.SubscriberID, 120)
	var readers []newsletter.Subscriber
	for i := range ids {
		r := Reader(i)
		ids[i] = r.ID
		if i%2 == 0 {
			r.Status = []newsletter.Status{newsletter.Active, newsletter.Pending, newsletter.Unsubscribed}[i%3]
			readers = append(readers, r)
		}
		if i%5 == 0 {
			must(t, s.SaveSuppression(ctx(t), &newsletter.Suppression{ID: r.ID, Reason: newsletter.Bounced, At: start}))
		}
	}
	got[int](t)(s.AddSubscribers(ctx(t), readers))
	known := got[map[newsletter.SubscriberID]newsletter.Known](t)(s.Known(ctx(t), ids))
	for i, id := range ids {
		var want newsletter.Known
		if i%2 == 0 {
			want.Status = readers[i/2].Status
		}
		if i%5 == 0 {
			want.Suppressed = newsletter.Bounced
		}
		if found, ok := known[id]; found != want || ok != (want != newsletter.Known{}) {
			t.Errorf("reader %d: %+v, want %+v", i, found, want)
		}
	}
	if known := got[map[newsletter.SubscriberID]newsletter.Known](t)(s.Known(ctx(t), nil)); len(known) != 0 {
		t.Errorf("of nobody %v is known", known)
	}
}

func testSuppression(t *testing.T, s Store) {
	id := subscriberID(1)
	must(t, s.LiftSuppression(ctx(t), id))
	first := newsletter.Suppression{ID: id, Reason: newsletter.Bounced, Detail: "550 5.1.1 no such mailbox", At: start}
	must(t, s.SaveSuppression(ctx(t), &first))
	must(t, s.LiftSuppression(ctx(t), id))
	_, err := s.Suppression(ctx(t), id)
	wantError(t, err, newsletter.ErrNotFound)
	again := newsletter.Suppression{ID: id, Reason: newsletter.Complained, At: start.Add(time.Hour)}
	must(t, s.SaveSuppression(ctx(t), &again))
	if stored := got[newsletter.Suppression](t)(s.Suppression(ctx(t), id)); !same(stored, again) || stored.Rev != 1 {
		t.Errorf("stored is %+v, want %+v", stored, again)
	}
	_, err = s.Subscriber(ctx(t), id)
	wantError(t, err, newsletter.ErrNotFound) // a suppression is no subscriber
}
