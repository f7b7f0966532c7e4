package ses_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/aws/awstest"
	"github.com/masthead-mail/masthead/internal/aws/ses"
	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/local/queue"
	"github.com/masthead-mail/masthead/internal/local/sqlite"
	"github.com/masthead-mail/masthead/internal/mailtest"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/storetest"
	"github.com/masthead-mail/masthead/internal/token"
)

func TestMain(m *testing.M) {
	if os.Getenv(runAsSES) != "" {
		serveCheaply()
	}
	os.Exit(m.Run())
}

// runAsSES makes the test binary the other end of BenchmarkBulk.
const runAsSES = "MASTHEAD_TEST_RUN_AS_SES"

// serveCheaply accepts every bulk call without reading what is in it, but for the
// number of entries, and counts bytes as they come from the network, heads of
// requests included. It ends with its input.
func serveCheaply() {
	var received atomic.Int64
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	http.HandleFunc("/v2/email/outbound-bulk-emails", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		entries := strings.Count(string(body), `"Destination":`)
		_ = json.NewEncoder(w).Encode(map[string]any{"BulkEmailEntryResults": accepted(entries, len(body))})
	})
	http.HandleFunc("/received", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, received.Load()) })
	fmt.Println("http://" + listener.Addr().String())
	go func() { _ = http.Serve(counting{listener, &received}, nil) }()
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func accepted(n, salt int) (results []map[string]string) {
	for i := range n {
		results = append(results, map[string]string{"Status": "SUCCESS", "MessageId": fmt.Sprintf("0100019%09x-%08x-0b4c-4d6e-8f90-a1b2c3d4e5f6-000000", salt, i)})
	}
	return results
}

// counting is a listener whose connections count what they read.
type counting struct {
	net.Listener
	total *atomic.Int64
}

func (l counting) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return countingConn{c, l.total}, err
}

type countingConn struct {
	net.Conn
	total *atomic.Int64
}

func (c countingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.total.Add(int64(n))
	return n, err
}

func sesProcess(b *testing.B) (url string) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), runAsSES+"=1")
	alive, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = alive.Close(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// BenchmarkBulk sends a digest of 40 KB to fifty readers a call, four calls at
// once, to a stand-in of SES in a process of its own: what that costs is no part of
// the figures.
func BenchmarkBulk(b *testing.B) {
	url := sesProcess(b)
	mailer := &ses.Mailer{API: ses.Connect(awstest.Config(url)), ConfigurationSet: "masthead"}
	m := mailtest.Mailing(50)
	m.Mail.HTML = strings.Repeat("<p>A paragraph of some forty characters.</p>\n", 820)
	var mails atomic.Int64
	cpu, began := cpuTime(), time.Now()
	b.SetParallelism(2)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			results, err := mailer.Send(b.Context(), m)
			if err != nil || results[49].Outcome != newsletter.OutcomeSent {
				b.Errorf("%+v, %v", results, err)
				return
			}
			mails.Add(50)
		}
	})
	b.ReportMetric((cpuTime()-cpu).Seconds()*1000/float64(mails.Load()), "cpu-s/1000")
	b.ReportMetric(float64(mails.Load())/time.Since(began).Seconds(), "recipients/s")
	b.ReportMetric(float64(received(b, url))/float64(mails.Load()), "wire-B/recipient")
}

func received(b *testing.B, url string) (n int64) {
	b.Helper()
	answer, err := http.Get(url + "/received")
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := fmt.Fscan(answer.Body, &n); err != nil {
		b.Fatal(err)
	}
	return n
}

// cpuTime is what this process has used so far, in its own code and in the kernel.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkRun is a whole run over the stand-in: the engine with its books, the
// subscribers and the ledger in SQLite, four workers.
func BenchmarkRun(b *testing.B) {
	const readers = 50_000
	url := sesProcess(b)
	for b.Loop() {
		b.StopTimer()
		e, store := engine(b, url, readers, 4, &newsletter.Quota{})
		b.StartTimer()
		cpu, began := cpuTime(), time.Now()
		var workers sync.WaitGroup
		for range e.Workers {
			workers.Go(func() { work(b, b.Context(), e) })
		}
		workers.Wait()
		used, took := cpuTime()-cpu, time.Since(began)
		b.StopTimer()
		if run, err := store.Run(b.Context(), "weekly-1"); err != nil || run.Counts.Sent != readers {
			b.Fatalf("%+v, %v", run, err)
		}
		b.ReportMetric(used.Seconds()*1000/readers, "cpu-s/1000")
		b.ReportMetric(readers/took.Seconds(), "recipients/s")
		b.StartTimer()
	}
}

func engine(b *testing.B, url string, readers, workers int, quota *newsletter.Quota) (*deliver.Engine, *sqlite.Store) {
	b.Helper()
	before := debug.SetGCPercent(400) // as in template.yaml
	b.Cleanup(func() { debug.SetGCPercent(before) })
	ctx := b.Context()
	store, err := sqlite.Open(ctx, b.TempDir()+"/masthead.db")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	all := make([]newsletter.Subscriber, readers)
	for i := range all {
		all[i] = storetest.Reader(i)
	}
	m := mailtest.Mailing(1)
	m.Mail.HTML = strings.Repeat("<p>A paragraph of some forty characters.</p>\n", 820)
	issue := newsletter.Issue{ID: "weekly-1", Schedule: "weekly", State: newsletter.IssueApproved}
	_, err = store.AddSubscribers(ctx, all)
	if err = errors.Join(err, store.SaveMail(ctx, m.Mail), store.SaveIssue(ctx, &issue), store.SaveQuota(ctx, quota)); err != nil {
		b.Fatal(err)
	}
	e := &deliver.Engine{Store: store, Mailer: &ses.Mailer{API: ses.Connect(awstest.Config(url)), ConfigurationSet: "masthead"},
		Queue: &queue.Queue[deliver.LaneRef]{}, Owner: "benchmark", Workers: workers, Now: time.Now,
		Publication: func(context.Context) (newsletter.Publication, error) { return mailtest.Publication, nil },
		Tokens:      &token.Signer{Keys: []token.Key{{ID: "a", Secret: []byte("secret")}}},
		Sleep:       func(_ context.Context, d time.Duration) error { time.Sleep(d); return nil }}
	if _, err := e.Start(ctx, &issue); err != nil {
		b.Fatal(err)
	}
	return e, store
}

// work walks what is on the queue.
func work(b *testing.B, ctx context.Context, e *deliver.Engine) {
	for {
		ref, ok := e.Queue.(*queue.Queue[deliver.LaneRef]).Take()
		if !ok {
			return
		}
		if err := e.Walk(ctx, ref); err != nil && ctx.Err() == nil {
			b.Error(err)
			return
		}
	}
}
