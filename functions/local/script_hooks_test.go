package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go" // the judge of our signatures
)

// receiver is a program that hooks of a script lead to. It takes what is signed.
type receiver struct {
	mu     sync.Mutex
	judge  *standardwebhooks.Webhook
	events []string
	faults []string
}

func (in *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	in.mu.Lock()
	defer in.mu.Unlock()
	var m struct{ Type string }
	if err := in.judge.Verify(raw, r.Header); err != nil {
		in.faults = append(in.faults, err.Error())
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		in.faults = append(in.faults, err.Error())
	}
	in.events = append(in.events, m.Type+" "+string(raw))
	w.WriteHeader(http.StatusNoContent)
}

// makeHook starts a receiver and has a hook made that leads to it: hook EVENT....
func makeHook(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: hook EVENT...")
	}
	in := &receiver{}
	server := httptest.NewServer(in)
	ts.Defer(server.Close)
	wish, err := json.Marshal(map[string]any{"url": server.URL, "events": args})
	ts.Check(err)
	r := request(http.NewRequest(http.MethodPost, ts.Getenv("MASTHEAD")+"/api/hooks", strings.NewReader(string(wish))))
	r.Header.Set("Authorization", "Bearer "+editorToken)
	r.Header.Set("Content-Type", "application/json")
	var made struct{ Secret string }
	ts.Check(json.Unmarshal([]byte(answered(ts, r, "201")), &made))
	in.judge, err = standardwebhooks.NewWebhook(made.Secret)
	ts.Check(err)
	ts.Value(sitesKey{}).(*sites).hooked = in
}

// awaitEvents waits until the receiver has heard exactly that, in any order, and puts
// what it heard into the file heard: events EVENT....
func awaitEvents(ts *testscript.TestScript, neg bool, args []string) {
	in := ts.Value(sitesKey{}).(*sites).hooked
	if neg || in == nil {
		ts.Fatalf("usage, after hook: events EVENT...")
	}
	count := func(list []string) map[string]int {
		n := map[string]int{}
		for _, e := range list {
			name, _, _ := strings.Cut(e, " ")
			n[name]++
		}
		return n
	}
	var heard, faults []string
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline) && len(heard) < len(args); time.Sleep(50 * time.Millisecond) {
		in.mu.Lock()
		heard, faults = append([]string{}, in.events...), in.faults
		in.mu.Unlock()
	}
	ts.Check(os.WriteFile(ts.MkAbs("heard"), []byte(strings.Join(heard, "\n")+"\n"), 0o644))
	if got, want := fmt.Sprint(count(heard)), fmt.Sprint(count(args)); got != want || len(faults) > 0 {
		ts.Fatalf("heard %s, want %s, faults %q", got, want, faults)
	}
}
