package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// delivered puts a finished Run into the store: three batches of two readers, the
// second of whom was refused.
func (h *house) delivered(t *testing.T) {
	t.Helper()
	must(t, h.store.SaveRun(t.Context(), &newsletter.Run{ID: "w1", State: newsletter.RunSent, Lanes: 1}))
	must(t, h.store.SaveLane(t.Context(), &newsletter.Lane{Run: "w1", Lanes: 1, Done: true, Seq: 3}))
	for seq := range 3 {
		b := newsletter.Batch{Run: "w1", Seq: seq + 1, At: monday}
		for i, outcome := range []newsletter.Outcome{newsletter.OutcomeSent, newsletter.OutcomeFailed} {
			address := newsletter.Address(fmt.Sprintf("+%s%d@example.org", outcome, seq+1))
			id := newsletter.Identify(pepper, address)
			must(t, h.store.SaveSubscriber(t.Context(), &newsletter.Subscriber{ID: id, Address: address, Status: newsletter.Active}))
			b.Entries = append(b.Entries, newsletter.Entry{Subscriber: id, Outcome: outcome, Reason: strings.Repeat("550 no such user", i)})
		}
		must(t, h.store.SaveBatch(t.Context(), &b))
	}
}

func TestDeliveriesAsLines(t *testing.T) {
	h := open(t)
	h.delivered(t)
	w := h.editor("GET", "/api/runs/w1/deliveries?outcome=failed", "")
	want(t, w, http.StatusOK)
	lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
	if len(lines) != 3 || w.Header().Get("Content-Type") != "application/x-ndjson" || w.Header().Get("Link") != "" {
		t.Fatalf("%v\n%s", w.Header(), w.Body)
	}
	for i, line := range lines {
		var got deliveryLine
		must(t, json.Unmarshal([]byte(line), &got))
		wanted := deliveryLine{Subscriber: got.Subscriber, Address: newsletter.Address(fmt.Sprintf("+failed%d@example.org", i+1)),
			Outcome: "failed", Reason: "550 no such user", At: "2026-03-02T07:00:00Z"}
		if got != wanted || got.Subscriber == "" {
			t.Errorf("%+v, want %+v", got, wanted)
		}
	}
}

func TestDeliveriesAsATable(t *testing.T) {
	h := open(t)
	h.delivered(t)
	w := h.editor("GET", "/api/runs/w1/deliveries", "", "Accept", "text/csv")
	want(t, w, http.StatusOK, "address,outcome,reason,at,message_id,subscriber", "'+sent1@example.org,sent,", "'+failed3@example.org,failed,550 no such user,2026-03-02T07:00:00Z")
	if n := strings.Count(w.Body.String(), "\n"); n != 7 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv") {
		t.Errorf("%d lines as %s", n, w.Header().Get("Content-Type"))
	}
}

// TestDeliveriesPageByPage: following the links leads to every delivery once.
func TestDeliveriesPageByPage(t *testing.T) {
	h := open(t)
	h.delivered(t)
	seen, pages := map[string]bool{}, 0
	for path := "/api/runs/w1/deliveries?limit=1"; path != ""; pages++ {
		w := h.editor("GET", path, "")
		want(t, w, http.StatusOK)
		for _, line := range strings.Split(strings.TrimSpace(w.Body.String()), "\n") {
			if seen[line] {
				t.Errorf("twice: %s", line)
			}
			seen[line] = true
		}
		path, _, _ = strings.Cut(strings.TrimPrefix(w.Header().Get("Link"), "<"), ">")
	}
	if len(seen) != 6 || pages != 3 {
		t.Errorf("%d deliveries on %d pages: a page ends with its batch", len(seen), pages)
	}
}

func TestDeliveriesAreForEditorsWhoAskWell(t *testing.T) {
	h := open(t)
	h.delivered(t)
	want(t, h.do(request("GET", "/api/runs/w1/deliveries", "")), http.StatusUnauthorized)
	want(t, h.editor("GET", "/api/runs/none/deliveries", ""), http.StatusNotFound)
	want(t, h.editor("GET", "/api/runs/w1/deliveries?outcome=lost", ""), 422, "sent, failed, skipped, unknown, ambiguous or retry")
	for _, query := range []string{"limit=0", "limit=x", "after=1", "after=1.x", "after=-1.2"} {
		want(t, h.editor("GET", "/api/runs/w1/deliveries?"+query, ""), 422, "There is no such page")
	}
}
