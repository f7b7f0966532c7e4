package deliver

import (
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestARunBeyondTheQuotaWaitsForAPerson, who lets it be spread over days by resume;
// or the settings have said so before.
func TestARunBeyondTheQuotaWaitsForAPerson(t *testing.T) {
	for name, c := range map[string]struct {
		readers int
		spread  bool
		state   newsletter.RunState
	}{
		"all of it":              {150, false, newsletter.RunSending},
		"one too many":           {151, false, newsletter.RunPaused},
		"one too many, and told": {151, true, newsletter.RunSending},
	} {
		t.Run(name, func(t *testing.T) {
			b, ctx := newBench(t, c.readers), t.Context()
			b.Spread = c.spread
			must(t, b.NoteQuota(ctx, newsletter.Quota{PerSecond: 100, PerDay: 200, SentToday: 50, AskedAt: monday}))
			b.start(t)
			wantState(t, b, c.state)
			run, err := b.store.Run(ctx, "weekly-1")
			must(t, err)
			if run.Readers != c.readers || run.Held != (c.state == newsletter.RunPaused) {
				t.Errorf("%+v", run)
			}
			if c.state != newsletter.RunPaused {
				return
			}
			if !strings.Contains(run.Reason, "151 readers, but today's quota has room for 150 and a day's for 200, so that sending takes 2 days; resume") {
				t.Error(run.Reason)
			}
			b.start(t)
			b.now = b.now.Add(time.Hour)
			must(t, b.Sweep(ctx))
			wantState(t, b, newsletter.RunPaused)
			_, err = b.Resume(ctx, "weekly-1")
			must(t, err)
			if run := b.run(t); run.Counts.Sent != 151 {
				t.Errorf("%+v", run.Counts)
			}
		})
	}
}

func TestForecastWords(t *testing.T) {
	for _, c := range []struct {
		f    newsletter.Forecast
		want string
	}{
		{newsletter.Forecast{Readers: 1, Left: 1, Days: 1}, "1 reader"},
		{newsletter.Forecast{Readers: 3000, PerSecond: 11.2, Takes: 268 * time.Second, PerDay: 50_000, Left: 49_000, Days: 1, Cost: 0.3},
			"3000 readers, at 11 a second, in about 4 minutes, 6% of a day's quota (49000 are left of it now), for about $0.30"},
		{newsletter.Forecast{Readers: 500, PerSecond: 0.8, Takes: 73 * time.Hour, PerDay: 200, Days: 4, Cost: 0.05},
			"500 readers, at 0.8 a second, in about 3 days, 250% of a day's quota (0 are left of it now), for about $0.05"},
	} {
		if got := Words(c.f); got != c.want {
			t.Errorf("%q\nwant\n%q", got, c.want)
		}
	}
	for d, want := range map[time.Duration]string{0: "a moment", 400 * time.Millisecond: "a moment", time.Second: "1 second", 45 * time.Second: "1 minute",
		100 * time.Second: "2 minutes", 50 * time.Minute: "1 hour", 30 * time.Hour: "1 day", 60 * time.Hour: "3 days"} {
		if got := roughly(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

// TestStanding looks at a Run in the middle, with a lane that waits and one that has
// not begun.
func TestStanding(t *testing.T) {
	b, ctx := newBench(t, 400), t.Context()
	b.BatchSize, b.Workers = 10, 4
	b.mailer.answer = func(call int, m *newsletter.Mailing) ([]newsletter.Result, error) {
		b.now = b.now.Add(time.Second)
		results := repeat(newsletter.Result{Outcome: newsletter.OutcomeSent}, len(m.Recipients))
		switch call {
		case 1:
			results[0] = newsletter.Result{Outcome: newsletter.OutcomeFailed, Reason: "no such mailbox"}
			results[1].Outcome = newsletter.OutcomeRetry
		case 8:
			_, err := b.Hold(ctx, "weekly-1", "a look")
			must(t, err)
		}
		return results, nil
	}
	b.start(t)
	run, err := b.store.Run(ctx, "weekly-1")
	must(t, err)
	if at := standing(t, b); at.Readers != 400 || at.Reached() != 0 || at.PerSecond != 0 || at.Left != 0 || at.Percent() != 0 || len(at.Lanes) != 4 {
		t.Errorf("before: %+v", at)
	}
	must(t, b.Walk(ctx, LaneRef{"weekly-1", 0}))
	at := standing(t, b)
	if at.Reached() != 79 || at.Failed != 1 || at.Waiting != 1 || at.Percent() != 19 || at.PerSecond != 0 || at.Lanes[0].Reached() != 79 || at.Lanes[0].Waiting != 1 {
		t.Errorf("paused: %+v", at)
	}
	if len(at.Refusals) != 1 || at.Refusals[0] != (newsletter.Refusal{Reason: "no such mailbox", Readers: 1}) {
		t.Errorf("%+v", at.Refusals)
	}
	_, err = b.Resume(ctx, run.ID)
	must(t, err)
	at = standing(t, b) // 80 readers in the 7 seconds since the first answer
	if got := at.Words(); got != "79 of 400 readers (19%), 11 a second, about 28 seconds left, 1 wait for another try" {
		t.Error(got)
	}
	if at.Lanes[0].PerSecond != at.PerSecond || at.Lanes[1].PerSecond != 0 {
		t.Errorf("%+v", at.Lanes)
	}
	b.run(t)
	if at := standing(t, b); at.Sent != 399 || at.Waiting != 0 || at.Left != 0 || at.Percent() != 100 || !at.Lanes[3].Done {
		t.Errorf("after: %+v", at)
	}
}

func standing(t *testing.T, b *bench) Standing {
	t.Helper()
	run, err := b.store.Run(t.Context(), "weekly-1")
	must(t, err)
	at, err := b.Standing(t.Context(), &run)
	must(t, err)
	return at
}
