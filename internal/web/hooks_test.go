package web

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/hooks"
)

// TestHooksOverTheAPI makes, tests, changes and ends one; its receiver refuses at first.
func TestHooksOverTheAPI(t *testing.T) {
	h := open(t)
	secret, status, came := "", http.StatusInternalServerError, 0
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		judge, err := standardwebhooks.NewWebhook(secret)
		if err != nil || judge.VerifyIgnoringTimestamp(raw, r.Header) != nil {
			t.Errorf("%v %s", r.Header, raw)
		}
		came++
		w.WriteHeader(status)
	}))
	t.Cleanup(receiver.Close)
	with := func(headers ...string) []string { return append([]string{"Content-Type", typeJSON}, headers...) }
	body := `{"url":"` + receiver.URL + `","events":["issue.sent","subscriber.confirmed"]}`
	want(t, h.editor("POST", "/api/hooks", body, with()...), 422, "on a laptop only")
	h.Site.Hooks.Loopback = true
	want(t, h.editor("POST", "/api/hooks", `{"url":"http://crm.example.org/","events":["issue.sent"]}`, with()...), 422, "begin with https://")
	want(t, h.editor("POST", "/api/hooks", `{"url":"https://crm.example.org/","events":["issue.read"]}`, with()...), 422, "choose among issue.drafted")
	want(t, h.editor("POST", "/api/hooks", `{"url":"https://crm.example.org/","events":[]}`, with()...), 422, "one event at least")
	w := h.editor("POST", "/api/hooks", body, with()...)
	want(t, w, 201, `"secret":"whsec_`)
	var made struct{ ID, Secret string }
	must(t, json.Unmarshal(w.Body.Bytes(), &made))
	secret = made.Secret
	one := "/api/hooks/" + made.ID
	if w.Header().Get("Location") != one || w.Header().Get("ETag") != `"1"` {
		t.Errorf("%v", w.Header())
	}
	for _, path := range []string{"/api/hooks", one} {
		if w := h.editor("GET", path, ""); w.Code != 200 || strings.Contains(w.Body.String(), "whsec_") || !strings.Contains(w.Body.String(), receiver.URL) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	w = h.editor("POST", one+"/test", "")
	want(t, w, 200, `"state":"given_up"`, `"answer":"500 Internal Server Error"`, `"tries":1`)
	var tested struct{ ID string }
	must(t, json.Unmarshal(w.Body.Bytes(), &tested))
	status = http.StatusNoContent
	want(t, h.editor("POST", one+"/calls/"+tested.ID+"/retry", ""), 200, `"state":"done"`, `"answer":"204 No Content"`)
	want(t, h.editor("POST", one+"/calls/"+tested.ID+"/retry", ""), 409, "nothing to try")
	want(t, h.editor("POST", one+"/calls/none/retry", ""), 404)
	h.now = h.now.Add(1000)
	want(t, h.editor("POST", one+"/test", ""), 200)
	want(t, h.editor("GET", one+"/calls?limit=1", ""), 200, `"next":"`+one+`/calls?before=`)
	want(t, h.editor("GET", one+"/calls?before="+tested.ID, ""), 200, `"calls":[]`)
	want(t, h.editor("GET", one+"/calls?limit=0", ""), 422)
	if came != 3 {
		t.Errorf("%d calls came", came)
	}
	want(t, h.editor("PATCH", one, `{"off":true}`, with()...), 428)
	want(t, h.editor("PATCH", one, `{"off":true}`, with("If-Match", `"1"`)...), 200, "switched off by token")
	want(t, h.editor("PATCH", one, `{"events":["issue.drafted"]}`, with("If-Match", `"1"`)...), 412)
	want(t, h.editor("PATCH", one, `{"events":null}`, with("If-Match", `"2"`)...), 422)
	want(t, h.editor("PATCH", one, `{"events":["issue.drafted"],"off":false}`, with("If-Match", `"2"`)...), 200, `"events":["issue.drafted"]`)
	w = h.editor("POST", one+"/secret", "", "If-Match", `"4"`)
	if want(t, w, 200, `"secret":"whsec_`); strings.Contains(w.Body.String(), secret) {
		t.Error("it is the same secret")
	}
	want(t, h.editor("DELETE", one, "", "If-Match", `"4"`), 412)
	want(t, h.editor("DELETE", one, "", "If-Match", `"5"`), 204)
	want(t, h.editor("GET", one, ""), 404)
}

// withHooks gives the house a stage that calls programs on this machine.
func (h *house) withHooks() {
	h.Site.Hooks = &desk.Hooks{Store: h.store, Now: h.Composer.Now,
		Caller: &hooks.Hooks{Store: h.store, Caller: &fetch.Client{Loopback: true}, Publication: h.store.Publication, Now: h.Composer.Now}}
}
