package feedback

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/local/sqlite"
	"github.com/masthead-mail/masthead/internal/local/sqlitetest"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

var (
	monday = time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
	pepper = []byte("pepper")
	adaID  = newsletter.Identify(pepper, "ada@example.org")
)

// desk is the stage over a real store.
type desk struct {
	*Handler
	store *sqlite.Store
}

func open(t testing.TB) *desk {
	t.Helper()
	store := sqlitetest.Open(t)
	return &desk{&Handler{Store: store, Pepper: pepper, Now: func() time.Time { return monday.Add(time.Hour) }}, store}
}

// reader puts ada on record.
func (d *desk) reader(t *testing.T, status newsletter.Status, confirmed time.Time) {
	t.Helper()
	must(t, d.store.SaveSubscriber(t.Context(), &newsletter.Subscriber{ID: adaID, Address: "Ada@example.org", Status: status, ConfirmedAt: confirmed}))
}

// batch stores the batch of the recorded reports, its second entry being ada's.
func (d *desk) batch(t *testing.T, outcome newsletter.Outcome) {
	t.Helper()
	must(t, d.store.SaveBatch(t.Context(), &newsletter.Batch{Run: "weekly-20260302-070000", Seq: 3, At: monday,
		Entries: []newsletter.Entry{{Outcome: outcome}, {Subscriber: adaID, Outcome: outcome}}}))
}

func (d *desk) report(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		events, err := Parse(recorded(t, name))
		must(t, err)
		d.handle(t, events...)
	}
}

func (d *desk) handle(t *testing.T, events ...Event) {
	t.Helper()
	must(t, errors.Join(d.Handle(t.Context(), events)...))
}

func (d *desk) wantReader(t *testing.T, id newsletter.SubscriberID, status, suppressed newsletter.Status) {
	t.Helper()
	sub, err := d.store.Subscriber(t.Context(), id)
	if err != nil && !errors.Is(err, newsletter.ErrNotFound) || sub.Status != status {
		t.Errorf("subscriber is %q (%v), want %q", sub.Status, err, status)
	}
	known, err := d.store.Suppression(t.Context(), id)
	if err != nil && !errors.Is(err, newsletter.ErrNotFound) || known.Reason != suppressed {
		t.Errorf("suppressed for %q (%v), want %q", known.Reason, err, suppressed)
	}
}

