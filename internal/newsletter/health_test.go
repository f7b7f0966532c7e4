package newsletter

import (
	"fmt"
	"testing"
	"time"
)

func sentTo(n int, outcome Outcome) *Batch {
	b := &Batch{Entries: make([]Entry, n)}
	for i := range b.Entries {
		b.Entries[i].Outcome = outcome
	}
	return b
}

func TestHealthCountsBatchesOfAWindow(t *testing.T) {
	var h Health
	if !h.Note(sentTo(50, OutcomeSent), noon) || h.Note(sentTo(50, OutcomeAmbiguous), noon.Add(time.Minute)) {
		t.Error("which answer was clear?")
	}
	if h.Batches != 2 || h.Doubtful != 1 || h.Doubts != 1 || h.Reached != 100 {
		t.Errorf("%+v", h)
	}
	h.Note(sentTo(10, OutcomeAmbiguous), noon.Add(HealthWindow)) // a new count, but still in a row
	if h.Batches != 1 || h.Doubtful != 1 || h.Doubts != 2 || h.Reached != 10 || h.PerMinute != 20 {
		t.Errorf("%+v", h)
	}
	if h.Note(sentTo(1, OutcomeFailed), noon.Add(HealthWindow)); h.Doubts != 0 || h.Doubtful != 1 {
		t.Errorf("a clear answer ends the row: %+v", h)
	}
}

func TestHealthSpeed(t *testing.T) {
	h := Health{Since: noon, Reached: 600, PerMinute: 1200}
	for after, want := range map[time.Duration]float64{10 * time.Second: 20, time.Minute: 10, 2 * time.Minute: 5, time.Hour: 0} {
		if got := h.Speed(noon.Add(after)); got != want {
			t.Errorf("after %v: %v a second, want %v", after, got, want)
		}
	}
	if got := (&Health{}).Speed(noon); got != 0 {
		t.Errorf("before the first batch: %v", got)
	}
}

func TestHealthTellsFewReasonsApart(t *testing.T) {
	var h Health
	for i := range 100 {
		h.Fail(fmt.Sprintf("queue id %d", i))
		h.Fail("no such mailbox")
	}
	if h.Failed("no such mailbox") != 100 || len(h.Refusals) != maxRefusals || h.Failed(OtherReasons) != 94 || h.Failed("never heard") != 0 {
		t.Errorf("%+v", h.Refusals)
	}
	copied := h
	h.Fail("no such mailbox")
	if copied.Failed("no such mailbox") != 100 {
		t.Error("a copy of the lane has changed with it")
	}
}

func TestAPersonsResumeAcceptsTheReason(t *testing.T) {
	r := Run{State: RunSending}
	for _, reason := range []string{"550 no such\nmailbox", "552 too large"} {
		if err := r.PauseFor(reason, "in words", noon); err != nil || r.State != RunPaused || r.Held || r.Accepts(reason) {
			t.Fatalf("%+v, %v", r, err)
		}
		if err := r.Resume(noon); err != nil || r.Suspect != "" || !r.Accepts(reason) {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	if !r.Accepts("550 no such\nmailbox") || r.Accepts("550 no such") || r.Accepts("") != false {
		t.Errorf("%q", r.Accepted)
	}
	if err := r.PauseFor("552 too large", "again", noon); err != nil || r.Resume(noon) != nil || r.Accepted != "550 no such mailbox\n552 too large" {
		t.Errorf("%q, %v", r.Accepted, err)
	}
}
