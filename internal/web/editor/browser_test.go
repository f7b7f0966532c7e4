package editor

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp" // drives a real browser, which alone knows what a policy lets through

	"github.com/masthead-mail/masthead/internal/collect"
	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/local/magazine"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/webtest"
)

func TestMain(m *testing.M) { webtest.Main(m) }

// browser is Chromium at the desk.
type browser struct {
	*webtest.Browser
	t      *testing.T
	home   string
	shots  string // folder for pictures; empty: none are taken
	phone  bool
	axe    string
	script bool
}

func newBrowser(t *testing.T, home string, phone, script bool) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser under the race detector proves nothing more")
	}
	b := &browser{Browser: webtest.Chromium(t), t: t, home: home, shots: os.Getenv("DESK_SHOTS"), phone: phone, script: script}
	if source, err := os.ReadFile(filepath.Join("..", "..", "..", ".ci", "mail", "node_modules", "axe-core", "axe.min.js")); err == nil {
		b.axe = string(source)
	}
	width, height := int64(1280), int64(900)
	if phone {
		width, height = 360, 800
	}
	b.Do(chromedp.EmulateViewport(width, height))
	if !script {
		_, err := chromedp.Call(b.Context, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		must(t, err)
	}
	return b
}

func see[T any](b *browser, expression string, options ...chromedp.EvaluateOption) T {
	b.t.Helper()
	return webtest.See[T](b.Browser, expression, options...)
}

func (b *browser) open(path string) { b.t.Helper(); b.Do(chromedp.Navigate(b.home + path)) }

// reads waits for a page with this in its first heading or its message.
func (b *browser) reads(words string) {
	b.t.Helper()
	short, stop := context.WithTimeout(b.Context, 10*time.Second)
	defer stop()
	if err := chromedp.Do(short, chromedp.WaitVisible(fmt.Sprintf("//*[self::h1 or self::p or self::span or self::h2][contains(., %q)]", words))); err != nil {
		b.t.Fatalf("the page never says %q: %v\n%s", words, err, see[string](b, "document.body.innerText"))
	}
}

// at waits for a page of the Issue.
func (b *browser) at(tab string) {
	b.t.Helper()
	b.Do(chromedp.WaitVisible(fmt.Sprintf("//nav//a[@aria-current='page' and .=%q]", tab)))
}

// press presses a button or follows a link: by keyboard at a desk, by a finger on a
// phone.
func (b *browser) press(name string) {
	b.t.Helper()
	if b.phone {
		b.Do(chromedp.Click(fmt.Sprintf("(//button[.=%[1]q or @aria-label=%[1]q]|//a[.=%[1]q or @aria-label=%[1]q])[last()]", name)))
		return
	}
	b.reach(name)
	b.Do(chromedp.KeyEvent("\r"))
}

// reach comes to something by keyboard, and sees where the focus is.
func (b *browser) reach(name string) {
	b.t.Helper()
	b.Reach(name)
	if !see[bool](b, `(e => e.matches(":focus-visible") && getComputedStyle(e).outlineStyle === "solid" && parseFloat(getComputedStyle(e).outlineWidth) >= 2)(document.activeElement)`) {
		b.t.Errorf("nobody sees that %q has the focus", name)
	}
}

// tick ticks a box, or takes one of several choices.
func (b *browser) tick(label string) {
	b.t.Helper()
	if b.phone {
		b.Do(chromedp.Click(fmt.Sprintf("//label[normalize-space(.)=%q]", label)))
		return
	}
	b.reach(label)
	b.Do(chromedp.KeyEvent(" "))
}

// choose takes an entry of a list by its first letters.
func (b *browser) choose(label, entry string) {
	b.t.Helper()
	b.enter(label)
	b.Do(chromedp.KeyEvent(entry))
}

// enter comes to a field.
func (b *browser) enter(label string) {
	b.t.Helper()
	if !b.phone {
		b.reach(label)
		return
	}
	b.Do(chromedp.Focus("#" + see[string](b, fmt.Sprintf(`[...document.querySelectorAll("label")].find(l => l.innerText.trim() === %q).htmlFor`, label))))
}

