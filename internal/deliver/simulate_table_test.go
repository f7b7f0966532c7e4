package deliver

import (
	"context"
	"flag"
	"testing"
)

var simulatedMails = flag.Int("simulated-mails", 0, "TestSimulationTable prints what becomes of so many mails under each condition")

// TestSimulationTable is the long form of TestSimulation: larger runs, and what each
// policy would cost. It prints a row for each condition:
//
//	go test ./internal/deliver -run TestSimulationTable -v -timeout 60m -simulated-mails 100000
//
// Whoever is missed is always named; that is asserted of every run, and so is that nobody
// is mailed twice while all messages are reported.
func TestSimulationTable(t *testing.T) {
	if *simulatedMails == 0 {
		t.Skip("-simulated-mails says for how many")
	}
	const readers = 2000
	var seeds []uint64
	for seed := range uint64(max(1, *simulatedMails/readers)) {
		seeds = append(seeds, seed)
	}
	t.Logf("| faults | reports lost | policy | mails | mailed twice | missed and unnamed | named unknown |")
	for _, faults := range []struct {
		name    string
		odds    int
		unclear float64
	}{{"1%", 600, 0.01}, {"10%", 60, 0.1}} {
		for _, lost := range []struct {
			name  string
			share float64
		}{{"0", 0}, {"0.05%", 0.0005}, {"2%", 0.02}} {
			for policy, name := range []string{"gate", "always resend", "never"} {
				c := conditions{readers: readers, odds: faults.odds, events: true, lost: lost.share, unclear: faults.unclear, belief: belief(policy)}
				s := simulateAll(t, c, seeds, resumed)
				t.Logf("| %s | %s | %s | %d | %d | 0 | %d |", faults.name, lost.name, name, s.readers, s.twice, s.unknown)
			}
		}
	}
}

// resumed lets a Run go on that the breaker has paused, as a person does who has looked.
func resumed(w *world) {
	if w.dice.IntN(10) == 0 {
		w.start(func(e *Engine) error {
			_, err := e.Resume(context.Background(), "weekly-1")
			return ignoreConflict(err)
		})
	}
}
