package newsletter

import (
	"testing"
	"time"
)

func TestLastGot(t *testing.T) {
	const day = 24 * time.Hour
	issue := func(id, schedule string, ago time.Duration) Issue {
		return Issue{ID: id, Schedule: schedule, State: IssueApproved, ApprovedAt: noon.Add(-ago)}
	}
	draft := issue("draft", "weekly", day)
	draft.State = IssueDraft
	for _, c := range []struct {
		name   string
		reader Subscriber
		issues []Issue
		want   string
	}{
		{"the latest", Subscriber{}, []Issue{issue("old", "weekly", 8*day), issue("new", "weekly", day), issue("older", "weekly", 15*day)}, "new"},
		{"of a schedule that they want", Subscriber{Schedules: []string{"weekly"}}, []Issue{issue("daily-1", "daily", time.Hour), issue("weekly-1", "weekly", day)}, "weekly-1"},
		{"drafts are not got", Subscriber{}, []Issue{draft, issue("sent", "weekly", 2*day)}, "sent"},
		{"nor what came after", Subscriber{}, []Issue{issue("later", "weekly", -time.Hour), issue("sent", "weekly", day)}, "sent"},
		{"nor what went out before they confirmed", Subscriber{ConfirmedAt: noon.Add(-day)}, []Issue{issue("before", "weekly", 2*day)}, ""},
		{"nor while they paused", Subscriber{PausedUntil: noon.Add(-time.Hour)}, []Issue{issue("paused", "weekly", day)}, ""},
		{"a month ago is no reason", Subscriber{}, []Issue{issue("ancient", "weekly", 32*day)}, ""},
		{"there are none", Subscriber{}, nil, ""},
	} {
		c.reader.Status = Active
		if got := c.reader.LastGot(c.issues, noon); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
