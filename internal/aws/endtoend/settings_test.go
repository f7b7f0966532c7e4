package endtoend

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// change sends settings to the API, in place of those that are stored now.
func (c *cloud) change(t *testing.T, settings string) (status int, body string) {
	t.Helper()
	stored, err := c.store.Publication(t.Context())
	must(t, err)
	page := c.browse(t, "PATCH", "/api/settings", settings, "content-type", "application/json", "authorization", "Bearer "+editorToken, "if-match", fmt.Sprintf("%q", fmt.Sprint(stored.Rev)))
	return page.StatusCode, page.Body
}

// changedSettings: what is set at the desk holds for the next issue, of functions that are
// running already, and not for one that is on its way.
func (c *cloud) changedSettings(t *testing.T) {
	if status, body := c.change(t, `{"site":"https://lanternpost.example","utm":"source=desk campaign={issue}","clicks":true,"fromName":"Mara at the Lantern"}`); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	fired := c.sendNext(t, "A counted lamp")
	if status, body := c.change(t, `{"utm":"source=later","clicks":false}`); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	c.handle(t, c.deliver, c.queue.take(), 0)
	sent := c.mail.Stored(t)
	if len(sent) == 0 {
		t.Fatal("nobody was mailed")
	}
	if !strings.Contains(sent[0].From, "Mara at the Lantern") {
		t.Errorf("from %q", sent[0].From)
	}
	link := regexp.MustCompile(`href="(https://news\.example\.org/r/[^"]+)"[^>]*>\s*A counted lamp`).FindStringSubmatch(sent[0].Body.HTML)
	if link == nil {
		t.Fatalf("the title leads nowhere that counts:\n%.6000s", sent[0].Body.HTML)
	}
	if page := c.browse(t, "GET", link[1], ""); page.StatusCode != http.StatusFound || !strings.HasSuffix(page.Headers["Location"], "?utm_source=desk&utm_campaign="+fired.Issue) {
		t.Errorf("%d %v", page.StatusCode, page.Headers)
	}
	c.sendNext(t, "A plain lamp")
	c.handle(t, c.deliver, c.queue.take(), 0)
	if sent = c.mail.Stored(t); len(sent) == 0 || strings.Contains(sent[0].Body.HTML, "/r/") || !strings.Contains(sent[0].Body.HTML, "utm_source=later") {
		t.Errorf("the issue after that has other links: %d mails", len(sent))
	}
	if status, body := c.change(t, `{"from":"other@news.example.org"}`); status != http.StatusUnprocessableEntity || !strings.Contains(body, "the stack’s parameter FromAddress (MASTHEAD_FROM)") {
		t.Errorf("%d %s", status, body)
	}
}
