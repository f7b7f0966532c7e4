package newsletter

import "fmt"

// Figures are what readers and their mail servers make of a Run: of so many
// messages sent, so many bounced for good, and so many were called spam.
type Figures struct{ Sent, Bounced, Complained int }

// Since is what has come after other.
func (f Figures) Since(other Figures) Figures {
	return Figures{f.Sent - other.Sent, f.Bounced - other.Bounced, f.Complained - other.Complained}
}

// The marks at which a Run brakes. Amazon SES reviews accounts from 5% bounces and
// 0.1% complaints on
// (https://docs.aws.amazon.com/ses/latest/dg/reputationdashboardmessages.html); the
// brake comes before. Single ones say nothing, so there must be some of them.
const (
	brakeSent           = 50
	brakeBounces        = 10
	brakeBounceShare    = 0.04
	brakeComplaints     = 3
	brakeComplaintShare = 0.0008

	cureBounces    = "look where the latest readers came from: an imported list of old addresses is the usual cause"
	cureComplaints = "check that the mail says where its readers signed up, and that leaving is easy"
)

// Few tells whether so few came back that the brake need not be asked, however many
// were sent.
func (f Figures) Few() bool { return f.Bounced < brakeBounces && f.Complained < brakeComplaints }

// Brake is why a Run with these Figures must not go on without a person's word;
// empty: it may.
func (f Figures) Brake() string {
	if f.Sent < brakeSent {
		return ""
	}
	share := func(n int) float64 { return float64(n) / float64(f.Sent) }
	switch {
	case f.Bounced >= brakeBounces && share(f.Bounced) >= brakeBounceShare:
		return fmt.Sprintf("%d of %d messages bounced (%.1f%%; a run brakes at %.0f%%); %s, then resume it", f.Bounced, f.Sent, 100*share(f.Bounced), 100*brakeBounceShare, cureBounces)
	case f.Complained >= brakeComplaints && share(f.Complained) >= brakeComplaintShare:
		return fmt.Sprintf("%d readers of %d called it spam (%.2f%%; a run brakes at %.2f%%); %s, then resume it", f.Complained, f.Sent, 100*share(f.Complained), 100*brakeComplaintShare, cureComplaints)
	}
	return ""
}

// Brake is why the Run must not go on, its Figures being these; empty: it may, or
// does not anyway. What a person has seen and resumed does not count again.
func (r *Run) Brake(f Figures) (reason string) {
	if r.State != RunSending && r.State != RunCanaryHold {
		return ""
	}
	return f.Since(r.Tolerated).Brake()
}

// Braked tells whether the brake has ever held the Run.
func (r *Run) Braked() bool { return r.Tolerated != Figures{} }
