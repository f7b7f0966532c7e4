package feedback

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// ClickStore is what counting clicks needs of a store; storetest.Store is the contract
// of each method.
type ClickStore interface {
	Links(ctx context.Context, issue string) (newsletter.Links, error)
	SaveLinks(ctx context.Context, l *newsletter.Links) error
	Count(ctx context.Context, issue, metric string, n int) error
	Counts(ctx context.Context, issue string) (map[string]int, error)
	Allow(ctx context.Context, kind, key string, limit int, window time.Duration, now time.Time) (bool, error)
}

// Clicks leads links of mails to where they lead and counts them, by link, never by
// reader: a link is the same in everybody's mail.
type Clicks struct {
	Store  ClickStore
	Tokens *token.Signer
	Pepper []byte // hides networks
	Now    func() time.Time
}

// Of the clicks of one network the first on a link counts each hour, and no more than
// hurried within haste: a scanner that passes for a browser opens all links of a mail at
// once. What it has opened before that stays counted.
const (
	again   = time.Hour
	hurried = 4
	haste   = 10 * time.Second
)

// Follow is where a link leads. It fails with token.ErrForged and with
// newsletter.ErrNotFound. err may come with the address: then the click was not
// counted, which is no reason to keep anybody waiting.
func (c *Clicks) Follow(ctx context.Context, tok string, v *newsletter.Visit) (to string, err error) {
	issue, id, err := c.Tokens.VerifyLink(tok)
	if err != nil {
		return "", err
	}
	links, err := c.Store.Links(ctx, issue)
	if err != nil {
		return "", err
	}
	link, ok := links.Find(id)
	if !ok {
		return "", fmt.Errorf("issue %s has no link %s: %w", issue, id, newsletter.ErrNotFound)
	}
	if !v.ByPerson() {
		return link.Target(), nil
	}
	return link.Target(), c.count(ctx, issue, id, v.Network)
}

func (c *Clicks) count(ctx context.Context, issue, link, network string) error {
	mac := hmac.New(sha256.New, c.Pepper)
	_, _ = mac.Write([]byte("click " + network))
	who := hex.EncodeToString(mac.Sum(nil)[:16])
	first, err := c.Store.Allow(ctx, "click", who+" "+issue+" "+link, 1, again, c.Now())
	if err != nil || !first {
		return err
	}
	calm, err := c.Store.Allow(ctx, "clicks", who+" "+issue, hurried, haste, c.Now())
	if err != nil || !calm {
		return err
	}
	return c.Store.Count(ctx, issue, newsletter.ClickMetric(link), 1)
}

// Clicked is a link with how often it was followed.
type Clicked struct {
	newsletter.Link
	Clicks int
}

// Of lists the links of an Issue as they stand in the mail. Where nothing is counted,
// there are none.
func (c *Clicks) Of(ctx context.Context, issue string) ([]Clicked, error) {
	links, err := c.Store.Links(ctx, issue)
	if err != nil {
		return nil, err
	}
	counts, err := c.Store.Counts(ctx, issue)
	if err != nil {
		return nil, err
	}
	list := make([]Clicked, len(links.List))
	for i, link := range links.List {
		list[i] = Clicked{link, counts[newsletter.ClickMetric(link.ID)]}
	}
	return list, nil
}

// Retarget leads a link elsewhere, in mails that were sent too; see Links.Retarget. It
// returns the link as it was.
func (c *Clicks) Retarget(ctx context.Context, issue, link, to string) (before newsletter.Link, err error) {
	for range 4 {
		var links newsletter.Links
		if links, err = c.Store.Links(ctx, issue); err != nil {
			return before, err
		}
		before, _ = links.Find(link)
		if err = links.Retarget(link, to, c.Now()); err != nil {
			return before, err
		}
		if err = c.Store.SaveLinks(ctx, &links); !errors.Is(err, newsletter.ErrConflict) {
			return before, err
		}
	}
	return before, err
}
