package editor

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestTryingWordsSavesNothing: the answer has the mail with what is typed, and the store
// stays as it was.
func TestTryingWordsSavesNothing(t *testing.T) {
	r := open(t)
	issue, cookie := r.drafted(t), r.signIn(t, ada)
	path := "/desk/issues/" + issue.ID + "/try"
	want(t, r.ask("POST", path, cookie, url.Values{"subject": {"Typed <b>"}, "preheader": {"p"}, "intro": {"Read **this**."}}), 200, `"subject":"Typed \u003cb\u003e"`, `"rev":1`, `this\u003c/strong\u003e`, `"kb":`)
	want(t, r.ask("POST", path, cookie, url.Values{"article": issue.Articles, "title": {"Another title"}, "authors": {"1"}}), 200, "Another title")
	for name, form := range map[string]url.Values{
		"The intro has 4001 characters; 4000 are the most.": {"subject": {"s"}, "intro": {strings.Repeat("é", 4001)}},
		"An article needs a title.":                         {"article": issue.Articles, "title": {"-"}},
		"is no address of a picture":                        {"article": issue.Articles, "image": {"javascript:x"}},
	} {
		want(t, r.ask("POST", path, cookie, form), 422, name)
	}
	want(t, r.ask("POST", path, cookie, url.Values{"article": {"gone"}}), 404, `"why"`)
	want(t, r.ask("POST", path, "", url.Values{"subject": {"x"}}), 303)
	want(t, r.ask("POST", path, cookie, url.Values{"subject": {"x"}}, "Sec-Fetch-Site", "cross-site"), 403)
	now, err := r.store.Issue(t.Context(), issue.ID)
	must(t, err)
	actions, err := r.store.Actions(t.Context(), "", 10)
	must(t, err)
	if now.Rev != issue.Rev || now.Subject != issue.Subject || len(actions) != 1 { // who signed in
		t.Errorf("%+v, %+v", now, actions)
	}
	must(t, r.Composer.Discard(t.Context(), &now))
	want(t, r.ask("POST", path, cookie, url.Values{"subject": {"x"}}), 409, "no draft any more")
}

// atIssue signs Ada in and opens the draft of the newsroom.
func (b *browser) atIssue(r *studio) string {
	b.t.Helper()
	issue, err := r.Desk.Draft(b.t.Context(), desk.Person{Who: string(ada), Role: newsletter.RoleEditor}, "weekly")
	must(b.t, err)
	b.signIn(r, ada)
	b.open("/desk/issues/" + issue.ID)
	return issue.ID
}

// inMail is the document of the mail in the live preview.
const inMail = `document.querySelector("#live iframe")?.contentDocument?`

// leaves answers yes to whoever asks before a page is left, and tells what was asked.
func (b *browser) leaves() chan cdppage.DialogType {
	b.t.Helper()
	asked := make(chan cdppage.DialogType, 9)
	must(b.t, chromedp.Listen(b.Context, func(event any) {
		if d, ok := event.(*cdppage.EventJavascriptDialogOpening); ok {
			asked <- d.Type
			go func() {
				_, _ = chromedp.Call(b.Context, cdppage.HandleJavaScriptDialog, cdppage.HandleJavaScriptDialogParams{Accept: true})
			}()
		}
	}))
	return asked
}

