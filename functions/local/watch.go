package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// watch shows how a run gets on that another process sends, until it ends or halts.
func (d *clerk) watch(ctx context.Context) error {
	id, err := d.name(ctx)
	if err != nil {
		return err
	}
	shown := newProgress(d.log)
	defer shown.end()
	for {
		run, err := d.store.Run(ctx, id)
		if err != nil {
			return err
		}
		at, err := d.engine.Standing(ctx, &run)
		if err != nil {
			return err
		}
		if run.State != newsletter.RunSending && run.State != newsletter.RunApproved {
			shown.end()
			return d.halted(&run, &at)
		}
		shown.standing(&at)
		if err := sleep(ctx, 500*time.Millisecond); err != nil {
			return err
		}
	}
}

// halted says how a run stands that does not send now.
func (d *clerk) halted(run *newsletter.Run, at *deliver.Standing) error {
	fmt.Fprintf(d.out, "Run %s is %s: %s\n", run.ID, standing(run), tally(at.Counts))
	for _, r := range at.Refusals {
		fmt.Fprintf(d.out, "  %d failed: %s\n", r.Readers, oneLine(r.Reason))
	}
	if at.Waiting > 0 {
		fmt.Fprintf(d.out, "  %d wait for another try\n", at.Waiting)
	}
	return nil
}

// standing shows how a run gets on.
func (p *progress) standing(at *deliver.Standing) {
	if p.terminal {
		p.step("Sending", at.Reached(), at.Readers)
		return
	}
	p.mu.Lock()
	due := time.Since(p.said) >= 2*time.Second
	p.mu.Unlock()
	if due {
		p.say("Sending: " + at.Words())
	}
}

// forecast says what a run would be like that started now. It takes the name of a
// schedule where others take a run's.
func (d *clerk) forecast(ctx context.Context) error {
	schedule := cmp.Or(d.wish.run, d.MainSchedule(time.Now()).ID)
	if _, err := d.store.Schedule(ctx, schedule); errors.Is(err, newsletter.ErrNotFound) {
		return mistake{fmt.Errorf("there is no schedule %q", schedule)}
	} else if err != nil {
		return err
	}
	f, err := d.engine.Forecast(ctx, schedule)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "A run of %s would mail %s.\n", schedule, deliver.Words(f))
	return nil
}
