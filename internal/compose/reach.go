package compose

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup" // bounded concurrency without a pool of our own

	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// How links and pictures are looked at.
const (
	reachTime    = 15 * time.Second // for all of them together
	reachAtOnce  = 6
	heavyImage   = 1_000_000 // bytes
	heavyAll     = 3_000_000
	firstOfImage = 4 << 10 // that are asked for
)

// reach asks for every article's page and picture. What cannot be asked for now is
// told as a warning: a site may be down for a moment. weight is that of all pictures, in
// bytes, as far as servers say.
func (c *Composer) reach(ctx context.Context, articles []newsletter.Article) (found []newsletter.Finding, weight int) {
	if c.Pages == nil {
		return nil, 0
	}
	ctx, cancel := context.WithTimeout(ctx, reachTime)
	defer cancel()
	var group errgroup.Group
	group.SetLimit(reachAtOnce)
	var lock sync.Mutex
	for i := range articles {
		a := &articles[i]
		group.Go(func() error {
			of := c.link(ctx, a)
			image, bytes := c.picture(ctx, a)
			lock.Lock()
			defer lock.Unlock()
			found, weight = append(append(found, of...), image...), weight+bytes
			return nil
		})
	}
	_ = group.Wait() // nothing fails: it is found
	if weight > heavyAll {
		found = append(found, newsletter.Finding{Rule: "heavy-images", Text: fmt.Sprintf("The pictures weigh %.1f MB together.", float64(weight)/1e6),
			Cure: "Name smaller ones: 1,200 pixels wide are enough for any screen."})
	}
	return found, weight
}

func (c *Composer) link(ctx context.Context, a *newsletter.Article) []newsletter.Finding {
	resp, err := c.Pages.Get(fetch.With(ctx, fetch.Manner{First: 1}), a.URL, fetch.Validators{})
	f := newsletter.Finding{Article: a.ID}
	var status *fetch.StatusError
	switch {
	case errors.As(err, &status) && (status.Code == http.StatusNotFound || status.Code == http.StatusGone):
		f.Rule, f.Blocks, f.Text, f.Cure = "dead-link", true, fmt.Sprintf("The link of “%s” is dead (%d).", a.Title, status.Code), "Drop the article, or have the site bring it back."
	case errors.As(err, &status):
		f.Rule, f.Text, f.Cure = "refused-link", fmt.Sprintf("The site answers %d where “%s” should be.", status.Code, a.Title), "Open the link yourself: a site may refuse machines and still serve readers."
	case err != nil:
		f.Rule, f.Text, f.Cure = "unreached-link", fmt.Sprintf("The page of “%s” could not be reached.", a.Title), "Look again in a few minutes; hold the issue if the site stays down."
	case newsletter.CleanURL(resp.URL) != newsletter.CleanURL(a.URL):
		f.Rule, f.Text, f.Cure = "redirected-link", fmt.Sprintf("The link of “%s” leads on to %s.", a.Title, resp.URL), "That works, but costs readers time; have the site name the new address."
	default:
		return nil
	}
	return []newsletter.Finding{f}
}

// picture tells what is wrong with an article's picture, and how many bytes it has, as
// far as its server says.
func (c *Composer) picture(ctx context.Context, a *newsletter.Article) (found []newsletter.Finding, bytes int) {
	if a.Image.URL == "" {
		return nil, 0
	}
	resp, err := c.Pages.Get(fetch.With(ctx, fetch.Manner{First: firstOfImage}), a.Image.URL, fetch.Validators{})
	f := newsletter.Finding{Article: a.ID}
	if err != nil {
		f.Rule, f.Text, f.Cure = "dead-image", fmt.Sprintf("The picture of “%s” could not be fetched.", a.Title), "Name another one, under Change, or - for none."
		return []newsletter.Finding{f}, 0
	}
	bytes = whole(resp.Header)
	if kind := resp.Header.Get("Content-Type"); strings.HasPrefix(kind, "image/webp") || strings.HasPrefix(kind, "image/avif") || strings.HasPrefix(kind, "image/svg") {
		found = append(found, newsletter.Finding{Rule: "webp-image", Article: a.ID, Text: fmt.Sprintf("The picture of “%s” is sent as %s, which Outlook does not show.", a.Title, kind), Cure: "Name a JPEG or PNG for it, under Change."})
	}
	if bytes > heavyImage {
		found = append(found, newsletter.Finding{Rule: "large-image", Article: a.ID, Text: fmt.Sprintf("The picture of “%s” weighs %.1f MB.", a.Title, float64(bytes)/1e6), Cure: "Name a smaller one: 1,200 pixels wide are enough for any screen."})
	}
	return found, bytes
}

// whole is the size of what a server has sent a part of (RFC 9110, 14.4), or all; 0 where
// it does not say.
func whole(h http.Header) int {
	size := h.Get("Content-Length")
	if _, all, partial := strings.Cut(h.Get("Content-Range"), "/"); partial {
		size = all
	}
	n, _ := strconv.Atoi(size) // "*" is unknown
	return max(0, n)
}

// sender looks at how far mailbox providers may trust the sender.
func (c *Composer) sender(ctx context.Context, p *newsletter.Publication) (found []newsletter.Finding) {
	warn := func(blocks bool, rule, text, cure string) {
		found = append(found, newsletter.Finding{Rule: rule, Blocks: blocks, Text: text, Cure: cure})
	}
	if c.Identity == nil {
		return nil
	}
	id, err := c.Identity(ctx, p)
	switch {
	case err != nil:
		warn(false, "unknown-sender", "How the sender stands could not be found out.", "Look again in a few minutes.")
		return found
	case id.Trial:
		warn(false, "trial", "Nothing leaves this machine: messages go to the outbox.", "Set MASTHEAD_SMTP when you want to mail.")
		return found
	case !id.Verified:
		warn(true, "unverified-sender", "The mail provider does not know "+p.From.Domain()+" as yours.", "Publish the DNS records that it asks for.")
	}
	if !id.Signed {
		warn(false, "no-dkim", "Messages of "+p.From.Domain()+" are not signed here (DKIM).", "Set MASTHEAD_DKIM, unless your mail server signs them.")
	}
	if id.Sandbox {
		warn(false, "sandbox", "The mail provider still holds the account in its sandbox: only verified addresses are mailed.", "Ask for production access.")
	}
	if id.Policy == "" {
		warn(false, "no-dmarc", "The domain "+p.From.Domain()+" has no DMARC record, which Gmail and Yahoo ask of whoever mails much.", "Publish a TXT record at _dmarc."+p.From.Domain()+": v=DMARC1; p=none.")
	}
	return found
}

// quota looks at how many would get it, and whether the provider takes so many today.
func (c *Composer) quota(ctx context.Context, schedule string) (found []newsletter.Finding) {
	if c.Forecast == nil {
		return nil
	}
	f, err := c.Forecast(ctx, schedule)
	switch {
	case err != nil:
		found = append(found, newsletter.Finding{Rule: "no-forecast", Text: "How many would get it could not be counted.", Cure: "Look again in a few minutes."})
	case f.Readers == 0:
		found = append(found, newsletter.Finding{Rule: "no-readers", Text: "Nobody would get it: no reader is subscribed to this schedule.", Cure: "Subscribe at /subscribe, or import readers."})
	case !f.Fits():
		found = append(found, newsletter.Finding{Rule: "quota", Text: fmt.Sprintf("%d readers, but the provider takes %d a day: it would need %d days.", f.Readers, f.PerDay, f.Days),
			Cure: "Ask the provider for a higher quota, or let it be spread over days."})
	}
	return found
}
