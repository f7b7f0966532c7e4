package main

import (
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/masthead-mail/masthead/internal/subscribe"
)

// readersCommand takes readers over from a file, or writes them into one.
func readersCommand(ctx context.Context, args []string, getenv func(string) string, out, log io.Writer) (err error) {
	var c transfer
	if err := c.parse(args); err != nil {
		return err
	}
	o, err := parse("readers", c.rest, getenv)
	if err != nil {
		return err
	}
	a, err := open(ctx, o, placeholderURL)
	if err != nil {
		return err
	}
	c.app, c.out, c.log = a, out, log
	defer func() { err = errors.Join(err, a.close()) }()
	if c.verb == "export" {
		return c.export(ctx)
	}
	return c.take(ctx)
}

// transfer is a readers command.
type transfer struct {
	*app
	verb, file string
	dryRun     bool
	update     bool
	rejects    string
	report     string
	rest       []string // flags that all commands have
	out, log   io.Writer
}

func (c *transfer) parse(args []string) error {
	const usage = "write it like: local readers import FILE [-dry-run] [-update] [-rejects FILE] [-report FILE], or: local readers export [FILE]"
	if len(args) == 0 || args[0] != "import" && args[0] != "export" {
		return mistake{errors.New(usage)}
	}
	c.verb, args = args[0], args[1:]
	if len(args) > 0 && (args[0] == "-" || args[0] != "" && args[0][0] != '-') {
		c.file, args = args[0], args[1:]
	}
	flags := flag.NewFlagSet("readers", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	data := flags.String("data", "", "")
	if c.verb == "import" {
		flags.BoolVar(&c.dryRun, "dry-run", false, "")
		flags.BoolVar(&c.update, "update", false, "")
		flags.StringVar(&c.rejects, "rejects", "", "")
		flags.StringVar(&c.report, "report", "", "")
	}
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return errHelp
	} else if err != nil {
		return mistake{fmt.Errorf("readers: %w; %s", err, usage)}
	}
	if flags.NArg() > 0 || c.verb == "import" && c.file == "" {
		return mistake{errors.New(usage)}
	}
	if *data != "" {
		c.rest = []string{"-data", *data}
	}
	return nil
}

// take imports a file; - is what comes in.
func (c *transfer) take(ctx context.Context) error {
	file := os.Stdin
	if c.file != "-" {
		var err error
		if file, err = os.Open(c.file); err != nil {
			return mistake{fmt.Errorf("the file cannot be read: %w", err)}
		}
		defer file.Close()
	}
	rejected, err := newLines(c.rejects, "line", "email", "reason")
	if err != nil {
		return err
	}
	told, err := newLines(c.report, "line", "email", "verdict", "why")
	if err != nil {
		return err
	}
	p := newProgress(c.log)
	shown := 0
	o := subscribe.Import{Origin: "import of " + filepath.Base(c.file), DryRun: c.dryRun, Update: c.update,
		Progress: func(i subscribe.Imported) { p.importing(i) },
		Reject: func(r subscribe.Rejected) error {
			if shown++; c.rejects == "" && shown <= maxShown {
				fmt.Fprintf(c.log, "Line %d: %s\n", r.Line, sentence(r.Why))
			}
			return rejected.write(strconv.Itoa(r.Line), r.Email, sentence(r.Why))
		}}
	if c.report != "" {
		o.Report = func(v subscribe.Verdict) error {
			if v.What == "suppressed" || v.What == "rejected" {
				v.Why = sentence(errors.New(v.Why))
			}
			return told.write(strconv.Itoa(v.Line), v.Email, v.What, v.Why)
		}
	}
	done, err := c.subscribers.Import(ctx, file, o)
	p.end()
	if err := errors.Join(err, rejected.close(), told.close()); err != nil {
		return err
	}
	if c.rejects == "" && shown > maxShown {
		fmt.Fprintf(c.log, "… and %d more; -rejects FILE writes all of them into a table.\n", shown-maxShown)
	}
	c.tell(done)
	return nil
}

// maxShown is how many rejected rows the terminal shows.
const maxShown = 20

func (c *transfer) tell(i subscribe.Imported) {
	what := "added"
	if c.dryRun {
		what = "would be added"
	}
	fmt.Fprintf(c.out, "%d rows: %d %s, %d who waited for a confirmation welcomed, %d there already, %d rejected.\n", i.Rows, i.Added, what, i.Welcomed, i.There, i.Rejected)
	if i.Different > 0 {
		fate := "; -update takes what the file says"
		if c.update && c.dryRun {
			fate = " and would be changed"
		} else if c.update {
			fate = " and were changed"
		}
		fmt.Fprintf(c.out, "Of those there, %d are on record otherwise than the file has them%s.\n", i.Different, fate)
	}
	if i.Suppressed > 0 {
		fmt.Fprintf(c.out, "Of the rejected, %d must not be mailed: they have left, complained, or mail to them came back.\n", i.Suppressed)
	}
	if i.Barred > 0 {
		fmt.Fprintf(c.out, "%d addresses of erased readers stay suppressed.\n", i.Barred)
	}
	if c.rejects != "" && i.Rejected > 0 {
		fmt.Fprintf(c.out, "Why, line by line, is in %s.\n", c.rejects)
	}
	if c.report != "" {
		fmt.Fprintf(c.out, "What becomes of each line is in %s.\n", c.report)
	}
}

// lines is a table about rows of a file, for its owner's eyes only.
type lines struct {
	file  *os.File
	table *csv.Writer
}

// newLines begins a table; without a name there is none, and writing does nothing.
func newLines(name string, heading ...string) (*lines, error) {
	if name == "" {
		return &lines{}, nil
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, mistake{fmt.Errorf("the table cannot be written: %w", err)}
	}
	l := &lines{file, csv.NewWriter(file)}
	return l, l.table.Write(heading)
}

func (l *lines) write(cells ...string) error {
	if l.table == nil {
		return nil
	}
	for i := range cells {
		cells[i] = subscribe.Guarded(cells[i])
	}
	return l.table.Write(cells)
}

func (l *lines) close() error {
	if l.table == nil {
		return nil
	}
	l.table.Flush()
	return errors.Join(l.table.Error(), l.file.Close())
}

// export writes all readers to a file that only its owner reads, or to out.
func (c *transfer) export(ctx context.Context) error {
	if c.file == "" || c.file == "-" {
		_, err := c.table().Write(ctx, c.out, nil)
		return err
	}
	file, err := os.OpenFile(c.file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return mistake{fmt.Errorf("the file cannot be written: %w", err)}
	}
	p := newProgress(c.log)
	readers, err := c.table().Write(ctx, file, func(n int) { p.step("Exporting", n, 0) })
	p.end()
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%d readers are in %s.\n", readers, c.file)
	return nil
}

func (c *transfer) table() *subscribe.Export {
	return &subscribe.Export{Store: c.store, Pepper: c.secrets.Pepper}
}
