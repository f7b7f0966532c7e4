package fetch

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
)

// Manner is how a site wants to be asked where the usual way does not work.
type Manner struct {
	UserAgent string // instead of Client.UserAgent; empty: that
	HTTP1     bool   // no HTTP/2
	First     int64  // only so many bytes of the body are wanted; 0: all of it
}

// With makes every Get and Call under the context ask in that manner.
func With(ctx context.Context, m Manner) context.Context {
	if m == (Manner{}) {
		return ctx
	}
	return context.WithValue(ctx, mannerKey{}, m)
}

type mannerKey struct{}

func manner(ctx context.Context) Manner {
	m, _ := ctx.Value(mannerKey{}).(Manner)
	return m
}

// send sends a request in the manner of its context.
func (c *Client) send(request *http.Request) (*http.Response, error) {
	m := manner(request.Context())
	request.Header.Set("User-Agent", cmp.Or(m.UserAgent, c.UserAgent))
	if m.First > 0 && request.Method == http.MethodGet {
		request.Header.Set("Range", fmt.Sprintf("bytes=0-%d", m.First-1)) // RFC 9110, 14.2; a server may send all of it
	}
	if m.HTTP1 {
		return c.old.RoundTrip(request)
	}
	return c.wire.RoundTrip(request)
}

// withoutHTTP2 makes a transport of the same kind that speaks HTTP/1.1 only.
func withoutHTTP2(t *http.Transport) *http.Transport {
	t.ForceAttemptHTTP2 = false
	t.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	return t
}
