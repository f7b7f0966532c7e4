package editor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/feedback"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// runPage shows how far a Run has come, or what came of it.
type runPage struct {
	ID, Issue, Subject      string
	State                   badge
	Reason                  string
	Started, Finished, Left string
	Counts                  newsletter.Counts
	Waiting, Readers, Share int
	newsletter.Response
	Speed                     string
	Refusals                  []newsletter.Refusal
	Open, MayPause, MayResume bool
	MayEdit, Ended            bool
	Missed                    []missedRow
	MoreMissed                bool
	Failed, Unknown           bool
	Chart                     *chart
	Earlier                   []responseRow
	Links                     []linkRow
}

type missedRow struct{ Address, Outcome, Reason string }

// missedShown is how many who were not sent it are named on the page; the file names
// all.
const missedShown = 40

func (p *Pages) run(v *visit) (page, error) {
	ctx := v.Context()
	run, err := p.Store.Run(ctx, v.PathValue("id"))
	if errors.Is(err, newsletter.ErrNotFound) {
		return p.notStarted(v, err)
	}
	if err != nil {
		return page{}, err
	}
	zone, err := p.zone(v)
	if err != nil {
		return page{}, err
	}
	at, err := p.Runs.Standing(ctx, &run)
	if err != nil {
		return page{}, err
	}
	issue, err := p.Store.Issue(ctx, run.Issue)
	if err != nil {
		return page{}, err
	}
	body := runPage{ID: run.ID, Issue: run.Issue, Subject: issue.Subject, State: runBadge(run.State), Reason: run.Reason, Started: moment(run.StartedAt, zone),
		Finished: moment(run.FinishedAt, zone), Counts: at.Counts, Waiting: at.Waiting, Readers: at.Readers, Refusals: at.Refusals,
		Open: !run.Finished(), Ended: run.Finished(), MayEdit: v.person.May(newsletter.RoleEditor) == nil,
		MayPause:  run.State == newsletter.RunSending || run.State == newsletter.RunCanaryHold || run.State == newsletter.RunWaitingQuota,
		MayResume: run.State == newsletter.RunPaused || run.State == newsletter.RunWaitingQuota || run.State == newsletter.RunCanaryHold,
		Failed:    run.Finished() && run.Counts.Failed > 0, Unknown: run.Finished() && run.Counts.Unknown > 0}
	body.Share = share(at.Reached(), at.Readers)
	if at.PerSecond > 0 {
		body.Speed = fmt.Sprintf("%.0f a second", at.PerSecond)
	}
	if at.Left > 0 {
		body.Left = at.Left.Round(time.Second).String()
	}
	if body.Response, err = feedback.ResponseTo(ctx, p.Store, &run); err != nil {
		return page{}, err
	}
	if run.Finished() && body.MayEdit {
		if body.Missed, body.MoreMissed, err = p.missed(ctx, &run); err != nil {
			return page{}, err
		}
	}
	if body.Links, err = p.clicks(ctx, run.Issue, zone); err != nil {
		return page{}, err
	}
	compared, err := p.compared(ctx, &run)
	if err != nil {
		return page{}, err
	}
	body.Chart = newChart(compared, &run, zone)
	if body.Earlier, err = p.responses(ctx, compared, &run, zone); err != nil {
		return page{}, err
	}
	a := page{name: "run", title: "Run of “" + issue.Subject + "”", body: body}
	if body.Open {
		a.refresh, a.scripts = 5, []string{"progress"}
	}
	return a, nil
}

// notStarted is for an Issue that is approved, whose Run the next tick starts.
func (p *Pages) notStarted(v *visit, missing error) (page, error) {
	issue, err := p.Store.Issue(v.Context(), v.PathValue("id"))
	if err != nil || !issue.Approving() && issue.State != newsletter.IssueApproved {
		return page{}, missing
	}
	return page{name: "notice", title: "It is about to start", refresh: 3, body: notice{"The issue is approved; its run begins in a moment. This page looks again by itself.", nil}}, nil
}

func share(n, of int) int {
	if of == 0 {
		return 100
	}
	return min(100, n*100/of)
}

func runBadge(s newsletter.RunState) badge {
	switch s {
	case newsletter.RunSent:
		return badge{"good", "sent"}
	case newsletter.RunSending, newsletter.RunApproved, newsletter.RunSettling:
		return badge{"good", string(s)}
	case newsletter.RunCancelled, newsletter.RunCancelling:
		return badge{"bad", string(s)}
	case newsletter.RunWaitingQuota:
		return badge{"warn", "waiting for quota"}
	case newsletter.RunCanaryHold:
		return badge{"warn", "first readers"}
	}
	return badge{"warn", string(s)}
}

var errEnough = errors.New("editor: enough")

// missed names who was not sent it, and why.
func (p *Pages) missed(ctx context.Context, run *newsletter.Run) (rows []missedRow, more bool, err error) {
	wanted := []newsletter.Outcome{newsletter.OutcomeFailed, newsletter.OutcomeUnknown, newsletter.OutcomeSkipped}
	err = p.Runs.Deliveries(ctx, run, wanted, deliver.Place{}, func(d deliver.Delivery) error {
		if len(rows) == missedShown {
			more = true
			return errEnough
		}
		address := string(d.Address)
		if address == "" {
			address = "erased since (" + d.Subscriber.String() + ")"
		}
		rows = append(rows, missedRow{address, string(d.Outcome), d.Reason})
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return rows, more, err
}

// steer does what a button beside a Run says.
func (p *Pages) steer(v *visit) (string, error) {
	if err := v.ParseForm(); err != nil {
		return "", fmt.Errorf("%w: %w", errForm, err)
	}
	ctx, id, done := v.Context(), v.PathValue("id"), v.PathValue("step")
	var run newsletter.Run
	var err error
	switch done {
	case "pause":
		run, err = p.Desk.HoldRun(ctx, v.person, id, v.PostFormValue("reason"))
	case "resume":
		run, err = p.Desk.ResumeRun(ctx, v.person, id)
	case "cancel":
		run, err = p.Desk.CancelRun(ctx, v.person, id, cmp.Or(v.PostFormValue("reason"), "by an editor"))
	case "retry":
		run, err = p.Desk.RetryRun(ctx, v.person, id, newsletter.Outcome(v.PostFormValue("outcome")))
	default:
		err = errNoPage
	}
	if errors.Is(err, newsletter.ErrConflict) {
		err = fmt.Errorf("%w: %w", errTooLate, err)
	}
	if run.ID == "" {
		run.ID = id
	}
	return "/desk/runs/" + url.PathEscape(run.ID) + "?done=" + done, err
}

var errTooLate = errors.New("editor: the run is not in a state for that")

var tooLate = wording{errTooLate, http.StatusConflict, "The run is not in a state for that", "It has moved on meanwhile. Go back, and look at it anew.", toDesk}
