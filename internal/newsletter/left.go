package newsletter

import "time"

// leftAfter is for how long an Issue is taken for the reason why somebody leaves.
const leftAfter = 31 * 24 * time.Hour

// LastGot is which of the Issues went out last to the Subscriber before that moment, by
// its id; empty: none within a month. It goes by when an Issue was approved, and does not
// look whether the reader's own message had gone out by then.
func (s *Subscriber) LastGot(issues []Issue, at time.Time) (id string) {
	var latest time.Time
	for i := range issues {
		issue := &issues[i]
		out := issue.ApprovedAt
		if issue.State != IssueApproved || out.After(at) || at.Sub(out) > leftAfter || !out.After(latest) || !s.MayReceive(issue.Schedule, out) {
			continue
		}
		id, latest = issue.ID, out
	}
	return id
}
