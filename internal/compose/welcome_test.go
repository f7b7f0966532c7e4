package compose

import (
	"errors"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestWhichIssueGreetsAReader(t *testing.T) {
	for _, c := range []struct {
		name      string
		state     newsletter.RunState
		confirmed time.Duration // after the run has started
		wants     []string
		found     bool
	}{
		{"one that is out", newsletter.RunSent, time.Hour, nil, true},
		{"one that only waits for news of some", newsletter.RunSettling, time.Hour, nil, true},
		{"not one that may still be stopped", newsletter.RunSending, time.Hour, nil, false},
		{"not one that was stopped", newsletter.RunCancelled, time.Hour, nil, false},
		{"not one that mails them anyway", newsletter.RunSent, 0, nil, false},
		{"not one of another schedule", newsletter.RunSent, time.Hour, []string{"daily"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.add(t, 1)
			issue, err := d.Compose(t.Context(), "weekly", monday)
			must(t, err)
			_, err = d.Approve(t.Context(), issue.ID)
			must(t, err)
			run := newsletter.NewRun(&issue, 1, monday)
			run.State = c.state
			must(t, d.store.SaveRun(t.Context(), &run))
			reader := newsletter.Subscriber{ConfirmedAt: run.StartedAt.Add(c.confirmed), Schedules: c.wants, Language: "de-AT"}
			mail, err := d.Composer.Welcome(t.Context(), &reader)
			if !c.found {
				if !errors.Is(err, newsletter.ErrNotFound) {
					t.Errorf("%+v, %v", mail, err)
				}
				return
			}
			must(t, err)
			if got := d.rendered[len(d.rendered)-1]; mail.Issue != issue.ID || got.Issue.Notice != "Welcome" || got.Language != "de-AT" || len(got.Articles) != 1 {
				t.Errorf("%+v", got)
			}
		})
	}
}
