package storetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// testFinding compares pages with the rule, reader by reader.
func testFinding(t *testing.T, s Store) {
	var all []newsletter.Subscriber
	for i := range 60 {
		r := Reader(i)
		r.Address = newsletter.Address(fmt.Sprintf("%s.%d@example.org", []string{"Ada", "adam", "bob", "AD-hoc", "x_y"}[i%5], i))
		r.Status = []newsletter.Status{newsletter.Active, newsletter.Active, newsletter.Unsubscribed, newsletter.Bounced}[i%4]
		r.Tags = [][]string{nil, {"vip"}, {"press", "vip"}, {"vip2"}}[i%4]
		r.Schedules = [][]string{nil, {"weekly"}, {"monthly"}}[i%3]
		r.Language = []string{"en", "de"}[i%2]
		all = append(all, r)
	}
	got[int](t)(s.AddSubscribers(ctx(t), all))
	for _, q := range []newsletter.Search{
		{}, {Address: "ad"}, {Address: "ADA"}, {Address: "ada."}, {Address: "ada.0@example.org"}, {Address: "x_"}, {Address: "x%"}, {Address: "nobody"},
		{Status: newsletter.Bounced}, {Status: newsletter.Active}, {Tag: "vip"}, {Tag: "vip", Status: newsletter.Active}, {Schedule: "weekly"},
		{Schedule: "monthly", Language: "de"}, {Address: "bob", Tag: "vip"}, {Address: "ad", Status: newsletter.Unsubscribed, Language: "en"},
	} {
		for _, q.Limit = range limits(&q) {
			t.Run(fmt.Sprintf("%+v", q), func(t *testing.T) { wantFound(t, s, q, all) })
		}
	}
	retagged, gone := got[newsletter.Subscriber](t)(s.Subscriber(ctx(t), all[1].ID)), got[newsletter.Subscriber](t)(s.Subscriber(ctx(t), all[5].ID)) // both are vips
	retagged.Tags = []string{"press", "new"}
	must(t, s.SaveSubscriber(ctx(t), &retagged))
	must(t, s.DeleteSubscriber(ctx(t), &gone))
	all[1].Tags, all[5] = retagged.Tags, all[len(all)-1]
	for _, tag := range []string{"vip", "press", "new"} {
		wantFound(t, s, newsletter.Search{Tag: tag, Limit: 100}, all[:len(all)-1])
	}
	for _, q := range []newsletter.Search{{Address: "a", Limit: 9}, {Address: "ad"}} {
		_, _, err := s.FindSubscribers(ctx(t), q)
		wantError(t, err, newsletter.ErrInvalid)
	}
}

// limits: to walk in small pages takes a store long, and once shows as much.
func limits(q *newsletter.Search) []int {
	if q.Address == "" && q.Tag == "" {
		return []int{100}
	}
	return []int{7, 100}
}

func wantFound(t *testing.T, s Store, q newsletter.Search, all []newsletter.Subscriber) {
	t.Helper()
	var want []string
	for i := range all {
		if q.Matches(&all[i]) {
			want = append(want, string(all[i].Address))
		}
	}
	slices.Sort(want)
	soon(t, func() []string {
		var found []newsletter.Subscriber
		for q.After = ""; ; {
			page, after, err := s.FindSubscribers(ctx(t), q)
			must(t, err)
			if len(page) > q.Limit {
				t.Fatalf("%d on a page of %d", len(page), q.Limit)
			}
			found = append(found, page...)
			if q.After = after; after == "" {
				break
			}
		}
		if !slices.IsSortedFunc(found, func(a, b newsletter.Subscriber) int {
			if q.Address != "" {
				return slices.Compare([]byte(a.Address.Normal()), []byte(b.Address.Normal()))
			}
			return slices.Compare(a.ID[:], b.ID[:])
		}) {
			t.Error("they come in no order")
		}
		var addresses []string
		for _, f := range found {
			addresses = append(addresses, string(f.Address))
		}
		slices.Sort(addresses)
		return addresses
	}, want...)
}

func testSuppressions(t *testing.T, s Store) {
	var all []newsletter.Suppression
	var ids []string
	for i := range 40 {
		all = append(all, newsletter.Suppression{ID: subscriberID(i), Reason: newsletter.Complained, Detail: fmt.Sprint("detail ", i), At: start})
		ids = append(ids, subscriberID(i).String())
	}
	slices.Sort(ids)
	known := newsletter.Suppression{ID: subscriberID(3), Reason: newsletter.Bounced, At: start}
	must(t, s.SaveSuppression(ctx(t), &known))
	twice := append([]newsletter.Suppression{all[7]}, all...)
	if added := got[int](t)(s.AddSuppressions(ctx(t), twice)); added != len(all)-1 {
		t.Errorf("added %d, want %d", added, len(all)-1)
	}
	if added := got[int](t)(s.AddSuppressions(ctx(t), nil)); added != 0 {
		t.Errorf("added %d of none", added)
	}
	if stored := got[newsletter.Suppression](t)(s.Suppression(ctx(t), known.ID)); !same(stored, known) {
		t.Errorf("one that was there is now %+v", stored)
	}
	stored := got[newsletter.Suppression](t)(s.Suppression(ctx(t), all[7].ID))
	if stored.Rev != 1 || all[7].Rev != 0 {
		t.Errorf("Rev is %d in the store and %d in the given record, want 1 and 0", stored.Rev, all[7].Rev)
	}
	if stored.Rev = 0; !same(stored, all[7]) {
		t.Errorf("stored is %+v, want %+v", stored, all[7])
	}
	for _, limit := range []int{1, 7, 100} {
		soon(t, func() []string {
			var walked []string
			for after := (newsletter.SubscriberID{}); ; {
				page := got[[]newsletter.Suppression](t)(s.SuppressionsAfter(ctx(t), 0, 255, after, limit))
				for _, x := range page {
					walked, after = append(walked, x.ID.String()), x.ID
				}
				if len(page) < limit {
					return walked
				}
			}
		}, ids...)
	}
	must(t, s.LiftSuppression(ctx(t), all[0].ID))
	soon(t, func() []string {
		var found []string
		for _, x := range got[[]newsletter.Suppression](t)(s.SuppressionsAfter(ctx(t), all[0].ID.Bucket(), all[0].ID.Bucket(), newsletter.SubscriberID{}, 100)) {
			found = append(found, x.ID.String())
		}
		return found
	}, slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == all[0].ID.String() || id[:2] != all[0].ID.String()[:2] })...)
}

