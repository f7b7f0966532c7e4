package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/masthead-mail/masthead/internal/collect"
	"github.com/masthead-mail/masthead/internal/compose"
	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// placeholderURL is where the links of a one-pass digest lead while no public
// address is set (RFC 2606 keeps it free). Nobody serves it.
const placeholderURL = "https://news.example.org"

// digest makes one pass: collect, compose, deliver, and say what came of it.
func digest(ctx context.Context, args []string, getenv func(string) string, out, log io.Writer) error {
	return makePass(ctx, "digest", args, getenv, out, log, (*pass).run)
}

// collectOnly visits the sources and says what came of it.
func collectOnly(ctx context.Context, args []string, getenv func(string) string, out, log io.Writer) error {
	return makePass(ctx, "collect", args, getenv, out, log, func(p *pass, ctx context.Context) error {
		if err := p.collect(ctx); err != nil {
			return err
		}
		return p.summary(ctx)
	})
}

func makePass(ctx context.Context, command string, args []string, getenv func(string) string, out, log io.Writer,
	do func(*pass, context.Context) error) error {
	o, err := parse(command, args, getenv)
	if err != nil {
		return err
	}
	a, err := open(ctx, o, placeholderURL)
	if err != nil {
		return err
	}
	p := &pass{app: a, progress: newProgress(log), out: out, log: log}
	err = do(p, ctx)
	p.progress.end()
	return errors.Join(err, a.close())
}

// pass is one pass and what came of it.
type pass struct {
	*app
	progress *progress
	out, log io.Writer

	reports []collect.Report
	runs    []string // every Run this pass worked on
	waiting string   // why no new issue was made
	trouble error    // what the mailer says about the whole Run
}

func (p *pass) run(ctx context.Context) error {
	if err := p.addReaders(ctx); err != nil {
		return err
	}
	if err := p.collect(ctx); err != nil {
		return err
	}
	if err := p.takeUp(ctx); err != nil {
		return err
	}
	if err := p.compose(ctx); err != nil {
		return err
	}
	if err := p.send(ctx); err != nil {
		return err
	}
	if err := p.callHooks(ctx); err != nil {
		fmt.Fprintln(p.log, sentence(err)) // the mails are out; the next pass calls again
	}
	return p.summary(ctx)
}

// addReaders subscribes those who were named. A bad address stops nobody else.
func (p *pass) addReaders(ctx context.Context) error {
	_, rejected, err := p.subscribers.Add(ctx, p.Readers, "command line")
	if err != nil {
		return err
	}
	for _, err := range rejected {
		fmt.Fprintln(p.log, sentence(err))
	}
	if len(p.Readers) > 0 && len(rejected) == len(p.Readers) {
		return mistake{errors.New("none of the readers can be mailed; -to wants an address like ada@example.org")}
	}
	return p.sampleReader(ctx)
}

// collect visits the sources. A broken one stops no other.
func (p *pass) collect(ctx context.Context) error {
	site, err := p.chooseSite(ctx)
	if site != nil {
		defer site.close()
	}
	if err != nil {
		return err
	}
	return p.visit(ctx, site)
}

// visit collects from a site that was chosen.
func (p *pass) visit(ctx context.Context, site *site) error {
	for _, err := range site.refused {
		fmt.Fprintln(p.log, sentence(err))
	}
	if len(site.sources) == 0 {
		return mistake{errors.New("there is nothing to collect from; -source wants an address like https://magazine.example.org/")}
	}
	p.collector.Progress = p.progress.collecting
	p.reports = p.collector.VisitAll(ctx, site.sources)
	p.progress.end()
	faults, _ := unreadable(p.reports)
	for _, err := range faults {
		fmt.Fprintln(p.log, sentence(err))
	}
	return errors.Join(ctx.Err(), p.adoptFirst(ctx, p.reports))
}

// takeUp resumes the runs that an earlier pass left unfinished. What a person has
// paused stays so.
func (p *pass) takeUp(ctx context.Context) error {
	if err := p.composer.Recover(ctx); err != nil {
		return err
	}
	open, err := p.store.OpenRuns(ctx)
	if err != nil {
		return err
	}
	for i := range open {
		if open[i].Held {
			fmt.Fprintf(p.log, "Issue %s stays paused: %s\n\"local resume %s\" lets it go on.\n", open[i].Issue, open[i].Reason, open[i].ID)
			continue
		}
		p.runs = append(p.runs, open[i].ID)
		fmt.Fprintf(p.log, "Issue %s was not finished; going on with it.\n", open[i].Issue)
	}
	return p.resume(ctx)
}

func (p *pass) compose(ctx context.Context) error {
	run, err := p.composer.SendNow(ctx, p.schedule)
	if errors.Is(err, compose.ErrNothingNew) {
		p.waiting = "Nothing new since the last issue: nobody is mailed."
		return nil
	}
	if err != nil {
		return err
	}
	p.runs = append(p.runs, run.ID)
	return nil
}

// writeIssues writes what anybody may read of the issues under way.
func (p *pass) writeIssues(ctx context.Context) error {
	for _, id := range p.runs {
		run, err := p.store.Run(ctx, id)
		if err != nil {
			return err
		}
		mail, err := p.store.Mail(ctx, run.Issue, "")
		if err != nil {
			return err
		}
		if _, err := p.outbox.WriteIssue(&mail); err != nil {
			return err
		}
	}
	return nil
}

// foresee says what is ahead, and returns how many readers the runs mail.
func (p *pass) foresee(ctx context.Context) (readers int, err error) {
	for _, id := range p.runs {
		run, err := p.store.Run(ctx, id)
		if err != nil {
			return 0, err
		}
		readers += run.Readers
	}
	if forecast, err := p.engine.Reckon(ctx, readers); err == nil && forecast.PerSecond > 0 { // else it is over in a moment
		p.progress.say("Sending to " + deliver.Words(forecast))
	}
	return readers, nil
}

// send works until every run has ended or halts.
func (p *pass) send(ctx context.Context) error {
	if len(p.runs) == 0 {
		return nil
	}
	if err := p.writeIssues(ctx); err != nil {
		return err
	}
	readers, err := p.foresee(ctx)
	if err != nil {
		return err
	}
	p.engine.Progress = p.progress.sending(readers)
	p.engine.Trouble = func(err error) {
		p.trouble = err
		p.unavailable.Store(errors.Is(err, newsletter.ErrUnavailable))
	}
	err = p.drain(ctx)
	p.progress.end()
	return err
}
