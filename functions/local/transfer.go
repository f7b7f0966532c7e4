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
	rejects    string
	rest       []string // flags that all commands have
	out, log   io.Writer
}

func (c *transfer) parse(args []string) error {
	const usage = "write it like: local readers import FILE [-dry-run] [-rejects FILE], or: local readers export [FILE]"
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
		flags.StringVar(&c.rejects, "rejects", "", "")
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
	table, err := newRejects(c.rejects)
	if err != nil {
		return err
	}
	p := newProgress(c.log)
	shown := 0
	done, err := c.subscribers.Import(ctx, file, subscribe.Import{Origin: "import of " + filepath.Base(c.file), DryRun: c.dryRun,
		Progress: func(i subscribe.Imported) { p.step("Importing", i.Rows, 0) },
		Reject: func(r subscribe.Rejected) error {
			if shown++; c.rejects == "" && shown <= maxShown {
				fmt.Fprintf(c.log, "Line %d: %s\n", r.Line, sentence(r.Why))
			}
			return table.write(r)
		}})
	p.end()
	if err := errors.Join(err, table.close()); err != nil {
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
	if c.rejects != "" && i.Rejected > 0 {
		fmt.Fprintf(c.out, "Why, line by line, is in %s.\n", c.rejects)
	}
}

// rejects is the table of rows that were not taken, for its owner's eyes only.
type rejects struct {
	file  *os.File
	table *csv.Writer
}

func newRejects(name string) (*rejects, error) {
	if name == "" {
		return &rejects{}, nil
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, mistake{fmt.Errorf("the table of rejected rows cannot be written: %w", err)}
	}
	r := &rejects{file, csv.NewWriter(file)}
	return r, r.table.Write([]string{"line", "email", "reason"})
}

func (r *rejects) write(row subscribe.Rejected) error {
	if r.table == nil {
		return nil
	}
	return r.table.Write([]string{strconv.Itoa(row.Line), subscribe.Guarded(row.Email), subscribe.Guarded(sentence(row.Why))})
}

func (r *rejects) close() error {
	if r.table == nil {
		return nil
	}
	r.table.Flush()
	return errors.Join(r.table.Error(), r.file.Close())
}

// export writes all readers to a file that only its owner reads, or to out.
func (c *transfer) export(ctx context.Context) error {
	if c.file == "" || c.file == "-" {
		_, err := subscribe.Export(ctx, c.store, c.out, nil)
		return err
	}
	file, err := os.OpenFile(c.file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return mistake{fmt.Errorf("the file cannot be written: %w", err)}
	}
	p := newProgress(c.log)
	readers, err := subscribe.Export(ctx, c.store, file, func(n int) { p.step("Exporting", n, 0) })
	p.end()
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%d readers are in %s.\n", readers, c.file)
	return nil
}
