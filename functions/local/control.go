package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

func (d *clerk) pause(ctx context.Context) error {
	id, err := d.name(ctx)
	if err != nil {
		return err
	}
	run, err := d.office.HoldRun(ctx, operator, id, d.reason)
	if err != nil {
		return err
	}
	counts, err := d.counts(ctx, &run)
	fmt.Fprintf(d.out, "Run %s is paused; so far %s. A batch that is under way still ends.\n\"local resume %s\" lets it go on, \"local cancel %s\" ends it for good.\n",
		id, tally(counts), id, id)
	return err
}

func (d *clerk) goOn(ctx context.Context) error {
	id, err := d.name(ctx)
	if err != nil {
		return err
	}
	if _, err := d.office.ResumeRun(ctx, operator, id); err != nil {
		return err
	}
	fmt.Fprintf(d.out, "Run %s goes on: by itself where a server is running, else with the next \"local digest\".\n", id)
	return nil
}

// closing is how long cancel waits for a batch that another process is sending.
const closing = 15 * time.Second

func (d *clerk) cancel(ctx context.Context) error {
	id, err := d.name(ctx)
	if err != nil {
		return err
	}
	run, err := d.office.CancelRun(ctx, operator, id, d.reason)
	if err != nil {
		return err
	}
	for asked := time.Now(); !run.Finished() && time.Since(asked) < closing; {
		if err := d.closeBooks(ctx, &run); err != nil {
			return err
		}
		if run.Finished() || run.Counts.Ambiguous > 0 {
			break
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return d.cancelled(ctx, &run)
}

// closeBooks works the lanes of a cancelled run that nobody is at, which mails
// nobody.
func (d *clerk) closeBooks(ctx context.Context, run *newsletter.Run) error {
	if err := d.freeDeadLanes(ctx, run); err != nil {
		return err
	}
	for n := range run.Lanes {
		if err := d.engine.Walk(ctx, deliver.LaneRef{Run: run.ID, Lane: n}); err != nil && !errors.Is(err, newsletter.ErrNotFound) {
			return err
		}
	}
	if err := d.engine.Finish(ctx, run.ID); err != nil {
		return err
	}
	var err error
	*run, err = d.store.Run(ctx, run.ID)
	return err
}

func (d *clerk) cancelled(ctx context.Context, run *newsletter.Run) error {
	counts, err := d.counts(ctx, run)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "Run %s is %s: it had reached %d readers (%s), and mails nobody more.\n", run.ID, run.State, counts.Reached(), tally(counts))
	if !run.Finished() {
		fmt.Fprintln(d.out, "Its books are closed by the server or the next \"local digest\", once no delivery is in doubt or 15 minutes have passed.")
	}
	return nil
}
