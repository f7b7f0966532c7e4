package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/local/magazine"
	"github.com/masthead-mail/masthead/internal/mailtest"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// crowd is a data folder with many readers, a site to collect from, and the
// program to be run on them.
type crowd struct {
	dir     string
	args    []string
	readers int
}

func newCrowd(t testing.TB, readers int, flags ...string) *crowd {
	t.Helper()
	sample, err := magazine.New(magazine.Morning(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(sample)
	t.Cleanup(site.Close)
	dir := t.TempDir()
	c := &crowd{dir: dir, readers: readers, args: append([]string{"digest", "-source", site.URL, "-allow-private", "-data", dir + "/data", "-out", dir + "/out"}, flags...)}
	o, err := parse("digest", c.args[1:], func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	a, err := open(t.Context(), o, placeholderURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.close() }()
	var all []newsletter.Subscriber
	for i := range readers {
		address := newsletter.Address(fmt.Sprintf("reader%d@example.org", i))
		all = append(all, newsletter.Subscriber{ID: newsletter.Identify(a.secrets.Pepper, address), Address: address, Status: newsletter.Active, ConfirmedAt: time.Now()})
	}
	if _, err := a.store.AddSubscribers(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	return c
}

// start runs the program as a process of its own.
func (c *crowd) start(t testing.TB) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	cmd := exec.Command(os.Args[0], c.args...)
	cmd.Env = append(os.Environ(), runAsProgram+"=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, &out
}

// killUntilDone kills the program again and again at random moments, and starts
// it anew, until it comes to its end. A kill comes between soonest and latest, in
// milliseconds after the start. It returns how often it was killed.
func (c *crowd) killUntilDone(t *testing.T, kills, soonest, latest int) (killed int, last string) {
	t.Helper()
	for {
		cmd, out := c.start(t)
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		var kill <-chan time.Time
		if killed < kills {
			kill = time.After(time.Duration(soonest+rand.IntN(latest-soonest)) * time.Millisecond)
		}
		select {
		case <-kill:
			_ = cmd.Process.Kill()
			<-ended
			killed++
		case err := <-ended:
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			return killed, out.String()
		}
	}
}

// TestKilledWhileCollectingAndComposing aims at the time before the first message:
// every reader gets one mail with all the articles, whatever was half done.
func TestKilledWhileCollectingAndComposing(t *testing.T) {
	for range 8 {
		c := newCrowd(t, 20)
		killed, last := c.killUntilDone(t, 12, 5, 170)
		files, _ := filepath.Glob(c.dir + "/out/*/reader*.eml")
		articles := 0
		for _, name := range files {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			l := letter{message: message{File: name}}
			if err := l.takeApart(raw); err != nil {
				t.Fatal(err)
			}
			articles += strings.Count(l.HTML, `aria-label="Learn more: `)
		}
		if len(files) != c.readers || articles != 12*c.readers {
			t.Errorf("killed %d times: %d messages with %d articles for %d readers\n%s", killed, len(files), articles, c.readers, last)
		}
	}
}

// The long form of the two tests that follow:
//
//	go test ./functions/local -run TestKilledOver -v -timeout 30m -kills 100 -kill-readers 20000
var (
	kills       = flag.Int("kills", 8, "how often TestKilledOver… kill the program")
	killReaders = flag.Int("kill-readers", 0, "how many readers they mail; 0: some thousands")
)

// TestKilledOverTheOutbox: the outbox can be asked, so nobody is in doubt.
func TestKilledOverTheOutbox(t *testing.T) {
	c := newCrowd(t, cmp.Or(*killReaders, 3000))
	killed, last := c.killUntilDone(t, *kills, 30, 280)
	files, _ := filepath.Glob(c.dir + "/out/*/reader*.eml")
	t.Logf("killed %d times, %d messages", killed, len(files))
	if len(files) != c.readers {
		t.Errorf("%d messages for %d readers\n%s", len(files), c.readers, last)
	}
	if partial, _ := filepath.Glob(c.dir + "/out/*/*.part"); len(partial) > killed {
		t.Errorf("%d partial files", len(partial))
	}
	c.audit(t, c.readers, 0)
}

// TestKilledOverSMTP: a mail server cannot be asked, so the few whose answer died
// with the process, one for each of a worker's connections, are named and never
// mailed again.
func TestKilledOverSMTP(t *testing.T) {
	sink := mailtest.StartSink(t)
	c := newCrowd(t, cmp.Or(*killReaders, 6000), "-smtp", "smtp://"+sink.Addr)
	killed, _ := c.killUntilDone(t, *kills, 30, 280)
	got := sink.Accepted()
	for to, n := range got {
		if n > 1 {
			t.Errorf("%s was mailed %d times", to, n)
		}
	}
	t.Logf("killed %d times, %d of %d readers mailed", killed, len(got), c.readers)
	if missed := c.readers - len(got); missed > 10*killed {
		t.Errorf("%d readers missed after %d kills", missed, killed)
	}
	c.audit(t, len(got), 10*killed)
}

// audit compares the books with what arrived: everybody is sent or in doubt, and
// whoever did not get the mail is in doubt.
func (c *crowd) audit(t *testing.T, arrived, mostInDoubt int) {
	t.Helper()
	o, err := parse("digest", c.args[1:], func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	a, err := open(t.Context(), o, placeholderURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.close() }()
	issues, err := a.store.Issues(t.Context(), 10)
	issues = slices.DeleteFunc(issues, func(i newsletter.Issue) bool { return i.State == newsletter.IssueDraft }) // killed before it was approved
	if err != nil || len(issues) != 1 {
		t.Fatalf("%d issues, %v", len(issues), err)
	}
	run, err := a.store.Run(t.Context(), issues[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	counts, err := a.engine.Counts(t.Context(), &run)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("run %s: %+v", run.State, counts)
	if counts.Sent+counts.Ambiguous != c.readers || counts.Sent > arrived || counts.Ambiguous > mostInDoubt {
		t.Errorf("%+v of %d readers, %d arrived", counts, c.readers, arrived)
	}
}

// runAsProgram makes the test binary behave as the program.
const runAsProgram = "MASTHEAD_TEST_RUN_AS_PROGRAM"

func asProgram() bool { return os.Getenv(runAsProgram) != "" }

// BenchmarkDigest is one pass for 10,000 readers, from collecting to the last
// message, as a whole process.
func BenchmarkDigest(b *testing.B) {
	const readers = 10_000
	for _, way := range []string{"outbox", "smtp"} {
		b.Run(way, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				var flags []string
				if way == "smtp" {
					flags = []string{"-smtp", "smtp://" + mailtest.StartSink(b).Addr}
				}
				c := newCrowd(b, readers, flags...)
				b.StartTimer()
				began := time.Now()
				cmd, out := c.start(b)
				if err := cmd.Wait(); err != nil || !strings.Contains(out.String(), fmt.Sprintf("%d sent, 0 failed", readers)) {
					b.Fatalf("%v\n%s", err, out)
				}
				took, usage := time.Since(began), cmd.ProcessState
				b.ReportMetric(readers/took.Seconds(), "messages/s")
				b.ReportMetric((usage.UserTime()+usage.SystemTime()).Seconds()*1000/readers, "cpu-s/1000")
				b.ReportMetric(float64(peakMemory(usage))/(1<<20), "MB-peak")
			}
		})
	}
}

// peakMemory is the largest resident size of an ended process, in bytes. Linux
// counts it in kilobytes (getrusage(2)).
func peakMemory(state *os.ProcessState) int64 {
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		return usage.Maxrss << 10
	}
	return 0
}

// TestKilledWhileImporting: started again, an import goes on; in the end everybody is
// there once, and who had left is suppressed.
func TestKilledWhileImporting(t *testing.T) {
	const readers = 12_000
	dir := t.TempDir()
	var list strings.Builder
	list.WriteString("email,name,status\n")
	for i := range readers {
		fmt.Fprintf(&list, "reader%d@example.org,Reader %d,%s\n", i, i, []string{"active", "active", "bounced"}[i%3])
	}
	if err := os.WriteFile(dir+"/list.csv", []byte(list.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &crowd{dir: dir, args: []string{"readers", "import", dir + "/list.csv", "-data", dir + "/data"}}
	killed, last := c.killUntilDone(t, 10, 20, 400)
	c.args = []string{"readers", "export", "-data", dir + "/data"}
	export, out := c.start(t)
	if err := export.Wait(); err != nil {
		t.Fatal(err)
	}
	there, suppressed := strings.Count(out.String(), "@example.org"), strings.Count(out.String(), ",bounced,") // as a status, and as a reason
	if there != readers || suppressed != 2*readers/3 {
		t.Errorf("after %d kills %d readers are there, %d times bounced, want %d and %d\n%s", killed, there, suppressed, readers, 2*readers/3, last)
	}
}

// TestWhoWasToldToBeUnsubscribedIs: what was answered before the server was killed is
// stored, with the Suppression, however many ask at once.
func TestWhoWasToldToBeUnsubscribedIs(t *testing.T) {
	const readers = 600
	c := newCrowd(t, readers)
	address := deadAddress()
	site := c.args[2]
	c.args = []string{"serve", "-source", site, "-allow-private", "-data", c.dir + "/data", "-out", c.dir + "/out"}
	settings, err := parse("serve", c.args[1:], func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	secrets, err := loadSecrets(settings.Data)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("MASTHEAD_LISTEN", address)
	server, out := c.start(t)
	defer func() { _ = server.Process.Kill(); _ = server.Wait() }()
	for try := 0; ; try++ {
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close()
			break
		} else if try == 200 {
			t.Fatalf("the server does not listen: %v\n%s", err, out)
		}
		time.Sleep(25 * time.Millisecond)
	}
	signer := &token.Signer{Keys: secrets.Keys}
	told := make([]bool, readers)
	var answered atomic.Int32
	var all sync.WaitGroup
	for worker := range 16 {
		all.Go(func() {
			for i := worker; i < readers; i += 16 {
				id := newsletter.Identify(secrets.Pepper, newsletter.Address(fmt.Sprintf("reader%d@example.org", i)))
				link := "http://" + address + newsletter.UnsubscribePath + signer.Sign(token.Unsubscribe, token.Claims{Subscriber: id})
				answer, err := http.Post(link, "application/x-www-form-urlencoded", strings.NewReader("List-Unsubscribe=One-Click"))
				if err != nil {
					return // it was killed
				}
				_ = answer.Body.Close()
				told[i] = answer.StatusCode == http.StatusOK
				if answered.Add(1) == readers/2 {
					_ = server.Process.Kill()
				}
			}
		})
	}
	all.Wait()
	a, err := open(t.Context(), settings, placeholderURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.close() }()
	for i, told := range told {
		if !told {
			continue
		}
		id := newsletter.Identify(secrets.Pepper, newsletter.Address(fmt.Sprintf("reader%d@example.org", i)))
		sub, err := a.store.Subscriber(t.Context(), id)
		_, supErr := a.store.Suppression(t.Context(), id)
		if err != nil || supErr != nil || sub.Status != newsletter.Unsubscribed {
			t.Errorf("reader %d was told so and is %s (%v, %v)", i, sub.Status, err, supErr)
		}
	}
	if n := answered.Load(); n < readers/2 || n == readers {
		t.Errorf("%d were answered", n)
	}
}
