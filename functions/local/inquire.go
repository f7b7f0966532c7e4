package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/subscribe"
)

// inquiries are the readers commands that look at readers, or change one.
var inquiries = []string{"find", "show", "tag", "suppress", "unsuppress"}

const inquireUsage = "write it like: local readers find [BEGINNING OF AN ADDRESS] [-status STATUS] [-tag TAG] [-schedule ID] [-language CODE], local readers show ADDRESS, " +
	"local readers tag ADDRESS [-add TAG] [-remove TAG], local readers suppress ADDRESS -reason TEXT [-as bounced], local readers unsuppress ADDRESS -reason TEXT"

// inquiry is such a command.
type inquiry struct {
	*app
	verb, name  string
	search      newsletter.Search
	add, remove []string
	reason, as  string
	out         io.Writer
}

func inquire(ctx context.Context, args []string, getenv func(string) string, out io.Writer) (err error) {
	q := inquiry{verb: args[0], out: out}
	rest, err := q.parse(args[1:])
	if err != nil {
		return err
	}
	o, err := parse("readers", rest, getenv)
	if err != nil {
		return err
	}
	if q.app, err = open(ctx, o, placeholderURL); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.close()) }()
	return q.run(ctx)
}

func (q *inquiry) parse(args []string) (rest []string, err error) {
	flags := flag.NewFlagSet("readers", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	data := flags.String("data", "", "")
	switch q.verb {
	case "find":
		flags.StringVar((*string)(&q.search.Status), "status", "", "")
		flags.StringVar(&q.search.Tag, "tag", "", "")
		flags.StringVar(&q.search.Schedule, "schedule", "", "")
		flags.StringVar(&q.search.Language, "language", "", "")
		flags.IntVar(&q.search.Limit, "limit", 50, "")
	case "tag":
		flags.Func("add", "", collectWords(&q.add))
		flags.Func("remove", "", collectWords(&q.remove))
	case "suppress", "unsuppress":
		flags.StringVar(&q.reason, "reason", "", "")
		flags.StringVar(&q.as, "as", string(newsletter.Unsubscribed), "")
	}
	words, err := parseAround(flags, args)
	if errors.Is(err, flag.ErrHelp) {
		return nil, errHelp
	}
	if err != nil {
		return nil, mistake{fmt.Errorf("readers %s: %w; %s", q.verb, err, inquireUsage)}
	}
	if len(words) > 1 || len(words) == 0 && q.verb != "find" || q.verb == "tag" && len(q.add)+len(q.remove) == 0 {
		return nil, mistake{errors.New(inquireUsage)}
	}
	if len(words) == 1 {
		q.name = words[0]
	}
	if *data != "" {
		rest = []string{"-data", *data}
	}
	return rest, nil
}

func (q *inquiry) run(ctx context.Context) (err error) {
	var d subscribe.Dossier
	who := newsletter.ByCommandLine
	switch q.verb {
	case "find":
		return q.find(ctx)
	case "tag":
		d, err = q.subscribers.Tag(ctx, who, q.name, q.add, q.remove)
	case "suppress":
		d, err = q.subscribers.Suppress(ctx, who, q.name, newsletter.Status(q.as), q.reason)
	case "unsuppress":
		d, err = q.subscribers.Unsuppress(ctx, who, q.name, q.reason)
	default:
		d, err = q.subscribers.Reader(ctx, q.name)
	}
	if errors.Is(err, newsletter.ErrNotFound) {
		return mistake{fmt.Errorf("nobody is on record as %s, and nothing stands against it", q.name)}
	}
	if err != nil {
		return err
	}
	return q.show(&d)
}

// find lists readers, as many as are asked for.
func (q *inquiry) find(ctx context.Context) error {
	q.search.Address = q.name
	limit := q.search.Limit
	table := tabwriter.NewWriter(q.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ADDRESS\tSTATUS\tSINCE\tTAGS\tNAME")
	found := 0
	for {
		page, after, err := q.subscribers.Find(ctx, q.search)
		if err != nil {
			return err
		}
		for i := range page {
			s := &page[i]
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", s.Address, s.Status, s.ChangedAt.Local().Format(time.DateOnly), strings.Join(s.Tags, ", "), oneLine(s.Name))
		}
		found += len(page)
		q.search.After, q.search.Limit = after, limit-found
		if after == "" || found >= limit {
			break
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	switch {
	case found == 0:
		fmt.Fprintln(q.out, "Nobody.")
	case q.search.After != "":
		fmt.Fprintln(q.out, "There are more; -limit N shows them.")
	}
	return nil
}

// show is all that is known of one.
func (q *inquiry) show(d *subscribe.Dossier) error {
	table := tabwriter.NewWriter(q.out, 0, 0, 2, ' ', 0)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(table, "%s\t%s\n", name, oneLine(value))
		}
	}
	line("id", d.ID.String())
	line("address", string(d.Address))
	line("name", d.Name)
	line("status", string(d.Status))
	line("since", moment(d.ChangedAt))
	line("confirmed", moment(d.ConfirmedAt))
	if d.Address != "" {
		line("consent", strings.TrimSpace(strings.Join([]string{moment(d.Consent.At), d.Consent.Origin, d.Consent.Wording}, " ")))
	}
	line("tags", strings.Join(d.Tags, ", "))
	line("schedules", strings.Join(d.Schedules, ", "))
	line("topics", strings.Join(d.Topics, ", "))
	line("language", d.Language)
	line("paused until", moment(d.PausedUntil))
	line("left because", string(d.LeaveReason))
	if n := len(d.Soft.Since); n > 0 {
		line("came back for now", fmt.Sprintf("%d times, the last on %s", n, moment(d.Soft.Since[n-1].At)))
	}
	if d.Suppression.Reason != "" {
		line("not mailed, as", strings.TrimSpace(fmt.Sprintf("%s on %s: %s", d.Suppression.Reason, moment(d.Suppression.At), d.Suppression.Detail)))
	}
	return table.Flush()
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04")
}
