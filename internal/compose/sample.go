package compose

import (
	"context"
	"errors"
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Sample is a mail as it would be with a Publication of other settings: that of the newest
// Issue, or of the next one where there is none yet, or an invented one where nothing was
// collected.
func (c *Composer) Sample(ctx context.Context, p newsletter.Publication) (newsletter.Mail, error) {
	issue, err := c.newest(ctx)
	content := invented(p)
	if err == nil {
		content, err = c.contentOf(ctx, p, &issue)
	}
	if errors.Is(err, ErrNothingNew) || errors.Is(err, newsletter.ErrNotFound) || err == nil && len(content.Articles) == 0 {
		content, err = invented(p), nil
	}
	if err != nil {
		return newsletter.Mail{}, err
	}
	content.Issue.State = newsletter.IssueDraft // who looks at it is not counted
	return c.Render.Issue(content)
}

// newest is the Issue that was made last, or the one that would be made now. It stores
// nothing.
func (c *Composer) newest(ctx context.Context) (newsletter.Issue, error) {
	issues, err := c.Store.Issues(ctx, 1)
	if err != nil {
		return newsletter.Issue{}, err
	}
	if len(issues) > 0 {
		return issues[0], nil
	}
	schedules, err := c.Store.Schedules(ctx)
	if err != nil || len(schedules) == 0 {
		return newsletter.Issue{}, errors.Join(err, ErrNothingNew)
	}
	return c.draft(ctx, schedules[0].ID, c.Now())
}

// invented is what a look is tried on before there is anything else. It has no pictures,
// for there are none.
func invented(p newsletter.Publication) newsletter.IssueContent {
	const site = "https://www.example.org/"
	c := newsletter.IssueContent{Publication: p, Sites: []string{site},
		Issue: newsletter.Issue{ID: "sample", Subject: "The bakers who never sleep", Preheader: "And two more from this week", Intro: "These articles are invented: nothing was collected yet."},
		Authors: map[string]newsletter.Author{
			"mara": {Key: "mara", Found: newsletter.Profile{Name: "Mara Quill", URL: site + "mara/", Bio: "Mara Quill writes about people who work at night."}},
			"jon":  {Key: "jon", Found: newsletter.Profile{Name: "Jon Ferrow", URL: site + "jon/", Bio: "Jon Ferrow looks after the harbour pages."}},
		}}
	for _, a := range []newsletter.Article{
		{ID: "bakers", Title: "The bakers who never sleep", Dek: "What a town smells like at four in the morning", Excerpt: "The ovens are lit at two, when the last trams have gone home.", Categories: []string{"Bread"}, Authors: []string{"mara"}},
		{ID: "harbour", Title: "A harbour without ships", Dek: "Forty years after the last ferry", Excerpt: "Nobody took the timetable down.", Categories: []string{"Sea"}, Authors: []string{"jon"}},
		{ID: "lamps", Title: "Who lights the lamps?", Excerpt: "One street still burns gas, and one man walks it every evening.", Authors: []string{"mara"}},
	} {
		a.URL, a.CommentURL = site+a.ID+"/", site+a.ID+"/#respond"
		c.Articles = append(c.Articles, a)
		c.Issue.Articles = append(c.Issue.Articles, a.ID)
	}
	return c
}

// Standing looks at what an issue would be stopped or warned for because of the settings:
// whether the sender is trusted, and whether the logos can be shown. It leaves the house.
func (c *Composer) Standing(ctx context.Context, p *newsletter.Publication) []newsletter.Finding {
	found := c.sender(ctx, p, true)
	logos := []string{p.Logo, p.LogoDark}
	if p.Logo == p.LogoDark {
		logos = logos[:1]
	}
	for _, logo := range logos {
		if logo == "" {
			continue
		}
		if !strings.HasPrefix(logo, "https://") {
			found = append(found, newsletter.Finding{Rule: "insecure-image", Text: "The logo is not served over https, so that many mailboxes do not show it.", Cure: "Name an address that begins with https://."})
		}
		if c.Pages != nil {
			found = append(found, c.picture(ctx, picture{logo, "The logo", "here", newsletter.Finding{}}).found...)
		}
	}
	return found
}
