package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func testLists(t *testing.T, s Store) {
	t.Run("an empty store lists nothing", func(t *testing.T) {
		n := len(got[[]newsletter.Source](t)(s.Sources(ctx(t)))) + len(got[[]newsletter.Schedule](t)(s.Schedules(ctx(t)))) +
			len(got[[]newsletter.Issue](t)(s.Issues(ctx(t), 5))) + len(got[[]newsletter.Run](t)(s.OpenRuns(ctx(t)))) +
			len(got[[]newsletter.Article](t)(s.ArticlesSince(ctx(t), "weekly", time.Time{})))
		if n != 0 {
			t.Errorf("%d records in an empty store", n)
		}
	})
	t.Run("sources by id", func(t *testing.T) {
		for i, id := range []string{"c", "a", "b"} {
			must(t, s.SaveSource(ctx(t), &newsletter.Source{ID: id, URL: id, NextAt: start.Add(time.Duration(i) * time.Hour)}))
		}
		soon(t, func() []string {
			return names(got[[]newsletter.Source](t)(s.Sources(ctx(t))), func(v newsletter.Source) string { return v.ID })
		}, "a", "b", "c")
	})
	t.Run("schedules by id", func(t *testing.T) {
		for _, id := range []string{"weekly", "daily", "monthly"} {
			must(t, s.SaveSchedule(ctx(t), &newsletter.Schedule{ID: id}))
		}
		soon(t, func() []string {
			return names(got[[]newsletter.Schedule](t)(s.Schedules(ctx(t))), func(v newsletter.Schedule) string { return v.ID })
		}, "daily", "monthly", "weekly")
	})
	t.Run("the newest issues first, so many at most", func(t *testing.T) {
		for _, id := range []string{"w2", "w4", "w1", "w3"} {
			must(t, s.SaveIssue(ctx(t), &newsletter.Issue{ID: id, CreatedAt: start.Add(time.Duration(id[1]) * time.Hour)}))
		}
		newest := func(limit int) func() []string {
			return func() []string {
				return names(got[[]newsletter.Issue](t)(s.Issues(ctx(t), limit)), func(v newsletter.Issue) string { return v.ID })
			}
		}
		soon(t, newest(3), "w4", "w3", "w2")
		soon(t, newest(100), "w4", "w3", "w2", "w1")
		soon(t, newest(0))
	})
	t.Run("issues before one", func(t *testing.T) { testIssuesBefore(t, s) })
	t.Run("authors by name, in pages", func(t *testing.T) { testAuthors(t, s) })
	t.Run("the runs that finished last come first", func(t *testing.T) { testRunsSince(t, s) })
	t.Run("a run is open until it is sent or cancelled", func(t *testing.T) { testOpenRuns(t, s) })
}

// testIssuesBefore comes after four issues were saved, w1 to w4.
func testIssuesBefore(t *testing.T, s Store) {
	twin := newsletter.Issue{ID: "w2b", CreatedAt: start.Add(time.Duration('2') * time.Hour)} // of the same moment as w2
	must(t, s.SaveIssue(ctx(t), &twin))
	before := func(place string, limit int, want ...string) {
		t.Helper()
		soon(t, func() []string {
			return names(got[[]newsletter.Issue](t)(s.IssuesBefore(ctx(t), place, limit)), func(v newsletter.Issue) string { return v.ID })
		}, want...)
	}
	before("", 3, "w4", "w3", "w2b")
	before(twin.Place(), 100, "w2", "w1")
	before(twin.Place(), 1, "w2")
	before((&newsletter.Issue{ID: "w1", CreatedAt: start.Add(time.Duration('1') * time.Hour)}).Place(), 5)
	_, err := s.IssuesBefore(ctx(t), "nowhere", 5)
	wantError(t, err, newsletter.ErrInvalid)
}

func testAuthors(t *testing.T, s Store) {
	page := func(after string, limit int, want ...string) {
		t.Helper()
		soon(t, func() []string {
			return names(got[[]newsletter.Author](t)(s.Authors(ctx(t), after, limit)), func(a newsletter.Author) string { return a.Key })
		}, want...)
	}
	page("", 10)
	list := map[string]*newsletter.Author{}
	for key, name := range map[string]string{"1": "zoë Adler", "2": "Ann", "3": "Ann  Baker", "4": "ann", "5": "ÉMILE", "6": "Émile"} {
		list[key] = &newsletter.Author{Key: key, Found: newsletter.Profile{Name: name}}
		must(t, s.SaveAuthor(ctx(t), list[key]))
	}
	page("", 10, "2", "4", "3", "1", "5", "6")
	page("", 2, "2", "4")
	page(list["4"].Place(), 2, "3", "1")
	page(list["6"].Place(), 2)
	page("", 0)
	list["1"].Override.Name = "Adler"
	must(t, s.SaveAuthor(ctx(t), list["1"])) // now by the name that readers see
	page("", 2, "1", "2")
}

