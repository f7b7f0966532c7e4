package newsletter

import (
	"errors"
	"testing"
	"time"
)

func TestRunMoves(t *testing.T) {
	states := []RunState{RunApproved, RunSending, RunPaused, RunWaitingQuota, RunCanaryHold, RunSettling, RunSent, RunCancelling, RunCancelled}
	allowed := map[RunState]string{ // a letter for each state above: y allowed, n not
		RunApproved:     "yyynnnnyn",
		RunSending:      "nyyyyyyyn",
		RunPaused:       "nyynnnnyn",
		RunWaitingQuota: "nyyynnnyn",
		RunCanaryHold:   "nyynynnyn",
		RunSettling:     "nyyynyyyn",
		RunSent:         "nnnnnnynn",
		RunCancelling:   "nnnnnnnyy",
		RunCancelled:    "nnnnnnnny",
	}
	for _, from := range states {
		for i, to := range states {
			r := Run{ID: "r", State: from, Reason: "before"}
			err := r.Move(to, "after", noon)
			want := allowed[from][i] == 'y'
			if (err == nil) != want || err != nil && !errors.Is(err, ErrConflict) {
				t.Errorf("%s → %s: %v", from, to, err)
			}
			checkMoved(t, &r, from, to, want)
		}
	}
}

func checkMoved(t *testing.T, r *Run, from, to RunState, allowed bool) {
	t.Helper()
	state, reason := from, "before"
	if allowed && from != to {
		state, reason = to, "after"
	}
	finishedNow := from != to && allowed && (to == RunSent || to == RunCancelled)
	if r.State != state || r.Reason != reason || r.FinishedAt.Equal(noon) != finishedNow {
		t.Errorf("%s → %s left it %+v", from, to, r)
	}
}

func TestRunWork(t *testing.T) {
	for state, want := range map[RunState][3]bool{ // walking, working, finished
		RunApproved: {}, RunSending: {true, true, false}, RunPaused: {}, RunWaitingQuota: {}, RunCanaryHold: {},
		RunSettling: {false, true, false}, RunCancelling: {false, true, false}, RunSent: {false, false, true}, RunCancelled: {false, false, true},
	} {
		r := Run{State: state}
		if got := [3]bool{r.Walking(), r.Working(), r.Finished()}; got != want {
			t.Errorf("%s: walking, working, finished = %v, want %v", state, got, want)
		}
	}
}

func TestNewRunOfAnIssueIsTheSameEachTime(t *testing.T) {
	issue := Issue{ID: "weekly-20260302-070000", Schedule: "weekly"}
	a, b := NewRun(&issue, 4, noon), NewRun(&issue, 4, noon.Add(time.Hour))
	if a.ID != b.ID || a.Issue != issue.ID || a.Schedule != "weekly" || a.State != RunApproved || a.Lanes != 4 || !a.StartedAt.Equal(noon) {
		t.Errorf("%+v", a)
	}
}

func TestCounts(t *testing.T) {
	var c Counts
	for i, o := range []Outcome{OutcomeSent, OutcomeFailed, OutcomeSkipped, OutcomeUnknown, OutcomeAmbiguous, OutcomeRetry} {
		c.Add(o, i+1)
	}
	if want := (Counts{Sent: 1, Failed: 2, Skipped: 3, Unknown: 4, Ambiguous: 5}); c != want {
		t.Errorf("%+v, want %+v: what is to be retried is not counted", c, want)
	}
	if sum := c.Plus(Counts{1, 1, 1, 1, 1}); sum != (Counts{2, 3, 4, 5, 6}) {
		t.Errorf("the sum is %+v", sum)
	}
}
