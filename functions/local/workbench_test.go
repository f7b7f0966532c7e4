package main

import (
	"cmp"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestWhoSeesTheWorkbench: it holds readers' addresses and links, so that only
// the machine's own browser may see it, and nobody where the server is public.
func TestWhoSeesTheWorkbench(t *testing.T) {
	for _, c := range []struct {
		name, baseURL, host string
		path                string
		status              int
		want                string
	}{
		{"on this machine", "", "127.0.0.1:8080", "/", 200, "What to do next"},
		{"by its name", "", "localhost:8080", "/", 200, "What to do next"},
		{"led here by a web site", "", "evil.example:8080", "/", 403, "only shown on the machine"},
		{"its outbox, led here by a web site", "", "evil.example:8080", "/outbox/single/x.eml", 403, "only shown on the machine"},
		{"with a public address: the front page", "https://news.example.org", "127.0.0.1:8080", "/", 200, "<form"},
		{"with a public address: no outbox", "https://news.example.org", "127.0.0.1:8080", "/outbox/single/x.eml", 404, ""},
		{"readers' pages under any name", "", "news.example.org", "/subscribe", 200, "<form"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, err := parse("serve", []string{"-data", t.TempDir()}, func(name string) string {
				return map[string]string{"MASTHEAD_BASE_URL": c.baseURL}[name]
			})
			if err != nil {
				t.Fatal(err)
			}
			a, err := open(t.Context(), o, "http://127.0.0.1:8080")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = a.close() }()
			handler, err := (&host{app: a, log: io.Discard, home: "http://127.0.0.1:8080"}).handler()
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest(http.MethodGet, "http://"+c.host+c.path, nil)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
				t.Errorf("%d %s\nwant %d and %q", w.Code, w.Body, c.status, c.want)
			}
		})
	}
}

// TestWhereHooksMayLeadToThisMachine: where the pages are for nobody else.
func TestWhereHooksMayLeadToThisMachine(t *testing.T) {
	for _, c := range []struct {
		name, baseURL, home string
		allowPrivate, want  bool
	}{
		{"on a laptop", "", "http://127.0.0.1:8080", false, true},
		{"on a laptop, IPv6", "", "http://[::1]:8080", false, true},
		{"in a pass", "", placeholderURL, false, true},
		{"in a pass of a server", "https://news.example.net", placeholderURL, false, false},
		{"on a server", "https://news.example.net", "http://127.0.0.1:8080", false, false},
		{"on a server that has a source at home", "https://news.example.net", "http://127.0.0.1:8080", true, false},
		{"listening to everybody", "", "http://[::]:8080", false, false},
	} {
		a := &app{baseURL: cmp.Or(c.baseURL, c.home)}
		a.BaseURL, a.AllowPrivate = c.baseURL, c.allowPrivate
		if a.loopbackHooks() != c.want {
			t.Errorf("%s: %t", c.name, !c.want)
		}
	}
}
