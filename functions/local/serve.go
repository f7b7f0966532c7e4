package main

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net"
	"sync"
	"time"

	"github.com/masthead-mail/masthead/internal/compose"
	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// How often the server looks after things. On AWS the same stages are called by
// EventBridge Scheduler, less often.
const (
	tickEvery    = 20 * time.Second // due schedules
	collectEvery = time.Minute      // due sources
	sweepEvery   = 2 * time.Second  // open runs
	watchEvery   = 10 * time.Minute // what a person should look at
	bounceEvery  = 5 * time.Minute  // the mailbox for bounces
)

// serve runs every stage in this process and the pages, until it is stopped.
func serve(ctx context.Context, args []string, getenv func(string) string, out, log io.Writer) error {
	o, err := parse("serve", args, getenv)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, o.Listen)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	home := "http://" + listener.Addr().String()
	a, err := open(ctx, o, home)
	if err != nil {
		return err
	}
	err = (&host{app: a, out: out, log: log, home: home}).run(ctx, listener)
	return errors.Join(err, a.close())
}

// host is a running server.
type host struct {
	*app
	out, log io.Writer
	home     string
	pages    *template.Template // of the workbench; nil where it is not shown

	mu    sync.Mutex
	doing string // what the first pass is at; empty once it is through
}

func (h *host) run(ctx context.Context, listener net.Listener) error {
	site, err := h.chooseSite(ctx)
	if site != nil {
		defer site.close()
	}
	if err != nil {
		return err
	}
	for _, err := range site.refused {
		fmt.Fprintln(h.log, sentence(err))
	}
	if h.SMTP == "" {
		if err := h.sampleReader(ctx); err != nil {
			return err
		}
	}
	handler, err := h.handler()
	if err != nil {
		return err
	}
	defer serveOn(listener, handler).stop()
	fmt.Fprintf(h.out, "Masthead is at %s (Ctrl-C stops it).\n", h.home)
	if !h.private() {
		fmt.Fprintf(h.out, "It has a public address, %s: readers' pages are served, the workbench and the outbox are not.\n", h.baseURL)
	}
	if err := h.welcome(ctx); err != nil {
		return err
	}
	if site.sample != nil {
		fmt.Fprintf(h.out, "No source is set: the sample magazine at http://%s is collected.\n", site.sample.addr)
	}
	return h.work(ctx, site)
}

// work makes the first pass and then keeps all clocks going until ctx ends. Being
// stopped is no error.
func (h *host) work(ctx context.Context, site *site) error {
	var group sync.WaitGroup
	group.Go(func() { h.queue.Work(ctx, h.Workers, h.walk) })
	if err := h.firstPass(ctx, site); err != nil && ctx.Err() == nil {
		fmt.Fprintln(h.log, sentence(err))
	}
	fmt.Fprintln(h.out, "Ready: sources, schedules and runs are looked after from now on.")
	group.Go(func() { h.every(ctx, sweepEvery, h.engine.Sweep) })
	group.Go(func() { h.every(ctx, tickEvery, h.tick) })
	group.Go(func() { h.every(ctx, hooksEvery, h.callHooks) })
	group.Go(func() { h.every(ctx, watchEvery, h.watch) })
	group.Go(func() { h.every(ctx, collectEvery, h.collectDue) })
	if h.BounceBox != "" {
		group.Go(func() { h.every(ctx, bounceEvery, h.takeBounces) })
	}
	group.Wait()
	return nil
}

// firstPass shows a newcomer a digest at once. Where mail would leave the
// machine, or an issue is there already, it only collects.
func (h *host) firstPass(ctx context.Context, site *site) error {
	defer h.now("")
	h.now("Collecting")
	if err := h.resume(ctx); err != nil {
		return err
	}
	p := newProgress(h.log)
	h.collector.Progress = p.collecting
	reports := h.collector.VisitAll(ctx, site.sources)
	p.end()
	h.collector.Progress = nil
	faults, _ := unreadable(reports)
	for _, err := range faults {
		fmt.Fprintln(h.log, sentence(err))
	}
	if err := h.adoptFirst(ctx, reports); err != nil {
		return err
	}
	issues, err := h.store.Issues(ctx, 1)
	if err != nil || len(issues) > 0 || h.SMTP != "" {
		return err
	}
	h.now("Composing and sending to the outbox")
	return h.sendNow(ctx)
}

