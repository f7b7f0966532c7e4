package deliver

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestTheBrake: a run of which too much comes back stops by itself, goes on when a
// person says so, and does not stop again for what that person has seen.
func TestTheBrake(t *testing.T) {
	b := newBench(t, 400)
	b.Events = true
	var told error
	b.Trouble = func(err error) { told = err }
	b.start(t)
	report := func(seq int, bounced, complained uint64) {
		t.Helper()
		_, err := b.store.AddReports(t.Context(), newsletter.Reports{Run: "weekly-1", Seq: seq, Bounced: bounced, Complained: complained})
		must(t, err)
		must(t, b.Brake(t.Context(), "weekly-1"))
	}
	state := func(want newsletter.RunState) newsletter.Run {
		t.Helper()
		run, err := b.store.Run(t.Context(), "weekly-1")
		must(t, err)
		if run.State != want {
			t.Errorf("the run is %s for %q, want %s", run.State, run.Reason, want)
		}
		return run
	}
	b.mailer.answer = func(call int, m *newsletter.Mailing) ([]newsletter.Result, error) {
		switch call {
		case 2: // its result is on the lane by the next claim
			report(1, 0b1_1111_1111, 0b11)
			state(newsletter.RunSending)
		case 3:
			report(2, 0b1, 0)
		}
		return repeat(newsletter.Result{Outcome: newsletter.OutcomeSent}, len(m.Recipients)), nil
	}
	must(t, b.Walk(t.Context(), LaneRef{"weekly-1", 0}))
	if run := state(newsletter.RunPaused); !run.Held || !strings.Contains(run.Reason, "10 of 100 messages bounced") || !errors.Is(told, newsletter.ErrSendingPaused) {
		t.Errorf("%+v, told %v", run, told)
	}
	if len(b.mailer.batches) != 3 {
		t.Errorf("it stopped after %d batches, want 3", len(b.mailer.batches))
	}
	report(3, 0b11, 0) // more of the same comes in while it is paused
	must(t, b.Sweep(t.Context()))
	state(newsletter.RunPaused)

	_, err := b.Resume(t.Context(), "weekly-1")
	must(t, err)
	must(t, b.Brake(t.Context(), "weekly-1"))
	run := state(newsletter.RunSending)
	if figures, err := b.Reported(t.Context(), &run); err != nil || figures.Bounced != 12 || figures.Complained != 2 || run.Tolerated != figures {
		t.Errorf("%+v, %v; tolerated %+v", figures, err, run.Tolerated)
	}
	b.mailer.answer = nil
	must(t, b.Walk(t.Context(), LaneRef{"weekly-1", 0}))
	state(newsletter.RunSent)
}

// TestRefusalsBrakeWhereThereAreNoEvents: over SMTP the addresses that the server
// refuses for good count as bounces, and nobody needs to report them.
func TestRefusalsBrakeWhereThereAreNoEvents(t *testing.T) {
	b := newBench(t, 400)
	b.BatchSize = 10
	b.start(t)
	b.mailer.answer = func(call int, m *newsletter.Mailing) ([]newsletter.Result, error) {
		results := repeat(newsletter.Result{Outcome: newsletter.OutcomeSent}, len(m.Recipients))
		results[3] = newsletter.Result{Outcome: newsletter.OutcomeFailed, Reason: fmt.Sprintf("550 no such user (%d)", call%3)} // not the one reason that the breaker looks for
		return results, nil
	}
	must(t, b.Walk(t.Context(), LaneRef{"weekly-1", 0}))
	run, err := b.store.Run(t.Context(), "weekly-1")
	must(t, err)
	if run.State != newsletter.RunPaused || !run.Held || !strings.Contains(run.Reason, "10 of 100 messages bounced") {
		t.Errorf("the run is %s for %q", run.State, run.Reason)
	}
	if len(b.mailer.batches) != 11 { // the lane is stored with the next claim
		t.Errorf("it stopped after %d batches", len(b.mailer.batches))
	}
}
