package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/mailtest"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/storetest"
)

// BenchmarkSending is a whole run: the engine with its books, the subscribers in
// SQLite, and the mailer, to a mail server in a process of its own, so that what the
// server costs is no part of the figures. Each message has 40 KB.
func BenchmarkSending(b *testing.B) {
	const readers = 100_000
	for b.Loop() {
		b.StopTimer()
		a := openCrowded(b, readers, "-smtp", "smtp://"+sinkProcess(b))
		run := a.approve(b)
		b.StartTimer()
		began, cpu := time.Now(), cpuTime()
		if err := a.drain(b.Context()); err != nil {
			b.Fatal(err)
		}
		took, used := time.Since(began), cpuTime()-cpu
		b.StopTimer()
		a.wantSent(b, run, readers)
		b.ReportMetric(readers/took.Seconds(), "messages/s")
		b.ReportMetric(used.Seconds()*1000/readers, "cpu-s/1000")
		b.StartTimer()
	}
}

// openCrowded is the program's inside over a new data folder with so many readers.
func openCrowded(b *testing.B, readers int, flags ...string) *app {
	b.Helper()
	before := debug.SetGCPercent(gcPercent) // as main does
	b.Cleanup(func() { debug.SetGCPercent(before) })
	settings, err := parse("digest", append([]string{"-data", b.TempDir()}, flags...), func(string) string { return "" })
	if err != nil {
		b.Fatal(err)
	}
	a, err := open(b.Context(), settings, placeholderURL)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = a.close() })
	all := make([]newsletter.Subscriber, readers)
	for i := range all {
		all[i] = storetest.Reader(i)
		all[i].Schedules = nil
	}
	if _, err := a.store.AddSubscribers(b.Context(), all); err != nil {
		b.Fatal(err)
	}
	return a
}

// approve starts a run of an issue whose message has 40 KB.
func (a *app) approve(b *testing.B) string {
	b.Helper()
	mail := *mailtest.Mailing(1).Mail
	mail.HTML += strings.Repeat("<p>Ein Absatz über Laternen, in dem einiges steht.</p>\n", 670)
	if err := a.store.SaveMail(b.Context(), &mail); err != nil {
		b.Fatal(err)
	}
	issue := newsletter.Issue{ID: mail.Issue, Schedule: a.schedule, State: newsletter.IssueApproved}
	if err := a.store.SaveIssue(b.Context(), &issue); err != nil {
		b.Fatal(err)
	}
	run, err := a.engine.Start(b.Context(), &issue)
	if err != nil {
		b.Fatal(err)
	}
	return run.ID
}

func (a *app) wantSent(b *testing.B, id string, readers int) {
	b.Helper()
	run, err := a.store.Run(context.Background(), id)
	if err != nil || run.Counts != (newsletter.Counts{Sent: readers}) {
		b.Fatalf("%+v, %v", run, err)
	}
}

// runAsSink makes the test binary a mail server.
const runAsSink = "MASTHEAD_TEST_RUN_AS_SINK"

// serveSink is that mail server: it says where it listens, and ends with its input.
func serveSink() {
	sink, err := mailtest.OpenSink("127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(sink.Addr)
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// sinkProcess starts it and returns its address.
func sinkProcess(b *testing.B) string {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), runAsSink+"=1")
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
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(addr)
}

// cpuTime is what this process has used so far, in its own code and in the kernel.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkMemory is the peak memory of the program, as a process of its own, that
// imports a million readers and mails them all over SMTP, in two steps. MASTHEAD_TEST_READERS
// makes them fewer or more.
func BenchmarkMemory(b *testing.B) {
	readers := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("MASTHEAD_TEST_READERS")); err == nil {
		readers = n
	}
	for b.Loop() {
		c := newCrowd(b, 1, "-smtp", "smtp://"+sinkProcess(b))
		file := c.dir + "/readers.csv"
		if err := writeReaders(file, readers); err != nil {
			b.Fatal(err)
		}
		digest := c.args
		c.args = []string{"readers", "import", file, "-data", c.dir + "/data"}
		b.ReportMetric(c.peak(b), "MB-importing")
		c.args = digest
		b.ReportMetric(c.peak(b), "MB-sending")
	}
}

// peak runs the program to its end and returns its largest resident size.
func (c *crowd) peak(b *testing.B) float64 {
	b.Helper()
	cmd, out := c.start(b)
	if err := cmd.Wait(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	b.Logf("%s", out.String()[max(0, out.Len()-300):])
	return float64(peakMemory(cmd.ProcessState)) / (1 << 20)
}

func writeReaders(name string, readers int) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	fmt.Fprintln(w, "email,name,status,confirmed_at,language")
	for i := range readers {
		fmt.Fprintf(w, "Reader.%d@mail%d.example.org,Reader %d,active,2024-05-06 07:08:09,en\n", i, i%100, i)
	}
	return errors.Join(w.Flush(), file.Close())
}
