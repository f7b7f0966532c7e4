package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/masthead-mail/masthead/internal/config"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/subscribe"
)

// readersCommand is all that an operator does with readers.
func readersCommand(ctx context.Context, args []string, getenv func(string) string, out, log io.Writer) (err error) {
	if len(args) > 0 && slices.Contains(inquiries, args[0]) {
		return inquire(ctx, args, getenv, out)
	}
	c := transfer{out: out, log: log}
	if err := c.parse(args, getenv); err != nil {
		return err
	}
	if c.remote.url != "" {
		return c.overAPI(ctx)
	}
	o, err := parse("readers", c.rest, getenv)
	if err != nil {
		return err
	}
	if c.app, err = open(ctx, o, placeholderURL); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if c.verb == "export" {
		return c.export(ctx)
	}
	return c.take(ctx)
}

// transfer is a readers command that moves a list.
type transfer struct {
	*app
	verb, file string
	dryRun     bool
	update     bool
	rejects    string
	report     string
	remote     remote
	rest       []string // flags that all commands have
	out, log   io.Writer
}

const transferUsage = "write it like: local readers import FILE [-dry-run] [-update] [-rejects FILE] [-report FILE], or: local readers export [FILE]; with -remote URL for a deployed stack; " +
	"or: local readers find, show, tag, suppress or unsuppress"

func (c *transfer) parse(args []string, getenv func(string) string) error {
	if len(args) == 0 || args[0] != "import" && args[0] != "export" {
		return mistake{errors.New(transferUsage)}
	}
	c.verb, args = args[0], args[1:]
	flags := flag.NewFlagSet("readers", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	data := flags.String("data", "", "")
	flags.StringVar(&c.remote.url, "remote", "", "")
	flags.StringVar(&c.remote.token, "token", "", "")
	if c.verb == "import" {
		flags.BoolVar(&c.dryRun, "dry-run", false, "")
		flags.BoolVar(&c.update, "update", false, "")
		flags.StringVar(&c.rejects, "rejects", "", "")
		flags.StringVar(&c.report, "report", "", "")
	}
	files, err := parseAround(flags, args)
	if errors.Is(err, flag.ErrHelp) {
		return errHelp
	} else if err != nil {
		return mistake{fmt.Errorf("readers: %w; %s", err, transferUsage)}
	}
	if len(files) > 1 || c.verb == "import" && len(files) == 0 {
		return mistake{errors.New(transferUsage)}
	}
	if len(files) == 1 {
		c.file = files[0]
	}
	if *data != "" {
		c.rest = []string{"-data", *data}
	}
	if c.remote.url == "" {
		return nil
	}
	settings, err := config.Load(getenv)
	c.remote.token = cmp.Or(c.remote.token, settings.RemoteToken)
	return errors.Join(err, c.remote.check())
}

// parseAround reads flags before, between and behind the words, which it returns.
func parseAround(flags *flag.FlagSet, args []string) (words []string, err error) {
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if args = flags.Args(); len(args) == 0 {
			return words, nil
		}
		words, args = append(words, args[0]), args[1:]
	}
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
	told, err := c.newTold()
	if err != nil {
		return err
	}
	p := newProgress(c.log)
	o := subscribe.Import{Origin: "import of " + filepath.Base(c.file), DryRun: c.dryRun, Update: c.update, Progress: p.importing, Report: told.take}
	done, err := c.subscribers.Import(ctx, file, o)
	p.end()
	if err := errors.Join(err, told.close()); err != nil {
		return err
	}
	c.tell(done)
	if c.dryRun {
		return nil
	}
	return c.subscribers.NoteTransfer(ctx, newsletter.ByCommandLine, "imported readers", fmt.Sprintf("from %s: %d rows, %d added, %d rejected", filepath.Base(c.file), done.Rows, done.Added, done.Rejected))
}

// told is where the verdicts about rows go: tables, and some to the terminal.
type told struct {
	rejects, report *lines
	log             io.Writer // nil: none to the terminal
	shown           int
}

func (c *transfer) newTold() (*told, error) {
	rejects, err := newLines(c.rejects, "line", "email", "reason")
	if err != nil {
		return nil, err
	}
	report, err := newLines(c.report, "line", "email", "verdict", "why")
	t := &told{rejects: rejects, report: report}
	if c.rejects == "" {
		t.log = c.log
	}
	return t, err
}

func (t *told) take(v subscribe.Verdict) error {
	line := strconv.Itoa(v.Line)
	if v.What == "suppressed" || v.What == "rejected" {
		v.Why = sentence(errors.New(v.Why))
		if t.shown++; t.log != nil && t.shown <= maxShown {
			fmt.Fprintf(t.log, "Line %s: %s\n", line, v.Why)
		}
		if err := t.rejects.write(line, v.Email, v.Why); err != nil {
			return err
		}
	}
	return t.report.write(line, v.Email, v.What, v.Why)
}

func (t *told) close() error {
	if t.log != nil && t.shown > maxShown {
		fmt.Fprintf(t.log, "… and %d more; -rejects FILE writes all of them into a table.\n", t.shown-maxShown)
	}
	return errors.Join(t.rejects.close(), t.report.close())
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
	if err := c.subscribers.NoteTransfer(ctx, newsletter.ByCommandLine, "exported readers", ""); err != nil {
		return err
	}
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
