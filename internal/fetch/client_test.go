package fetch

import (
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// serve starts a site and a client that may reach it.
func serve(t *testing.T, h http.HandlerFunc) (*Client, string) {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return &Client{Allow: []string{strings.TrimPrefix(srv.URL, "http://")}}, srv.URL
}

func TestGetIsHonestAndConditional(t *testing.T) {
	c, site := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if agent := r.Header.Get("User-Agent"); !strings.Contains(agent, "https://") {
			t.Errorf("User-Agent %q names no address", agent)
		}
		if r.Header.Get("If-None-Match") == `W/"odd "` && r.Header.Get("If-Modified-Since") == "yesterday" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", `W/"odd "`)
		w.Header().Set("Last-Modified", "yesterday")
		io.WriteString(w, "hello")
	})
	got, err := c.Get(t.Context(), site+"#top", Validators{})
	if err != nil || string(got.Body) != "hello" || got.NotModified {
		t.Fatalf("%+v, %v", got, err)
	}
	again, err := c.Get(t.Context(), site, got.Validators)
	if err != nil || !again.NotModified || len(again.Body) != 0 {
		t.Fatalf("second answer: %+v, %v", again, err)
	}
}

func TestCompressedAnswersAreDecoded(t *testing.T) {
	pack := map[string]func(io.Writer) io.WriteCloser{
		"gzip":    func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"":        func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, // feed.xml.gz
		"deflate": func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
		"Deflate": func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 5); return f },
	}
	for encoding, writer := range pack {
		c, site := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", encoding)
			z := writer(w)
			io.WriteString(z, strings.Repeat("hello ", 100))
			z.Close()
		})
		got, err := c.Get(t.Context(), site, Validators{})
		if err != nil || string(got.Body) != strings.Repeat("hello ", 100) {
			t.Errorf("%q: %+v, %v", encoding, got, err)
		}
	}
}

func TestAnswersThatAreTooLargeAreNotRead(t *testing.T) {
	chunk := make([]byte, 1<<20)
	for name, handler := range map[string]http.HandlerFunc{
		"a body of 200 MB that says so": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "209715200")
			w.Write(chunk)
		},
		"a body of 200 MB that does not": func(w http.ResponseWriter, _ *http.Request) {
			for range 200 {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		},
		"a gzip bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			for range 200 {
				if _, err := z.Write(chunk); err != nil {
					return
				}
			}
			z.Close()
		},
	} {
		c, site := serve(t, handler)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := c.Get(t.Context(), site, Validators{})
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "larger than 5 MiB") {
			t.Errorf("%s: %v", name, err)
		}
		if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; spent > 64 {
			t.Errorf("%s: %d MiB were allocated", name, spent)
		}
	}
}

func TestBadAnswersSayWhy(t *testing.T) {
	for _, tt := range []struct {
		status int
		header string
		words  string
		wait   time.Duration
	}{
		{http.StatusNotFound, "", "no such page", 0},
		{http.StatusGone, "", "gone for good", 0},
		{http.StatusTooManyRequests, "120", "less often", 2 * time.Minute},
		{http.StatusInternalServerError, "", "fault of its own", 0},
		{http.StatusServiceUnavailable, "Wed, 25 Nov 2026 13:00:00 GMT", "not available", time.Hour},
		{http.StatusForbidden, "", "does not let us in", 0},
		{http.StatusNotModified, "", "redirects without", 0}, // nobody asked conditionally
	} {
		c, site := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", tt.header)
			w.WriteHeader(tt.status)
		})
		c.Now = func() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }
		_, err := c.Get(t.Context(), site, Validators{})
		var status *StatusError
		if !errors.As(err, &status) || status.Code != tt.status || status.RetryAfter != tt.wait || !strings.Contains(err.Error(), tt.words) {
			t.Errorf("%d: %v (%+v)", tt.status, err, status)
		}
	}
}

