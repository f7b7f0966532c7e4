package editor

import (
	"fmt"
	"net/url"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// surePage says what a press would do that nobody can take back. Its button posts to the
// page's own address.
type surePage struct {
	Subject, Back string
	First         string // what would be done
	Lines         []string
	Rev           int64 // that it is about; 0: any
	Button, Else  string
	Grave         bool
}

// sureSend says how many would get an Issue that is sent at once.
func (p *Pages) sureSend(v *visit) (page, error) {
	issue, err := p.issueOf(v)
	if err != nil {
		return page{}, err
	}
	if issue.State != newsletter.IssueDraft {
		return page{}, errNoDraft
	}
	forecast, err := p.Runs.Forecast(v.Context(), issue.Schedule)
	if err != nil {
		return page{}, err
	}
	found, err := p.Composer.Glance(v.Context(), &issue)
	if err != nil {
		return page{}, err
	}
	body := surePage{Subject: subject(&issue), Back: issueURL(issue.ID), Rev: issue.Rev, Button: "Send it now", Else: "Not yet",
		First: fmt.Sprintf("“%s”, with %s, goes to %s.", subject(&issue), many(len(issue.Articles), "article"), outlook(&forecast))}
	if n := len(found.Blocking()); n > 0 {
		body.Lines = append(body.Lines, fmt.Sprintf("Preflight would stop it: %s to mend first.", many(n, "thing")))
	} else if n := len(found.Warnings()); n > 0 {
		body.Lines = append(body.Lines, fmt.Sprintf("Preflight has %s to know, and looks at links and pictures once more before it goes out.", many(n, "thing")))
	}
	body.Lines = append(body.Lines, "Mail that has gone out does not come back. A run can be paused, and a wrong link led elsewhere.")
	return page{name: "sure", title: "Send it now?", body: body}, nil
}

// outlook is a forecast in words: "310 readers, in about 5 s".
func outlook(f *newsletter.Forecast) string {
	words := many(f.Readers, "reader")
	if f.Takes >= time.Second && f.Fits() {
		words += ", in about " + f.Takes.Round(time.Second).String()
	}
	if !f.Fits() {
		words += fmt.Sprintf(", over %d days: the mail provider takes %d a day", f.Days, f.PerDay)
	}
	if f.Cost >= 0.01 {
		words += fmt.Sprintf(", for about $%.2f", f.Cost)
	}
	return words
}

// many counts things: "1 reader", "2 readers".
func many(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// sureCancel says who would never get an Issue whose Run is ended for good.
func (p *Pages) sureCancel(v *visit) (page, error) {
	run, err := p.Store.Run(v.Context(), v.PathValue("id"))
	if err != nil {
		return page{}, err
	}
	if run.Finished() {
		return page{}, errTooLate
	}
	at, err := p.Runs.Standing(v.Context(), &run)
	if err != nil {
		return page{}, err
	}
	issue, err := p.Store.Issue(v.Context(), run.Issue)
	if err != nil {
		return page{}, err
	}
	body := surePage{Subject: subject(&issue), Back: "/desk/runs/" + url.PathEscape(run.ID), Button: "Cancel it for good", Else: "Let it go on", Grave: true,
		First: fmt.Sprintf("“%s” has reached %d of %s. Whoever has not got it then never does.", subject(&issue), at.Reached(), many(at.Readers, "reader")),
		Lines: []string{"A run that is only paused stands still until somebody resumes it."}}
	return page{name: "sure", title: "Cancel it for good?", body: body}, nil
}
