package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

func (h *house) editor(method, path, body string, with ...string) *httptest.ResponseRecorder {
	return h.do(request(method, path, body, append([]string{"Authorization", "Bearer " + editorToken}, with...)...))
}

// run reads the answer about a Run.
func runOf(t *testing.T, w *httptest.ResponseRecorder) runProgress {
	t.Helper()
	var p runProgress
	must(t, json.Unmarshal(w.Body.Bytes(), &p))
	return p
}

func TestAnEditorSendsADigest(t *testing.T) {
	h := open(t)
	h.article(t, 1)
	w := h.editor("POST", "/api/issues", "")
	want(t, w, http.StatusAccepted)
	run := runOf(t, w)
	if w.Header().Get("Location") != "/api/runs/"+run.Run || run.State != "sending" || run.Schedule != "weekly" || run.Links["issue"] != "/issues/"+run.Issue {
		t.Errorf("%v %+v", w.Header(), run)
	}
	want(t, h.do(request("GET", run.Links["issue"], "")), 200)

	lane, err := h.store.Lane(t.Context(), run.Run, 0)
	must(t, err)
	lane.Counts.Sent, lane.Counts.Failed = 7, 1
	must(t, h.store.SaveLane(t.Context(), &lane))
	progress := runOf(t, h.editor("GET", w.Header().Get("Location"), ""))
	if progress.Counts["sent"] != 7 || progress.Counts["failed"] != 1 || progress.Finished != nil {
		t.Errorf("while it runs: %+v", progress)
	}
	stored, err := h.store.Run(t.Context(), run.Run)
	must(t, err)
	must(t, stored.Move("sent", "", monday.Add(time.Hour)))
	stored.Counts.Sent = 8
	must(t, h.store.SaveRun(t.Context(), &stored))
	progress = runOf(t, h.editor("GET", w.Header().Get("Location"), ""))
	if progress.Counts["sent"] != 8 || progress.Finished == nil || progress.State != "sent" {
		t.Errorf("at the end: %+v", progress)
	}
}

func TestASecondDigestNeedsNews(t *testing.T) {
	h := open(t)
	want(t, h.editor("POST", "/api/issues", ""), 409, "There are no new articles")
	h.article(t, 1)
	want(t, h.editor("POST", "/api/issues", `{"schedule":"weekly"}`, "Content-Type", typeJSON), 202)
	h.now = h.now.Add(time.Minute)
	want(t, h.editor("POST", "/api/issues", "{}", "Content-Type", typeJSON), 409, "There are no new articles")
}

func TestAnIdempotencyKeySendsOnce(t *testing.T) {
	h := open(t)
	h.article(t, 1)
	first := h.editor("POST", "/api/issues", "", "Idempotency-Key", "k1")
	want(t, first, 202)
	h.article(t, 2) // news in between
	h.now = h.now.Add(time.Minute)
	again := h.editor("POST", "/api/issues", "", "Idempotency-Key", "k1")
	want(t, again, 202)
	if a, b := runOf(t, first).Run, runOf(t, again).Run; a != b {
		t.Errorf("runs %s and %s", a, b)
	}
	other := h.editor("POST", "/api/issues", "", "Idempotency-Key", "k2")
	want(t, other, 202)
	if a, b := runOf(t, first).Run, runOf(t, other).Run; a == b {
		t.Errorf("another key gets the run of the first, %s", a)
	}
	late := h.editor("POST", "/api/issues", "", "Idempotency-Key", "k1")
	want(t, late, 202)
	if a, b := runOf(t, first).Run, runOf(t, late).Run; a != b {
		t.Errorf("after another was sent, the key gets run %s, want %s", b, a)
	}
	must(t, h.store.SaveSchedule(t.Context(), &newsletter.Schedule{ID: "daily", Cadence: newsletter.Daily}))
	want(t, h.editor("POST", "/api/issues", `{"schedule":"daily"}`, "Content-Type", typeJSON, "Idempotency-Key", "k1"), 422, "belongs to another request")
}

