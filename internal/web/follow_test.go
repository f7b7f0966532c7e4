package web

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/render"
)

var redirects = regexp.MustCompile(`href="https://news\.example\.org(/r/[^"]+)"`)

// TestLinksOfAMailAreCounted from the mail to the figures, and led elsewhere after it
// was sent.
func TestLinksOfAMailAreCounted(t *testing.T) {
	h := open(t)
	h.Composer.Render.(*render.Renderer).Redirect = h.Subscribers.Tokens.SignLink
	h.counts(t)
	issue := h.sendAnIssue(t)
	mail, err := h.store.Mail(t.Context(), issue, "")
	must(t, err)
	found := redirects.FindAllStringSubmatch(mail.HTML, -1)
	if len(found) < 2 || strings.Contains(mail.HTML, `href="https://magazine.example.org`) {
		t.Fatalf("%d links go by way of the redirect, some others do not:\n%s", len(found), mail.HTML)
	}
	article := found[1][1]
	follow := func(method string, with ...string) *httptest.ResponseRecorder {
		r := request(method, article, "")
		r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
		r.Header.Set("Accept", "text/html")
		for i := 0; i+1 < len(with); i += 2 {
			r.Header.Set(with[i], with[i+1])
		}
		return h.do(r)
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"HEAD":             follow("HEAD"),
		"a preview":        follow("GET", "User-Agent", "Slackbot-LinkExpanding 1.0"),
		"made in advance":  follow("GET", "Sec-Purpose", "prefetch"),
		"from the archive": follow("GET", "Referer", "http://example.com/issues/"+issue),
	} {
		if w.Code != http.StatusFound || !strings.HasPrefix(w.Header().Get("Location"), "https://magazine.example.org/") {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
	}
	want(t, h.editor("GET", "/api/issues/"+issue+"/links", ""), 200, `"clicks":0`)
	w := follow("GET")
	if w.Code != http.StatusFound || w.Header().Get("Set-Cookie") != "" || w.Header().Get("Referrer-Policy") != "no-referrer" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	want(t, h.editor("GET", "/api/issues/"+issue+"/links", ""), 200, `"clicks":1`)

	id := strings.Split(article, ".")[4]
	want(t, h.editor("POST", "/api/issues/"+issue+"/links/"+id, `{"to":"javascript:alert(1)"}`, "Content-Type", typeJSON), 422)
	want(t, h.editor("POST", "/api/issues/"+issue+"/links/nothing", `{"to":"https://magazine.example.org/x"}`, "Content-Type", typeJSON), 404)
	want(t, h.editor("POST", "/api/issues/"+issue+"/links/"+id, `{"to":"https://magazine.example.org/corrected"}`, "Content-Type", typeJSON), 200, `"to":"https://magazine.example.org/corrected"`)
	if w := follow("GET"); w.Header().Get("Location") != "https://magazine.example.org/corrected" {
		t.Errorf("leads to %s", w.Header().Get("Location"))
	}
	want(t, h.do(request("GET", "/issues/"+issue, "")), 200, "Corrected on ", "leads to another page now")
	actions, err := h.store.Actions(t.Context(), "", 10)
	must(t, err)
	if len(actions) == 0 || actions[0].What != "led a link elsewhere" || !strings.Contains(actions[0].Detail, "https://magazine.example.org/corrected") {
		t.Errorf("%+v", actions)
	}
}

func TestForgedRedirects(t *testing.T) {
	h := open(t)
	for _, path := range []string{"/r/", "/r/x", "/r/v1.a.r.weekly-1.abcdefgh.AAAAAAAAAAAAAAAAAAAAAA", "/r/https://evil.example", "/r/" + h.Subscribers.Tokens.SignLink("weekly-1", "gone")} {
		if w := h.do(request("GET", path, "")); w.Code != 404 && w.Code != 403 && w.Code != 400 || w.Header().Get("Location") != "" {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
	}
}

// counts has the publication count clicks.
func (h *house) counts(t *testing.T) {
	t.Helper()
	p, err := h.store.Publication(t.Context())
	must(t, err)
	p.Clicks = true
	must(t, h.store.SavePublication(t.Context(), &p))
}