func TestRedirects(t *testing.T) {
	c, site := serve(t, func(w http.ResponseWriter, r *http.Request) {
		step := map[string]struct {
			status int
			to     string
		}{
			"/moved":     {301, "/moved2"},
			"/moved2":    {308, "/feed"},
			"/then-temp": {301, "/temp"},
			"/temp":      {302, "/moved2"},
			"/circle":    {302, "/circle"},
			"/metadata":  {302, "http://169.254.169.254/latest/meta-data/"},
			"/file":      {302, "file:///etc/passwd"},
			"/inside":    {302, "http://127.0.0.1:1/"},
			"/nowhere":   {302, "http://[::1"},
		}[r.URL.Path]
		if step.to != "" {
			w.Header().Set("Location", step.to)
			w.WriteHeader(step.status)
			return
		}
		io.WriteString(w, "feed")
	})
	for path, permanent := range map[string]string{"/moved": site + "/feed", "/then-temp": site + "/temp", "/temp": "", "/feed": ""} {
		got, err := c.Get(t.Context(), site+path, Validators{})
		if err != nil || got.URL != site+"/feed" || got.Permanent != permanent {
			t.Errorf("%s: %+v, %v; permanent should be %q", path, got, err, permanent)
		}
	}
	for _, path := range []string{"/metadata", "/file", "/inside", "/nowhere"} {
		if _, err := c.Get(t.Context(), site+path, Validators{}); !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := c.Get(t.Context(), site+"/circle", Validators{}); err == nil || !strings.Contains(err.Error(), "in a circle") {
		t.Errorf("circle: %v", err)
	}
}

func TestPrivateAddressesAreRefusedUnlessNamed(t *testing.T) {
	c, site := serve(t, func(w http.ResponseWriter, _ *http.Request) { t.Error("the request went out") })
	c.Allow = []string{"127.0.0.1:1"}
	_, err := c.Get(t.Context(), site, Validators{})
	if !errors.Is(err, ErrForbidden) || !strings.Contains(err.Error(), "-allow-private") {
		t.Errorf("%v", err)
	}
}

func TestNoWebAddressIsNotFetched(t *testing.T) {
	for _, link := range []string{"", "ftp://example.org/", "file:///etc/passwd", "javascript:alert(1)", "//example.org", "http://", "https://exa mple.org", "gopher://x"} {
		if _, err := new(Client).Get(t.Context(), link, Validators{}); !errors.Is(err, ErrForbidden) {
			t.Errorf("%q: %v", link, err)
		}
	}
}

func TestSlowAndDeadServers(t *testing.T) {
	release := make(chan struct{})
	c, site := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		select { // the headers come, the body never does
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	c.Timeout = 50 * time.Millisecond
	if _, err := c.Get(t.Context(), site, Validators{}); err == nil || !strings.Contains(err.Error(), "took longer than") {
		t.Errorf("slow: %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Get(cancelled, site, Validators{}); !errors.Is(err, context.Canceled) {
		t.Errorf("called off: %v", err)
	}
	dead := httptest.NewServer(nil)
	dead.Close()
	c.Allow = append(c.Allow, strings.TrimPrefix(dead.URL, "http://"))
	var f *Failure
	if _, err := (&Client{Allow: c.Allow}).Get(t.Context(), dead.URL, Validators{}); !errors.As(err, &f) || !strings.Contains(f.Words, "connection refused") {
		t.Errorf("dead: %v", err)
	}
}

func TestOneRequestAtATimePerHost(t *testing.T) {
	var now, most atomic.Int32
	c, site := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		most.Store(max(most.Load(), now.Add(1)))
		time.Sleep(2 * time.Millisecond)
		now.Add(-1)
	})
	done := make(chan error)
	for range 8 {
		go func() { _, err := c.Get(t.Context(), site, Validators{}); done <- err }()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if most.Load() != 1 {
		t.Errorf("%d requests at once", most.Load())
	}
	if len(c.hosts.queue) != 0 {
		t.Errorf("hosts are remembered for ever: %v", c.hosts.queue)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"": 0, "30": 30 * time.Second, " 30 ": 30 * time.Second, "-5": 0, "soon": 0, "Wed, 25 Nov 2026 12:00:10 GMT": 10 * time.Second,
		"Wed, 25 Nov 2026 11:00:00 GMT": 0, "99999999999999": 0,
	} {
		if got := retryAfter(header, now); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
	}
}

func TestHostPort(t *testing.T) {
	for link, want := range map[string]string{
		"http://127.0.0.1:8081/feed/": "127.0.0.1:8081", "http://example.org": "example.org:80", "https://example.org/x": "example.org:443", "http://[::1]/": "[::1]:80", "https://[::1]:8443": "[::1]:8443",
	} {
		if got, err := HostPort(link); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", link, got, err, want)
		}
	}
	if _, err := HostPort("ftp://example.org"); !errors.Is(err, ErrForbidden) {
		t.Errorf("%v", err)
	}
}

func TestPlainHTTPBehindAnHTTPSAddress(t *testing.T) {
	c, site := serve(t, func(http.ResponseWriter, *http.Request) {})
	_, err := c.Get(t.Context(), strings.Replace(site, "http://", "https://", 1), Validators{})
	if err == nil || !strings.Contains(err.Error(), "with http://") {
		t.Errorf("%v", err)
	}
}

func TestAnAnswerThatBreaksOff(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		io.WriteString(w, "<rss><channel>")
	}))
	t.Cleanup(site.Close)
	_, err := (&Client{Allow: []string{strings.TrimPrefix(site.URL, "http://")}}).Get(t.Context(), site.URL, Validators{})
	if f := (*Failure)(nil); !errors.As(err, &f) || !strings.Contains(f.Words, "broke off in the middle of its answer") {
		t.Errorf("%v", err)
	}
}
