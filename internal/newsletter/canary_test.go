package newsletter

import (
	"strings"
	"testing"
)

func TestCanaryIsAShareOfEachLane(t *testing.T) {
	c := Canary{Share: 0.02}
	for _, x := range []struct{ readers, lanes, want int }{
		{99, 1, 0}, {100, 1, 2}, {1000, 4, 5}, {1001, 4, 5}, {1100, 4, 6}, {1_000_000, 256, 79}, {100, 16, 1},
	} {
		if got := c.For(x.readers, x.lanes); got.Readers != x.want {
			t.Errorf("%d readers in %d lanes: %d each, want %d", x.readers, x.lanes, got.Readers, x.want)
		}
	}
	if (Canary{}).For(1000, 1).Readers != 0 {
		t.Error("no share is no canary")
	}
}

func TestCanaryLeft(t *testing.T) {
	c := Canary{Readers: 20}
	l := Lane{Counts: Counts{Sent: 12, Skipped: 1}, Retries: []Retry{{Entries: 0b101}}}
	if left, limited := c.Left(&l); left != 5 || !limited || c.Holds(&l) {
		t.Errorf("%d, %t", left, limited)
	}
	if l.Counts.Sent = 17; !c.Holds(&l) {
		t.Error("holds where it has mailed its share")
	}
	if _, limited := (Canary{}).Left(&l); limited || (Canary{}).Holds(&l) {
		t.Error("held without a canary")
	}
}

func TestCanaryJudge(t *testing.T) {
	c := Canary{MaxBounced: 0.04, MaxComplained: 0.003}
	for _, x := range []struct {
		figures Figures
		want    string
	}{
		{Figures{}, ""},
		{Figures{Sent: 30, Bounced: 2, Complained: 1}, ""}, // single ones
		{Figures{Sent: 75, Bounced: 3}, ""},
		{Figures{Sent: 74, Bounced: 3}, "of the first 74 messages 3 bounced (4.1%; up to 4.0%"},
		{Figures{Sent: 700, Complained: 2}, ""},
		{Figures{Sent: 600, Complained: 2}, "of the first 600 readers 2 called it spam (0.33%; up to 0.30%"},
	} {
		if got := c.Judge(x.figures); !strings.HasPrefix(got, x.want) || (got == "") != (x.want == "") {
			t.Errorf("%+v: %q, want %q", x.figures, got, x.want)
		}
	}
}