func TestAKeyThatSentNothingStaysUsed(t *testing.T) {
	h := open(t)
	want(t, h.editor("POST", "/api/issues", "", "Idempotency-Key", "k1"), 409, "There are no new articles")
	h.article(t, 1)
	want(t, h.editor("POST", "/api/issues", "", "Idempotency-Key", "k1"), 409, "was used before")
	want(t, h.editor("POST", "/api/issues", "", "Idempotency-Key", "k2"), 202)
}

// TestEditorsAtOnceSendOneIssue: sixteen press "send a digest now" together. One
// goes ahead; the others wait for their turn, and then there is nothing new.
func TestEditorsAtOnceSendOneIssue(t *testing.T) {
	h := open(t)
	for i := range 20 {
		h.article(t, i)
	}
	first := make(chan struct{})
	h.Sleep = func(context.Context, time.Duration) error { <-first; return nil }
	handler, err := h.Site.Handler()
	must(t, err)
	var done sync.WaitGroup
	var lock sync.Mutex
	var once sync.Once
	answers := map[int]int{}
	for range 16 {
		done.Go(func() {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, request("POST", "/api/issues", "", "Authorization", "Bearer "+editorToken))
			lock.Lock()
			defer lock.Unlock()
			answers[w.Code]++
			if w.Code != http.StatusTooManyRequests {
				once.Do(func() { close(first) })
			}
		})
	}
	done.Wait()
	if answers[http.StatusAccepted] != 1 || answers[http.StatusConflict] != 3 || answers[http.StatusTooManyRequests] != 12 {
		t.Errorf("answers %v; want one that sent, three that waited in vain, twelve sent away", answers)
	}
	sent, err := h.Site.mailed(t.Context(), 10)
	if err != nil || len(sent) != 1 {
		t.Errorf("%d issues, %v", len(sent), err)
	}
}

func TestOnlyEditorsMaySend(t *testing.T) {
	h := open(t)
	h.article(t, 1)
	for name, header := range map[string]string{"none": "", "wrong": "Bearer nonsense", "empty": "Bearer ", "another scheme": "Basic " + editorToken, "the start of it": "Bearer " + editorToken[:8]} {
		for _, r := range []*http.Request{request("POST", "/api/issues", ""), request("GET", "/api/runs/x", "")} {
			r.Header.Set("Authorization", header)
			w := h.do(r)
			want(t, w, 401, "A token is needed")
			if w.Header().Get("WWW-Authenticate") == "" || w.Header().Get("Content-Type") != typeProblem {
				t.Errorf("%s: %v", name, w.Header())
			}
		}
	}
	if issues, err := h.store.Issues(t.Context(), 1); err != nil || len(issues) > 0 {
		t.Errorf("%v, %v", issues, err)
	}
}

func TestWhatATokenMayDo(t *testing.T) {
	h := open(t)
	issue := h.sendAnIssue(t)
	boss := desk.Person{Who: "olga@example.org", Role: newsletter.RoleOperator}
	for role, status := range map[newsletter.Role]int{newsletter.RoleRead: 403, newsletter.RoleEditor: 200, newsletter.RoleOperator: 200} {
		_, secret, err := h.Access.NewToken(t.Context(), boss, "a machine", role)
		must(t, err)
		want(t, h.do(request("GET", "/api/runs/"+issue, "", "Authorization", "Bearer "+secret)), 200)
		want(t, h.do(request("GET", "/api/runs/"+issue+"/deliveries", "", "Authorization", "Bearer "+secret)), status)
	}
}

func TestTheAPITakesNoFormsOfOtherSites(t *testing.T) {
	h := open(t)
	h.article(t, 1)
	w := h.do(request("POST", "/api/issues", "", "Authorization", "Bearer "+editorToken, "Sec-Fetch-Site", "cross-site"))
	want(t, w, 403, `"status":403`)
}

func TestTheAPISaysWhatIsWrong(t *testing.T) {
	h := open(t)
	want(t, h.editor("POST", "/api/issues", `{"schedule":"hourly"}`, "Content-Type", typeJSON), 422, "There is no such schedule")
	want(t, h.editor("POST", "/api/issues", "{", "Content-Type", typeJSON), 400, `"status":400`)
	want(t, h.editor("POST", "/api/issues", "{}", "Content-Type", "text/plain"), 415)
	want(t, h.editor("GET", "/api/runs/none", ""), 404, "There is nothing here")
}