func names[T any](list []T, name func(T) string) []string {
	var all []string
	for _, v := range list {
		all = append(all, name(v))
	}
	return all
}

func testOpenRuns(t *testing.T, s Store) {
	open := func(want ...string) {
		t.Helper()
		soon(t, func() []string {
			return names(got[[]newsletter.Run](t)(s.OpenRuns(ctx(t))), func(v newsletter.Run) string { return v.ID })
		}, want...)
	}
	runs := map[string]*newsletter.Run{}
	for _, state := range []newsletter.RunState{newsletter.RunWaitingQuota, newsletter.RunApproved, newsletter.RunSending, newsletter.RunPaused,
		newsletter.RunCanaryHold, newsletter.RunCancelling, newsletter.RunSettling, newsletter.RunSent, newsletter.RunCancelled} {
		runs[string(state)] = &newsletter.Run{ID: string(state), State: state}
		must(t, s.SaveRun(ctx(t), runs[string(state)]))
	}
	open("approved", "canary_hold", "cancelling", "open", "paused", "sending", "settling", "waiting_quota")
	must(t, runs["settling"].Move(newsletter.RunSent, "", start))
	must(t, s.SaveRun(ctx(t), runs["settling"]))
	open("approved", "canary_hold", "cancelling", "open", "paused", "sending", "waiting_quota")
}

func testRunsSince(t *testing.T, s Store) {
	for i, id := range []string{"a", "c", "b"} {
		r := newsletter.Run{ID: id, State: newsletter.RunSending}
		must(t, s.SaveRun(ctx(t), &r))
		must(t, r.Move(newsletter.RunSent, "", start.Add(time.Duration(i)*time.Hour)))
		must(t, s.SaveRun(ctx(t), &r))
	}
	must(t, s.SaveRun(ctx(t), &newsletter.Run{ID: "open", State: newsletter.RunSending})) // and testOpenRuns
	since := func(at time.Time, limit int) func() []string {
		return func() []string {
			return names(got[[]newsletter.Run](t)(s.RunsSince(ctx(t), at, limit)), func(v newsletter.Run) string { return v.ID })
		}
	}
	soon(t, since(start, 9), "b", "c", "a")
	soon(t, since(start.Add(time.Hour), 9), "b", "c")
	soon(t, since(start.Add(time.Hour+time.Microsecond), 9), "b")
	soon(t, since(start, 2), "b", "c")
}

func testMail(t *testing.T, s Store) {
	_, err := s.Mail(ctx(t), "nobody", "")
	wantError(t, err, newsletter.ErrNotFound)
	var first, second newsletter.Mail
	fill(&first, 1)
	fill(&second, 2)
	second.Issue, second.Variant = first.Issue, first.Variant
	plain := newsletter.Mail{Issue: first.Issue}
	for _, m := range []newsletter.Mail{first, plain, second} {
		must(t, s.SaveMail(ctx(t), &m))
		if loaded := got[newsletter.Mail](t)(s.Mail(ctx(t), m.Issue, m.Variant)); !same(loaded, m) {
			t.Errorf("saved  %+v\nloaded %+v", m, loaded)
		}
	}
	if loaded := got[newsletter.Mail](t)(s.Mail(ctx(t), first.Issue, "")); !same(loaded, plain) {
		t.Errorf("another variant has replaced it: %+v", loaded)
	}
}

