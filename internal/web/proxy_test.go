package web

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestWhoStandsBehindAProxy(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	for _, c := range []struct {
		name, remote string
		forwarded    []string
		want         string
	}{
		{"through one proxy", "127.0.0.1:4711", []string{"203.0.113.7"}, "203.0.113.7"},
		{"through two", "127.0.0.1:4711", []string{"203.0.113.7, 10.0.0.3"}, "203.0.113.7"},
		{"in two headers", "127.0.0.1:4711", []string{"203.0.113.7", "10.0.0.3"}, "203.0.113.7"},
		{"what the client made up does not count", "127.0.0.1:4711", []string{"198.51.100.1, 203.0.113.7"}, "203.0.113.7"},
		{"a client that names our proxy", "127.0.0.1:4711", []string{"198.51.100.1, 10.0.0.9, 203.0.113.7"}, "203.0.113.7"},
		{"a stranger who says so", "198.51.100.9:4711", []string{"203.0.113.7"}, "198.51.100.9:4711"},
		{"without the header", "127.0.0.1:4711", nil, "127.0.0.1:4711"},
		{"nonsense", "127.0.0.1:4711", []string{"unknown"}, "127.0.0.1:4711"},
		{"nonsense before the proxy", "127.0.0.1:4711", []string{"x, 10.0.0.3"}, "10.0.0.3"},
		{"IPv6", "[::1]:4711", []string{"[2001:db8::1]:99"}, "2001:db8::1"},
		{"a mapped address", "[::ffff:127.0.0.1]:4711", []string{"203.0.113.7"}, "203.0.113.7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = c.remote
			r.Header["X-Forwarded-For"] = c.forwarded
			got := ""
			behind(proxies, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).ServeHTTP(httptest.NewRecorder(), r)
			if got != c.want {
				t.Errorf("from %s, want %s", got, c.want)
			}
			behind(nil, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).ServeHTTP(httptest.NewRecorder(), r)
			if got != c.remote {
				t.Errorf("where none is trusted: from %s", got)
			}
		})
	}
}
