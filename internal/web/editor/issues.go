package editor

import (
	"cmp"
	"errors"
	"net/url"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// issuesPage is a part of the list of all issues, newest first.
type issuesPage struct {
	Issues []issueRow
	Older  string // where the earlier ones are
}

const issuesOnPage = 20

func (p *Pages) issues(v *visit) (page, error) {
	zone, err := p.zone(v)
	if err != nil {
		return page{}, err
	}
	schedules, err := p.Store.Schedules(v.Context())
	if err != nil {
		return page{}, err
	}
	found, err := p.Store.IssuesBefore(v.Context(), v.URL.Query().Get("before"), issuesOnPage+1)
	if err != nil {
		return page{}, err
	}
	var body issuesPage
	if len(found) > issuesOnPage {
		found = found[:issuesOnPage]
		body.Older = "/desk/issues/?" + url.Values{"before": {found[len(found)-1].Place()}}.Encode()
	}
	for i := range found {
		issue := &found[i]
		row := issueRow{ID: issue.ID, URL: issueURL(issue.ID), Subject: subject(issue)}
		row.State, row.When = standing(issue, reviews(schedules, issue.Schedule), zone)
		run, err := p.Store.Run(v.Context(), issue.ID)
		switch {
		case err == nil:
			row.Run, row.State, row.When, row.Result = "/desk/runs/"+url.PathEscape(run.ID), runBadge(run.State), day(run.StartedAt, zone), result(&run)
		case !errors.Is(err, newsletter.ErrNotFound):
			return page{}, err
		}
		if issue.State == newsletter.IssueApproved {
			row.Archive = newsletter.IssuePath + url.PathEscape(issue.ID)
		}
		body.Issues = append(body.Issues, row)
	}
	return page{name: "issues", title: "Issues", body: body}, nil
}

func subject(i *newsletter.Issue) string { return cmp.Or(i.Subject, "(no subject yet)") }