func (d *desk) wantEntries(t *testing.T, want ...newsletter.Outcome) {
	t.Helper()
	b, err := d.store.Batch(t.Context(), "weekly-20260302-070000", 0, 3)
	must(t, err)
	var got []newsletter.Outcome
	for _, e := range b.Entries {
		got = append(got, e.Outcome)
	}
	if !slices.Equal(got, want) {
		t.Errorf("entries %v, want %v", got, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatAReportMakesOfAReader(t *testing.T) {
	before, after := monday.AddDate(0, -1, 0), monday.Add(24*time.Hour)
	for _, c := range []struct {
		name               string
		status             newsletter.Status // "": unknown
		confirmed          time.Time
		reports            []string
		became, suppressed newsletter.Status
	}{
		{"a permanent bounce ends it", newsletter.Active, before, []string{"bounce-event"}, newsletter.Bounced, newsletter.Bounced},
		{"also in the envelope of EventBridge", newsletter.Active, before, []string{"bounce-eventbridge"}, newsletter.Bounced, newsletter.Bounced},
		{"also by SNS", newsletter.Active, before, []string{"bounce-sns"}, newsletter.Bounced, newsletter.Bounced},
		{"a bounce of the confirmation too", newsletter.Pending, time.Time{}, []string{"bounce-event"}, newsletter.Bounced, newsletter.Bounced},
		{"an address on the account's list", newsletter.Active, before, []string{"bounce-suppression-list"}, newsletter.Bounced, newsletter.Bounced},
		{"a full mailbox ends nothing", newsletter.Active, before, []string{"bounce-transient", "bounce-undetermined", "delay-event"}, newsletter.Active, ""},
		{"somebody else's bounce ends nothing", newsletter.Active, before, []string{"bounce-notification"}, newsletter.Active, ""},
		{"a complaint ends it", newsletter.Active, before, []string{"complaint-event"}, newsletter.Complained, newsletter.Complained},
		{"in the other shape", newsletter.Active, before, []string{"complaint-notification"}, newsletter.Complained, newsletter.Complained},
		{"the report that a mail was no spam ends nothing", newsletter.Active, before, []string{"complaint-not-spam"}, newsletter.Active, ""},
		{"a complaint after leaving is kept", newsletter.Unsubscribed, before, []string{"complaint-event"}, newsletter.Complained, newsletter.Complained},
		{"both, in order", newsletter.Active, before, []string{"bounce-event", "complaint-event"}, newsletter.Complained, newsletter.Complained},
		{"both, out of order", newsletter.Active, before, []string{"complaint-event", "bounce-event"}, newsletter.Complained, newsletter.Complained},
		{"twice is once", newsletter.Active, before, []string{"bounce-event", "bounce-sns", "bounce-event"}, newsletter.Bounced, newsletter.Bounced},
		{"nobody known is suppressed all the same", "", time.Time{}, []string{"bounce-event"}, "", newsletter.Bounced},
		{"old news of a reader who has come back since ends nothing", newsletter.Active, after, []string{"complaint-event", "bounce-event"}, newsletter.Active, ""},
		{"sent and delivered ends nothing", newsletter.Active, before, []string{"send-event", "delivery-event", "delivery-notification", "open-event"}, newsletter.Active, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t)
			if c.status != "" {
				d.reader(t, c.status, c.confirmed)
			}
			d.report(t, c.reports...)
			d.wantReader(t, adaID, c.became, c.suppressed)
		})
	}
}

func TestADomainInUnicodeIsKnownByItsASCIIForm(t *testing.T) {
	d := open(t)
	id := newsletter.Identify(pepper, "ada@bücher.example.org")
	must(t, d.store.SaveSubscriber(t.Context(), &newsletter.Subscriber{ID: id, Status: newsletter.Active}))
	d.handle(t, Event{Kind: Bounced, At: monday, Address: "ada@xn--bcher-kva.example.org"})
	d.wantReader(t, id, newsletter.Bounced, newsletter.Bounced)
}

func TestEveryReportSettlesADeliveryInDoubt(t *testing.T) {
	sent, failed, unknown, ambiguous, retry := newsletter.OutcomeSent, newsletter.OutcomeFailed, newsletter.OutcomeUnknown, newsletter.OutcomeAmbiguous, newsletter.OutcomeRetry
	for _, c := range []struct {
		name    string
		before  newsletter.Outcome
		reports []string
		want    newsletter.Outcome
	}{
		{"sent: it was sent", ambiguous, []string{"send-event"}, sent},
		{"sent, late: an unknown one is known after all", unknown, []string{"send-eventbridge"}, sent},
		{"delivered", ambiguous, []string{"delivery-event"}, sent},
		{"what bounced had been sent", ambiguous, []string{"bounce-event"}, sent},
		{"what was complained of had been sent", ambiguous, []string{"complaint-event"}, sent},
		{"what is delayed had been sent", ambiguous, []string{"delay-event"}, sent},
		{"not rendered: it failed", sent, []string{"rendering-failure-event"}, failed},
		{"rejected: it failed", ambiguous, []string{"reject-event"}, failed},
		{"in order", ambiguous, []string{"send-event", "rendering-failure-event"}, failed},
		{"out of order", ambiguous, []string{"rendering-failure-event", "send-event"}, failed},
		{"without tags nothing is proved", ambiguous, []string{"send-untagged"}, ambiguous},
		{"a retry is left to the lane", retry, []string{"send-event", "reject-event"}, retry},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t)
			d.batch(t, c.before)
			d.report(t, c.reports...)
			d.report(t, c.reports[len(c.reports)-1])
			d.wantEntries(t, c.before, c.want)
		})
	}
}

// TestAReportAheadOfItsBatch is kept until the batch is there: nobody has to send it
// again.
func TestAReportAheadOfItsBatch(t *testing.T) {
	d := open(t)
	d.report(t, "bounce-event", "rendering-failure-event")
	d.wantReader(t, adaID, "", newsletter.Bounced)
	noted, err := d.store.Reports(t.Context(), "weekly-20260302-070000", 0, 3)
	must(t, err)
	if noted.Bounced != 0b10 || noted.Accepted != 0b10 || noted.Refused != 0b10 {
		t.Errorf("%+v", noted)
	}
}

// counting counts the writes.
type counting struct {
	Store
	reports, batches, counts int
}

