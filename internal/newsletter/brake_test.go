package newsletter

import (
	"strings"
	"testing"
)

func TestBrake(t *testing.T) {
	for _, c := range []struct {
		name string
		f    Figures
		want string // part of the reason; "": it goes on
	}{
		{"nothing yet", Figures{}, ""},
		{"ten bounces of fewer than fifty", Figures{Sent: 49, Bounced: 10}, ""},
		{"ten bounces of fifty", Figures{Sent: 50, Bounced: 10}, "10 of 50 messages bounced (20.0%"},
		{"nine bounces say nothing", Figures{Sent: 50, Bounced: 9}, ""},
		{"four per cent", Figures{Sent: 250, Bounced: 10}, "4.0%"},
		{"less than four per cent", Figures{Sent: 251, Bounced: 10}, ""},
		{"two complaints say nothing", Figures{Sent: 100, Complained: 2}, ""},
		{"three complaints, eight in ten thousand", Figures{Sent: 3750, Complained: 3}, "3 readers of 3750 called it spam (0.08%"},
		{"three complaints, fewer", Figures{Sent: 3751, Complained: 3}, ""},
	} {
		if got := c.f.Brake(); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestWhatAPersonHasSeenDoesNotBrakeAgain: after a resume the figures count anew.
func TestWhatAPersonHasSeenDoesNotBrakeAgain(t *testing.T) {
	r := Run{State: RunSending}
	bad := Figures{Sent: 1000, Bounced: 60}
	if r.Brake(bad) == "" || r.Braked() {
		t.Error("it does not brake")
	}
	r.Tolerated = bad
	for _, c := range []struct {
		f    Figures
		want bool
	}{{bad, false}, {Figures{Sent: 1050, Bounced: 69}, false}, {Figures{Sent: 1050, Bounced: 70}, true}, {Figures{Sent: 2000, Bounced: 99}, false}, {Figures{Sent: 2000, Bounced: 100}, true}} {
		if got := r.Brake(c.f) != ""; got != c.want {
			t.Errorf("%+v: brakes: %t", c.f, got)
		}
	}
	for _, state := range []RunState{RunPaused, RunSettling, RunSent, RunCancelling} {
		r := Run{State: state}
		if r.Brake(bad) != "" {
			t.Errorf("one that is %s brakes", state)
		}
	}
}
