package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"text/tabwriter"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// mostFiles is how many files a summary names one by one.
const mostFiles = 10

// summary says what came of the pass. Its error makes the exit code.
func (p *pass) summary(ctx context.Context) error {
	p.collected()
	var faults []error
	for _, id := range p.runs {
		faults = append(faults, p.sent(ctx, id))
	}
	if p.waiting != "" {
		fmt.Fprintln(p.out, p.waiting)
	}
	if p.BaseURL == "" && len(p.runs) > 0 {
		fmt.Fprintf(p.out, "Links in the mail lead to the placeholder %s: set MASTHEAD_BASE_URL before you mail readers.\n", placeholderURL)
	}
	if broken, all := unreadable(p.reports); all {
		faults = append(faults, fmt.Errorf("no source could be read (%d tried)", len(broken)))
	}
	return errors.Join(faults...)
}

func (p *pass) collected() {
	var added, updated, past, with, without int
	for _, r := range p.reports {
		added, updated, past = added+r.New, updated+r.Updated, past+r.Past
		with, without = with+r.WithBio, without+r.WithoutBio
	}
	broken, _ := unreadable(p.reports)
	table := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "Sources\t%d collected, %d failed\n", len(p.reports)-len(broken), len(broken))
	fmt.Fprintf(table, "Articles\t%d new", added)
	if updated > 0 {
		fmt.Fprintf(table, ", %d edited since", updated)
	}
	if past > 0 {
		fmt.Fprintf(table, ", %d from before the first visit (not mailed)", past)
	}
	for i := range p.reports {
		if s := &p.reports[i].Source; p.reports[i].Err == nil && s.Warning != "" {
			fmt.Fprintf(p.log, "%s: %s\n", s.URL, s.Warning)
		}
	}
	fmt.Fprintf(table, "\nAuthors\t%d with a bio, %d without\n", with, without)
	_ = table.Flush()
}

// sent reports on one Run and names its files.
func (p *pass) sent(ctx context.Context, id string) error {
	run, err := p.store.Run(ctx, id)
	if err != nil {
		return err
	}
	counts := run.Counts // final once it has finished
	if !run.Finished() {
		if counts, err = p.engine.Counts(ctx, &run); err != nil {
			return err
		}
	}
	fmt.Fprintf(p.out, "Messages  %s\n", tally(counts))
	if err := p.nameFiles(run.Issue); err != nil {
		return err
	}
	return p.unfinished(&run)
}

// tally is what became of deliveries, in words.
func tally(counts newsletter.Counts) string {
	said := fmt.Sprintf("%d sent, %d failed", counts.Sent, counts.Failed)
	for _, more := range []struct {
		n    int
		what string
	}{{counts.Skipped, "skipped (unsubscribed meanwhile)"}, {counts.Ambiguous, "in doubt (no answer from the mail server; not sent again)"}, {counts.Unknown, "unknown (never answered; not sent again)"}} {
		if more.n > 0 {
			said += fmt.Sprintf(", %d %s", more.n, more.what)
		}
	}
	return said
}

// unfinished says why a Run has not come to its end, and what to do.
func (p *pass) unfinished(run *newsletter.Run) error {
	switch {
	case run.Held:
		return fmt.Errorf("issue %s waits for you: %s\n\"local resume %s\" lets it go on: nobody is mailed twice", run.Issue, run.Reason, run.ID)
	case run.State == newsletter.RunCancelling || run.State == newsletter.RunCancelled:
		return fmt.Errorf("issue %s was cancelled: %s", run.Issue, run.Reason)
	case run.State == newsletter.RunPaused:
		return fmt.Errorf("issue %s is paused: %s\nRun the same command again once it is mended: nobody is mailed twice", run.Issue, run.Reason)
	case p.unavailable.Load() && run.Walking():
		return fmt.Errorf("issue %s waits: %w\nRun the same command again when the mail server answers: nobody is mailed twice", run.Issue, p.trouble)
	case run.State == newsletter.RunCanaryHold:
		fmt.Fprintf(p.out, "Issue %s waits until %s to see what comes back of its first readers; run the same command again then, or leave the server running. \"local resume %s\" lets it go on at once.\n",
			run.Issue, run.Since.Add(run.Canary.Hold).Local().Format("15:04"), run.ID)
	case run.State == newsletter.RunWaitingQuota:
		fmt.Fprintf(p.out, "Issue %s waits for the mail server's quota: %s\nRun the same command again when there is some, or leave the server running: nobody is mailed twice.\n", run.Issue, run.Reason)
	case run.Walking():
		fmt.Fprintf(p.out, "Some messages of issue %s wait for another try; run the same command again in some minutes, or leave the server running.\n", run.Issue)
	}
	return nil
}

func (p *pass) nameFiles(issue string) error {
	fmt.Fprintln(p.out, "Files")
	for _, name := range []string{"issue.html", "issue.txt"} {
		fmt.Fprintln(p.out, "  "+filepath.Join(p.Out, issue, name))
	}
	if p.SMTP != "" {
		return nil
	}
	names, err := p.outbox.Messages(issue)
	for _, name := range names[:min(len(names), mostFiles)] {
		fmt.Fprintln(p.out, "  "+filepath.Join(p.Out, issue, name))
	}
	if more := len(names) - mostFiles; more > 0 {
		fmt.Fprintf(p.out, "  and %d more .eml files there\n", more)
	}
	return err
}
