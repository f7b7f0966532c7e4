package feedback

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/local/sqlite"
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
	store, err := sqlite.Open(t.Context(), t.TempDir()+"/masthead.db")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
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
		for _, e := range events {
			must(t, d.Handle(t.Context(), e))
		}
	}
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
	must(t, d.Handle(t.Context(), Event{Kind: Bounced, At: monday, Address: "ada@xn--bcher-kva.example.org"}))
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

func TestAReportAheadOfItsBatchComesAgain(t *testing.T) {
	d := open(t)
	events, err := Parse(recorded(t, "bounce-event"))
	must(t, err)
	lane := newsletter.Lane{Run: "weekly-20260302-070000", Lanes: 1, Seq: 3, Inflight: &newsletter.Claim{Seq: 3, IDs: []newsletter.SubscriberID{adaID, adaID}}}
	must(t, d.store.SaveLane(t.Context(), &lane))
	if err := d.Handle(t.Context(), events[0]); !errors.Is(err, ErrTooEarly) {
		t.Errorf("in flight: %v", err)
	}
	d.wantReader(t, adaID, "", newsletter.Bounced) // not put off
	d.batch(t, newsletter.OutcomeAmbiguous)
	must(t, d.Handle(t.Context(), events[0]))
	d.wantEntries(t, newsletter.OutcomeAmbiguous, newsletter.OutcomeSent)
}

func TestAReportOfADeletedBatchIsNoFault(t *testing.T) {
	d := open(t)
	must(t, d.store.SaveLane(t.Context(), &newsletter.Lane{Run: "weekly-20260302-070000", Lanes: 1, Seq: 9}))
	d.report(t, "send-event")
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
			if err := d.Handle(t.Context(), e); err != nil {
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
