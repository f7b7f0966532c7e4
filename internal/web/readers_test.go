package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestAnOperatorsReaders is an operator's day over the API.
func TestAnOperatorsReaders(t *testing.T) {
	h := open(t)
	h.status(t, newsletter.Active)
	var found struct {
		Readers []readerBody
		Next    string
	}
	list := func(query string) {
		t.Helper()
		w := h.editor("GET", "/api/readers"+query, "")
		want(t, w, 200)
		found.Readers, found.Next = nil, ""
		must(t, json.Unmarshal(w.Body.Bytes(), &found))
	}
	for i := range 5 {
		a := newsletter.Address(fmt.Sprintf("adam%d@example.org", i))
		must(t, h.store.SaveSubscriber(t.Context(), &newsletter.Subscriber{ID: newsletter.Identify(pepper, a), Address: a, Status: newsletter.Bounced}))
	}
	list("?address=AD&limit=4")
	if len(found.Readers) != 4 || found.Next == "" || found.Readers[0].Address != ada {
		t.Fatalf("%+v", found)
	}
	list(strings.TrimPrefix(found.Next, "/api/readers"))
	if len(found.Readers) != 2 || found.Next != "" {
		t.Errorf("%+v", found)
	}
	list("?status=bounced")
	if len(found.Readers) != 5 {
		t.Errorf("%+v", found)
	}
	one := "/api/readers/" + string(ada)
	post := func(path, body string) *httptest.ResponseRecorder {
		return h.editor("POST", path, body, "Content-Type", typeJSON)
	}
	want(t, h.editor("GET", one, ""), 200, `"status":"active"`, `"id":"`+adaID.String())
	want(t, post(one+"/tags", `{"add":["vip","press"]}`), 200, `"tags":["vip","press"]`)
	want(t, post("/api/readers/"+adaID.String()+"/tags", `{"remove":["vip"]}`), 200, `"tags":["press"]`)
	list("?tag=press")
	if len(found.Readers) != 1 {
		t.Errorf("%+v", found)
	}
	want(t, post(one+"/suppress", `{}`), 422, "wants a reason")
	want(t, post(one+"/suppress", `{"reason":"asked by phone"}`), 200, `"status":"unsubscribed"`, "asked by phone")
	h.wantStatus(t, newsletter.Unsubscribed)
	want(t, post(one+"/unsuppress", `{"reason":"asked to come back"}`), 200, `"status":"active"`)
	h.wantStatus(t, newsletter.Active)
	want(t, post(one+"/suppress", `{"reason":"wrote an angry letter","as":"complained"}`), 200, `"status":"complained"`)
	want(t, post(one+"/unsuppress", `{"reason":"we think not"}`), 409, "This reader has complained")
	want(t, post("/api/readers/stranger@example.org/suppress", `{"reason":"a lawyer's letter"}`), 200, "a lawyer's letter")
	want(t, h.editor("GET", "/api/readers/nobody@example.org", ""), 404)
	want(t, h.editor("GET", "/api/readers?address=a", ""), 422, "first two letters")
	want(t, h.editor("GET", "/api/readers?limit=0", ""), 422)
	trail, err := h.store.Actions(t.Context(), "", 20)
	must(t, err)
	said := ""
	for _, a := range trail {
		said += a.Who + " " + a.What + " " + a.Record + " " + a.Detail + "\n"
	}
	for _, words := range []string{"tagged a reader reader " + adaID.String(), "status: “active” → “unsubscribed”\nreason: asked by phone", "lifted a suppression", "status: “unsubscribed” → “active”"} {
		if !strings.Contains(said, words) {
			t.Errorf("%q is not in the trail:\n%s", words, said)
		}
	}
	if strings.Contains(said, "@example.org") {
		t.Errorf("the trail names readers:\n%s", said)
	}
}

// TestReadersAreForOperators: other tokens see no address.
func TestReadersAreForOperators(t *testing.T) {
	h := open(t)
	token, secret, err := newsletter.NewAPIToken("the website", newsletter.RoleEditor, "ada@example.org", monday)
	must(t, err)
	must(t, h.store.SaveAPIToken(t.Context(), &token))
	for _, c := range [][2]string{{"GET", "/api/readers"}, {"GET", "/api/readers/x"}, {"POST", "/api/readers/x/tags"}, {"POST", "/api/readers/x/suppress"}, {"POST", "/api/readers/x/unsuppress"},
		{"POST", "/api/readers/import"}, {"GET", "/api/readers/export"}} {
		want(t, h.do(request(c[0], c[1], "{}", "Authorization", "Bearer "+secret)), http.StatusForbidden)
		want(t, h.do(request(c[0], c[1], "{}")), http.StatusUnauthorized)
	}
}

func TestReadersComeAndGoInParts(t *testing.T) {
	h := open(t)
	part := func(n int, body string) ImportAnswer {
		t.Helper()
		w := h.editor("POST", fmt.Sprintf("/api/readers/import?name=list.csv&n=%d", n), body, "Content-Type", "text/csv; charset=utf-8")
		want(t, w, 200)
		var answer ImportAnswer
		must(t, json.Unmarshal(w.Body.Bytes(), &answer))
		return answer
	}
	first := "email,name,masthead_line\nada@example.org,Ada,7\nnobody,,8\n"
	if a := part(1, first); a.Rows != 2 || a.Added != 1 || a.Rejected != 1 || len(a.Told) != 1 || a.Told[0].Line != 8 {
		t.Errorf("%+v", a)
	}
	if a := part(2, "email\nbob@example.org\n"); a.Added != 1 {
		t.Errorf("%+v", a)
	}
	if a := part(1, first); a.Added != 0 || a.There != 1 || a.Rejected != 1 { // the answer got lost
		t.Errorf("%+v", a)
	}
	want(t, h.editor("POST", "/api/readers/import", "name\nx\n", "Content-Type", "text/csv"), 422, "This is no list of readers")
	want(t, h.editor("POST", "/api/readers/import", "email\n", "Content-Type", "text/plain"), 415)
	want(t, h.editor("POST", "/api/readers/import", "email\n"+strings.Repeat("x", MaxChunk), "Content-Type", "text/csv"), 413)

	var table, link string
	for link = "/api/readers/export?limit=1"; link != ""; {
		w := h.editor("GET", link, "")
		want(t, w, 200)
		table += w.Body.String()
		link, _, _ = strings.Cut(strings.TrimPrefix(w.Header().Get("Link"), "<"), ">")
	}
	if strings.Count(table, "\n") != 3 || strings.Count(table, "email,") != 1 || !strings.Contains(table, "ada@example.org,Ada,active") || !strings.Contains(table, "bob@example.org") {
		t.Errorf("%s", table)
	}
	want(t, h.editor("GET", "/api/readers/export?after=x", ""), 422)
}

// TestMailThatCameBackOverHTTP: a mail server hands it over as it is.
func TestMailThatCameBackOverHTTP(t *testing.T) {
	h := open(t)
	h.status(t, newsletter.Active)
	report := "To: bounce+" + h.Subscribers.Tokens.ReturnPath(adaID, monday) + "@example.org\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\nFinal-Recipient: rfc822; ada@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
	want(t, h.do(request("POST", "/api/returned", report)), http.StatusUnauthorized)
	want(t, h.editor("POST", "/api/returned", "To: ada@example.org\r\n\r\n550 5.1.1 gone"), 200, "not about a mail of ours")
	h.wantStatus(t, newsletter.Active)
	want(t, h.editor("POST", "/api/returned", report), 200, `"what":"bounced"`)
	h.wantStatus(t, newsletter.Bounced)
}
