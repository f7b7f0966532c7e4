// Command collect is the Lambda function that visits the sources that are due, a
// few times an hour.
package main

import (
	"cmp"
	"context"
	"errors"
	"log"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	_ "time/tzdata" // the runtime of Lambda has no time zones

	"github.com/aws/aws-lambda-go/lambda" // speaks Lambda's Runtime API

	"github.com/masthead-mail/masthead/internal/aws/stack"
	"github.com/masthead-mail/masthead/internal/collect"
	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

func main() {
	s, err := stack.Open(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	contact := cmp.Or(s.BaseURL, "https://github.com/masthead-mail/masthead")
	client := &fetch.Client{Allow: loopback(s), Now: s.Now, UserAgent: "Masthead/1 (newsletter digest; +" + contact + ")"}
	f := &function{Stack: s, collector: &collect.Collector{
		Store: s.Store, Now: s.Now, Parallel: 4, // a hostile source may cost some 60 MB while it is read
		Fetch: client, Hub: client, HubBase: strings.TrimRight(s.BaseURL, "/"),
	}}
	lambda.Start(f.tick)
}

type function struct {
	*stack.Stack
	collector *collect.Collector
}

// visited is what a tick came to.
type visited struct {
	Sources     int `json:"sources"`
	Unreadable  int `json:"unreadable"`
	Warned      int `json:"warned"`
	NewArticles int `json:"newArticles"`
}

// tick adds the sources of the settings and visits all that are due. A source that
// cannot be read fails nothing: that is noted with the source, and it is tried again.
func (f *function) tick(ctx context.Context) (visited, error) {
	if err := f.addSources(ctx); err != nil {
		return visited{}, err
	}
	reports, err := f.collector.Due(ctx)
	if err != nil {
		return visited{}, err
	}
	sum := visited{Sources: len(reports)}
	for i := range reports {
		sum.NewArticles += reports[i].New
		if reports[i].Err != nil {
			sum.Unreadable++
			f.Log.WarnContext(ctx, "a source cannot be read", "source", reports[i].Source.URL, "error", reports[i].Err)
			continue
		}
		if reports[i].Source.Warning != "" {
			sum.Warned++
			f.Log.WarnContext(ctx, "a source needs a look", "source", reports[i].Source.URL, "warning", reports[i].Source.Warning)
		}
		if err := f.Adopt(ctx, &reports[i].Source); err != nil {
			return sum, err
		}
	}
	f.Log.InfoContext(ctx, "collected", "sources", sum.Sources, "unreadable", sum.Unreadable, "warned", sum.Warned, "newArticles", sum.NewArticles)
	return sum, nil
}

// addSources makes sources of the settings. One that is no address stops no other.
func (f *function) addSources(ctx context.Context) error {
	for _, given := range f.Sources {
		_, err := f.collector.Add(ctx, given)
		if errors.Is(err, newsletter.ErrInvalid) {
			f.Log.ErrorContext(ctx, "a source of MASTHEAD_SOURCES cannot be used", "error", err)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// loopback lists the configured sources that lie on this machine, and only where
// MASTHEAD_ALLOW_PRIVATE is set. It serves the tests, which run this program beside
// a sample magazine; template.yaml never sets it, and no other private address can
// be reached from the cloud at all.
func loopback(s *stack.Stack) (allowed []string) {
	for _, source := range s.Sources {
		u, err := url.Parse(source)
		if err != nil || !s.AllowPrivate {
			continue
		}
		if addr, err := netip.ParseAddr(u.Hostname()); err == nil && addr.IsLoopback() {
			allowed = append(allowed, net.JoinHostPort(u.Hostname(), u.Port()))
		}
	}
	return allowed
}