func (c *counting) Count(ctx context.Context, issue, metric string, n int) error {
	c.counts++
	return c.Store.Count(ctx, issue, metric, n)
}

func (c *counting) AddReports(ctx context.Context, r newsletter.Reports) (newsletter.Reports, error) {
	c.reports++
	return c.Store.AddReports(ctx, r)
}

func (c *counting) SaveBatch(ctx context.Context, b *newsletter.Batch) error {
	c.batches++
	return c.Store.SaveBatch(ctx, b)
}

// sends are the events of the first n entries of a batch.
func sends(seq, n int) (events []Event) {
	for i := range n {
		events = append(events, Event{Kind: Accepted, At: monday, Delivery: &Delivery{Run: "r", Seq: seq, Index: i}, MessageID: fmt.Sprint(i)})
	}
	return events
}

// TestEventsThatComeTogetherCostOneWrite for each batch they are about.
func TestEventsThatComeTogetherCostOneWrite(t *testing.T) {
	d := open(t)
	count := &counting{Store: d.store}
	d.Store = count
	doubtful := newsletter.Batch{Run: "r", Seq: 2, Entries: make([]newsletter.Entry, 50)}
	for i := range doubtful.Entries {
		doubtful.Entries[i].Outcome = newsletter.OutcomeAmbiguous
	}
	must(t, d.store.SaveBatch(t.Context(), &doubtful))
	mixed := append(sends(1, 50), sends(2, 50)...)
	rand.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	d.handle(t, append(mixed, Event{Kind: Accepted, Delivery: &Delivery{Run: "r", Seq: 1, Index: 50}})...)
	if count.reports != 2 || count.batches != 1 {
		t.Errorf("%d and %d writes, want 2 and 1", count.reports, count.batches)
	}
	for seq := 1; seq <= 2; seq++ {
		if noted, err := d.store.Reports(t.Context(), "r", 0, seq); err != nil || noted.Accepted != 1<<50-1 {
			t.Errorf("batch %d: %b, %v", seq, noted.Accepted, err)
		}
	}
	stored, err := d.store.Batch(t.Context(), "r", 0, 2)
	must(t, err)
	if stored.Count().Sent != 50 || stored.Entries[7].MessageID != "7" {
		t.Errorf("%+v", stored.Count())
	}
}

// TestDeliveredIsCountedOnce for each message, however often its report comes, and in one
// write for all that come together.
func TestDeliveredIsCountedOnce(t *testing.T) {
	d := open(t)
	var together []Event
	for seq := range 3 {
		for i := range 4 {
			together = append(together, Event{Kind: Delivered, At: monday, Delivery: &Delivery{Run: "r", Seq: seq, Index: i}})
		}
	}
	count := &counting{Store: d.store}
	d.Store = count
	d.handle(t, append(together, sends(5, 2)...)...)
	d.handle(t, together[3:]...)
	if counts, err := d.store.Counts(t.Context(), "r"); err != nil || counts[newsletter.MetricDelivered] != len(together) || count.counts != 1 {
		t.Errorf("%v in %d writes, %v", counts, count.counts, err)
	}
	d.Store = uncounted{d.store}
	var trouble error
	d.Trouble = func(err error) { trouble = err }
	d.handle(t, Event{Kind: Delivered, At: monday, Delivery: &Delivery{Run: "r", Seq: 9}})
	if trouble == nil {
		t.Error("nobody hears that it was not counted")
	}
}

// uncounted is a Store that cannot count.
type uncounted struct{ Store }

func (uncounted) Count(context.Context, string, string, int) error {
	return errors.New("the store is down")
}

// broken is a Store that cannot note what is told of one batch.
type broken struct{ Store }

func (b broken) AddReports(ctx context.Context, r newsletter.Reports) (newsletter.Reports, error) {
	if r.Seq == 1 {
		return r, errors.New("the store is down")
	}
	return b.Store.AddReports(ctx, r)
}

// TestOnlyWhatFailedComesAgain: of events that came together each has its own fault.
func TestOnlyWhatFailedComesAgain(t *testing.T) {
	d := open(t)
	d.Store = broken{d.store}
	var braked []string
	d.Brake = func(_ context.Context, run string) error {
		braked = append(braked, run)
		return errors.New("not now")
	}
	events := []Event{sends(1, 1)[0], sends(2, 1)[0], {Kind: Complaint, At: monday, Delivery: &Delivery{Run: "r", Seq: 2, Index: 1}}, {Kind: Accepted, At: monday}}
	faults := d.Handle(t.Context(), events)
	for i, want := range []bool{true, true, true, false} {
		if (faults[i] != nil) != want {
			t.Errorf("event %d: %v", i, faults[i])
		}
	}
	if !slices.Equal(braked, []string{"r"}) || strings.Contains(fmt.Sprint(faults[0]), "not now") {
		t.Errorf("asked to brake %v; %v", braked, faults[0])
	}
}