// write types into a field in place of what is there.
func (b *browser) write(label, text string) {
	b.t.Helper()
	b.enter(label)
	b.Do(chromedp.Evaluate[chromedp.Void]("document.activeElement.select(), undefined"), chromedp.KeyEvent(text))
}

// judge has axe look at the page, light and dark, and takes pictures.
func (b *browser) judge(name string) {
	b.t.Helper()
	if b.script && b.axe != "" || b.shots != "" {
		for _, scheme := range []string{"light", "dark"} {
			_, err := chromedp.Call(b.Context, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			must(b.t, err)
			b.picture(name + "-" + scheme)
			b.violations(name, scheme)
		}
		_, err := chromedp.Call(b.Context, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
		must(b.t, err)
	}
	if says := see[string](b, `[document.documentElement.lang, document.querySelectorAll("h1").length, document.title.endsWith(" · The Lantern Post") && document.title.length > 20].join()`); says != "en,1,true" {
		b.t.Errorf("%s: language, headings and title: %s, %q", name, says, see[string](b, "document.title"))
	}
	if wide := see[int](b, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); wide > 0 {
		b.t.Errorf("%s is %d pixels wider than the screen", name, wide)
	}
}

// axeRules are those that hold in light, and those that colours can break anew in dark.
var axeRules = map[string]string{
	"light": `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`,
	"dark":  `{type: "rule", values: ["color-contrast", "link-in-text-block"]}`,
}

func (b *browser) violations(name, scheme string) {
	b.t.Helper()
	if b.axe == "" || !b.script {
		return
	}
	if see[bool](b, "!window.axe") {
		see[bool](b, b.axe+";true")
	}
	for _, v := range see[[]string](b, `axe.run(document, {iframes: false, resultTypes: ["violations"], runOnly: `+axeRules[scheme]+`}).then(r => r.violations.map(v => v.id + ": " + v.nodes[0].html.slice(0, 160) + " " + v.nodes[0].failureSummary))`, chromedp.EvalAwaitPromise) {
		b.t.Errorf("axe, %s, %s: %s", name, scheme, v)
	}
}

func (b *browser) picture(name string) {
	if b.shots == "" {
		return
	}
	if b.phone {
		name += "-phone"
	}
	time.Sleep(300 * time.Millisecond) // pictures in frames; only for those who look at them
	shot, err := chromedp.Run(b.Context, chromedp.FullScreenshot(90))
	must(b.t, err)
	must(b.t, os.WriteFile(filepath.Join(b.shots, name+".jpg"), shot, 0o600))
}

// serve has a browser come to the desk.
func (r *studio) serve(t *testing.T) (home string) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, q *http.Request) {
		if r.before != nil {
			r.before(q)
		}
		r.ServeHTTP(w, q)
	})
	mux.HandleFunc("GET /api/runs/{id}/events", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }) // the API is not in this house
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p, err := r.store.Publication(t.Context())
	must(t, err)
	p.BaseURL = server.URL
	must(t, r.store.SavePublication(t.Context(), &p))
	return server.URL
}

// newsroom is the desk with a magazine, readers and a mail system that takes all.
func newsroom(t *testing.T) (r *studio, home string) {
	t.Helper()
	r = open(t)
	home = r.serve(t)
	handler, err := magazine.New(magazine.Morning(monday))
	must(t, err)
	site := httptest.NewServer(handler)
	t.Cleanup(site.Close)
	c := &collect.Collector{Store: r.store, Now: func() time.Time { return r.now }, Fetch: &fetch.Client{Allow: []string{strings.TrimPrefix(site.URL, "http://")}}}
	source, err := c.Add(t.Context(), site.URL+"/")
	must(t, err)
	if report := c.Visit(t.Context(), source.ID); report.Err != nil {
		t.Fatal(report.Err)
	}
	r.Desk.Collect, r.Composer.Pages = c, c.Fetch
	must(t, r.store.SaveSchedule(t.Context(), &newsletter.Schedule{ID: "weekly", Name: "Every Monday", Cadence: newsletter.Weekly, Weekday: time.Monday, Hour: 7, Zone: "UTC", Review: true, LastFire: monday}))
	var readers []newsletter.Subscriber
	for n := range 120 {
		address := newsletter.Address(fmt.Sprintf("reader%d@example.org", n))
		readers = append(readers, newsletter.Subscriber{ID: newsletter.Identify([]byte("pepper"), address), Address: address, Name: fmt.Sprint("Reader ", n), Status: newsletter.Active, ConfirmedAt: monday.AddDate(0, -1, 0)})
	}
	_, err = r.store.AddSubscribers(t.Context(), readers)
	must(t, err)
	return r, home
}

