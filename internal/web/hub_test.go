package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

const feedOfHub = "https://magazine.example.org/feed/"

// subscribed is a source that has asked its hub.
func (h *house) subscribed(t *testing.T) newsletter.Source {
	t.Helper()
	s := newsletter.NewSource(feedOfHub)
	s.Offers("https://hub.example.org/", feedOfHub)
	s.HubKey, s.LastGood, s.NextAt = "the-hubs-own-key", h.now.Add(-10*time.Minute), h.now.Add(50*time.Minute)
	s.AskedHub(h.now)
	must(t, h.store.SaveSource(t.Context(), &s))
	return s
}

func (h *house) call(method, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w
}

func TestAHubConfirms(t *testing.T) {
	h := open(t)
	s := h.subscribed(t)
	query := func(change ...string) string {
		q := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {feedOfHub}, "hub.challenge": {"a <challenge>"}, "hub.lease_seconds": {"864000"}}
		for i := 0; i+1 < len(change); i += 2 {
			q.Set(change[i], change[i+1])
		}
		return "?" + q.Encode()
	}
	at := newsletter.HubPath + s.ID + "/" + s.HubKey
	for name, path := range map[string]string{
		"another topic":           at + query("hub.topic", "https://magazine.example.org/other/"),
		"another key":             newsletter.HubPath + s.ID + "/guess" + query(),
		"another source":          newsletter.HubPath + "nobody/" + s.HubKey + query(),
		"an end that we want not": at + query("hub.mode", "unsubscribe"),
		"no challenge":            at + query("hub.challenge", ""),
	} {
		if w := h.call(http.MethodGet, path, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	w := h.call(http.MethodGet, at+query(), "")
	if w.Code != http.StatusOK || w.Body.String() != "a <challenge>" || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
	stored, err := h.store.Source(t.Context(), s.ID)
	if err != nil || !stored.HubUntil.Equal(h.now.Add(10*24*time.Hour)) {
		t.Errorf("%v, %v", stored.HubUntil, err)
	}
}

func TestWhatAHubTellsIsVisitedSoon(t *testing.T) {
	h := open(t)
	s := h.subscribed(t)
	if w := h.call(http.MethodPost, newsletter.HubPath+s.ID+"/guess", "<rss/>"); w.Code != http.StatusNotFound {
		t.Errorf("a stranger: %d", w.Code)
	}
	for range 2 {
		if w := h.call(http.MethodPost, newsletter.HubPath+s.ID+"/"+s.HubKey, strings.Repeat("<rss/>", 100_000)); w.Code != http.StatusAccepted {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	if stored, err := h.store.Source(t.Context(), s.ID); err != nil || !stored.Due(h.now) {
		t.Errorf("due at %v, %v", stored.NextAt, err)
	}
}
