package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/masthead-mail/masthead/internal/local/magazine"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// sampleReader is who gets the digest while nobody has subscribed.
const (
	sampleReader = "reader@example.org"
	sampleOrigin = "sample" // of their consent
)

// server is an HTTP server that runs beside the main work.
type server struct {
	http.Server
	addr string
}

// startServer serves on the address or, where it is taken, on the next free port
// after it.
func startServer(ctx context.Context, addr string, handler http.Handler) (*server, error) {
	listener, err := listen(ctx, addr)
	if err != nil {
		return nil, err
	}
	return serveOn(listener, handler), nil
}

func serveOn(listener net.Listener, handler http.Handler) *server {
	s := &server{addr: listener.Addr().String()}
	s.Handler, s.ReadHeaderTimeout = handler, 10*time.Second
	go func() { _ = s.Serve(listener) }()
	return s
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, mistake{errors.New("the address to listen on is not like 127.0.0.1:8080: " + addr)}
	}
	first, err := strconv.Atoi(port)
	if err != nil {
		return nil, mistake{errors.New("the port to listen on is no number: " + addr)}
	}
	var config net.ListenConfig
	var listener net.Listener
	for n := first; n < first+100 && n < 1<<16; n++ {
		if listener, err = config.Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(n))); err == nil {
			return listener, nil
		}
	}
	return nil, err
}

func (s *server) stop() { _ = s.Close() }

// startSample serves the sample magazine on a loopback port of its own. It is
// collected from there like any other site.
func startSample(ctx context.Context, now time.Time) (*server, error) {
	handler, err := magazine.New(magazine.Morning(now))
	if err != nil {
		return nil, err
	}
	return startServer(ctx, magazine.DefaultAddr, handler)
}

// addSample makes the sample magazine a source. Its id does not depend on the
// port, so that on another port its articles are not new again.
func (a *app) addSample(ctx context.Context, addr string) (newsletter.Source, error) {
	site := "http://" + addr + "/"
	source, err := a.store.Source(ctx, newsletter.SourceID(magazine.Home))
	if errors.Is(err, newsletter.ErrNotFound) {
		source, err = newsletter.Source{ID: newsletter.SourceID(magazine.Home), URL: site}, nil
	}
	if err != nil || source.URL == site && source.Rev > 0 {
		return source, err
	}
	if source.URL != site { // it has moved to another port: found out anew
		source.URL, source.Kind, source.Endpoint, source.ETag, source.LastModified = site, newsletter.SourceUnknown, "", "", ""
	}
	return source, a.store.SaveSource(ctx, &source)
}
