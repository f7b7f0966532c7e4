package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// draft has an editor's program compose one, and returns where it is and its version.
func (h *house) draft(articles int) (path, etag string) {
	h.t.Helper()
	for n := range articles {
		h.article(h.t, n)
	}
	w := h.editor("POST", "/api/drafts", `{"schedule":"weekly"}`, "Content-Type", typeJSON)
	want(h.t, w, http.StatusCreated, `"state":"draft"`)
	return w.Header().Get("Location"), w.Header().Get("ETag")
}

func issueOf(t testing.TB, w *httptest.ResponseRecorder) issueBody {
	t.Helper()
	var b issueBody
	must(t, json.Unmarshal(w.Body.Bytes(), &b))
	return b
}

// TestAProgramMakesAnIssue: draft, words, order, one out, one pinned, test, preflight,
// sent; each with the version that the step before has given.
func TestAProgramMakesAnIssue(t *testing.T) {
	h := open(t)
	path, etag := h.draft(3)
	step := func(method, below, body string, status int, words ...string) issueBody {
		t.Helper()
		w := h.editor(method, path+below, body, "Content-Type", typeJSON, "If-Match", etag)
		want(t, w, status, words...)
		if w.Header().Get("ETag") == etag && method != "GET" {
			t.Errorf("%s %s: the version is still %s", method, below, etag)
		}
		etag = w.Header().Get("ETag")
		return issueOf(t, w)
	}
	first := step("GET", "", "", 200)
	written := step("PATCH", "", `{"subject":"Bread before dawn","intro":"A *short* week."}`, 200, `"subject":"Bread before dawn"`)
	if written.Preheader != first.Preheader || len(written.Articles) != 3 || written.Articles[0].Title == "" {
		t.Errorf("%+v", written)
	}
	a, b, c := written.Articles[0].ID, written.Articles[1].ID, written.Articles[2].ID
	if got := step("PUT", "/order", `{"articles":["`+c+`","`+a+`","`+b+`"]}`, 200); got.Articles[0].ID != c {
		t.Errorf("%+v", got.Articles)
	}
	if got := step("DELETE", "/articles/"+a, "", 200); len(got.Articles) != 2 {
		t.Errorf("%+v", got.Articles)
	}
	if got := step("POST", "/articles", `{"article":"`+a+`"}`, 200); len(got.Articles) != 3 || got.Articles[2].ID != a {
		t.Errorf("%+v", got.Articles)
	}
	if got := step("PATCH", "/articles/"+b, `{"title":"Another title","dek":"-","noAuthors":true,"pinned":true}`, 200).Articles[0]; got.ID != b || !got.Pinned || got.Title != "Another title" || got.Dek != "" || !got.NoAuthors {
		t.Errorf("%+v", got)
	}
	if got := step("PATCH", "/articles/"+b, `{"dek":"Said anew"}`, 200).Articles[0]; got.Title != "Another title" || got.Dek != "Said anew" {
		t.Errorf("%+v", got)
	}
	step("POST", "/hold", `{"reason":"the lead is wrong"}`, 200, `"held":true`)
	step("POST", "/release", "", 200, `"held":false`)
	step("PUT", "/moment", `{"at":"`+h.now.Add(48*time.Hour).Format(time.RFC3339)+`"}`, 200, `"sendAt"`)
	step("DELETE", "/moment", "", 200)
	want(t, h.editor("GET", path+"/preflight", ""), 200, `"blocked":false`)
	want(t, h.editor("POST", path+"/test", `{"to":["bea@example.org"]}`, "Content-Type", typeJSON), 200, `"sent":["bea@example.org"]`)
	if got := step("POST", "/send", "", 200, `"state":"approved"`); got.Links["run"] == "" {
		t.Errorf("%+v", got)
	}
	want(t, h.editor("GET", "/api/issues?limit=1", ""), 200, "Bread before dawn")
	want(t, h.editor("PATCH", path, `{"subject":"Too late"}`, "Content-Type", typeJSON, "If-Match", etag), 409, "no draft any more")
	actions, err := h.store.Actions(t.Context(), "", 50)
	must(t, err)
	var done []string
	for _, action := range actions {
		done = append(done, action.What)
	}
	for _, what := range []string{"drafted", "sent the issue at once", "held the issue"} {
		if !strings.Contains(strings.Join(done, "\n"), what) {
			t.Errorf("the audit trail lacks %q: %v", what, done)
		}
	}
}

func TestTwoProgramsDoNotOverwriteEachOther(t *testing.T) {
	h := open(t)
	path, etag := h.draft(1)
	change := func(subject, etag string) *httptest.ResponseRecorder {
		return h.editor("PATCH", path, `{"subject":"`+subject+`"}`, "Content-Type", typeJSON, "If-Match", etag)
	}
	want(t, change("Mine", etag), 200)
	want(t, change("Yours", etag), http.StatusPreconditionFailed, "changed meanwhile")
	want(t, change("Anybody's", ""), http.StatusPreconditionRequired, "If-Match")
	want(t, h.editor("GET", path, ""), 200, `"subject":"Mine"`)
}

func TestWhatCannotBeMadeOfAnIssue(t *testing.T) {
	h := open(t)
	path, etag := h.draft(2)
	for name, c := range map[string]struct {
		method, below, body string
		status              int
	}{
		"a subject too long":          {"PATCH", "", `{"subject":"` + strings.Repeat("x", 300) + `"}`, 422},
		"other articles":              {"PUT", "/order", `{"articles":["nobody"]}`, 422},
		"an article of another issue": {"DELETE", "/articles/nobody", "", 404},
		"a moment that is past":       {"PUT", "/moment", `{"at":"2020-01-01T00:00:00Z"}`, 422},
		"no JSON":                     {"PATCH", "", `subject=x`, 400},
		"a picture that is a script":  {"PATCH", "/articles/" + newsletter.ArticleID("https://magazine.example.org/0/"), `{"image":"javascript:alert(1)"}`, 422},
	} {
		w := h.editor(c.method, path+c.below, c.body, "Content-Type", typeJSON, "If-Match", etag)
		if w.Code != c.status || w.Header().Get("Content-Type") != typeProblem {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	want(t, h.editor("GET", "/api/issues/nothing", ""), 404)
	want(t, h.editor("GET", "/api/issues?limit=0", ""), 422)
	want(t, h.editor("POST", path+"/test", `{"to":["not an address"]}`, "Content-Type", typeJSON), 422)
	want(t, h.editor("DELETE", path, "", "If-Match", etag), http.StatusNoContent)
	want(t, h.editor("GET", path, ""), 200, `"state":"discarded"`)
}
