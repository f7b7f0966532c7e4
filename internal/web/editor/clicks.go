package editor

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/masthead-mail/masthead/internal/feedback"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// linkRow is a link of the mail, and how often it was followed.
type linkRow struct {
	ID, Title, URL, Leads, Since string
	Clicks, Share                int // Share: of the most clicked one, in percent
}

// clicks lists the links of an Issue, the most followed first; none where they are not
// counted.
func (p *Pages) clicks(ctx context.Context, issue string, zone *time.Location) ([]linkRow, error) {
	found, err := p.Clicks.Of(ctx, issue)
	if errors.Is(err, newsletter.ErrNotFound) {
		return nil, nil
	}
	slices.SortStableFunc(found, func(a, b feedback.Clicked) int { return b.Clicks - a.Clicks })
	rows := make([]linkRow, len(found))
	for i := range found {
		c := &found[i]
		rows[i] = linkRow{c.ID, c.Title, c.URL, c.Target(), "", c.Clicks, share(c.Clicks, max(1, found[0].Clicks))}
		if c.To != "" {
			rows[i].Since = day(c.Since, zone)
		}
	}
	return rows, err
}

// corrected are those of an Issue's links that were led elsewhere since it was sent.
func (p *Pages) corrected(v *visit, issue string, zone *time.Location) ([]linkRow, error) {
	rows, err := p.clicks(v.Context(), issue, zone)
	return slices.DeleteFunc(rows, func(r linkRow) bool { return r.Since == "" }), err
}

// retarget leads a link elsewhere, in mails that were sent too.
func (p *Pages) retarget(v *visit) (string, error) {
	if err := v.ParseForm(); err != nil {
		return "", fmt.Errorf("%w: %w", errForm, err)
	}
	run, err := p.Store.Run(v.Context(), v.PathValue("id"))
	if err != nil {
		return "", err
	}
	to := newsletter.Line(v.PostFormValue("to"))
	before, err := p.Clicks.Retarget(v.Context(), run.Issue, v.PostFormValue("link"), to)
	if err == nil {
		err = p.Access.Note(v.Context(), v.person, "led a link elsewhere", "issue "+run.Issue, newsletter.Change(before.Title, before.Target(), to))
	}
	return "/desk/runs/" + url.PathEscape(run.ID) + "?done=retargeted#links", err
}
