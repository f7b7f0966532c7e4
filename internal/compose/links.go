package compose

import (
	"context"
	"errors"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// keepLinks stores where the links of a mail lead that are counted on their way. It
// comes before the mail is stored: no link of a mail leads nowhere.
func (c *Composer) keepLinks(ctx context.Context, content *newsletter.IssueContent) error {
	wanted := c.Render.Links(*content)
	if len(wanted) == 0 {
		return nil
	}
	for {
		stored, err := c.Store.Links(ctx, content.Issue.ID)
		if errors.Is(err, newsletter.ErrNotFound) {
			stored, err = newsletter.Links{Issue: content.Issue.ID}, nil
		}
		if err != nil || !stored.Add(wanted) {
			return err
		}
		if err := c.Store.SaveLinks(ctx, &stored); !errors.Is(err, newsletter.ErrConflict) {
			return err
		}
	}
}