// TestSixteenHandlersAtOnce: all the reports of a batch of sixteen arrive at the
// same moment, each twice.
func TestSixteenHandlersAtOnce(t *testing.T) {
	const racers = 16
	d := open(t)
	b := newsletter.Batch{Run: "r", Seq: 1, Entries: make([]newsletter.Entry, racers)}
	for i := range b.Entries {
		b.Entries[i].Outcome = newsletter.OutcomeAmbiguous
	}
	must(t, d.store.SaveBatch(t.Context(), &b))
	d.reader(t, newsletter.Active, monday.AddDate(0, -1, 0))
	var done sync.WaitGroup
	for i := range 2 * racers {
		done.Go(func() {
			e := Event{Kind: Bounced, At: monday, Address: "ada@example.org", Delivery: &Delivery{Run: "r", Seq: 1, Index: i % racers}, MessageID: fmt.Sprint(i)}
			if err := errors.Join(d.Handle(t.Context(), []Event{e})...); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	stored, err := d.store.Batch(t.Context(), "r", 0, 1)
	must(t, err)
	if stored.Count().Sent != racers {
		t.Errorf("%+v", stored.Count())
	}
	d.wantReader(t, adaID, newsletter.Bounced, newsletter.Bounced)
}

// TestSoftBouncesEndItAfterAWhile: by the rule of newsletter.SoftBounces.
func TestSoftBouncesEndItAfterAWhile(t *testing.T) {
	d := open(t)
	d.reader(t, newsletter.Active, monday.AddDate(0, -1, 0))
	for i := range 5 {
		d.wantReader(t, adaID, newsletter.Active, "")
		e := Event{Kind: Returned, At: monday.AddDate(0, 0, 7*i), Address: "ada@example.org", Detail: "Transient/MailboxFull", Delivery: &Delivery{Run: fmt.Sprint("run ", i)}}
		d.handle(t, e, e)
	}
	d.wantReader(t, adaID, newsletter.Bounced, newsletter.Bounced)
	sup, err := d.store.Suppression(t.Context(), adaID)
	trail, trailErr := d.store.Actions(t.Context(), "", 10)
	if must(t, errors.Join(err, trailErr)); !strings.Contains(sup.Detail, "came back for now 5 times: Transient/MailboxFull") || len(trail) != 1 || trail[0].Who != newsletter.ByMailSystem {
		t.Errorf("%+v, %+v", sup, trail)
	}
}

func TestADeliveryForgivesSoftBounces(t *testing.T) {
	d := open(t)
	d.reader(t, newsletter.Active, monday.AddDate(0, -1, 0))
	for i := range 12 {
		kind := Returned
		if i%4 == 3 {
			kind = Delivered
		}
		d.handle(t, Event{Kind: kind, At: monday.AddDate(0, 0, 7*i), Address: "ada@example.org", Delivery: &Delivery{Run: fmt.Sprint("run ", i)}})
	}
	d.handle(t, Event{Kind: Delayed, At: monday.AddDate(0, 0, 90), Address: "ada@example.org"})
	d.wantReader(t, adaID, newsletter.Active, "")
	if sub, err := d.store.Subscriber(t.Context(), adaID); err != nil || len(sub.Soft.Since) != 0 || sub.Soft.Delayed.IsZero() {
		t.Errorf("%+v, %v", sub.Soft, err)
	}
}

// TestAnyOrderOfReportsEndsTheSame: a reader's reports, each of them twice, in any order,
// leave the same status, Suppression and soft bounces.
func TestAnyOrderOfReportsEndsTheSame(t *testing.T) {
	run := func(i int) *Delivery { return &Delivery{Run: fmt.Sprint("run ", i)} }
	at := func(days int) time.Time { return monday.AddDate(0, 0, days) }
	for name, events := range map[string][]Event{
		"soft, then hard, then a complaint": {{Kind: Returned, At: at(1), Delivery: run(1)}, {Kind: Bounced, At: at(2), Delivery: run(2)}, {Kind: Complaint, At: at(3), Delivery: run(3)}, {Kind: Delayed, At: at(1)}},
		"soft ones":                         {{Kind: Returned, At: at(1), Delivery: run(1)}, {Kind: Returned, At: at(5), Delivery: run(2)}, {Kind: Returned, At: at(9), Delivery: run(3)}, {Kind: Returned, At: at(12), Delivery: run(4)}, {Kind: Returned, At: at(16), Delivery: run(5)}},
		"soft ones around a delivery":       {{Kind: Returned, At: at(1), Delivery: run(1)}, {Kind: Returned, At: at(5), Delivery: run(2)}, {Kind: Delivered, At: at(6), Delivery: run(3)}, {Kind: Returned, At: at(12), Delivery: run(4)}, {Kind: Returned, At: at(21), Delivery: run(5)}, {Kind: Returned, At: at(22), Delivery: run(6)}},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			want := ""
			for round := range 12 {
				dice := rand.New(rand.NewPCG(uint64(round), 3))
				id := newsletter.Identify(pepper, newsletter.Address(fmt.Sprintf("reader%d@example.org", round)))
				must(t, d.store.SaveSubscriber(t.Context(), &newsletter.Subscriber{ID: id, Address: newsletter.Address(fmt.Sprintf("reader%d@example.org", round)), Status: newsletter.Active,
					ConfirmedAt: monday.AddDate(0, -1, 0), Soft: newsletter.SoftBounces{Delivered: monday.AddDate(0, 0, -20)}}))
				for _, i := range append(dice.Perm(len(events)), dice.Perm(len(events))...) {
					e := events[i]
					e.Address = newsletter.Address(fmt.Sprintf("reader%d@example.org", round))
					d.handle(t, e)
				}
				sub, err := d.store.Subscriber(t.Context(), id)
				must(t, err)
				sup, err := d.store.Suppression(t.Context(), id)
				if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
					t.Fatal(err)
				}
				got := fmt.Sprint(sub.Status, sup.Reason)
				if sub.Status == newsletter.Active {
					got += fmt.Sprint(sub.Soft.Since)
				}
				if want == "" {
					want = got
				} else if got != want {
					t.Fatalf("in another order it ends as %s, and not as %s", got, want)
				}
			}
		})
	}
}

