package web

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestForecastOfARun(t *testing.T) {
	h := open(t)
	must(t, h.store.SaveQuota(t.Context(), &newsletter.Quota{PerSecond: 14, PerDay: 200, SentToday: 199, AskedAt: monday}))
	reader := newsletter.Subscriber{ID: newsletter.Identify(nil, "a@example.org"), Address: "a@example.org", Status: newsletter.Active}
	must(t, h.store.SaveSubscriber(t.Context(), &reader))
	w := h.editor("GET", "/api/forecast", "")
	want(t, w, 200, `"schedule":"weekly"`, `"readers":1`, `"left":1`, `"fits":true`, `"words":"1 reader, at 11 a second`)
	want(t, h.editor("GET", "/api/forecast?schedule=never", ""), 200, `"schedule":"never"`, `"readers":1`) // who wants every schedule wants this one
	want(t, h.do(request("GET", "/api/forecast", "")), 401)
}

// begin sends a digest and returns the path of its Run.
func (h *house) begin(t *testing.T) string {
	t.Helper()
	h.article(t, 1)
	return h.editor("POST", "/api/issues", "").Header().Get("Location")
}

func TestOneEventWhereAnswersCannotStream(t *testing.T) {
	h := open(t)
	path := h.begin(t) + "/events"
	w := h.editor("GET", path, "")
	want(t, w, 200, "retry: 2000\nevent: progress\ndata: {", `"state":"sending"`)
	if kind := w.Header().Get("Content-Type"); kind != "text/event-stream" || strings.Count(w.Body.String(), "event: ") != 1 {
		t.Errorf("%s: %s", kind, w.Body)
	}
	want(t, h.do(request("GET", path, "")), 401)
	want(t, h.editor("GET", "/api/runs/never/events", ""), 404)
}

// TestEventsStreamUntilTheRunEnds over a real connection, each as it happens.
func TestEventsStreamUntilTheRunEnds(t *testing.T) {
	h := open(t)
	path := h.begin(t)
	run := h.stored(t, path[len("/api/runs/"):])
	steps := make(chan struct{})
	h.Site.Live, h.Site.Sleep = true, func(ctx context.Context, _ time.Duration) error {
		select {
		case <-steps:
		case <-ctx.Done():
		}
		return ctx.Err()
	}
	handler, err := h.Site.Handler()
	must(t, err)
	server := httptest.NewServer(handler)
	defer server.Close()
	r, err := http.NewRequest("GET", server.URL+path+"/events", nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+editorToken)
	answer, err := server.Client().Do(r)
	must(t, err)
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	next := func() (p runProgress) {
		t.Helper()
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				must(t, json.Unmarshal([]byte(data), &p))
				return p
			}
		}
		t.Fatal("the stream has ended")
		return p
	}
	if p := next(); p.State != newsletter.RunSending {
		t.Errorf("%+v", p)
	}
	must(t, run.Hold("a look", monday))
	must(t, h.store.SaveRun(t.Context(), &run))
	steps <- struct{}{}
	if p := next(); p.State != newsletter.RunPaused || p.Reason != "a look" {
		t.Errorf("%+v", p)
	}
	must(t, run.Cancel("no", monday))
	must(t, run.Close(newsletter.Counts{}, monday))
	must(t, h.store.SaveRun(t.Context(), &run))
	steps <- struct{}{}
	if p := next(); p.State != newsletter.RunCancelled || p.Finished == nil {
		t.Errorf("%+v", p)
	}
	for lines.Scan() {
		if strings.TrimSpace(lines.Text()) != "" {
			t.Errorf("after the end: %q", lines.Text())
		}
	}
}
