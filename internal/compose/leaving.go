package compose

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// leaving proves that readers can get off: the link is in both parts, and leads to us.
func leaving(p *newsletter.Publication, mail *newsletter.Mail) (found []newsletter.Finding) {
	link := p.UnsubscribeURL("{{" + newsletter.PlaceholderUnsubscribe + "}}")
	if !strings.Contains(mail.HTML, link) || !strings.Contains(mail.Text, link) {
		found = append(found, newsletter.Finding{Rule: "no-unsubscribe-link", Blocks: true, Text: "The mail has no link to unsubscribe in both its parts.",
			Cure: "Put {{.UnsubURL}} back into the templates, or leave your own away."})
	}
	if p.PostalAddress == "" {
		found = append(found, newsletter.Finding{Rule: "no-postal-address", Text: "The mail has no postal address, which the law of many countries asks for.", Cure: "Set it under Settings."})
	}
	return found
}

// followLeaving goes where a reader's link to unsubscribe leads, with a token that is
// signed as theirs are and belongs to nobody: our page must come, by that very address
// (RFC 8058, 3.1: no redirect). A token that nobody has signed must be refused, else it is
// not our page. An address that cannot be asked from here is a warning only: readers
// outside may reach it.
func (c *Composer) followLeaving(ctx context.Context, p *newsletter.Publication) []newsletter.Finding {
	if c.Pages == nil || c.Nobody == nil {
		return nil
	}
	tok, err := c.Nobody(ctx)
	if err != nil {
		return []newsletter.Finding{leavingUnknown(err.Error())}
	}
	link := p.UnsubscribeURL(tok)
	resp, err := c.Pages.Get(fetch.With(ctx, fetch.Manner{First: 1}), link, fetch.Validators{})
	var status *fetch.StatusError
	switch {
	case errors.As(err, &status):
		return []newsletter.Finding{leavingBroken(fmt.Sprintf("answers %d", status.Code))}
	case err != nil:
		return []newsletter.Finding{leavingUnknown(err.Error())}
	case resp.URL != link:
		return []newsletter.Finding{leavingBroken("leads on to " + strings.ReplaceAll(resp.URL, tok, "…"))}
	}
	_, err = c.Pages.Get(fetch.With(ctx, fetch.Manner{First: 1}), p.UnsubscribeURL("v1.nobody"), fetch.Validators{})
	if !errors.As(err, &status) || status.Code != http.StatusNotFound {
		return []newsletter.Finding{leavingBroken("shows a page that is not ours")}
	}
	return nil
}

func leavingBroken(how string) newsletter.Finding {
	return newsletter.Finding{Rule: "broken-unsubscribe-link", Blocks: true, Text: "The link to unsubscribe does not work: it " + how + ".",
		Cure: "See that MASTHEAD_BASE_URL is the public address of this program, without a redirect, and that the keys are those of the program that answers there."}
}

func leavingUnknown(why string) newsletter.Finding {
	return newsletter.Finding{Rule: "untried-unsubscribe-link", Text: "The link to unsubscribe could not be tried from here: " + why + ".",
		Cure: "Open the public address of your pages on a phone, outside this network, to see that readers reach it."}
}
