package deliver

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// polyglots is a bench whose readers read English, German and French in turn, with a
// Mail for German and one for everybody else.
func polyglots(t *testing.T, readers int) *bench {
	b, ctx := newBench(t, readers), t.Context()
	for i := range readers {
		s, err := b.store.Subscriber(ctx, newsletter.Identify([]byte("pepper"), address(i)))
		must(t, err)
		s.Language = []string{"en", "de-AT", "fr"}[i%3]
		must(t, b.store.SaveSubscriber(ctx, &s))
	}
	b.issue.Variants = []newsletter.Variant{{Key: "german", Language: "de"}}
	must(t, b.store.SaveIssue(ctx, &b.issue))
	must(t, b.store.SaveMail(ctx, &newsletter.Mail{Issue: "weekly-1", Variant: "german", Subject: "s", HTML: "h", Text: "t"}))
	return b
}

// TestEachReaderGetsTheirVariant in one claim with a call for each, and every result
// stands with its reader.
func TestEachReaderGetsTheirVariant(t *testing.T) {
	b, ctx := polyglots(t, 60), t.Context()
	leaver, err := b.store.Subscriber(ctx, newsletter.Identify([]byte("pepper"), address(7)))
	must(t, err)
	variants := map[newsletter.Address]string{}
	places := map[string]newsletter.Address{} // of a reader in the books, as the mailer was told
	b.mailer.answer = func(_ int, m *newsletter.Mailing) ([]newsletter.Result, error) {
		results := make([]newsletter.Result, len(m.Recipients))
		for i, r := range m.Recipients {
			variants[r.Address] += m.Mail.Variant + "."
			places[fmt.Sprint(m.Seq, r.Index)] = r.Address
			results[i] = newsletter.Result{Outcome: newsletter.OutcomeSent, MessageID: "to " + string(r.Address)}
		}
		return results, nil
	}
	b.start(t)
	leaver.Unsubscribe(monday.Add(time.Second))
	must(t, b.store.SaveSubscriber(ctx, &leaver))
	run := b.run(t)
	if run.Counts != (newsletter.Counts{Sent: 59, Skipped: 1}) || b.mailer.calls != 4 {
		t.Errorf("%+v in %d calls", run.Counts, b.mailer.calls)
	}
	for i := range 60 {
		want := []string{".", "german.", "."}[i%3]
		if i == 7 {
			want = ""
		}
		if got := variants[address(i)]; got != want {
			t.Errorf("%s got %q, want %q", address(i), got, want)
		}
	}
	for seq := 1; seq <= 2; seq++ {
		batch, err := b.store.Batch(ctx, "weekly-1", 0, seq)
		must(t, err)
		for i, e := range batch.Entries {
			told := places[fmt.Sprint(seq, i)]
			if e.Outcome == newsletter.OutcomeSkipped && e.Subscriber == leaver.ID && told == "" {
				continue
			}
			if e.MessageID != "to "+string(told) || e.Subscriber != newsletter.Identify([]byte("pepper"), told) {
				t.Errorf("batch %d, entry %d: %s, told the mailer as %s", seq, i, e.MessageID, told)
			}
		}
	}
}

// TestAHaltEndsTheMailing: the other variants are not sent, and come first when the
// Run goes on.
func TestAHaltEndsTheMailing(t *testing.T) {
	b := polyglots(t, 30)
	b.mailer.answer = func(call int, m *newsletter.Mailing) ([]newsletter.Result, error) {
		if call == 1 {
			return repeat(newsletter.Result{Outcome: newsletter.OutcomeSent}, len(m.Recipients)), newsletter.ErrUnavailable
		}
		return repeat(newsletter.Result{Outcome: newsletter.OutcomeSent}, len(m.Recipients)), nil
	}
	b.start(t)
	must(t, b.Walk(t.Context(), LaneRef{"weekly-1", 0}))
	if sent := len(b.mailer.got); b.mailer.calls != 1 || sent != 10 && sent != 20 {
		t.Errorf("%d calls, %d mailed", b.mailer.calls, sent)
	}
	if run := b.run(t); run.Counts != (newsletter.Counts{Sent: 30}) || len(b.mailer.twice()) != 0 || b.mailer.calls != 2 {
		t.Errorf("%+v in %d calls", run.Counts, b.mailer.calls)
	}
}

// TestALongMailingRenewsItsLease, so that nobody else takes the lane up between two
// calls; where the lease has run out, nobody more is mailed.
func TestALongMailingRenewsItsLease(t *testing.T) {
	for name, c := range map[string]struct {
		takes time.Duration // each call
		calls int
	}{"slow": {50 * time.Second, 2}, "stalled": {newsletter.LeaseTime, 1}} {
		t.Run(name, func(t *testing.T) {
			b, ctx := polyglots(t, 30), t.Context()
			b.mailer.answer = func(_ int, m *newsletter.Mailing) ([]newsletter.Result, error) {
				b.now = b.now.Add(c.takes)
				if lane, err := b.store.Lane(ctx, "weekly-1", 0); err != nil || lane.Lease.After(b.now) != (c.calls == 2) {
					t.Errorf("the lease ends %v from now, %v", lane.Lease.Sub(b.now), err)
				}
				return repeat(newsletter.Result{Outcome: newsletter.OutcomeSent}, len(m.Recipients)), nil
			}
			b.start(t)
			must(t, b.Walk(ctx, LaneRef{"weekly-1", 0}))
			if b.mailer.calls != c.calls {
				t.Errorf("%d calls", b.mailer.calls)
			}
			if run := b.run(t); run.Counts != (newsletter.Counts{Sent: 30}) || len(b.mailer.twice()) != 0 {
				t.Errorf("%+v", run.Counts)
			}
		})
	}
}

func TestTooManyVariantsAreRefused(t *testing.T) {
	b := newBench(t, 1)
	b.issue.Variants = make([]newsletter.Variant, newsletter.MaxVariants)
	if _, err := b.Start(t.Context(), &b.issue); !errors.Is(err, newsletter.ErrInvalid) {
		t.Error(err)
	}
}
