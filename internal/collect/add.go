package collect

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Add makes a Source of an address as people write it: of a feed, a home page or an
// article, with or without https://. Adding it again gives the Source that is there.
// Nothing is fetched yet. What is no address gives newsletter.ErrInvalid.
func (c *Collector) Add(ctx context.Context, address string) (newsletter.Source, error) {
	link, err := normalise(address)
	if err != nil {
		return newsletter.Source{}, err
	}
	source := newsletter.NewSource(link)
	switch err := c.Store.SaveSource(ctx, &source); {
	case errors.Is(err, newsletter.ErrConflict):
		return c.Store.Source(ctx, source.ID)
	case err != nil:
		return newsletter.Source{}, fmt.Errorf("add source %s: %w", link, err)
	}
	return source, nil
}

// normalise turns what people type into an absolute URL.
func normalise(address string) (string, error) {
	link := strings.TrimSpace(address)
	for _, prefix := range []string{"feed://", "feed:", "rss://"} {
		link = strings.TrimPrefix(link, prefix)
	}
	if !strings.Contains(link, "://") {
		link = scheme(link) + link
	}
	u, err := url.Parse(link)
	if err != nil || strings.ContainsAny(link, " \t\r\n<>\"") {
		return "", invalid(address, "it is no web address")
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return "", invalid(address, "only http and https can be collected from")
	case u.User != nil:
		return "", invalid(address, "it must not hold a user name or password")
	case !plausibleHost(u.Hostname()):
		return "", invalid(address, "it names no site")
	}
	u.Fragment = ""
	return u.String(), nil
}

func invalid(address, why string) error {
	return &newsletter.Fault{Field: "address", Text: fmt.Sprintf("%q cannot be a source: %s; a right address looks like https://example.org or https://example.org/feed/", address, why)}
}

// scheme is what an address without one means: https, except on this machine.
func scheme(address string) string {
	host, _, _ := strings.Cut(address, "/")
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if addr, err := netip.ParseAddr(host); host == "localhost" || err == nil && addr.IsLoopback() {
		return "http://"
	}
	return "https://"
}

func plausibleHost(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil || host == "localhost" || strings.Contains(strings.Trim(host, "."), ".") && !strings.Contains(host, "..")
}