func (h *host) sendNow(ctx context.Context) error {
	run, err := h.composer.SendNow(ctx, h.schedule)
	if errors.Is(err, compose.ErrNothingNew) {
		fmt.Fprintln(h.out, "There are no new articles yet: nobody is mailed.")
		return nil
	}
	if err != nil {
		return err
	}
	return h.announce(ctx, run.Issue)
}

// announce writes the issue's readable copies and says where it is.
func (h *host) announce(ctx context.Context, issue string) error {
	mail, err := h.store.Mail(ctx, issue, "")
	if err != nil {
		return err
	}
	if _, err := h.outbox.WriteIssue(&mail); err != nil {
		return err
	}
	fmt.Fprintf(h.out, "Issue %s is on its way: %s%s%s\n", issue, h.home, newsletter.IssuePath, issue)
	return nil
}

func (h *host) walk(ctx context.Context, ref deliver.LaneRef) {
	if err := h.engine.Walk(ctx, ref); err != nil && ctx.Err() == nil {
		fmt.Fprintln(h.log, sentence(err))
	}
}

func (h *host) tick(ctx context.Context) error {
	fired, err := h.composer.Tick(ctx)
	for _, f := range fired {
		switch {
		case f.Skipped != "":
			fmt.Fprintf(h.out, "Schedule %s of %s: nothing is mailed; %s.\n", f.Schedule, f.At.Format(time.RFC3339), f.Skipped)
			err = errors.Join(err, h.teller().Missed(ctx, f.Schedule, f.At, f.Skipped))
		case f.Early:
			fmt.Fprintf(h.out, "Schedule %s of %s: issue %s went out before its time.\n", f.Schedule, f.At.Format(time.RFC3339), f.Issue)
		case f.Run != "":
			err = errors.Join(err, h.announce(ctx, f.Issue))
		default:
			fmt.Fprintf(h.out, "Issue %s is drafted and waits for an editor.\n", f.Issue)
		}
	}
	return errors.Join(err, h.teller().Drafts(ctx))
}

// watch says what a person should look at: runs that stand still, and schedules that
// nobody acts on.
func (h *host) watch(ctx context.Context) error {
	stuck, err := h.engine.Stuck(ctx)
	if err != nil {
		return err
	}
	for i := range stuck {
		fmt.Fprintln(h.log, sentence(errors.New(stuck[i].Words(time.Now()))))
	}
	schedules, err := h.store.Schedules(ctx)
	for i := range schedules {
		if fire, overdue := schedules[i].Overdue(time.Now()); overdue {
			fmt.Fprintf(h.log, "Schedule %s was due at %s, and no issue has come of it yet; see the lines above.\n", schedules[i].ID, fire.Local().Format("2006-01-02 15:04"))
		}
	}
	return err
}

func (h *host) takeBounces(ctx context.Context) error {
	counts, err := h.readBounces(ctx)
	if len(counts) > 0 {
		fmt.Fprintln(h.out, bouncesSaid(counts))
	}
	return err
}

func (h *host) collectDue(ctx context.Context) error {
	_, err := h.collector.Due(ctx) // a source's own fault is kept with the source
	return err
}

// every calls do until ctx ends. What fails is told and tried again next time.
func (h *host) every(ctx context.Context, pause time.Duration, do func(context.Context) error) {
	for sleep(ctx, pause) == nil {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			fmt.Fprintln(h.log, sentence(err))
		}
	}
}

// now notes what the first pass is at, for the page.
func (h *host) now(doing string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.doing = doing
}

func (h *host) at() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.doing
}
