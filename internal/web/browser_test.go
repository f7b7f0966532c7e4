package web

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp" // drives a real browser, which alone knows what a policy lets through

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// browser opens Chromium, and returns what it had to complain about.
func browser(t *testing.T) (ctx context.Context, complaints func() []string) {
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
	ctx, late := context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(late)
	var lock sync.Mutex
	var heard []string
	_, err = chromedp.Call(ctx, log.Enable, cdp.Empty{}) // starts it
	must(t, err)
	must(t, chromedp.Listen(ctx, func(event any) {
		if entry, ok := event.(*log.EventEntryAdded); ok && !strings.Contains(entry.Entry.URL, "favicon") {
			lock.Lock()
			heard = append(heard, entry.Entry.Text+" "+entry.Entry.URL)
			lock.Unlock()
		}
	}))
	return ctx, func() []string { lock.Lock(); defer lock.Unlock(); return slices.Clone(heard) }
}

// TestABrowserLetsTheReaderThrough walks the journey with a real browser under the
// real policies: every style applies, every button works, nothing is complained
// about.
func TestABrowserLetsTheReaderThrough(t *testing.T) {
	ctx, complaints := browser(t)
	h := open(t)
	issue := h.sendAnIssue(t)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	show := func(path string) { t.Helper(); must(t, chromedp.Do(ctx, chromedp.Navigate(server.URL+path))) }
	press := func() { t.Helper(); must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("button")))) }
	reads := func(heading string) {
		t.Helper()
		must(t, chromedp.Do(ctx, chromedp.WaitVisible("//h1[.='"+heading+"']")))
	}
	colour := func(selector, want string) {
		t.Helper()
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string](`getComputedStyle(document.querySelector("`+selector+`")).backgroundColor`))
		if err != nil || got != want {
			t.Errorf("%s is %s (%v), want %s", selector, got, err, want)
		}
	}

	show("/")
	colour("button", "rgb(154, 44, 30)")
	must(t, chromedp.Do(ctx, chromedp.SendKeys(chromedp.CSS("#email"), string(ada))))
	h.now = h.now.Add(5 * time.Second) // a person types
	press()
	reads("Check your inbox")
	if len(h.post.sent) != 1 {
		t.Fatalf("%d confirmations", len(h.post.sent))
	}
	show(between(t, h.post.sent[0].Text, "https://news.example.org", "\n"))
	press()
	reads("Welcome, you are subscribed")
	show(newsletter.IssuePath + issue)
	colour("table.card", "rgb(255, 255, 255)")
	show(h.link(token.Unsubscribe))
	press()
	reads("You are unsubscribed")
	press()
	reads("You are subscribed again")
	h.wantStatus(t, newsletter.Active)
	for _, heard := range complaints() {
		t.Errorf("the browser complains: %s", heard)
	}
}
