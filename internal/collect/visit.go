package collect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup" // bounded concurrency without a pool of our own

	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/collect/page"
	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Due visits every source that is due. A source that is broken is in its Report and
// stops no other; the error is the store's.
func (c *Collector) Due(ctx context.Context) ([]Report, error) {
	sources, err := c.Store.Sources(ctx)
	if err != nil {
		return nil, fmt.Errorf("list sources: %w", err)
	}
	var due []string
	for _, s := range sources {
		if s.Due(c.now()) {
			due = append(due, s.ID)
		}
	}
	return c.VisitAll(ctx, due), nil
}

// VisitAll visits these sources now, due or not, several at once. The reports are in
// the order of ids.
func (c *Collector) VisitAll(ctx context.Context, ids []string) []Report {
	reports := make([]Report, len(ids))
	var group errgroup.Group
	group.SetLimit(max(c.Parallel, 0))
	if c.Parallel <= 0 {
		group.SetLimit(parallel)
	}
	for i, id := range ids {
		group.Go(func() error {
			reports[i] = c.Visit(ctx, id)
			return nil
		})
	}
	_ = group.Wait() // no visit returns an error: it is in the report
	return reports
}

// Visit visits one source now, due or not.
func (c *Collector) Visit(ctx context.Context, id string) Report {
	source, err := c.Store.Source(ctx, id)
	if err != nil {
		return Report{Source: newsletter.Source{ID: id}, Err: fmt.Errorf("source %s: %w", id, err)}
	}
	v := c.newVisit(source)
	if source.Primed && source.LastNew.IsZero() {
		v.source.LastNew = v.at // counted from now on
	}
	c.tell(Event{Source: source, Total: -1})
	asked := fetch.With(ctx, fetch.Manner{UserAgent: source.UserAgent, HTTP1: source.HTTP1})
	err = v.guarded(asked)
	v.report.Source, v.report.Err = v.conclude(ctx, err)
	return v.report
}

// visit is one visit of one source.
type visit struct {
	*Collector
	source newsletter.Source
	before newsletter.Source // as the visit found it
	at     time.Time
	report Report

	known   map[string]newsletter.Author // authors saved or loaded in this visit
	touched map[string]bool              // authors of new articles
	pages   int                          // that may still be asked for
	parts   int                          // of pages that may still be read
	looks   int                          // at pictures so far
	dead    map[string]int               // failures of hosts that could not be reached
}

func (c *Collector) newVisit(source newsletter.Source) *visit {
	return &visit{Collector: c, source: source, before: source, at: c.now(), known: map[string]newsletter.Author{}, touched: map[string]bool{}, dead: map[string]int{}, pages: maxPages, parts: maxParts}
}

// answer is what a source gave.
type answer struct {
	list        found.List
	validators  fetch.Validators
	notModified bool
	// first is the page of the only article, where it has been fetched already.
	first *page.Page
}

// guarded runs the visit. A panic is a fault of ours or of a parser, brought out by
// what a stranger wrote; it must not stop the other sources.
func (v *visit) guarded(ctx context.Context) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the program failed at what this source sent (%v); please report it", r)
		}
	}()
	return v.run(ctx)
}

func (v *visit) run(ctx context.Context) error {
	got, err := v.read(ctx)
	if err != nil {
		return err
	}
	if got.notModified {
		v.report.NotModified = true
		v.tell(Event{Source: v.source})
		return nil
	}
	v.describe(got.list)
	if err := v.take(ctx, got); err != nil {
		return err
	}
	if !got.list.Truncated && !v.report.Held {
		v.source.ETag, v.source.LastModified = got.validators.ETag, got.validators.LastModified
	}
	return nil
}

// describe notes what the source says of itself.
func (v *visit) describe(list found.List) {
	s := &v.source
	s.Title, s.Tagline = cmp.Or(list.Title, s.Title), cmp.Or(list.Tagline, s.Tagline)
	s.Offers(list.Hub, list.Self)
	s.Home, s.Language = cmp.Or(list.Home, s.Home), cmp.Or(list.Language, s.Language)
}

// conclude notes on the source how the visit went. A visit that was called off says
// nothing about the source.
func (v *visit) conclude(ctx context.Context, err error) (newsletter.Source, error) {
	if ctx.Err() != nil {
		return v.source, ctx.Err()
	}
	if err == nil {
		v.source.Succeeded(v.at)
		v.source.Check(v.at)
		v.askHub(ctx)
	} else {
		v.failed(err)
	}
	if saveErr := v.saveSource(ctx); saveErr != nil {
		return v.source, errors.Join(err, saveErr)
	}
	return v.source, err
}

func (v *visit) failed(err error) {
	var status *fetch.StatusError
	if !errors.As(err, &status) {
		v.source.Failed(v.at, err.Error(), 0)
		return
	}
	v.source.Failed(v.at, err.Error(), status.RetryAfter)
	switch status.Code {
	case http.StatusGone:
		v.source.Disabled = true
	case http.StatusNotFound, http.StatusUnauthorized, http.StatusForbidden:
		if v.source.Failures > 1 && v.source.Endpoint != v.source.URL { // it may have moved: look again next time
			v.source.Kind, v.source.Endpoint, v.source.ETag, v.source.LastModified = newsletter.SourceUnknown, "", "", ""
		}
	}
}

// saveSource saves what the visit found out. Where somebody else saved meanwhile, the
// later word counts, except for what people have changed.
func (v *visit) saveSource(ctx context.Context) error {
	for range 20 {
		err := v.Store.SaveSource(ctx, &v.source)
		if !errors.Is(err, newsletter.ErrConflict) {
			return err
		}
		stored, err := v.Store.Source(ctx, v.source.ID)
		if err != nil {
			return err
		}
		v.source.Heed(&v.before, &stored)
		v.before = stored
	}
	return fmt.Errorf("source %s is being changed by others all the time: %w", v.source.ID, newsletter.ErrConflict)
}
