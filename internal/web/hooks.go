package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// hookRoutes are those of the hooks, for operators.
func (s *Site) hookRoutes(mux *routes, own *http.CrossOriginProtection) {
	operate := func(f func(r *call) (reply, error)) http.Handler {
		return own.Handler(s.machines(newsletter.RoleOperator, f))
	}
	const one = "/api/hooks/{id}"
	mux.Handle("GET /api/hooks", operate(s.listHooks))
	mux.Handle("POST /api/hooks", operate(s.makeHook))
	mux.Handle("GET "+one, operate(s.oneHook))
	mux.Handle("PATCH "+one, operate(s.changeHook))
	mux.Handle("DELETE "+one, operate(s.deleteHook))
	mux.Handle("POST "+one+"/secret", operate(s.replaceSecret))
	mux.Handle("POST "+one+"/test", operate(s.testHook))
	mux.Handle("GET "+one+"/calls", operate(s.listCalls))
	mux.Handle("POST "+one+"/calls/{call}/retry", operate(s.retryCall))
}

// errCall means that a call has come to its end.
var errCall = errors.New("web: no call to try again")

// hookBody is a hook as the API tells it.
type hookBody struct {
	ID     string    `json:"id"`
	URL    string    `json:"url"`
	Events []string  `json:"events"`
	Off    string    `json:"off,omitempty"`    // why nobody is called
	Secret string    `json:"secret,omitempty"` // once
	By     string    `json:"by"`
	Since  time.Time `json:"since"`
}

func newHookBody(h *newsletter.Hook) hookBody {
	return hookBody{ID: h.ID, URL: h.URL, Events: h.Events, Off: h.Off, By: h.By, Since: h.Since}
}

// hookReply is a hook whose version the header ETag names.
func hookReply(status int, h *newsletter.Hook, secret string) reply {
	body := newHookBody(h)
	body.Secret = secret
	return reply{status: status, etag: etag(h.Rev), body: body}
}

// callBody is a call as the API tells it.
type callBody struct {
	ID      string               `json:"id"`
	Event   string               `json:"event"`
	At      time.Time            `json:"at"`
	State   newsletter.CallState `json:"state"`
	Tries   int                  `json:"tries"`
	TriedAt time.Time            `json:"triedAt,omitzero"`
	NextTry time.Time            `json:"nextTry,omitzero"`
	Answer  string               `json:"answer,omitempty"`
	Body    string               `json:"body,omitempty"` // while somebody may need it
}

func newCallBody(c *newsletter.Call) callBody {
	b := callBody{c.ID, c.Event, c.At, c.State, c.Tries, c.TriedAt, c.NextTry, c.Answer, c.Body}
	if c.State != newsletter.CallWaiting {
		b.NextTry = time.Time{}
	}
	return b
}

func (s *Site) listHooks(r *call) (reply, error) {
	found, err := s.Hooks.List(r.Context(), r.by)
	list := make([]hookBody, len(found))
	for i := range found {
		list[i] = newHookBody(&found[i])
	}
	return reply{status: http.StatusOK, body: map[string]any{"hooks": list}}, err
}

// makeHook: {"url": "https://…", "events": ["issue.sent"]}.
func (s *Site) makeHook(r *call) (reply, error) {
	var body struct {
		URL    string   `json:"url"`
		Events []string `json:"events"`
	}
	if err := readJSON(r.Request, &body); err != nil {
		return reply{}, err
	}
	h, err := s.Hooks.New(r.Context(), r.by, body.URL, body.Events)
	if err != nil {
		return reply{}, changing(err)
	}
	answer := hookReply(http.StatusCreated, &h, h.Secret)
	answer.location = "/api/hooks/" + h.ID
	return answer, nil
}

func (s *Site) oneHook(r *call) (reply, error) {
	h, err := s.Hooks.One(r.Context(), r.by, r.PathValue("id"))
	return hookReply(http.StatusOK, &h, ""), err
}

// changeHook changes where it leads and what it is told of, or switches it: {"off":
// true}. What is left out stays.
func (s *Site) changeHook(r *call) (reply, error) {
	rev, err := version(r)
	if err != nil {
		return reply{}, err
	}
	h, err := s.Hooks.One(r.Context(), r.by, r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	off := h.Off != ""
	body := struct {
		URL    *string   `json:"url"`
		Events *[]string `json:"events"`
		Off    *bool     `json:"off"`
	}{&h.URL, &h.Events, &off}
	if err := readJSON(r.Request, &body); err != nil {
		return reply{}, err
	}
	if body.URL == nil || body.Events == nil || body.Off == nil {
		return reply{}, fmt.Errorf("%w: null says nothing", errChange)
	}
	h, err = s.Hooks.Set(r.Context(), r.by, h.ID, rev, *body.URL, *body.Events, *body.Off)
	return hookReply(http.StatusOK, &h, ""), changing(err)
}

func (s *Site) deleteHook(r *call) (reply, error) {
	rev, err := version(r)
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusNoContent}, changing(s.Hooks.Delete(r.Context(), r.by, r.PathValue("id"), rev))
}

func (s *Site) replaceSecret(r *call) (reply, error) {
	rev, err := version(r)
	if err != nil {
		return reply{}, err
	}
	h, err := s.Hooks.Rotate(r.Context(), r.by, r.PathValue("id"), rev)
	return hookReply(http.StatusOK, &h, h.Secret), changing(err)
}

func (s *Site) testHook(r *call) (reply, error) {
	c, err := s.Hooks.Test(r.Context(), r.by, r.PathValue("id"))
	return reply{status: http.StatusOK, body: newCallBody(&c)}, err
}

func (s *Site) listCalls(r *call) (reply, error) {
	q := r.URL.Query()
	limit, err := partOf(q)
	if err != nil {
		return reply{}, err
	}
	found, err := s.Hooks.Calls(r.Context(), r.by, r.PathValue("id"), q.Get("before"), limit+1)
	if err != nil {
		return reply{}, err
	}
	body := map[string]any{}
	if len(found) > limit {
		found = found[:limit]
		body["next"] = further(r, q, "before", found[limit-1].ID)
	}
	list := make([]callBody, len(found))
	for i := range found {
		list[i] = newCallBody(&found[i])
	}
	body["calls"] = list
	return reply{status: http.StatusOK, body: body}, nil
}

func (s *Site) retryCall(r *call) (reply, error) {
	c, err := s.Hooks.Retry(r.Context(), r.by, r.PathValue("id"), r.PathValue("call"))
	if errors.Is(err, newsletter.ErrConflict) {
		err = fmt.Errorf("%w: %w", errCall, err)
	}
	return reply{status: http.StatusOK, body: newCallBody(&c)}, err
}
