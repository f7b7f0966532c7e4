package deliver

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestTheQuotaSaysHowFastAndHowManyAtOnce(t *testing.T) {
	b := newBench(t, 60)
	must(t, b.NoteQuota(t.Context(), newsletter.Quota{PerSecond: 10, AskedAt: monday}))
	b.start(t)
	must(t, b.Walk(t.Context(), LaneRef{"weekly-1", 0}))
	if took := b.now.Sub(monday); b.mailer.calls != 6 || took != 5*1250*time.Millisecond { // at 8 a second, the first ten at once
		t.Errorf("%d calls in %v", b.mailer.calls, took)
	}
}

func TestTheSandboxSendsOneByOne(t *testing.T) {
	b := newBench(t, 5)
	must(t, b.NoteQuota(t.Context(), newsletter.Quota{PerSecond: 1, PerDay: 200, AskedAt: monday}))
	b.start(t)
	must(t, b.Walk(t.Context(), LaneRef{"weekly-1", 0}))
	if took := b.now.Sub(monday); b.mailer.calls != 5 || took != 5*time.Second {
		t.Errorf("%d calls in %v", b.mailer.calls, took)
	}
}

// TestARefusalForSpeedHalvesTheRateOfAllWorkers for a minute, and what the quota says
// meanwhile does not undo it.
func TestARefusalForSpeedHalvesTheRateOfAllWorkers(t *testing.T) {
	b, ctx := newBench(t, 60), t.Context()
	must(t, b.NoteQuota(ctx, newsletter.Quota{PerSecond: 100, AskedAt: monday}))
	b.mailer.answer = func(call int, m *newsletter.Mailing) ([]newsletter.Result, error) {
		results := repeat(newsletter.Result{Outcome: newsletter.OutcomeSent}, len(m.Recipients))
		if call == 1 {
			results = repeat(newsletter.Result{Outcome: newsletter.OutcomeRetry}, len(m.Recipients))
			return results, newsletter.ErrThrottled
		}
		return results, nil
	}
	b.start(t)
	must(t, b.Walk(ctx, LaneRef{"weekly-1", 0}))
	must(t, b.NoteQuota(ctx, newsletter.Quota{PerSecond: 100, SentToday: 50, AskedAt: b.now}))
	stored, err := b.store.Quota(ctx)
	must(t, err)
	if rate := stored.Rate(0, b.now); rate != 42.5 || stored.SentToday != 50 {
		t.Errorf("rate %v, %+v", rate, stored)
	}
	if rate := stored.Rate(0, monday.Add(2*time.Minute)); rate != 85 {
		t.Errorf("rate %v after the rest", rate)
	}
	if run := b.run(t); run.Counts.Sent != 60 || len(b.mailer.twice()) != 0 {
		t.Errorf("%+v", run.Counts)
	}
}

// TestARunWaitsUntilThereIsQuotaAgain and is not tried before, nor for ever kept by
// what the provider said long ago.
func TestARunWaitsUntilThereIsQuotaAgain(t *testing.T) {
	b, ctx := newBench(t, 120), t.Context()
	spent := true
	b.mailer.answer = func(_ int, m *newsletter.Mailing) ([]newsletter.Result, error) {
		if spent {
			return repeat(newsletter.Result{Outcome: newsletter.OutcomeRetry}, len(m.Recipients)), newsletter.ErrQuotaSpent
		}
		return repeat(newsletter.Result{Outcome: newsletter.OutcomeSent}, len(m.Recipients)), nil
	}
	b.start(t)
	must(t, b.Walk(ctx, LaneRef{"weekly-1", 0}))
	wantState(t, b, newsletter.RunWaitingQuota)
	for range 10 {
		b.now = b.now.Add(5 * time.Minute)
		must(t, b.NoteQuota(ctx, newsletter.Quota{PerSecond: 50, PerDay: 200, SentToday: 200, AskedAt: b.now}))
		must(t, b.Sweep(ctx))
		wantState(t, b, newsletter.RunWaitingQuota)
	}
	if b.mailer.calls != 1 {
		t.Errorf("tried %d times", b.mailer.calls)
	}
	b.now = b.now.Add(quotaNews) // nobody could ask for an hour
	must(t, b.Sweep(ctx))
	wantState(t, b, newsletter.RunSending)

	spent = false
	must(t, b.NoteQuota(ctx, newsletter.Quota{PerSecond: 50, PerDay: 200, SentToday: 10, AskedAt: b.now}))
	if run := b.run(t); run.Counts != (newsletter.Counts{Sent: 120}) {
		t.Errorf("%+v", run.Counts)
	}
}

func wantState(t *testing.T, b *bench, want newsletter.RunState) {
	t.Helper()
	if run, err := b.store.Run(t.Context(), "weekly-1"); err != nil || run.State != want {
		t.Fatalf("the run is %s (%s), want %s; %v", run.State, run.Reason, want, err)
	}
}

type postbox struct{ got int }

func (p *postbox) Post(context.Context, *newsletter.Message) error { p.got++; return nil }

func TestSingleMailsHaveARateOfTheirOwn(t *testing.T) {
	b, ctx, box := newBench(t, 0), t.Context(), &postbox{}
	must(t, b.NoteQuota(ctx, newsletter.Quota{PerSecond: 10, AskedAt: monday}))
	_, err := b.store.Reserve(ctx, paceOfRuns, 10*time.Minute, monday, time.Hour) // a Run has taken all slots for a long time
	must(t, err)
	single := &Singles{Store: b.store, Mail: box, Now: b.Now, Sleep: b.Sleep}
	for range 3 {
		must(t, single.Post(ctx, &newsletter.Message{Subject: "Please confirm"}))
	}
	if took := b.now.Sub(monday); box.got != 3 || took != 2*time.Second {
		t.Errorf("%d mails in %v", box.got, took)
	}
	crowd := &Singles{Store: b.store, Mail: box, Now: b.Now, Sleep: func(context.Context, time.Duration) error { return nil }}
	for err = nil; err == nil && box.got < 100; {
		err = crowd.Post(ctx, &newsletter.Message{Subject: "Please confirm"})
	}
	if !errors.Is(err, newsletter.ErrThrottled) || box.got > 10 {
		t.Errorf("a crowd: %v after %d mails", err, box.got)
	}
}
