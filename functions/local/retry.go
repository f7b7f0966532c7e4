package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// retry sends a run that has ended once more to those who failed or are unknown.
func (d *clerk) retry(ctx context.Context) error {
	run, err := d.resultOf(ctx)
	if err != nil {
		return err
	}
	again, err := d.office.RetryRun(ctx, operator, run.ID, newsletter.Outcome(d.wish.list))
	if errors.Is(err, newsletter.ErrInvalid) {
		return mistake{err}
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "Run %s tries the %s readers of run %s again, once however often this is asked; who has left since is skipped.\n", again.ID, again.Outcome, run.ID)
	if again.Outcome == newsletter.OutcomeUnknown {
		fmt.Fprintln(d.out, "They may get it twice: nobody knows whether they have it already.")
	}
	if !again.Finished() {
		fmt.Fprintln(d.out, "It is sent by itself where a server is running, else with the next \"local digest\".")
		return nil
	}
	fmt.Fprintf(d.out, "That was done: %s.\n", tally(again.Counts))
	return nil
}
