package compose

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Fetcher gets a URL; *fetch.Client does.
type Fetcher interface {
	Get(ctx context.Context, url string, v fetch.Validators) (*fetch.Response, error)
}

// recheckTime is how long the pages of all articles of an Issue are asked for together.
const recheckTime = 10 * time.Second

// dropGone takes the articles out of an Issue whose pages the site has taken away since
// they were collected. A page that cannot be asked for now counts as there.
func (c *Composer) dropGone(ctx context.Context, issue *newsletter.Issue) error {
	if c.Pages == nil {
		return nil
	}
	asking, cancel := context.WithTimeout(fetch.With(ctx, fetch.Manner{First: 1}), recheckTime)
	defer cancel()
	for _, list := range []*[]string{&issue.Articles, &issue.Rest} {
		kept := make([]string, 0, len(*list))
		for _, id := range *list {
			article, err := c.Store.Article(ctx, id)
			if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
				return err
			}
			if err == nil && c.gone(asking, article.URL) {
				if err := c.Store.FreeArticle(ctx, id, issue.Schedule, issue.ID); err != nil { // an approval that ended halfway had it
					return err
				}
				continue
			}
			kept = append(kept, id)
		}
		*list = kept
	}
	return nil
}

func (c *Composer) gone(ctx context.Context, link string) bool {
	if ctx.Err() != nil {
		return false
	}
	_, err := c.Pages.Get(ctx, link, fetch.Validators{})
	var status *fetch.StatusError
	return errors.As(err, &status) && (status.Code == http.StatusNotFound || status.Code == http.StatusGone)
}
