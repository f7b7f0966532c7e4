package web

import (
	"net/http"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func (h *house) stored(t *testing.T, id string) newsletter.Run {
	t.Helper()
	run, err := h.store.Run(t.Context(), id)
	must(t, err)
	return run
}

func TestAnEditorPausesResumesAndCancels(t *testing.T) {
	h := open(t)
	h.article(t, 1)
	path := h.editor("POST", "/api/issues", "").Header().Get("Location")
	id := path[len("/api/runs/"):]
	for _, step := range []struct {
		wish, body string
		status     int
		said       string
		state      newsletter.RunState
		reason     string
	}{
		{"resume", "", 200, `"state":"sending"`, newsletter.RunSending, ""},
		{"pause", `{"reason":"the lead is wrong"}`, 200, `"reason":"the lead is wrong"`, newsletter.RunPaused, "the lead is wrong"},
		{"pause", "", 200, `"state":"paused"`, newsletter.RunPaused, "by an editor"},
		{"pause", "{", 400, `"status":400`, newsletter.RunPaused, "by an editor"},
		{"resume", "", 200, `"state":"sending"`, newsletter.RunSending, ""},
		{"cancel", `{"reason":"old news"}`, 200, `"state":"cancelling"`, newsletter.RunCancelling, "old news"},
		{"cancel", "", 200, `"state":"cancelling"`, newsletter.RunCancelling, "old news"},
		{"pause", "", 409, "This run was cancelled", newsletter.RunCancelling, "old news"},
		{"resume", "", 409, "This run was cancelled", newsletter.RunCancelling, "old news"},
	} {
		w := h.editor("POST", path+"/"+step.wish, step.body, "Content-Type", typeJSON)
		want(t, w, step.status, step.said)
		if run := h.stored(t, id); run.State != step.state || run.Reason != step.reason || run.Held != (step.state == newsletter.RunPaused) {
			t.Errorf("%s %s left it %+v", step.wish, step.body, run)
		}
		if kind := w.Header().Get("Content-Type"); step.status >= 400 && kind != typeProblem {
			t.Errorf("%s: an error of type %q", step.wish, kind)
		}
	}
}

// TestAWishThatComesTooLate is what an editor is told, by the state of the Run.
func TestAWishThatComesTooLate(t *testing.T) {
	h := open(t)
	for state, told := range map[newsletter.RunState]string{
		newsletter.RunSent: "This run has ended", newsletter.RunCancelled: "This run was cancelled",
	} {
		must(t, h.store.SaveRun(t.Context(), &newsletter.Run{ID: string(state), State: state, Lanes: 1}))
		want(t, h.editor("POST", "/api/runs/"+string(state)+"/pause", ""), 409, told)
	}
	must(t, h.store.SaveRun(t.Context(), &newsletter.Run{ID: "settling", State: newsletter.RunSettling, Lanes: 1}))
	want(t, h.editor("POST", "/api/runs/settling/resume", ""), 409, "This run has come to its last reader")
	must(t, h.store.SaveRun(t.Context(), &newsletter.Run{ID: "new", State: newsletter.RunApproved, Lanes: 1}))
	want(t, h.editor("POST", "/api/runs/new/resume", ""), 409, "only just starting")
}

func TestOnlyEditorsSteer(t *testing.T) {
	h := open(t)
	must(t, h.store.SaveRun(t.Context(), &newsletter.Run{ID: "w1", State: newsletter.RunSending, Lanes: 1}))
	for _, wish := range []string{"pause", "resume", "cancel"} {
		want(t, h.do(request("POST", "/api/runs/w1/"+wish, "")), http.StatusUnauthorized)
		want(t, h.editor("POST", "/api/runs/none/"+wish, ""), http.StatusNotFound)
		want(t, h.editor("GET", "/api/runs/w1/"+wish, ""), http.StatusMethodNotAllowed)
	}
	if run := h.stored(t, "w1"); run.State != newsletter.RunSending {
		t.Errorf("the run is %s", run.State)
	}
}

func TestAnEditorTriesReadersAgain(t *testing.T) {
	h := open(t)
	h.delivered(t)
	must(t, h.store.SaveRun(t.Context(), &newsletter.Run{ID: "w2", State: newsletter.RunSending, Lanes: 1}))
	first := h.editor("POST", "/api/runs/w1/retry", "")
	want(t, first, http.StatusAccepted, `"state":"sending"`, `"run":"w1-retry-failed"`)
	if at := first.Header().Get("Location"); at != "/api/runs/w1-retry-failed" {
		t.Errorf("at %s", at)
	}
	want(t, h.editor("POST", "/api/runs/w1/retry", `{"outcome":"failed"}`, "Content-Type", typeJSON), 202, `"run":"w1-retry-failed"`)
	want(t, h.editor("GET", first.Header().Get("Location")+"/deliveries", ""), 200, `"outcome":"retry"`)
	want(t, h.editor("POST", "/api/runs/w1/retry", `{"outcome":"unknown"}`, "Content-Type", typeJSON), 409, "There is nobody to try again")
	want(t, h.editor("POST", "/api/runs/w1/retry", `{"outcome":"sent"}`, "Content-Type", typeJSON), 422, "Only those who failed")
	want(t, h.editor("POST", "/api/runs/w2/retry", ""), 409, "This run has not ended yet")
	want(t, h.editor("POST", "/api/runs/none/retry", ""), 404)
	want(t, h.do(request("POST", "/api/runs/w1/retry", "")), http.StatusUnauthorized)

	must(t, h.store.SaveBatch(t.Context(), &newsletter.Batch{Run: "w1", Seq: 9, At: monday, Entries: []newsletter.Entry{{Subscriber: adaID, Outcome: newsletter.OutcomeUnknown}}}))
	want(t, h.editor("POST", "/api/runs/w1/retry", `{"outcome":"unknown"}`, "Content-Type", typeJSON), 202, "may get it twice", `"run":"w1-retry-unknown"`)
}
