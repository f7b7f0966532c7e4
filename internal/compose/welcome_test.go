package compose

import (
	"context"
	"errors"
	"strings"
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
			_, err = d.approve(t, issue.ID)
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

// TestTheLinksOfAWelcomeAreKnown, though the settings are others than when the Issue was
// sent; and the parameters go to the sites of the sources.
func TestTheLinksOfAWelcomeAreKnown(t *testing.T) {
	d := newDesk(t)
	d.add(t, 1)
	must(t, d.store.SaveSource(t.Context(), &newsletter.Source{ID: "s", URL: "https://blog.example.net/feed"}))
	issue, err := d.Compose(t.Context(), "weekly", monday)
	must(t, err)
	_, err = d.approve(t, issue.ID)
	must(t, err)
	run := newsletter.NewRun(&issue, 1, monday)
	run.State = newsletter.RunSent
	must(t, d.store.SaveRun(t.Context(), &run))
	d.Publication = func(context.Context) (newsletter.Publication, error) {
		return newsletter.Publication{Name: "The Lantern Post", UTM: "?utm_source=mail"}, nil
	}
	_, err = d.Composer.Welcome(t.Context(), &newsletter.Subscriber{ConfirmedAt: monday.Add(time.Hour)})
	must(t, err)
	links, err := d.store.Links(t.Context(), issue.ID)
	must(t, err)
	for _, link := range d.Links(d.rendered[len(d.rendered)-1]) {
		if _, ok := links.Find(link.ID); !ok || !strings.HasSuffix(link.URL, "?utm_source=mail") {
			t.Errorf("%+v is not known", link)
		}
	}
	if sites := d.rendered[len(d.rendered)-1].Sites; len(sites) != 1 || sites[0] != "https://blog.example.net/feed" {
		t.Errorf("%q", sites)
	}
}
