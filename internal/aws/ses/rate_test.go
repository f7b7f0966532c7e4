package ses_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// BenchmarkRate is sixteen workers at different limits of the provider, by the real
// clock, over HTTP, with the books in SQLite: which share they use of the rate that
// the limit leaves to Runs, and how many calls are refused. The stand-in answers
// after 30 ms. deliver's TestTheRateIsUsed is the same by a virtual clock.
func BenchmarkRate(b *testing.B) {
	for _, limit := range []float64{14, 200, 2000, 10_000} {
		b.Run(fmt.Sprintf("%.0f", limit), func(b *testing.B) {
			const start, steady = 2 * time.Second, 6 * time.Second
			for b.Loop() {
				b.StopTimer()
				p := &provider{limit: limit, left: limit, asked: time.Now()}
				server := httptest.NewServer(p)
				quota := newsletter.Quota{PerSecond: limit, AskedAt: time.Now()}
				target := quota.Rate(0, time.Now())
				e, store := engine(b, server.URL, int(1.4*target*(start+steady).Seconds())+100, 16, &quota)
				ctx, stop := context.WithCancel(b.Context())
				b.StartTimer()
				var workers sync.WaitGroup
				for range e.Workers {
					workers.Go(func() { work(b, ctx, e) })
				}
				time.Sleep(start)
				before, at, cpu := p.count(), time.Now(), cpuTime()
				time.Sleep(steady)
				mailed, took, used := p.count()-before, time.Since(at), cpuTime()-cpu
				stop()
				workers.Wait()
				b.StopTimer()
				b.ReportMetric(100*float64(mailed)/took.Seconds()/target, "%-of-r")
				b.ReportMetric(float64(p.refused), "refused")
				b.ReportMetric(100*used.Seconds()/took.Seconds(), "%-cpu")
				server.Close()
				_ = store.Close()
				b.StartTimer()
			}
		})
	}
}

// provider is a stand-in of SES that takes so many recipients a second, a second's
// worth at once where it has rested, and refuses whole calls beyond that.
type provider struct {
	mu      sync.Mutex
	limit   float64
	left    float64
	asked   time.Time
	mailed  int
	refused int
}

func (p *provider) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mailed
}

func (p *provider) take(n int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.left = min(p.limit, p.left+p.limit*now.Sub(p.asked).Seconds())
	p.asked = now
	if float64(n) > p.left {
		p.refused++
		return false
	}
	p.left -= float64(n)
	p.mailed += n
	return true
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	n := strings.Count(string(body), `"Destination":`)
	if !p.take(n) {
		w.Header().Set("X-Amzn-ErrorType", "TooManyRequestsException")
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprint(w, `{"message":"Maximum sending rate exceeded."}`)
		return
	}
	time.Sleep(30 * time.Millisecond)
	_ = json.NewEncoder(w).Encode(map[string]any{"BulkEmailEntryResults": accepted(n, len(body))})
}