// TestTheMailIsShownWhileItIsWritten in a real browser, under the real policy.
func TestTheMailIsShownWhileItIsWritten(t *testing.T) {
	t.Parallel()
	r, home := newsroom(t)
	slow, release := atomic.Bool{}, make(chan struct{})
	r.before = func(q *http.Request) {
		if strings.HasSuffix(q.URL.Path, "/try") && slow.CompareAndSwap(true, false) {
			<-release
		}
	}
	b := newBrowser(t, home, false, true)
	b.Do(chromedp.EmulateViewport(1440, 900))
	id := b.atIssue(r)
	b.Until(inMail + `.body?.innerText.includes("Learn More")`)
	b.judge("live")
	b.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#live iframe").contentWindow.scrollTo(0, 700), undefined`))
	b.write("Intro", "Good morning, **lamplighters**")
	b.Until(inMail + `.querySelector("strong")?.innerText === "lamplighters"`)
	if y := see[int](b, `document.querySelector("#live iframe").contentWindow.scrollY`); y != 700 {
		t.Errorf("the frame has moved to %d", y)
	}
	slow.Store(true)
	b.write("Subject", "An old thought")
	b.Until(`true`)
	for slow.Load() {
		time.Sleep(10 * time.Millisecond)
	}
	b.write("Subject", "A new thought")
	b.Until(`document.getElementById("live-subject").innerText === "A new thought"`)
	close(release)
	b.Until(`document.getElementById("live-subject").innerText === "A new thought"`)

	_, err := r.Desk.Write(t.Context(), desk.Person{Who: string(olga), Role: newsletter.RoleEditor}, id, 1, desk.Words{Subject: "Olga's"})
	must(t, err)
	b.write("Preheader", "Read on")
	b.Until(`document.getElementById("live-fault").innerText.startsWith("olga@example.org has saved")`)
	b.Do(chromedp.Evaluate[chromedp.Void](`document.getElementById("intro").removeAttribute("maxlength"), undefined`))
	b.Do(chromedp.Evaluate[chromedp.Void](`document.getElementById("intro").value = "x".repeat(4001), document.getElementById("intro").dispatchEvent(new Event("input", {bubbles: true})), undefined`))
	b.Until(`document.getElementById("live-fault").innerText === "The intro has 4001 characters; 4000 are the most."`)

	asked := b.leaves()
	b.press("Overview")
	b.reads("What is next")
	if kind := <-asked; kind != cdppage.DialogTypeBeforeunload {
		t.Errorf("asked %s", kind)
	}
	now, err := r.store.Issue(t.Context(), id)
	must(t, err)
	b.open("/desk/issues/" + id + "/articles/" + now.Articles[2])
	b.Until(inMail + `.body?.innerText.includes("Learn More")`)
	b.Until(`document.querySelector("#live iframe").contentWindow.scrollY >= 300`) // it shows the mail from the article on
	b.judge("live-article")
	b.write("Title", "A title of our own")
	b.Until(inMail + `.body?.innerText.includes("A title of our own")`)
	b.press("Save")
	b.reads("Saved.")
	if len(asked) > 0 {
		t.Errorf("asked although it was saved")
	}
	b.Do(chromedp.EmulateViewport(375, 800))
	b.open("/desk/issues/" + id)
	if see[bool](b, `document.getElementById("live").open`) {
		t.Error("it is open on a phone")
	}
	b.Do(chromedp.Click(chromedp.CSS("#live summary")))
	b.Until(inMail + `.body?.innerText.includes("A title of our own")`)
	b.phone = true
	b.judge("live")
	b.Quiet("status of 422")
}

// TestTheContrastIsTheServersRule: what the page says of a colour while it is typed is
// what saving it would say.
func TestTheContrastIsTheServersRule(t *testing.T) {
	t.Parallel()
	r, home := newsroom(t)
	b := newBrowser(t, home, false, true)
	b.signIn(r, olga)
	b.open("/desk/settings")
	for _, colour := range []string{"#9a2c1e", "#767676", "#747474", "#6f6f6f", "#ffff00", "#000000", "#c43f2e"} { // #767676 passes on white only
		b.write("Colour", colour)
		ratio, err := newsletter.Contrast(colour, newsletter.CardSurface)
		must(t, err)
		verdict := map[bool]string{true: "readable", false: "too light to be read"}[newsletter.CheckAccent(colour) == nil]
		if says, want := see[string](b, `document.getElementById("contrast").innerText`), fmt.Sprintf("%.1f to 1: %s.", math.Floor(ratio*10)/10, verdict); says != want {
			t.Errorf("%s: the page says %q, the server %q", colour, says, want)
		}
	}
	b.write("Colour", "#74")
	if says := see[string](b, `document.getElementById("contrast").innerText`); says != "" {
		t.Errorf("half a colour: %q", says)
	}
	b.Quiet("status of 422") // of half a colour, if the preview comes to ask
}
