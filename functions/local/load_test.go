package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/storetest"
	"github.com/masthead-mail/masthead/internal/token"
)

// BenchmarkLoad asks the program's own handler over real HTTP on this machine, from
// many connections at once, and reports requests a second, the slowest hundredth in
// milliseconds, what a request costs on both sides, and the memory in use. Clients and server share the processors. What
// was answered with success must be stored.
func BenchmarkLoad(b *testing.B) {
	const requests = 10_000
	b.Run("unsubscribe", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			l := newLoad(b, requests)
			links := make([]string, requests)
			for i := range links {
				id := storetest.Reader(i).ID
				links[i] = l.home + newsletter.UnsubscribePath + l.app.signer.Sign(token.Unsubscribe, token.Claims{Subscriber: id})
			}
			b.StartTimer()
			l.run(b, requests, func(i int) (int, error) { return l.post(links[i], url.Values{"List-Unsubscribe": {"One-Click"}}) })
			b.StopTimer()
			l.wantStatus(b, newsletter.Unsubscribed, requests)
			b.StartTimer()
		}
	})
	b.Run("subscribe", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			l := newLoad(b, 0)
			b.StartTimer()
			l.run(b, 2000, func(i int) (int, error) { // fewer than one hour lets in
				return l.post(l.home+"/subscribe", url.Values{"email": {fmt.Sprintf("reader%d@example.org", i)}})
			})
			b.StopTimer()
			l.wantStatus(b, newsletter.Pending, 2000)
			b.StartTimer()
		}
	})
}

// load is a server and its clients.
type load struct {
	app    *app
	home   string
	client *http.Client
}

// clients is how many connections ask at once.
const clients = 64

func newLoad(b *testing.B, readers int) *load {
	b.Helper()
	a := openCrowded(b, readers)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	l := &load{app: a, home: "http://" + listener.Addr().String(),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}}
	a.baseURL = l.home
	handler, err := (&host{app: a, out: io.Discard, log: io.Discard, home: l.home}).handler()
	if err != nil {
		b.Fatal(err)
	}
	spread := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // the clients are many networks
		n := crowdAddress.Add(1)
		r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:9", n>>16&255, n>>8&255, n&255)
		handler.ServeHTTP(w, r)
	})
	b.Cleanup(serveOn(listener, spread).stop)
	b.Cleanup(l.client.CloseIdleConnections)
	return l
}

var crowdAddress atomic.Uint32

func (l *load) post(to string, form url.Values) (int, error) {
	answer, err := l.client.Post(to, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, err
}

func (l *load) run(b *testing.B, requests int, ask func(i int) (int, error)) {
	b.Helper()
	took := make([]time.Duration, requests)
	var next atomic.Int64
	var all sync.WaitGroup
	began, cpu := time.Now(), cpuTime()
	for range clients {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= requests {
					return
				}
				at := time.Now()
				if status, err := ask(i); err != nil || status != http.StatusOK {
					b.Errorf("request %d: %d, %v", i, status, err)
				}
				took[i] = time.Since(at)
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(requests)/time.Since(began).Seconds(), "requests/s")
	b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/float64(requests), "cpu-µs/request")
	slices.Sort(took)
	b.ReportMetric(float64(took[requests*99/100].Microseconds())/1000, "p99-ms")
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	b.ReportMetric(float64(memory.Sys)/(1<<20), "MB")
}

// wantStatus counts who is stored so.
func (l *load) wantStatus(b *testing.B, status newsletter.Status, want int) {
	b.Helper()
	n := 0
	err := l.app.eachSubscriber(b.Context(), func(s *newsletter.Subscriber) bool {
		if s.Status == status {
			n++
		}
		return true
	})
	if err != nil || n != want {
		b.Fatalf("%d readers are %s, want %d: %v", n, status, want, err)
	}
}
