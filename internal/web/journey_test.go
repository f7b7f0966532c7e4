package web

import (
	"context"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
	"github.com/masthead-mail/masthead/internal/webtest"
)

var shots = flag.String("shots", "", "folder to write a picture of every page of the reader's journey to")

// visitor is a reader with a browser of some size.
type visitor struct {
	*house
	t      *testing.T
	ctx    context.Context
	home   string
	device string
	taken  int
}

// TestAReadersJourneyInABrowser: form, confirmation, welcome, preferences, another address
// and back, leaving and coming back, their data, erasure; on a desk and on a phone, where
// nothing may be wider than the screen; in light and dark, and from right to left.
func TestAReadersJourneyInABrowser(t *testing.T) {
	for _, device := range []struct {
		name          string
		width, height int64
		scheme        string
		language      string
	}{{"desktop", 1200, 900, "light", ""}, {"phone-dark", 375, 800, "dark", ""}, {"phone-arabic", 375, 800, "light", "ar"}} {
		if testing.Short() && device.language == "" && device.scheme == "light" {
			continue // the others see more
		}
		t.Run(device.name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			h.edition(t)
			server := httptest.NewServer(h)
			t.Cleanup(server.Close)
			b := webtest.Chromium(t)
			v := &visitor{house: h, t: t, ctx: b.Context, home: server.URL, device: device.name}
			media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: device.scheme}}}
			_, err := chromedp.Call(b.Context, emulation.SetEmulatedMedia, media)
			must(t, err)
			must(t, chromedp.Do(b.Context, chromedp.EmulateViewport(device.width, device.height)))
			v.journey(device.language)
			b.Quiet("422", "404")
		})
	}
}

func (v *visitor) journey(language string) {
	v.sendAnIssue(v.t)
	v.show("/")
	v.see("subscribe")
	v.fill("#email", string(ada))
	v.now = v.now.Add(5 * time.Second) // to type
	v.press(`form[action="/subscribe"] button`)
	v.see("sent")
	if language != "" {
		v.prefer(language)
	}
	v.show(v.mailTo(ada, newsletter.ConfirmPath))
	v.see("confirm")
	v.press("main button")
	v.see("welcome")
	v.press("main a.button")
	v.see("preferences")
	v.tick(`input[name="topic"][value="Bread"]`)
	v.fill("#name", "Ada")
	v.choose("#pause", "2")
	v.press(`form button`)
	v.see("saved")
	v.wantBread()
	v.fill("#email", "zoë@example.org")
	v.submit(`form[action$="/address"]`)
	v.see("fault")
	v.fill("#email", string(bea))
	v.press(`form[action$="/address"] button`)
	v.see("asked-new-address")
	v.show(v.mailTo(bea, newsletter.MovePath))
	v.see("move")
	v.press("main button")
	v.see("moved")
	v.show(v.mailTo(ada, newsletter.UndoPath))
	v.see("undo")
	v.press("main button")
	v.see("undone")
	v.show(v.link(token.Unsubscribe))
	v.see("leave")
	v.press("main button")
	v.see("left")
	v.wantStatus(v.t, newsletter.Unsubscribed)
	v.tick(`input[value="too-often"]`)
	v.press(`form[action$="/why"] button`)
	v.see("thanks")
	v.show(v.link(token.Unsubscribe))
	v.see("left-already")
	v.becomes(newsletter.Active)
	v.show(v.preferencesPath(v.t))
	v.press(`form[action$="/export"] button`)
	v.see("asked-data")
	v.show(v.mailTo(ada, newsletter.ExportPath))
	v.see("data")
	v.show(v.preferencesPath(v.t))
	v.press(`form[action$="/erase"] button`)
	v.show(v.mailTo(ada, newsletter.ErasePath))
	v.see("erase")
	v.press("main button")
	v.see("erased")
	if _, err := v.store.Subscriber(v.t.Context(), adaID); err == nil {
		v.t.Error("still on record")
	}
	v.show("/issues/")
	v.see("issues")
	v.show("/subscribe/embed")
	v.see("embed")
	v.show("/nowhere")
	v.see("nowhere")
}

