package newsletter

import (
	"errors"
	"strings"
	"testing"
)

// TestWishes is what people can ask of a Run in each state, and what comes of it.
func TestWishes(t *testing.T) {
	for _, c := range []struct {
		from                 RunState
		held                 bool
		hold, resume, cancel RunState // "": refused
	}{
		{RunApproved, false, RunPaused, "", RunCancelling},
		{RunSending, false, RunPaused, RunSending, RunCancelling},
		{RunPaused, false, RunPaused, RunSending, RunCancelling},
		{RunPaused, true, RunPaused, RunSending, RunCancelling},
		{RunWaitingQuota, false, RunPaused, RunSending, RunCancelling},
		{RunCanaryHold, false, RunPaused, RunSending, RunCancelling},
		{RunSettling, false, RunPaused, "", RunCancelling},
		{RunSent, false, "", "", ""},
		{RunCancelling, false, "", "", RunCancelling},
		{RunCancelled, false, "", "", RunCancelled},
	} {
		for wish, want := range map[string]RunState{"pause": c.hold, "resume": c.resume, "cancel": c.cancel} {
			r := Run{ID: "w1", State: c.from, Held: c.held}
			err := map[string]func() error{
				"pause":  func() error { return r.Hold("why", noon) },
				"resume": func() error { return r.Resume(noon) },
				"cancel": func() error { return r.Cancel("why", noon) },
			}[wish]()
			if want == "" {
				if !errors.Is(err, ErrConflict) || !strings.Contains(err.Error(), wish+" run w1, which ") || r.State != c.from {
					t.Errorf("%s while %s: %+v, %v", wish, c.from, r, err)
				}
				continue
			}
			if err != nil || r.State != want || r.Held != (wish == "pause") || wish == "pause" && r.Reason != "why" {
				t.Errorf("%s while %s: %+v, %v; want %s", wish, c.from, r, err, want)
			}
		}
	}
}

func TestWhatIsHeldGoesOnByResumeOnly(t *testing.T) {
	r := Run{ID: "w1", State: RunPaused, Held: true}
	if err := r.Move(RunSending, "", noon); !errors.Is(err, ErrConflict) || !r.Held {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestClose(t *testing.T) {
	for _, c := range []struct {
		from      RunState
		ambiguous int
		want      RunState
		reason    string
	}{
		{RunSending, 0, RunSent, ""},
		{RunSending, 1, RunSettling, ""},
		{RunSettling, 1, RunSettling, "why"},
		{RunSettling, 0, RunSent, ""},
		{RunCancelling, 1, RunCancelling, "why"},
		{RunCancelling, 0, RunCancelled, "why"},
	} {
		r, counts := Run{State: c.from, Reason: "why"}, Counts{Sent: 7, Ambiguous: c.ambiguous}
		if err := r.Close(counts, noon); err != nil || r.State != c.want || r.Counts != counts || r.Reason != c.reason {
			t.Errorf("%s with %d in doubt: %+v, %v", c.from, c.ambiguous, r, err)
		}
	}
}

func TestAbandon(t *testing.T) {
	retry := Retry{Seq: 4, Entries: 0b0101}
	l := Lane{Retries: []Retry{retry}, Counts: Counts{Sent: 9}}
	if l.Abandon(); len(l.Retries) != 0 || l.Counts != (Counts{Sent: 9, Failed: 2}) || !l.Finish() {
		t.Errorf("%+v", l)
	}
	b := Batch{Entries: []Entry{{Outcome: OutcomeRetry, Reason: "busy"}, {Outcome: OutcomeRetry}, {Outcome: OutcomeSent}, {Outcome: OutcomeRetry}}}
	if !b.Abandon(retry) || b.Abandon(retry) {
		t.Error("the first time changes something, the second nothing")
	}
	if e := b.Entries; e[0].Outcome != OutcomeFailed || !strings.Contains(e[0].Reason, "busy") || e[1].Outcome != OutcomeRetry || e[2].Outcome != OutcomeSent {
		t.Errorf("%+v", e)
	}
}

func TestDue(t *testing.T) {
	later := noon.Add(LeaseTime)
	waits := Lane{Walked: true, Retries: []Retry{{NotBefore: later}}}
	for name, c := range map[string]struct {
		lane  Lane
		state RunState
		want  bool
	}{
		"its retry is due later":                         {waits, RunSending, false},
		"cancelled: its retry is dropped now":            {waits, RunCancelling, true},
		"cancelled, but a worker is still at it":         {Lane{Lease: later}, RunCancelling, false},
		"cancelled, and done":                            {Lane{Done: true}, RunCancelling, false},
		"it has readers ahead, and nobody works on them": {Lane{}, RunSending, true},
	} {
		if got := c.lane.Due(&Run{State: c.state}, noon); got != c.want {
			t.Errorf("%s: due is %t", name, got)
		}
	}
}
