package newsletter

import (
	"fmt"
	"time"
)

// Canary is how a Run mails a few readers first, and waits for what comes back
// before it goes on: a broken mail, or a list of old addresses, does its harm to few.
type Canary struct {
	Share         float64       // of the readers, as 0.02; 0: none
	Hold          time.Duration // how long it waits for what comes back
	MaxBounced    float64       // share of the messages at which it does not go on
	MaxComplained float64

	Readers int // that each Lane mails first; 0: there is no canary, or it is over
}

const (
	// minCanary is for how many readers a canary pays at least: of fewer, what comes back
	// of a share says nothing.
	minCanary = 100
	// Single ones say nothing either.
	minCanaryBounced    = 3
	minCanaryComplained = 2
)

// For is the Canary of a Run that mails so many readers in so many lanes.
func (c Canary) For(readers, lanes int) Canary {
	if c.Share <= 0 || readers < minCanary {
		return Canary{}
	}
	first := max(1, int(c.Share*float64(readers)))
	c.Readers = (first + lanes - 1) / lanes
	return c
}

// Left is how many readers the Lane may still mail before the Run holds; a retry that
// waits is one of them. false: as many as there are.
func (c Canary) Left(l *Lane) (int, bool) {
	if c.Readers == 0 {
		return 0, false
	}
	begun := l.Counts.Reached()
	for _, r := range l.Retries {
		begun += r.Len()
	}
	return max(0, c.Readers-begun), true
}

// Holds tells whether the Lane has mailed its share of the first readers.
func (c Canary) Holds(l *Lane) bool {
	left, limited := c.Left(l)
	return limited && left == 0
}

// Judge is why a Run must not go on after its first readers, these being its
// Figures; empty: it may.
func (c Canary) Judge(f Figures) string {
	share := func(n int) float64 { return float64(n) / float64(max(1, f.Sent)) }
	switch {
	case f.Bounced >= minCanaryBounced && share(f.Bounced) > c.MaxBounced:
		return fmt.Sprintf("of the first %d messages %d bounced (%.1f%%; up to %.1f%% it goes on by itself); %s, then resume it", f.Sent, f.Bounced, 100*share(f.Bounced), 100*c.MaxBounced, cureBounces)
	case f.Complained >= minCanaryComplained && share(f.Complained) > c.MaxComplained:
		return fmt.Sprintf("of the first %d readers %d called it spam (%.2f%%; up to %.2f%% it goes on by itself); %s, then resume it", f.Sent, f.Complained, 100*share(f.Complained), 100*c.MaxComplained, cureComplaints)
	}
	return ""
}
