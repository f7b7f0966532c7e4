package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp" // pages are judged in a real browser
)

// browser opens Chromium, which a developer's machine may lack and CI may not.
func browser(t *testing.T, width, height int) context.Context {
	t.Helper()
	path := findChromium()
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("Chromium is missing: apt-get install chromium")
		}
		t.Skip("Chromium is not installed")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(width, height),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("no-proxy-server", true))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	do(t, ctx, chromedp.Navigate("about:blank")) // the first action starts the browser, and must not be timed
	timed, end := context.WithTimeout(ctx, time.Minute)
	t.Cleanup(end)
	return timed
}

// startServing runs the program as a newcomer does, on a port of its own, and
// returns where its page is once the first digest is in the outbox.
func startServing(t *testing.T, settings map[string]string) (home string) {
	t.Helper()
	dir := t.TempDir()
	getenv := func(name string) string {
		if name == "MASTHEAD_LISTEN" {
			return "127.0.0.1:0"
		}
		return settings[name]
	}
	ctx, cancel := context.WithCancel(context.Background())
	in, out := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"-data", dir + "/data"}, getenv, out, io.Discard)
		_ = out.Close()
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-ended; code != exitDone {
			t.Errorf("the server ended with %d", code)
		}
	})
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if m := regexp.MustCompile(`Masthead is at (\S+)`).FindStringSubmatch(lines.Text()); m != nil {
			home = m[1]
		}
		if strings.HasPrefix(lines.Text(), "Ready: ") {
			go func() { _, _ = io.Copy(io.Discard, in) }()
			waitForDigest(t, home)
			return home
		}
	}
	t.Fatal("the server said nothing of a digest")
	return ""
}

// waitForDigest waits until the page shows the digest and no longer looks again
// by itself.
func waitForDigest(t *testing.T, home string) {
	t.Helper()
	for range 200 {
		answer, err := http.Get(home)
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err == nil && bytes.Contains(page, []byte("<iframe")) && !bytes.Contains(page, []byte("http-equiv")) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the page does not show the digest")
}

func TestANewcomerSeesTheDigest(t *testing.T) {
	ctx := browser(t, 1200, 1000)
	home := startServing(t, nil)
	do(t, ctx, chromedp.Navigate(home), chromedp.WaitReady(`iframe`))
	if title := see(t, ctx, chromedp.Title()); title != "The Lantern Post: the digest" {
		t.Errorf("title %q", title)
	}
	frame := see(t, ctx, chromedp.AttributeValue(`iframe`, "src"))
	do(t, ctx, chromedp.EmulateViewport(680, 1120), chromedp.Navigate(home+frame.Value), chromedp.WaitReady(`#body`))
	see(t, ctx, chromedp.Evaluate[bool](`new Promise(done => document.readyState === 'complete' ? done(true) : addEventListener('load', () => done(true)))`, chromedp.EvalAwaitPromise))
	text := see(t, ctx, chromedp.Evaluate[string](`document.body.innerText`))
	for _, want := range []string{"The Lighthouse That Learned to Whisper", "Learn More", "Leave a Reply (3)", "Maren Oksavik writes about coasts", "Forwarded this?"} {
		if !strings.Contains(text, want) {
			t.Errorf("the digest does not show %q", want)
		}
	}
	broken := see(t, ctx, chromedp.Evaluate[[]string](`[...document.images].filter(i => !(i.complete && i.naturalWidth > 1)).map(i => i.src)`))
	if pictures := see(t, ctx, chromedp.Evaluate[int](`document.images.length`)); pictures < 18 || len(broken) > 0 {
		t.Errorf("of %d pictures these are not shown: %v", pictures, broken)
	}
}

func do(t *testing.T, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

func see[T any](t *testing.T, ctx context.Context, action chromedp.Action[T]) T {
	t.Helper()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		t.Fatal(err)
	}
	return value
}
