package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/collect"
	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/local/magazine"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// site is what an app collects from.
type site struct {
	sources []string // Source.ID
	sample  *server  // the sample magazine, where nothing else is there
	refused []error  // addresses that are none, and sources that are switched off
}

func (s *site) close() {
	if s.sample != nil {
		s.sample.stop()
	}
}

// chooseSite takes the given sources, else those stored earlier, else the sample
// magazine, and readies the collector.
func (a *app) chooseSite(ctx context.Context) (*site, error) {
	stored, known, err := a.knownSources(ctx)
	if err != nil {
		return nil, err
	}
	s := &site{}
	if len(a.Sources) == 0 && len(stored) == 0 {
		return s, a.useSample(ctx, s)
	}
	a.collectWith(append(known, a.Sources...))
	for _, given := range a.Sources {
		source, err := a.collector.Add(ctx, given)
		if errors.Is(err, newsletter.ErrInvalid) {
			s.refused = append(s.refused, err)
			continue
		} else if err != nil {
			return s, err
		}
		if source.Disabled {
			s.refused = append(s.refused, fmt.Errorf("%s is switched off and is not visited; \"local sources -on %s\" switches it on", source.URL, source.URL))
			continue
		}
		s.sources = append(s.sources, source.ID)
	}
	if len(a.Sources) == 0 {
		for i := range stored {
			if !stored[i].Disabled {
				s.sources = append(s.sources, stored[i].ID)
			}
		}
	}
	return s, nil
}

// knownSources are the stored sources but the sample.
func (a *app) knownSources(ctx context.Context) (known []newsletter.Source, links []string, err error) {
	stored, err := a.store.Sources(ctx)
	for i := range stored {
		if stored[i].ID != newsletter.SourceID(magazine.Home) {
			known, links = append(known, stored[i]), append(links, stored[i].URL)
		}
	}
	return known, links, err
}

// reachSources readies the collector for what is known, without a visit: preflight looks
// at the links of these sites, those of the sample magazine too where it is served.
func (a *app) reachSources(ctx context.Context) error {
	_, links, err := a.knownSources(ctx)
	if err != nil {
		return err
	}
	a.collectWith(append(links, a.Sources...))
	return nil
}

func (a *app) useSample(ctx context.Context, s *site) error {
	var err error
	if s.sample, err = startSample(ctx, time.Now()); err != nil {
		return err
	}
	source, err := a.addSample(ctx, s.sample.addr)
	s.sources = []string{source.ID}
	a.collector = a.newCollector(s.sample.addr)
	return err
}

// collectWith readies the collector for these sources.
func (a *app) collectWith(links []string) {
	var allowed []string
	for _, link := range links {
		if pair, ok := hostPort(link); ok && a.AllowPrivate {
			allowed = append(allowed, pair)
		}
	}
	a.collector = a.newCollector(allowed...)
}

// atOnce is how many sources are visited at the same time: most of a visit is waiting.
const atOnce = 64

// userAgent names us, and where whoever is asked finds out more.
func (a *app) userAgent() string {
	return "Masthead/1 (newsletter digest; +" + cmp.Or(a.BaseURL, "https://github.com/masthead-mail/masthead") + ")"
}

func (a *app) newCollector(allowed ...string) *collect.Collector {
	client := &fetch.Client{Allow: allowed, UserAgent: a.userAgent(), Now: time.Now}
	a.composer.Pages = client
	c := &collect.Collector{Store: a.store, Fetch: client, Now: time.Now, Parallel: atOnce, Hub: client, HubBase: strings.TrimRight(a.BaseURL, "/")}
	a.office.Collect = c
	return c
}

// hostPort is the host:port of a source as fetch.Client.Allow wants it.
func hostPort(source string) (string, bool) {
	u, err := url.Parse(source)
	if err != nil || u.Hostname() == "" {
		return "", false
	}
	port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	return net.JoinHostPort(u.Hostname(), port), port != ""
}

// adoptFirst lets the publication take what it lacks from the first source that
// answered.
func (a *app) adoptFirst(ctx context.Context, reports []collect.Report) error {
	for i := range reports {
		if reports[i].Err == nil {
			return a.adopt(ctx, &reports[i].Source)
		}
	}
	return nil
}

// unreadable joins the faults of the sources, each with its name; all tells
// whether no source could be read.
func unreadable(reports []collect.Report) (faults []error, all bool) {
	for _, r := range reports {
		if r.Err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", r.Source.URL, r.Err))
		}
	}
	return faults, len(faults) == len(reports)
}
