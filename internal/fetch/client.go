// Package fetch is the only way out of the program over HTTP: collecting, adding a
// source, following a link. It reads strangers' servers on behalf of people who do
// not know them, so it connects to the public internet only, reads no more than it
// must, waits no longer than it must, and is polite: one request at a time to a
// host, conditional requests, an honest name.
//
// It keeps no cookies, follows no proxy setting, retries nothing and knows nothing
// about feeds or pages.
package fetch

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// What a Client does where its fields are zero.
const (
	DefaultTimeout   = 15 * time.Second
	DefaultMaxBytes  = 5 << 20
	DefaultUserAgent = "Masthead/1 (+https://github.com/masthead-mail/masthead; newsletter digest)"
)

const (
	connectTimeout = 10 * time.Second
	maxRedirects   = 5
	accept         = "application/rss+xml, application/atom+xml, application/feed+json, application/json;q=0.9, " +
		"application/xml;q=0.9, text/html;q=0.8, */*;q=0.5"
)

// Client fetches. Its zero value works; it may be used by several goroutines and
// must not be copied or changed after its first use.
type Client struct {
	// Allow lists each "host:port" (HostPort of a source's URL) that may lie in a
	// private network.
	// Link-local addresses, and with them the metadata services of clouds, stay
	// forbidden.
	Allow []string
	// Loopback allows, on a laptop, every address that names this machine itself
	// (127.0.0.1, [::1], localhost): for a client of its own, which goes only where an
	// operator has typed. A name elsewhere that leads here stays forbidden.
	Loopback  bool
	UserAgent string
	Timeout   time.Duration // for each request, body included
	MaxBytes  int64         // of an answer, as sent and decoded
	Now       func() time.Time

	once  sync.Once
	wire  *http.Transport
	old   *http.Transport // HTTP/1.1 only
	hosts hosts
}

// Validators let a server answer "not modified" (RFC 9110, 8.8). They are sent back
// verbatim as they came.
type Validators struct{ ETag, LastModified string }

// Response is a good answer.
type Response struct {
	URL         string // that answered, after redirects
	Permanent   string // use this URL from now on; empty where nothing moved for good
	NotModified bool   // as the Validators say; Body is empty then
	Header      http.Header
	Body        []byte // decoded
	Validators  Validators

	status int // of a redirect
}

// Get fetches link. v may be zero. Its errors are ErrForbidden and ErrTooLarge inside
// a *Failure, a *StatusError, any other *Failure, or the context's own.
func (c *Client) Get(ctx context.Context, link string, v Validators) (*Response, error) {
	c.once.Do(c.start)
	permanent, moved := true, ""
	for range maxRedirects + 1 {
		target, err := parse(link)
		if err != nil {
			return nil, err
		}
		resp, next, err := c.hop(ctx, target, v)
		if err != nil {
			return nil, err
		}
		if next == "" {
			resp.Permanent = moved
			return resp, nil
		}
		if permanent = permanent && forGood(resp); permanent {
			moved = next
		}
		link = next
	}
	return nil, failure(errors.New("too many redirects"), "%s redirects more than %d times, perhaps in a circle", link, maxRedirects)
}

// HostPort is how link's host is written in Client.Allow. ErrForbidden: it is no web
// address.
func HostPort(link string) (string, error) {
	target, err := parse(link)
	if err != nil {
		return "", err
	}
	if target.Port() != "" {
		return target.Host, nil
	}
	port := "80"
	if target.Scheme == "https" {
		port = "443"
	}
	return net.JoinHostPort(target.Hostname(), port), nil
}

// forGood tells whether a redirect replaces the old address for ever.
func forGood(resp *Response) bool {
	return resp.status == http.StatusMovedPermanently || resp.status == http.StatusPermanentRedirect
}

// parse refuses what is no web address.
func parse(link string) (*url.URL, error) {
	target, err := url.Parse(strings.TrimSpace(link))
	if err != nil || target.Hostname() == "" {
		return nil, failure(ErrForbidden, "%q is not a web address; a right one looks like https://example.org/feed/", link)
	}
	if target.Scheme != "http" && target.Scheme != "https" {
		return nil, failure(ErrForbidden, "%q cannot be fetched: only http and https addresses are", link)
	}
	target.Fragment = ""
	return target, nil
}

// hop sends one request. Where the answer redirects, next is where to.
func (c *Client) hop(ctx context.Context, target *url.URL, v Validators) (_ *Response, next string, err error) {
	leave, err := c.hosts.enter(ctx, target.Host)
	if err != nil {
		return nil, "", err
	}
	defer leave()
	limited, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	request, err := c.request(limited, target, v)
	if err != nil {
		return nil, "", failure(ErrForbidden, "%q is not a web address", target)
	}
	resp, err := c.send(request) // not an http.Client: redirects are judged here, one by one
	if err != nil {
		return nil, "", c.explain(ctx, request, err)
	}
	defer resp.Body.Close()
	return c.answer(ctx, resp, v)
}

func (c *Client) request(ctx context.Context, target *url.URL, v Validators) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", accept)
	request.Header.Set("Accept-Encoding", "gzip")
	if v.ETag != "" {
		request.Header.Set("If-None-Match", v.ETag)
	}
	if v.LastModified != "" {
		request.Header.Set("If-Modified-Since", v.LastModified)
	}
	return request, nil
}

// answer reads what came back.
func (c *Client) answer(ctx context.Context, resp *http.Response, v Validators) (*Response, string, error) {
	at := resp.Request.URL
	got := &Response{URL: at.String(), Header: resp.Header, Validators: Validators{resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")}}
	switch location := resp.Header.Get("Location"); {
	case resp.StatusCode == http.StatusNotModified && v != Validators{}:
		got.NotModified = true
		return got, "", nil
	case redirects(resp.StatusCode) && location != "":
		next, err := at.Parse(location)
		if err != nil {
			return nil, "", failure(ErrForbidden, "%s redirects to %q, which is not a web address", at, location)
		}
		got.status = resp.StatusCode
		return got, next.String(), nil
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		wait := retryAfter(resp.Header.Get("Retry-After"), c.Now())
		return nil, "", &StatusError{Code: resp.StatusCode, URL: at.String(), RetryAfter: wait}
	}
	body, err := readBody(resp, c.MaxBytes, manner(ctx).First)
	if err != nil {
		return nil, "", c.explain(ctx, resp.Request, err)
	}
	got.Body = body
	return got, "", nil
}

func redirects(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// start fills in what was left zero.
func (c *Client) start() {
	if c.UserAgent == "" {
		c.UserAgent = DefaultUserAgent
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = DefaultMaxBytes
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.wire, c.old = c.transport(), withoutHTTP2(c.transport())
}

// transport uses no proxy: a proxy would connect where the guard cannot see.
func (c *Client) transport() *http.Transport {
	return &http.Transport{
		Proxy: nil,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return dialer(allowed(c.Allow, address) || c.Loopback && loopback(address)).DialContext(ctx, network, address)
		},
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // readBody does it, under its limit
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConns:           32,
		MaxIdleConnsPerHost:    1,
		IdleConnTimeout:        30 * time.Second,
		TLSHandshakeTimeout:    connectTimeout,
	}
}
