package web

import (
	"context"
	"database/sql"
	"html"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/webtest"
)

// TestMailScannersChangeNothing: they fetch every link of every mail that a reader gets, by
// GET and HEAD, and some open it in a browser, run what runs there, and wait. Then every
// table of the store is as it was, and nobody was written to.
func TestMailScannersChangeNothing(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.Subscribers.Greeter = h.Composer
	links := h.everyLink(t)
	before, mails := h.dump(t), len(h.post.sent)
	unchanged := func(what string) {
		t.Helper()
		if after := h.dump(t); after != before {
			t.Fatalf("%s has changed the store:\n%s\nbefore:\n%s", what, after, before)
		}
		if len(h.post.sent) != mails {
			t.Fatalf("%s was mailed something for", what)
		}
	}
	for _, link := range links {
		for _, method := range []string{"GET", "HEAD"} {
			for _, agent := range []string{"", "Mozilla/5.0 (compatible; SafeLinks)"} {
				if w := h.do(request(method, link, "", "User-Agent", agent, "Sec-Fetch-Site", "none")); w.Code != 200 && w.Code != 409 { // of who has moved since, the first link is of no use
					t.Errorf("%s %s: %d", method, link, w.Code)
				}
				unchanged(method + " " + link)
			}
		}
	}
	ctx := webtest.Chromium(t).Context
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	for _, link := range links {
		must(t, chromedp.Do(ctx, chromedp.Navigate(server.URL+link), chromedp.WaitReady(chromedp.CSS("body"))))
		// What scanners try where no script is: press keys, hover, prefetch what is linked.
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(async () => {
			for (const kind of ['mousemove', 'mouseover', 'focus', 'scroll', 'keydown', 'visibilitychange'])
				for (const at of [document, window, ...document.querySelectorAll('a, button, input')]) at.dispatchEvent(new Event(kind, { bubbles: true }));
			for (const a of document.querySelectorAll('a[href^="/"]')) { const hint = document.createElement('link'); hint.rel = 'prefetch'; hint.href = a.href; document.head.append(hint); }
			await new Promise(done => setTimeout(done, 50));
			return true;
		})()`, chromedp.EvalAwaitPromise))
		must(t, err)
		unchanged("a browser at " + link)
	}
}

// everyLink sends a reader every mail there is, and returns where their links lead, on this site.
func (h *house) everyLink(t *testing.T) []string {
	t.Helper()
	issue := h.sendAnIssue(t)
	run, err := h.store.Run(t.Context(), issue)
	must(t, err)
	run.State, run.FinishedAt = newsletter.RunSent, h.now
	must(t, h.store.SaveRun(t.Context(), &run))
	h.now = h.now.Add(time.Minute)
	want(t, h.press("/subscribe", "email", string(ada)), 200)
	want(t, h.press(h.mailed(t, ada, newsletter.ConfirmPath)), 200)
	path := h.preferencesPath(t)
	for _, ask := range [][]string{{path + "/export"}, {path + "/erase"}, {path + "/address", "email", string(bea)}} {
		want(t, h.press(ask[0], ask[1:]...), 200)
	}
	eve := newsletter.Address("eve@example.org") // has moved, so that there is a mail to take it back
	want(t, h.press("/subscribe", "email", string(eve)), 200)
	want(t, h.press(h.mailed(t, eve, newsletter.ConfirmPath)), 200)
	moved := strings.TrimPrefix(h.mailed(t, eve, newsletter.PreferencesPath), newsletter.PreferencesPath)
	want(t, h.press(newsletter.PreferencesPath+moved+"/address", "email", "eva@example.org"), 200)
	want(t, h.press(h.mailed(t, "eva@example.org", newsletter.MovePath)), 200)
	h.now = h.now.Add(time.Minute)
	want(t, h.press("/subscribe", "email", "kim@example.org"), 200) // has not confirmed yet

	var links []string
	kinds := map[string]bool{}
	own := regexp.MustCompile(`https://news\.example\.org(/[^\s"<>]*)`)
	for _, m := range h.post.sent {
		for _, found := range own.FindAllStringSubmatch(html.UnescapeString(m.HTML)+"\n"+m.Text, -1) {
			kinds[strings.SplitN(found[1], "/", 3)[1]] = true
			if !slices.Contains(links, found[1]) && !strings.HasPrefix(found[1], newsletter.PreferencesPath+moved) { // that one was revoked
				links = append(links, found[1])
			}
		}
	}
	for _, kind := range []string{"confirm", "unsubscribe", "preferences", "move", "undo", "data", "erase", "issues", "subscribe"} {
		if !kinds[kind] {
			t.Errorf("no mail leads to /%s", kind)
		}
	}
	return links
}

// dump is everything that the store holds, row by row.
func (h *house) dump(t *testing.T) string {
	t.Helper()
	db, err := sql.Open("sqlite", h.file)
	must(t, err)
	defer db.Close()
	var b strings.Builder
	for _, table := range rows(t, db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name") {
		for _, row := range rows(t, db, "SELECT * FROM "+table) {
			b.WriteString(table + ": " + row + "\n")
		}
	}
	return b.String()
}

func rows(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	found, err := db.QueryContext(context.Background(), query)
	must(t, err)
	defer found.Close()
	columns, err := found.Columns()
	must(t, err)
	var all []string
	for found.Next() {
		values, at := make([]string, len(columns)), make([]any, len(columns))
		for i := range values {
			at[i] = &values[i]
		}
		must(t, found.Scan(at...))
		all = append(all, strings.Join(values, "|"))
	}
	must(t, found.Err())
	slices.Sort(all)
	return all
}
