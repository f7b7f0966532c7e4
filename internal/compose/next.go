package compose

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// timesAhead is how many times of a schedule are looked at for one that is free.
const timesAhead = 60

// Next drafts the next Issue of a schedule ahead of its time, or returns the one that is
// drafted; made tells which. A time whose Issue has gone out early is passed over, and a
// draft that was discarded is made anew: whoever asks wants to begin once more.
func (c *Composer) Next(ctx context.Context, schedule string) (issue newsletter.Issue, made bool, err error) {
	s, err := c.Store.Schedule(ctx, schedule)
	if err != nil {
		return issue, false, err
	}
	at, ok := s.Next(c.Now())
	if !ok { // it is paused, or has no time to come
		at = c.Now().Truncate(time.Second)
	}
	for range timesAhead {
		issue, err = c.Store.Issue(ctx, newsletter.IssueID(schedule, at))
		switch {
		case errors.Is(err, newsletter.ErrNotFound):
			issue, err = c.Compose(ctx, schedule, at)
			return issue, err == nil, err
		case err != nil:
			return issue, false, err
		case issue.State == newsletter.IssueDiscarded:
			return c.anew(ctx, &issue)
		case issue.State == newsletter.IssueDraft && !issue.Approving():
			return issue, false, nil
		}
		if at, ok = s.Next(at); !ok {
			at = issue.FireAt.Add(time.Second)
		}
	}
	return issue, false, fmt.Errorf("the issues of the next %d times of %s have gone out already: %w", timesAhead, schedule, newsletter.ErrConflict)
}

// anew lays out what is new in place of a draft that was discarded.
func (c *Composer) anew(ctx context.Context, discarded *newsletter.Issue) (newsletter.Issue, bool, error) {
	if !discarded.Freed { // whoever has discarded it has died
		if err := c.giveBack(ctx, discarded); err != nil {
			return newsletter.Issue{}, false, err
		}
	}
	issue, err := c.draft(ctx, discarded.Schedule, discarded.FireAt)
	if err != nil {
		return issue, false, err
	}
	issue.Rev = discarded.Rev
	if err := c.announce(ctx, newsletter.Drafted(&issue)); err != nil {
		return issue, false, err
	}
	err = c.Store.SaveIssue(ctx, &issue)
	if errors.Is(err, newsletter.ErrConflict) { // somebody else was faster
		issue, err = c.Store.Issue(ctx, issue.ID)
		return issue, false, err
	}
	return issue, err == nil, err
}
