// Package webtest opens Chromium for tests of pages: only a real browser knows what a
// policy lets through, where the Tab key leads and what a finger reaches. It knows no
// page.
package webtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp" // drives it
)

// Browser is a window of Chromium with one tab, and cookies of its own. It reaches nothing
// but this machine.
type Browser struct {
	context.Context
	t *testing.T

	lock  sync.Mutex
	heard []string
}

// Chromium opens a window for some minutes at most. All tests of a package share one
// Chromium, which starts with the first of them; Main ends it. Without Chromium the test is
// skipped, except in CI.
func Chromium(t *testing.T) *Browser {
	t.Helper()
	started, err := shared()
	if errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") != "true" {
		t.Skip("chromium is not installed")
	}
	must(t, err)
	ctx, shut := chromedp.NewContext(started, chromedp.WithNewBrowserContext())
	t.Cleanup(shut)
	_, err = chromedp.Call(ctx, log.Enable, cdp.Empty{}) // opens it, and must not be timed
	must(t, err)
	_, err = chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}) // as if it were the only window
	must(t, err)
	ctx, late := context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(late)
	b := &Browser{Context: ctx, t: t}
	must(t, chromedp.Listen(ctx, b.hear))
	return b
}

// Main is the TestMain of packages whose tests open a window: it runs them, and ends the
// Chromium that they have shared.
func Main(m *testing.M) {
	m.Run()
	end()
}

// end stops the shared Chromium, if there is one.
var end = func() {}

// shared starts Chromium once.
var shared = sync.OnceValues(func() (context.Context, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, err
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("no-proxy-server", true), chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"))
	allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, quit := chromedp.NewContext(allocated)
	end = func() { quit(); stop() }
	return ctx, chromedp.Do(ctx) // starts it
})

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

// Do does something in it, within half a minute.
func (b *Browser) Do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	short, stop := context.WithTimeout(b.Context, 30*time.Second)
	defer stop()
	must(b.t, chromedp.Do(short, actions...))
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

// Reach comes to a button, link or field by the Tab key alone, from where the focus is:
// forwards, or with Shift backwards, whichever way is shorter, also from the top of the page
// to its end. Where nothing has it, from the first that Tab leads to.
func (b *Browser) Reach(name string) {
	b.t.Helper()
	way := See[int](b, fmt.Sprintf(stopsTo, name))
	tab := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeRawKeyDown, Key: "Tab", Code: "Tab", WindowsVirtualKeyCode: 9}
	if way < 0 {
		way, tab.Modifiers = -way, int64(chromedp.ModifierShift)
	}
	for n := range 250 {
		if n >= way && See[string](b, nameOf+"(document.activeElement || document.body)") == name {
			return
		}
		_, err := chromedp.Call(b.Context, input.DispatchKeyEvent, tab)
		must(b.t, err)
	}
	b.t.Fatalf("no Tab leads to %q on\n%s", name, See[string](b, "document.body.innerText"))
}

// nameOf is what people call something that has the focus.
const nameOf = `(e => e.labels && e.labels[0] && !e.matches("button") ? e.labels[0].innerText.trim() : e.getAttribute("aria-label") || e.innerText || "")`

// stopsTo is how many times Tab is to be pressed for a name, as far as the page can tell:
// so many presses need no look at where they lead.
const stopsTo = `(() => {
	const rivals = e => [...document.getElementsByName(e.name)].filter(r => r.type === "radio" && r.form === e.form);
	const stop = e => !e.matches(":disabled") && e.tabIndex >= 0 && e.checkVisibility({visibilityProperty: true}) && !(e.type === "radio" && e.name && (rivals(e).find(r => r.checked) || rivals(e)[0]) !== e);
	const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")].filter(stop);
	if (!all.includes(document.activeElement)) all[0]?.focus();
	const there = all.findIndex(e => ` + nameOf + `(e) === %q);
	if (there < 0) return 0;
	const way = there - all.indexOf(document.activeElement);
	const frames = [...document.querySelectorAll("iframe")].some(f => all[there].compareDocumentPosition(f) & Node.DOCUMENT_POSITION_FOLLOWING); // with stops of their own
	const parts = all[there].matches("[type=date], [type=time]"); // it is come to from its first part
	return way > all.length / 2 && !frames && !parts ? way - all.length : way;
})()`

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
