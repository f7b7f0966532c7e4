package subscribe

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// recent are the newest Issues, as of less than a minute ago: on the day when a provider
// unsubscribes thousands, they are not read thousands of times.
type recent struct {
	lock   sync.Mutex
	issues []newsletter.Issue
	at     time.Time
}

const (
	recentFor    = time.Minute
	recentIssues = 20
)

func (s *Subscribers) recentIssues(ctx context.Context) ([]newsletter.Issue, error) {
	r := &s.recent
	r.lock.Lock()
	defer r.lock.Unlock()
	if age := s.Now().Sub(r.at); age >= 0 && age < recentFor {
		return r.issues, nil
	}
	issues, err := s.Store.Issues(ctx, recentIssues)
	if err == nil {
		r.issues, r.at = issues, s.Now()
	}
	return issues, err
}

// lastGot is the Issue for which it counts that a reader leaves at that moment: what they
// got last. The link in the mail could name it, but that would make a header line longer
// than some servers like. sub is as it was before. Where that cannot be found out, nobody
// is told that they have not left.
func (s *Subscribers) lastGot(ctx context.Context, sub *newsletter.Subscriber, at time.Time) string {
	issues, err := s.recentIssues(ctx)
	if err != nil {
		s.trouble(fmt.Errorf("a reader who left is not counted for an issue: %w", err))
	}
	return sub.LastGot(issues, at)
}

// count adds to those who left by an Issue, if it is one.
func (s *Subscribers) count(ctx context.Context, issue string, n int) {
	if issue == "" {
		return
	}
	if err := s.Store.Count(ctx, issue, newsletter.MetricUnsubscribed, n); err != nil {
		s.trouble(fmt.Errorf("who left by issue %s is not counted: %w", issue, err))
	}
}
