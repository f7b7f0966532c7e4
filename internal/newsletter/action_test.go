package newsletter

import (
	"strings"
	"testing"
	"time"
)

func TestIDsOfActionsSortByTime(t *testing.T) {
	zone := time.FixedZone("UTC+9", 9*60*60)
	earlier := NewAction("ada@example.org", "held the issue", "issue 1", "", noon.Add(-time.Microsecond).In(zone))
	a, b := NewAction("ada@example.org", "held the issue", "issue 1", "", noon), NewAction("ada@example.org", "held the issue", "issue 1", "", noon)
	if a.ID == b.ID || earlier.ID >= a.ID || ActionsUntil(noon) <= a.ID || ActionsUntil(noon.Add(-time.Microsecond)) >= a.ID {
		t.Errorf("%s, %s, %s", earlier.ID, a.ID, b.ID)
	}
}

func TestChangesAreToldInWords(t *testing.T) {
	detail := Changes(Change("subject", "A", "B"), Change("intro", "same", "same"), Change("preheader", "", "new"))
	if want := "subject: “A” → “B”\npreheader: “” → “new”"; detail != want {
		t.Errorf("%q, want %q", detail, want)
	}
	if a := NewAction("ada@example.org", "changed", "", strings.Repeat("word ", 9000), noon); len(a.Detail) > maxActionDetail+3 {
		t.Errorf("%d bytes", len(a.Detail))
	}
}
