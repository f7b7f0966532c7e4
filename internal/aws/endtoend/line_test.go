package endtoend

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"testing"
)

// line carries requests to the mail server. It can lose the answer of one that was
// accepted, and knows then which messages that was about.
type line struct {
	to string

	mu   sync.Mutex
	lose bool
	lost []map[string]string // the tags of each message of the lost answer
}

func (l *line) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	request, err := http.NewRequestWithContext(r.Context(), r.Method, l.to+r.URL.Path, bytes.NewReader(body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	request.Header = r.Header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer response.Body.Close()
	if l.loses(r.URL.Path, body) {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.Close()
		}
		return
	}
	w.Header().Set("Content-Type", response.Header.Get("Content-Type"))
	w.WriteHeader(response.StatusCode)
	_, _ = io.Copy(w, response.Body)
}

func (l *line) loses(path string, body []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.lose || path != "/v2/email/outbound-bulk-emails" {
		return false
	}
	var request struct {
		BulkEmailEntries []struct {
			ReplacementTags []struct{ Name, Value string }
		}
	}
	if json.Unmarshal(body, &request) != nil {
		return false
	}
	for _, entry := range request.BulkEmailEntries {
		tags := map[string]string{}
		for _, tag := range entry.ReplacementTags {
			tags[tag.Name] = tag.Value
		}
		l.lost = append(l.lost, tags)
	}
	l.lose = false
	return true
}

// loseNext lets the answer of the next digest call be lost.
func (l *line) loseNext() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lose, l.lost = true, nil
}

// sendEvents are the reports of SES that it has accepted those messages.
func (l *line) sendEvents(t *testing.T) (bodies []string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, tags := range l.lost {
		bodies = append(bodies, sendEvent(t, tags))
	}
	return bodies
}

// sendEvent is SES's report that it has accepted the message with those tags.
func sendEvent(t *testing.T, tags map[string]string) string {
	t.Helper()
	var event map[string]any
	if err := json.Unmarshal([]byte(report(t, "send-eventbridge.json", "", "")), &event); err != nil {
		t.Error(err)
	}
	known := event["detail"].(map[string]any)["mail"].(map[string]any)["tags"].(map[string]any)
	for name, value := range tags {
		known[name] = []string{value}
	}
	body, err := json.Marshal(event)
	if err != nil {
		t.Error(err)
	}
	return string(body)
}
