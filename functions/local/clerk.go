package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/masthead-mail/masthead/internal/config"
	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/local/queue"
	"github.com/masthead-mail/masthead/internal/local/sqlite"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// clerk is a person at the command line, with the books before them. Another
// process may be sending all the while.
type clerk struct {
	*app
	wish
	out, log io.Writer
}

// operator is whoever types commands: who may use the machine may do everything.
var operator = desk.Person{Who: newsletter.ByCommandLine, Role: newsletter.RoleOperator}

// wish is what a person asks of a run.
type wish struct {
	run    string // Run.ID; empty: the one that is open
	reason string
	list   string // outcomes, as deliver.ParseOutcomes reads them, of retry just one; empty: see clerk.result
	csv    string // file for the result; "-" is the terminal
}

// control shows or steers runs.
func control(ctx context.Context, command string, args []string, getenv func(string) string, out, log io.Writer) error {
	o, asked, err := parseWish(command, args, getenv)
	if err != nil {
		return err
	}
	a, err := openBooks(ctx, o)
	if err != nil {
		return err
	}
	d := &clerk{app: a, wish: asked, out: out, log: log}
	do := map[string]func(context.Context) error{"runs": d.list, "pause": d.pause, "resume": d.goOn, "cancel": d.cancel, "result": d.result, "retry": d.retry,
		"watch": d.watch, "forecast": d.forecast}[command]
	err = do(ctx)
	if errors.Is(err, newsletter.ErrConflict) {
		err = mistake{err}
	}
	return errors.Join(err, a.close())
}

// parseWish reads the settings, the run's name, before the flags or after them, and
// the flags.
func parseWish(command string, args []string, getenv func(string) string) (config.Settings, wish, error) {
	o, err := config.Load(getenv)
	var asked wish
	if command != "runs" && len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		asked.run, args = args[0], args[1:]
	}
	flags := flag.NewFlagSet(command, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.Out, "out", o.Out, "")
	flags.StringVar(&o.Data, "data", o.Data, "")
	flags.StringVar(&o.SMTP, "smtp", o.SMTP, "")
	if command == "pause" || command == "cancel" {
		flags.StringVar(&asked.reason, "reason", "by hand", "")
	}
	if command == "retry" {
		flags.StringVar(&asked.list, "outcome", string(newsletter.OutcomeFailed), "")
	}
	if command == "result" {
		flags.StringVar(&asked.list, "outcome", "", "")
		flags.StringVar(&asked.csv, "csv", "", "")
	}
	fault := flags.Parse(args)
	if errors.Is(fault, flag.ErrHelp) {
		return o, asked, errHelp
	}
	rest := flags.Args()
	if command != "runs" && asked.run == "" && len(rest) > 0 {
		asked.run, rest = rest[0], rest[1:]
	}
	if fault == nil && len(rest) > 0 {
		fault = fmt.Errorf("%q is too much; \"local runs\" takes no run, the others take one", rest[0])
	}
	if fault != nil {
		fault = mistake{fmt.Errorf("%s: %w", command, fault)}
	}
	o.Out = cmp.Or(o.Out, filepath.Join(o.Data, "outbox"))
	return o, asked, errors.Join(err, fault)
}

// openBooks opens a data folder that is there, and changes nothing in it.
func openBooks(ctx context.Context, o config.Settings) (*app, error) {
	file := filepath.Join(o.Data, "masthead.db")
	if _, err := os.Stat(file); err != nil {
		return nil, mistake{fmt.Errorf("there is no data in %s; name the data folder of the server or the pass with -data", o.Data)}
	}
	a := &app{Settings: o, baseURL: cmp.Or(o.BaseURL, placeholderURL), queue: &queue.Queue[deliver.LaneRef]{}}
	var err error
	if a.secrets, err = loadSecrets(o.Data); err != nil {
		return nil, err
	}
	if a.store, err = sqlite.Open(ctx, file); err != nil {
		return nil, err
	}
	if err := a.equip(ctx); err != nil {
		return nil, errors.Join(err, a.store.Close())
	}
	return a, nil
}

// counts are those of the run's books as they are now.
func (d *clerk) counts(ctx context.Context, run *newsletter.Run) (newsletter.Counts, error) {
	if run.Finished() {
		return run.Counts, nil
	}
	return d.engine.Counts(ctx, run)
}

// name finds out which run is meant.
func (d *clerk) name(ctx context.Context) (string, error) {
	if d.wish.run != "" {
		_, err := d.store.Run(ctx, d.wish.run)
		if errors.Is(err, newsletter.ErrNotFound) {
			err = mistake{fmt.Errorf("there is no run %q; \"local runs\" lists the newest", d.wish.run)}
		}
		return d.wish.run, err
	}
	open, err := d.store.OpenRuns(ctx)
	switch {
	case err != nil:
		return "", err
	case len(open) == 0:
		return "", mistake{errors.New("no run is open; \"local runs\" lists the newest, name one of them")}
	case len(open) > 1:
		return "", mistake{fmt.Errorf("%d runs are open, name one of them: %s", len(open), runNames(open))}
	}
	return open[0].ID, nil
}

func runNames(runs []newsletter.Run) string {
	var names []string
	for i := range runs {
		names = append(names, runs[i].ID)
	}
	return strings.Join(names, ", ")
}
