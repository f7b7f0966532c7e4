package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// result lists what became of a run's readers: in the terminal those who were not
// sent it, in a CSV file all of them, unless outcomes are named.
func (d *clerk) result(ctx context.Context) error {
	run, err := d.resultOf(ctx)
	if err != nil {
		return err
	}
	outcomes, err := deliver.ParseOutcomes(d.wish.list)
	if err != nil {
		return mistake{err}
	}
	if d.csv != "" {
		return d.export(ctx, &run, outcomes)
	}
	if d.wish.list == "" {
		outcomes = outcomes[1:]
	}
	return d.show(ctx, &run, outcomes)
}

// resultOf is the run that was named, the one that is open, or else the newest.
func (d *clerk) resultOf(ctx context.Context) (newsletter.Run, error) {
	open, err := d.store.OpenRuns(ctx)
	if err != nil {
		return newsletter.Run{}, err
	}
	if d.wish.run == "" && len(open) == 0 {
		if newest, err := d.store.Runs(ctx, 1); err != nil || len(newest) > 0 {
			return append(newest, newsletter.Run{})[0], err
		}
	}
	id, err := d.name(ctx)
	if err != nil {
		return newsletter.Run{}, err
	}
	return d.store.Run(ctx, id)
}

func (d *clerk) show(ctx context.Context, run *newsletter.Run, outcomes []newsletter.Outcome) error {
	counts, err := d.counts(ctx, run)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "Run %s is %s: %s.\n", run.ID, standing(run), tally(counts))
	return d.engine.Deliveries(ctx, run, outcomes, deliver.Place{}, func(l deliver.Delivery) error {
		name := string(l.Address)
		if name == "" {
			name = "(erased) " + l.Subscriber.String()
		}
		_, err := fmt.Fprintf(d.out, "%-9s  %-40s  %s\n", l.Outcome, name, oneLine(l.Reason))
		return err
	})
}

// export writes the table into a file that only its owner reads: it holds
// addresses.
func (d *clerk) export(ctx context.Context, run *newsletter.Run, outcomes []newsletter.Outcome) error {
	if d.csv == "-" {
		_, err := d.table(ctx, d.out, run, outcomes)
		return err
	}
	file, err := os.OpenFile(d.csv, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return mistake{fmt.Errorf("the file for the result cannot be written: %w", err)}
	}
	n, err := d.table(ctx, file, run, outcomes)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	fmt.Fprintf(d.out, "%d deliveries of run %s are in %s.\n", n, run.ID, d.csv)
	return nil
}

func (d *clerk) table(ctx context.Context, w io.Writer, run *newsletter.Run, outcomes []newsletter.Outcome) (n int, err error) {
	table := deliver.NewCSV(w)
	err = d.engine.Deliveries(ctx, run, outcomes, deliver.Place{}, func(l deliver.Delivery) error {
		n++
		return table.Write(l)
	})
	return n, errors.Join(err, table.Flush())
}

// oneLine is a stranger's text, a mail server's answer perhaps, without what a
// terminal would act upon.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }), " ")
}