// TestWhatTheProviderBlocks concerns readers only, and not those who have come back.
func TestWhatTheProviderBlocks(t *testing.T) {
	d := open(t)
	d.reader(t, newsletter.Active, monday.AddDate(0, -1, 0))
	must(t, d.Blocked(t.Context(), Event{Kind: Bounced, At: monday.AddDate(0, -2, 0), Address: "ada@example.org"}))
	d.wantReader(t, adaID, newsletter.Active, "")
	must(t, d.Blocked(t.Context(), Event{Kind: Complaint, At: monday, Address: "ada@example.org"}))
	d.wantReader(t, adaID, newsletter.Complained, newsletter.Complained)
	must(t, d.Blocked(t.Context(), Event{Kind: Bounced, At: monday, Address: "stranger@example.org"}))
	d.wantReader(t, newsletter.Identify(pepper, "stranger@example.org"), "", "")
}

// TestComplaintsAreAnnounced, bounces are not; what cannot be announced comes again.
func TestComplaintsAreAnnounced(t *testing.T) {
	for kind, want := range map[Kind]int{Complaint: 1, Bounced: 0} {
		d := open(t)
		d.reader(t, newsletter.Active, monday)
		broken, heard := errors.New("the store is away"), 0
		d.Announce = func(context.Context, newsletter.Event) error { return broken }
		event := []Event{{Kind: kind, Address: "ada@example.org", At: monday.Add(time.Minute)}}
		if err := errors.Join(d.Handle(t.Context(), event)...); errors.Is(err, broken) != (want == 1) {
			t.Errorf("%s: %v", kind, err)
		}
		d.Announce = func(_ context.Context, e newsletter.Event) error {
			if heard++; e.Type != newsletter.EventUnsubscribed || e.Why != newsletter.LeftComplained {
				t.Errorf("%+v", e)
			}
			return nil
		}
		d.handle(t, event[0])
		d.handle(t, event[0])
		if heard != want {
			t.Errorf("%s: heard %d times", kind, heard)
		}
	}
}
