package web

import (
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// sendAnIssue has an editor send what is new, and returns the Issue's id.
func (h *house) sendAnIssue(t testing.TB) string {
	t.Helper()
	h.article(t, 1)
	run, err := h.Composer.SendNow(t.Context(), "weekly")
	must(t, err)
	return run.Issue
}

func TestTheArchiveShowsWhatWasSent(t *testing.T) {
	h := open(t)
	want(t, h.do(request("GET", "/issues/", "")), 200, "Nothing has been mailed yet")
	id := h.sendAnIssue(t)
	must(t, h.store.SaveIssue(t.Context(), &newsletter.Issue{ID: "draft-1", Subject: "A secret draft", State: newsletter.IssueDraft, Schedule: "weekly", CreatedAt: monday}))
	must(t, h.store.SaveMail(t.Context(), &newsletter.Mail{Issue: "draft-1", HTML: "a secret draft"}))
	for _, path := range []string{"/issues/", "/"} {
		w := h.do(request("GET", path, ""))
		want(t, w, 200, "The bakers who never sleep", `href="/issues/`+id+`"`, "2 March 2026")
		if strings.Contains(w.Body.String(), "secret") || !strings.Contains(w.Header().Get("Cache-Control"), "public") {
			t.Errorf("%s: %v\n%s", path, w.Header(), w.Body)
		}
	}
	for _, path := range []string{"/issues/draft-1", "/issues/none", "/issues/..%2Fx"} {
		want(t, h.do(request("GET", path, "")), 404, "There is nothing here")
	}
	if w := h.do(request("GET", "/issues", "")); w.Code != 301 || w.Header().Get("Location") != "/issues/" {
		t.Errorf("without the slash: %d %v", w.Code, w.Header())
	}
}

func TestAnIssueOnTheWebIsTheMailWithoutAReader(t *testing.T) {
	h := open(t)
	id := h.sendAnIssue(t)
	w := h.do(request("GET", "/issues/"+id, ""))
	want(t, w, 200, "The bakers who never sleep", "<!--[if mso]>", `href="https://news.example.org/unsubscribe/"`)
	if strings.Contains(w.Body.String(), "{{") {
		t.Error("a placeholder is shown")
	}
	policy := w.Header().Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "style-src 'unsafe-inline'", "img-src http: https:", "form-action 'none'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("policy %q lacks %q", policy, part)
		}
	}
}
