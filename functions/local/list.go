package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// shownRuns is how many runs are listed.
const shownRuns = 20

func (d *clerk) list(ctx context.Context) error {
	runs, err := d.store.Runs(ctx, shownRuns)
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		fmt.Fprintln(d.out, "Nothing was sent yet.")
		return nil
	}
	table := tabwriter.NewWriter(d.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RUN\tSTATE\tSTARTED\tFINISHED\tDELIVERIES")
	for i := range runs {
		said, err := d.progressOf(ctx, &runs[i])
		if err != nil {
			return err
		}
		if stuck, is, err := d.engine.StuckSince(ctx, &runs[i]); err != nil {
			return err
		} else if is {
			said += fmt.Sprintf("; it has stood still since %s: start the server, or \"local digest\"", clock(stuck.Since))
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", runs[i].ID, standing(&runs[i]), clock(runs[i].StartedAt), clock(runs[i].FinishedAt), said)
	}
	return table.Flush()
}

// progressOf is what came of a run so far. Only one that is sending is asked lane by
// lane: of 20 runs most have ended.
func (d *clerk) progressOf(ctx context.Context, run *newsletter.Run) (string, error) {
	if !run.Walking() {
		counts, err := d.counts(ctx, run)
		return tally(counts), err
	}
	at, err := d.engine.Standing(ctx, run)
	return at.Words() + ": " + tally(at.Counts), err
}

// standing is the state of a run, and why.
func standing(r *newsletter.Run) string {
	if r.Reason == "" {
		return string(r.State)
	}
	return fmt.Sprintf("%s (%s)", r.State, oneLine(r.Reason))
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04:05")
}