// Send takes every message, except those of one reader.
func (r *studio) Send(_ context.Context, m *newsletter.Mailing) ([]newsletter.Result, error) {
	results := make([]newsletter.Result, len(m.Recipients))
	for i, to := range m.Recipients {
		results[i] = newsletter.Result{Outcome: newsletter.OutcomeSent, MessageID: fmt.Sprint("m", i)}
		if to.Address == "reader7@example.org" {
			results[i] = newsletter.Result{Outcome: newsletter.OutcomeFailed, Reason: "550 5.1.1 no such user"}
		}
	}
	if r.afterBatch != nil {
		r.afterBatch()
	}
	return results, nil
}

// journey is the editor's: draft, edit, preview, preflight, test, hold, send, pause,
// resume, result.
func journey(t *testing.T, phone, script bool) {
	t.Parallel()
	r, home := newsroom(t)
	b := newBrowser(t, home, phone, script)
	b.open("/desk/")
	b.judge("sign-in")
	b.write("Your e-mail address", string(ada))
	b.press("Send me the mail")
	b.reads("Look into your mail")
	b.judge("code")
	b.open(strings.TrimPrefix(r.link, home))
	b.judge("link")
	b.press("Sign in")
	b.reads("What is next")
	b.judge("overview")
	b.press("Draft it now")
	b.reads("Articles")
	b.judge("issue")
	b.write("Subject", "Lamplight, and a lighthouse that whispers")
	b.press("Save the words")
	b.reads("Saved.")
	second := see[string](b, `document.querySelectorAll(".articles .title")[1].innerText`)
	b.press("Move up: " + second)
	b.reads("The order is changed.")
	if lead := see[string](b, `document.querySelector(".articles .title").innerText`); lead != second {
		t.Errorf("%q leads, not %q", lead, second)
	}
	b.press("Change: " + second)
	b.reads("holds for this issue only")
	b.judge("article")
	b.write("Title", "A title of our own")
	b.press("Save")
	b.reads("Saved.")
	b.press("Preview")
	b.reads("In the mailbox")
	if frames := see[int](b, "frames.length"); frames != 5 {
		t.Errorf("%d frames", frames)
	}
	b.judge("preview")
	b.press("Preflight")
	b.at("Preflight")
	b.press("Look at links, pictures and the quota, too")
	b.reads("were looked at, too")
	b.judge("preflight")
	b.press("Write")
	b.at("Write")
	b.write("To", "ada@example.org")
	b.press("Send the test")
	b.reads("The test is on its way")
	if m := r.post[len(r.post)-1]; !strings.HasPrefix(m.Subject, "[TEST] Lamplight") || !strings.Contains(m.HTML, "A title of our own") {
		t.Errorf("the test is %q", m.Subject)
	}
	b.write("Hold it, because", "the lead is wrong")
	b.press("Hold")
	b.reads("the lead is wrong")
	b.judge("held")
	b.press("Let it go its way again")
	b.reads("It goes its way again.")
	b.press("Approve")
	b.reads("Approved: it goes out")
	b.press("Send now")
	b.reads("goes to 120 readers")
	b.judge("sure")
	b.press("Send it now")
	r.sendPart(t, b)
	b.press("Resume")
	b.reads("It goes on.")
	r.walk(t)
	b.open("/desk/runs/weekly-20260309-070000")
	b.reads("Result")
	b.reads("Who was not sent it")
	b.judge("run")
	b.press("Overview")
	b.reads("119 sent, 1 failed")
	b.press("Audit")
	b.reads("Who did what")
	b.judge("audit")
	b.open("/desk/access")
	b.judge("access")
	b.press("Settings")
	b.reads("How the publication shows itself")
	b.judge("settings")
	b.press("Schedules")
	b.reads("When issues are drafted and sent")
	b.judge("schedules")
	b.press("Every Monday")
	b.reads("every Monday at 07:00")
	b.judge("schedule")
	b.write("Drafted, in hours ahead", "24")
	b.press("Save the schedule")
	b.reads("Saved.")
	r.scheduled(t, b)
	b.press("Sign out")
	b.reads("Sign in to the desk")
	b.Quiet()
}