func (v *visitor) drive(actions ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	if err := chromedp.Do(v.ctx, actions...); err != nil {
		v.t.Fatalf("%s, after picture %d: %v", v.device, v.taken, err)
	}
}

func (v *visitor) show(path string) { v.t.Helper(); v.drive(chromedp.Navigate(v.home + path)) }

// press clicks what leads to another page, and waits for that.
func (v *visitor) press(selector string) {
	v.t.Helper()
	v.leave()
	v.drive(chromedp.Click(chromedp.CSS(selector)))
	v.arrive()
}

// leave marks the page, so that the next one can be told from it.
func (v *visitor) leave() {
	v.t.Helper()
	_, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](`document.documentElement.dataset.left = "yes"`))
	must(v.t, err)
}

func (v *visitor) arrive() {
	v.t.Helper()
	v.drive(chromedp.WaitReady(chromedp.CSS(`html:not([data-left]) footer`)))
}

func (v *visitor) tick(selector string) {
	v.t.Helper()
	v.drive(chromedp.Click(chromedp.CSS(selector)))
}

// submit sends a form whatever the browser itself thinks of what is in it.
func (v *visitor) submit(selector string) {
	v.t.Helper()
	v.leave()
	_, err := chromedp.Run(v.ctx, chromedp.Evaluate[bool](`(f => { f.noValidate = true; f.querySelector('button').click(); return true })(document.querySelector('`+selector+`'))`))
	must(v.t, err)
	v.arrive()
}

func (v *visitor) fill(selector, text string) {
	v.t.Helper()
	v.drive(chromedp.Clear(chromedp.CSS(selector)), chromedp.SendKeys(chromedp.CSS(selector), text))
}

func (v *visitor) choose(selector, value string) {
	v.t.Helper()
	_, err := chromedp.Run(v.ctx, chromedp.Evaluate[bool](`(s => { s.value = '`+value+`'; return s.value === '`+value+`' })(document.querySelector('`+selector+`'))`))
	must(v.t, err)
}

// see takes the picture, and judges what a picture cannot show: one heading that is in
// sight, and nothing wider than the screen.
func (v *visitor) see(name string) {
	v.t.Helper()
	v.drive(chromedp.WaitVisible(chromedp.CSS("h1")))
	wide, err := chromedp.Run(v.ctx, chromedp.Evaluate[int](`Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)`))
	must(v.t, err)
	if wide > 0 {
		v.t.Errorf("%s: %s is %d px too wide", v.device, name, wide)
	}
	if v.taken++; *shots == "" {
		return
	}
	take := chromedp.FullScreenshot(100)
	if short, err := chromedp.Run(v.ctx, chromedp.Evaluate[bool](`document.documentElement.scrollHeight <= innerHeight`)); err == nil && short {
		take = chromedp.CaptureScreenshot()
	}
	picture, err := chromedp.Run(v.ctx, take)
	must(v.t, err)
	must(v.t, os.WriteFile(filepath.Join(*shots, fmt.Sprintf("%s-%02d-%s.png", v.device, v.taken, name)), picture, 0o644))
}

func (v *visitor) mailTo(to newsletter.Address, path string) string {
	v.t.Helper()
	return v.house.mailed(v.t, to, path)
}

// prefer is what a browser of another language would have left on record.
func (v *visitor) prefer(language string) {
	v.t.Helper()
	sub, err := v.store.Subscriber(v.t.Context(), adaID)
	must(v.t, err)
	sub.Language = language
	must(v.t, v.store.SaveSubscriber(v.t.Context(), &sub))
}

func (v *visitor) becomes(s newsletter.Status) {
	v.t.Helper()
	sub, err := v.store.Subscriber(v.t.Context(), adaID)
	must(v.t, err)
	sub.Status = s
	must(v.t, v.store.SaveSubscriber(v.t.Context(), &sub))
}

func (v *visitor) wantBread() {
	v.t.Helper()
	sub, err := v.store.Subscriber(v.t.Context(), adaID)
	if err != nil || len(sub.Topics) != 1 || sub.Topics[0] != "Bread" || sub.Name != "Ada" || sub.PausedUntil.IsZero() {
		v.t.Errorf("%s: on record %+v, %v", v.device, sub.Wishes(), err)
	}
}