func testSubscribersOf(t *testing.T, s Store) {
	readers := []newsletter.Subscriber{Reader(0), Reader(1), Reader(2)}
	got[int](t)(s.AddSubscribers(ctx(t), readers[:2]))
	found := got[map[newsletter.SubscriberID]newsletter.Subscriber](t)(s.SubscribersOf(ctx(t), []newsletter.SubscriberID{readers[0].ID, readers[1].ID, readers[2].ID}))
	for i := range readers[:2] {
		sub := found[readers[i].ID]
		if sub.Rev = 0; !same(sub, readers[i]) {
			t.Errorf("found %+v, want %+v", sub, readers[i])
		}
	}
	if len(found) != 2 {
		t.Errorf("%d were found, want 2", len(found))
	}
}

func testSuppressing(t *testing.T, s Store) {
	sub := Reader(1)
	must(t, s.SaveSubscriber(ctx(t), &sub))
	sub.Unsubscribe(start)
	sup := newsletter.Suppression{ID: sub.ID, Reason: newsletter.Unsubscribed, At: start}
	stale := sub
	note := newsletter.NewAction(newsletter.ByReader, "unsubscribed", "", "", start)
	calls := []newsletter.Call{{ID: "1", Hook: "crm", State: newsletter.CallWaiting, Begun: start, NextTry: start, Body: "first"}, {ID: "1", Hook: "shop", Begun: start}}
	must(t, s.SaveSuppressed(ctx(t), &sup, &sub, &note, "weekly-1", calls))
	if listed := got[[]newsletter.Action](t)(s.Actions(ctx(t), newsletter.ActionsUntil(start), 1)); len(listed) != 1 || listed[0].What != note.What {
		soon(t, func() []string {
			var ids []string
			for _, a := range got[[]newsletter.Action](t)(s.Actions(ctx(t), "", 1)) {
				ids = append(ids, a.ID)
			}
			return ids
		}, note.ID)
	}
	if sup.Rev != 1 || sub.Rev != 2 {
		t.Errorf("Rev is %d and %d, want 1 and 2", sup.Rev, sub.Rev)
	}
	if stored := got[newsletter.Subscriber](t)(s.Subscriber(ctx(t), sub.ID)); !same(stored, sub) {
		t.Errorf("stored is %+v, want %+v", stored, sub)
	}
	if stored := got[newsletter.Suppression](t)(s.Suppression(ctx(t), sub.ID)); !same(stored, sup) {
		t.Errorf("stored is %+v, want %+v", stored, sup)
	}
	again := newsletter.Suppression{ID: sub.ID, Reason: newsletter.Complained, At: start}
	wantError(t, s.SaveSuppressed(ctx(t), &again, &sub, &note, "", calls), newsletter.ErrConflict)
	wantError(t, s.SaveSuppressed(ctx(t), &sup, &stale, &note, "weekly-1", nil), newsletter.ErrConflict)
	calls = []newsletter.Call{{ID: "1", Hook: "crm", Begun: start, Body: "second"}, {ID: "2", Hook: "crm", Begun: start}}
	wantError(t, s.SaveSuppressed(ctx(t), &sup, &stale, &note, "", calls), newsletter.ErrConflict)
	for hook, want := range map[string][]string{"crm": {"2 ", "1 first"}, "shop": {"1 "}} {
		var saved []string
		for _, c := range got[[]newsletter.Call](t)(s.Calls(ctx(t), hook, "", 10)) {
			saved = append(saved, c.ID+" "+c.Body)
		}
		if !slices.Equal(saved, want) {
			t.Errorf("%s has the calls %q, want %q", hook, saved, want)
		}
	}
	left := func(issue string, want int) {
		t.Helper()
		if counts := got[map[string]int](t)(s.Counts(ctx(t), issue)); counts[newsletter.MetricUnsubscribed] != want {
			t.Errorf("%v left by %s, want %d", counts, issue, want)
		}
	}
	left("weekly-1", 1)
	all := make([]newsletter.Subscriber, racers)
	for i := range all {
		all[i] = Reader(100 + i)
	}
	got[int](t)(s.AddSubscribers(ctx(t), all))
	race(t, func(i int) error {
		one := all[i]
		one.Rev = 1
		one.Unsubscribe(start)
		return s.SaveSuppressed(ctx(t), &newsletter.Suppression{ID: one.ID, Reason: newsletter.Unsubscribed, At: start}, &one, &note, "weekly-2", nil)
	})
	left("weekly-2", racers)
	for i := range all {
		stored := got[newsletter.Subscriber](t)(s.Subscriber(ctx(t), all[i].ID))
		_, err := s.Suppression(ctx(t), all[i].ID)
		if must(t, err); stored.Status != newsletter.Unsubscribed {
			t.Errorf("reader %d is %s", i, stored.Status)
		}
	}
}
