package endtoend

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go" // the judge of our signatures
)

// hookReceiver is a program elsewhere.
type hookReceiver struct {
	mu     sync.Mutex
	judge  *standardwebhooks.Webhook
	heard  []string
	faults []error
	close  func()
}

func (in *hookReceiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	in.mu.Lock()
	defer in.mu.Unlock()
	var m struct{ Type string }
	if err := in.judge.Verify(raw, r.Header); err != nil {
		in.faults = append(in.faults, err)
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		in.faults = append(in.faults, err)
	}
	in.heard = append(in.heard, m.Type)
	w.WriteHeader(http.StatusNoContent)
}

// makeHook has a hook made over the API that leads to the receiver.
func (c *cloud) makeHook(t *testing.T, in *hookReceiver) {
	server := httptest.NewServer(in)
	in.close = server.Close // with the story, which goes on after this part
	wish, _ := json.Marshal(map[string]any{"url": server.URL, "events": []string{"issue.sent", "subscriber.confirmed", "subscriber.unsubscribed"}})
	page := c.browse(t, "POST", "/api/hooks", string(wish), "authorization", "Bearer "+editorToken, "content-type", "application/json")
	var made struct{ ID, Secret string }
	if err := json.Unmarshal([]byte(page.Body), &made); err != nil || page.StatusCode != http.StatusCreated {
		t.Fatalf("%d %s", page.StatusCode, page.Body)
	}
	var err error
	if in.judge, err = standardwebhooks.NewWebhook(made.Secret); err != nil {
		t.Fatal(err)
	}
	if page := c.browse(t, "POST", "/api/hooks/"+made.ID+"/test", "", "authorization", "Bearer "+editorToken); page.StatusCode != http.StatusOK {
		t.Errorf("%d %s", page.StatusCode, page.Body)
	}
}

// wantHeard ticks, and looks what the receiver has heard: four issues were sent, a
// reader has left, one has come.
func (c *cloud) wantHeard(t *testing.T, in *hookReceiver) {
	c.hooks.invoke(t, sample(t, "schedule-tick.json"))
	c.hooks.invoke(t, sample(t, "schedule-tick.json"))
	in.close()
	slices.Sort(in.heard)
	want := []string{"issue.sent", "issue.sent", "issue.sent", "issue.sent", "subscriber.confirmed", "subscriber.unsubscribed", "test"}
	if !slices.Equal(in.heard, want) || len(in.faults) > 0 {
		t.Errorf("heard %v, want %v; faults %v", in.heard, want, in.faults)
	}
}