// scheduled lets a Monday come: the draft is there a day ahead, is held by the link of
// its mail, and tells the editors at its time that it was not sent.
func (r *studio) scheduled(t *testing.T, b *browser) {
	t.Helper()
	fire := monday.AddDate(0, 0, 14)
	r.now = fire.Add(-24 * time.Hour)
	a := newsletter.Article{ID: newsletter.ArticleID("https://magazine.example.org/late"), URL: "https://magazine.example.org/late", Title: "A late piece", Published: r.now.Add(-time.Hour), FirstSeen: r.now.Add(-time.Hour)}
	must(t, r.store.AddArticle(t.Context(), &a))
	teller := &desk.Teller{To: r.Access.Everybody(), Store: r.store, Preflight: r.Composer, Mail: r, Render: r.Access.Render, Publication: r.Publication, Tokens: r.signer, Now: r.Now}
	tick := func() {
		fired, err := r.Composer.Tick(t.Context())
		must(t, err)
		for _, f := range fired {
			if f.Skipped != "" {
				must(t, teller.Missed(t.Context(), f.Schedule, f.At, f.Skipped))
			}
		}
		must(t, teller.Drafts(t.Context()))
	}
	tick()
	mail := r.post[len(r.post)-1]
	if mail.Subject != "Draft: A late piece" {
		t.Fatalf("the newest mail is %q", mail.Subject)
	}
	_, link, _ := strings.Cut(mail.Text, b.home+desk.HoldPath)
	link, _, _ = strings.Cut(link, "\n")
	b.open(desk.HoldPath + link)
	b.reads("is due")
	b.judge("hold")
	b.press("Hold it")
	b.reads("late piece” does not go out until") // the page before says it too, in other words
	r.now = fire.Add(time.Minute)
	tick()
	if mail := r.post[len(r.post)-1]; !strings.Contains(strings.Join(strings.Fields(mail.Text), " "), "it is held: from the draft's mail") {
		t.Errorf("the newest mail is %q:\n%s", mail.Subject, mail.Text)
	}
	signIn, err := r.Access.Link(t.Context(), string(ada), newsletter.ByCommandLine) // two weeks are over
	must(t, err)
	b.open(strings.TrimPrefix(signIn, b.home))
	b.press("Sign in")
	b.reads("and is held: from the draft's mail")
	b.judge("alarm")
}

// sendPart mails the first batch, and has the editor pause the run then.
func (r *studio) sendPart(t *testing.T, b *browser) {
	t.Helper()
	b.reads("Progress")
	must(t, r.Runs.Sweep(t.Context()))
	once := sync.Once{}
	r.afterBatch = func() {
		once.Do(func() {
			b.open("/desk/runs/weekly-20260309-070000")
			b.judge("progress")
			b.press("Pause")
			b.reads("Paused: within one batch")
		})
	}
	r.walk(t)
	b.open("/desk/runs/weekly-20260309-070000")
	b.reads("paused")
	run, err := r.store.Run(t.Context(), "weekly-20260309-070000")
	must(t, err)
	counts, err := r.Runs.Counts(t.Context(), &run)
	must(t, err)
	if run.State != newsletter.RunPaused || counts.Reached() == 0 || counts.Reached() > 60 {
		t.Errorf("%s, %+v", run.State, counts)
	}
}

func (r *studio) walk(t *testing.T) {
	t.Helper()
	run, err := r.store.Run(t.Context(), "weekly-20260309-070000")
	must(t, err)
	for n := range run.Lanes {
		must(t, r.Runs.Walk(t.Context(), deliver.LaneRef{Run: run.ID, Lane: n}))
	}
	must(t, r.Runs.Sweep(t.Context()))
}

func TestTheEditorsJourneyByKeyboard(t *testing.T)            { journey(t, false, true) }
func TestTheEditorsJourneyOnAPhoneWithoutScript(t *testing.T) { journey(t, true, false) }