func testBatches(t *testing.T, s Store) {
	const lane, batches = 7, 120
	for i := batches; i > 0; i-- { // stored against the order
		b := newsletter.Batch{Run: "r", Lane: lane, Seq: i, At: start, Entries: []newsletter.Entry{{Outcome: newsletter.OutcomeSent, MessageID: fmt.Sprint(i)}}}
		must(t, s.SaveBatch(ctx(t), &b))
	}
	must(t, s.SaveBatch(ctx(t), &newsletter.Batch{Run: "r", Lane: lane + 1, Seq: 1}))
	must(t, s.SaveBatch(ctx(t), &newsletter.Batch{Run: "r2", Lane: lane, Seq: 1}))
	must(t, s.SaveLane(ctx(t), &newsletter.Lane{Run: "r", N: lane}))

	t.Run("each batch of the lane in order", func(t *testing.T) {
		next := 1
		must(t, s.Batches(ctx(t), "r", lane, func(b newsletter.Batch) error {
			if b.Run != "r" || b.Lane != lane || b.Seq != next || b.Entries[0].MessageID != fmt.Sprint(next) {
				t.Errorf("batch %d is %+v", next, b)
			}
			next++
			return nil
		}))
		if next != batches+1 {
			t.Errorf("%d batches came, want %d", next-1, batches)
		}
	})
	t.Run("an error ends it and is passed on", func(t *testing.T) {
		enough, seen := errors.New("enough"), 0
		err := s.Batches(ctx(t), "r", lane, func(newsletter.Batch) error {
			seen++
			return enough
		})
		if !errors.Is(err, enough) || seen != 1 {
			t.Errorf("%v after %d batches", err, seen)
		}
	})
	t.Run("a batch may be saved from within", func(t *testing.T) {
		must(t, s.Batches(ctx(t), "r", lane, func(b newsletter.Batch) error {
			b.Tries = 9
			return s.SaveBatch(ctx(t), &b)
		}))
		if b := got[newsletter.Batch](t)(s.Batch(ctx(t), "r", lane, batches)); b.Tries != 9 || b.Rev != 2 {
			t.Errorf("the last batch is %+v", b)
		}
	})
	t.Run("a lane without batches", func(t *testing.T) {
		must(t, s.Batches(ctx(t), "r", 99, func(b newsletter.Batch) error { return fmt.Errorf("there is %+v", b) }))
	})
}

// testLarge stores what is as large as it gets.
func testLarge(t *testing.T, s Store) {
	t.Run("mail of 100 KB", func(t *testing.T) {
		m := newsletter.Mail{Issue: "w1", HTML: prose(100_000), Text: prose(60_000)}
		must(t, s.SaveMail(ctx(t), &m))
		if loaded := got[newsletter.Mail](t)(s.Mail(ctx(t), "w1", "")); loaded != m {
			t.Error("the mail has changed")
		}
	})
	t.Run("a lane with a batch in flight and hundreds of retries", func(t *testing.T) {
		l := newsletter.Lane{Run: "r", Inflight: &newsletter.Claim{Seq: 401, At: start, IDs: make([]newsletter.SubscriberID, newsletter.MaxBatch)}}
		for i := range l.Inflight.IDs {
			l.Inflight.IDs[i] = subscriberID(i)
		}
		for i := range 400 {
			l.Retries = append(l.Retries, newsletter.Retry{Seq: i, Entries: 1<<63 | uint64(i), Tries: 2, NotBefore: start.Add(time.Duration(i) * time.Microsecond)})
		}
		must(t, s.SaveLane(ctx(t), &l))
		if loaded := got[newsletter.Lane](t)(s.Lane(ctx(t), "r", 0)); !same(loaded, l) {
			t.Error("the lane has changed")
		}
	})
	t.Run("a batch whose entries all say why", func(t *testing.T) {
		b := LargeBatch("r", 1)
		for i := range b.Entries {
			b.Entries[i].Reason = prose(300)
		}
		must(t, s.SaveBatch(ctx(t), &b))
		if loaded := got[newsletter.Batch](t)(s.Batch(ctx(t), "r", 0, 1)); !same(loaded, b) {
			t.Error("the batch has changed")
		}
	})
}

// LargeBatch is a full batch whose message ids look like those of Amazon SES.
func LargeBatch(run string, seq int) newsletter.Batch {
	b := newsletter.Batch{Run: run, Seq: seq, At: start, Entries: make([]newsletter.Entry, newsletter.MaxBatch)}
	for i := range b.Entries {
		b.Entries[i] = newsletter.Entry{Subscriber: subscriberID(seq*newsletter.MaxBatch + i), Outcome: newsletter.OutcomeSent}
		r := subscriberID(-1 - seq*newsletter.MaxBatch - i)
		b.Entries[i].MessageID = fmt.Sprintf("0107019%x-%x-%x-%x-%x-%x-000000", 0x2f00a1b00|i, r[:4], r[4:6], r[6:8], r[8:10], r[10:])
	}
	return b
}

// prose is n bytes that do not repeat.
func prose(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "<p>%d Bäume, größer als %x</p>\n", i, subscriberID(i))
	}
	return strings.ToValidUTF8(b.String()[:n], "")
}
