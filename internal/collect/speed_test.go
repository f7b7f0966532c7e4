package collect_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/collect"
	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/local/sqlite"
)

const (
	manySources = 1000
	latency     = 50 * time.Millisecond
)

// slowSites are sites on ports of their own that answer with their feed, or with an
// article, after a while.
func slowSites(b *testing.B) (urls []string) {
	for range manySources {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(latency) // it is what is measured against
			if r.URL.Path != "/feed" {
				http.NotFound(w, r)
				return
			}
			io.WriteString(w, strings.ReplaceAll(thirtyItems, "SITE", "http://"+r.Host))
		}))
		b.Cleanup(srv.Close)
		urls = append(urls, srv.URL)
	}
	return urls
}

var thirtyItems = func() string {
	var items []string
	for i := range 30 {
		items = append(items, fmt.Sprintf("/%d|The news of day %d in full length|%d", i, i, i))
	}
	return rss(items...)
}()

// BenchmarkManySources visits a thousand sources, for the first time with the pages of two articles
// each, and again when all is known. It reports the seconds of one round and the most
// memory in use during it.
func BenchmarkManySources(b *testing.B) {
	urls := slowSites(b)
	client := &fetch.Client{}
	for _, url := range urls {
		client.Allow = append(client.Allow, strings.TrimPrefix(url, "http://"))
	}
	for _, round := range []string{"first", "again"} {
		b.Run(round, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				store, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "masthead.db"))
				if err != nil {
					b.Fatal(err)
				}
				c := &collect.Collector{Store: store, Fetch: client, FirstVisit: 2, Parallel: 64, Now: func() time.Time { return noon }}
				var ids []string
				for _, url := range urls {
					source, err := c.Add(b.Context(), url+"/feed")
					if err != nil {
						b.Fatal(err)
					}
					ids = append(ids, source.ID)
				}
				if round == "again" {
					c.VisitAll(b.Context(), ids)
				}
				b.StartTimer()
				measure(b, c, ids)
				b.StopTimer()
				store.Close()
				b.StartTimer()
			}
		})
	}
}

func measure(b *testing.B, c *collect.Collector, ids []string) {
	runtime.GC()
	var most atomic.Uint64
	done := make(chan struct{})
	go func() {
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			select {
			case <-done:
				tick.Stop()
				return
			case <-tick.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most.Store(max(most.Load(), m.HeapInuse))
			}
		}
	}()
	start := time.Now()
	reports := c.VisitAll(b.Context(), ids)
	b.ReportMetric(time.Since(start).Seconds(), "s/round")
	close(done)
	b.ReportMetric(float64(most.Load())/(1<<20), "MiB-heap")
	for _, r := range reports {
		if r.Err != nil {
			b.Fatal(r.Err)
		}
	}
}
