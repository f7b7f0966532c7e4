package compose

import (
	"context"
	"errors"
	"fmt"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/words"
)

// Welcome is the mail that greets a reader with the newest Issue of a schedule that
// they want. It fails with newsletter.ErrNotFound where there is none: an Issue counts
// once its Run has come to its last reader, for until then an editor may still stop
// it, and only where that Run does not mail this reader anyway.
func (c *Composer) Welcome(ctx context.Context, reader *newsletter.Subscriber) (newsletter.Mail, error) {
	issues, err := c.Store.Issues(ctx, recentIssues)
	if err != nil {
		return newsletter.Mail{}, err
	}
	for i := range issues {
		issue := &issues[i]
		if issue.State != newsletter.IssueApproved || !reader.Wants(issue.Schedule) {
			continue
		}
		run, err := c.Store.Run(ctx, issue.ID)
		if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
			return newsletter.Mail{}, err
		}
		out := run.State == newsletter.RunSent || run.State == newsletter.RunSettling
		if err != nil || !out || !reader.ConfirmedAt.After(run.StartedAt) {
			continue
		}
		return c.welcome(ctx, issue, reader)
	}
	return newsletter.Mail{}, fmt.Errorf("an issue to greet a reader with: %w", newsletter.ErrNotFound)
}

func (c *Composer) welcome(ctx context.Context, issue *newsletter.Issue, reader *newsletter.Subscriber) (newsletter.Mail, error) {
	content, err := c.Content(ctx, issue)
	if err != nil {
		return newsletter.Mail{}, err
	}
	if len(content.Articles) == 0 {
		return newsletter.Mail{}, fmt.Errorf("articles of issue %s: %w", issue.ID, newsletter.ErrNotFound)
	}
	if words.Has(reader.Language) {
		content.Language = reader.Language
	}
	if err := c.keepLinks(ctx, &content); err != nil { // clicks may be counted only since it was sent
		return newsletter.Mail{}, err
	}
	return c.Render.Welcome(content)
}
