package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/masthead-mail/masthead/internal/config"
	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// sourceWish is what a person asks of the sources.
type sourceWish struct {
	release, on, off, set, userAgent string
	http1                            bool
}

// sourcesCommand lists the sources with their health, releases one that is held, switches
// one on or off, or changes how one is asked. The rules are the desk's.
func sourcesCommand(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	o, err := config.Load(getenv)
	var wish sourceWish
	flags := flag.NewFlagSet("sources", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.Data, "data", o.Data, "")
	flags.StringVar(&wish.release, "release", "", "")
	flags.StringVar(&wish.on, "on", "", "")
	flags.StringVar(&wish.off, "off", "", "")
	flags.StringVar(&wish.set, "set", "", "")
	flags.StringVar(&wish.userAgent, "user-agent", "", "")
	flags.BoolVar(&wish.http1, "http1", false, "")
	fault := flags.Parse(args)
	switch {
	case errors.Is(fault, flag.ErrHelp):
		return errHelp
	case fault == nil && flags.NArg() > 0:
		fault = fmt.Errorf("%q is too much", flags.Arg(0))
	}
	if fault != nil {
		err = errors.Join(err, mistake{fmt.Errorf("sources: %w", fault)})
	}
	if err != nil {
		return err
	}
	a, err := openBooks(ctx, o)
	if err != nil {
		return err
	}
	return errors.Join(a.sourcesAs(ctx, wish, out), a.close())
}

func (a *app) sourcesAs(ctx context.Context, wish sourceWish, out io.Writer) error {
	me := desk.Person{Who: newsletter.ByCommandLine, Role: newsletter.RoleOperator}
	for _, step := range []struct {
		link string
		do   func(id string) error
	}{
		{wish.release, func(id string) error { _, err := a.office.ReleaseSource(ctx, me, id); return err }},
		{wish.off, func(id string) error { _, err := a.office.SwitchSource(ctx, me, id, false); return err }},
		{wish.on, func(id string) error { _, err := a.office.SwitchSource(ctx, me, id, true); return err }},
		{wish.set, func(id string) error { return a.setManner(ctx, me, id, wish) }},
	} {
		if step.link == "" {
			continue
		}
		err := step.do(newsletter.SourceID(step.link))
		if errors.Is(err, newsletter.ErrNotFound) {
			return mistake{fmt.Errorf("%s is no source yet; \"local sources\" lists them, and \"local collect -source %s\" adds it", step.link, step.link)}
		} else if err != nil {
			return err
		}
	}
	return a.listSources(ctx, out)
}

func (a *app) setManner(ctx context.Context, me desk.Person, id string, wish sourceWish) error {
	source, err := a.store.Source(ctx, id)
	if err != nil {
		return err
	}
	_, err = a.office.ChangeSource(ctx, me, id, source.Rev, desk.SourceWish{Off: source.Disabled, UserAgent: wish.userAgent, HTTP1: wish.http1})
	return err
}

func (a *app) listSources(ctx context.Context, out io.Writer) error {
	list, err := a.store.Sources(ctx)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		fmt.Fprintln(out, "There is no source yet.")
		return nil
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SOURCE\tREAD AS\tLAST GOOD\tHEALTH")
	for i := range list {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", list[i].URL, cmp.Or(string(list[i].Kind), "-"), clock(list[i].LastGood), oneLine(list[i].Health(time.Now())))
	}
	return table.Flush()
}
