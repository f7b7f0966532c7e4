// Package webtest opens Chromium for tests of pages: only a real browser knows what a
// policy lets through, where the Tab key leads and what a finger reaches. It knows no
// page.
package webtest

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp" // drives it
)

// Browser is Chromium with one tab. It reaches nothing but this machine.
type Browser struct {
	context.Context
	t *testing.T

	lock  sync.Mutex
	heard []string
}

// Chromium opens it for some minutes at most. Without it the test is skipped, except in CI.
func Chromium(t *testing.T) *Browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip("chromium is not installed")
	}
	must(t, err)
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("no-proxy-server", true), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"))
	allocated, end := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(end)
	ctx, quit := chromedp.NewContext(allocated)
	t.Cleanup(quit)
	_, err = chromedp.Call(ctx, log.Enable, cdp.Empty{}) // starts it, and must not be timed
	must(t, err)
	ctx, late := context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(late)
	b := &Browser{Context: ctx, t: t}
	must(t, chromedp.Listen(ctx, b.hear))
	return b
}

// hear notes what the browser complains of.
func (b *Browser) hear(event any) {
	entry, ok := event.(*log.EventEntryAdded)
	if !ok || strings.Contains(entry.Entry.URL, "favicon") || strings.Contains(entry.Entry.Text, "ERR_NAME_NOT_RESOLVED") {
		return
	}
	b.lock.Lock()
	defer b.lock.Unlock()
	b.heard = append(b.heard, entry.Entry.Text+" "+entry.Entry.URL)
}

// Quiet fails the test where the browser had to complain of anything but what is expected.
func (b *Browser) Quiet(expected ...string) {
	b.t.Helper()
	b.lock.Lock()
	defer b.lock.Unlock()
	for _, heard := range b.heard {
		if !slices.ContainsFunc(expected, func(part string) bool { return strings.Contains(heard, part) }) {
			b.t.Errorf("the browser complains: %s", heard)
		}
	}
}

// Do does something in it.
func (b *Browser) Do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	must(b.t, chromedp.Do(b.Context, actions...))
}

// See is the value of an expression on the page.
func See[T any](b *Browser, expression string, options ...chromedp.EvaluateOption) T {
	b.t.Helper()
	v, err := chromedp.Run(b.Context, chromedp.Evaluate[T](expression, options...))
	must(b.t, err)
	return v
}

// Until waits, some seconds at most, for an expression to be true on the page, or on the
// one that is loaded next.
func (b *Browser) Until(expression string) {
	b.t.Helper()
	short, stop := context.WithTimeout(b.Context, 20*time.Second)
	defer stop()
	for {
		is, err := chromedp.Run(short, chromedp.Evaluate[bool]("!!("+expression+")"))
		switch {
		case err == nil && is:
			return
		case short.Err() != nil:
			b.t.Fatalf("never true: %s: %v\n%s", expression, err, See[string](b, "document.body?.innerText || ''"))
		}
		time.Sleep(20 * time.Millisecond) // the page is polled
	}
}

// Reach comes to a button, link or field by the Tab key alone.
func (b *Browser) Reach(name string) {
	b.t.Helper()
	b.Do(chromedp.Evaluate[chromedp.Void]("document.activeElement?.blur(), undefined"))
	for range 250 {
		b.Do(chromedp.KeyEvent("\t"))
		if See[string](b, `(e => e.labels && e.labels[0] && !e.matches("button") ? e.labels[0].innerText.trim() : e.getAttribute("aria-label") || e.innerText || "")(document.activeElement || document.body)`) == name {
			return
		}
	}
	b.t.Fatalf("no Tab leads to %q on\n%s", name, See[string](b, "document.body.innerText"))
}

// Press presses a button or follows a link by keyboard.
func (b *Browser) Press(name string) {
	b.t.Helper()
	b.Reach(name)
	b.Do(chromedp.KeyEvent("\r"))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
