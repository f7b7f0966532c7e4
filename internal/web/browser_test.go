package web

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp" // drives a real browser, which alone knows what a policy lets through

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
	"github.com/masthead-mail/masthead/internal/webtest"
)

func TestMain(m *testing.M) { webtest.Main(m) }

// TestABrowserLetsTheReaderThrough walks the journey with a real browser under the
// real policies: every style applies, every button works, nothing is complained
// about.
func TestABrowserLetsTheReaderThrough(t *testing.T) {
	t.Parallel()
	b := webtest.Chromium(t)
	ctx := b.Context
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
	b.Quiet()
}
