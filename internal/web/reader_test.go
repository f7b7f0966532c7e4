package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/hooks"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
	"github.com/masthead-mail/masthead/internal/words"
)

// TestAReaderComesAndGoes is the reader's journey, by the links that mails carry.
func TestAReaderComesAndGoes(t *testing.T) {
	h := open(t)
	want(t, h.do(request("GET", "/", "")), 200, `action="/subscribe"`, "The Lantern Post")
	want(t, h.do(request("POST", "/subscribe", "email=ada%40example.org", "Content-Type", formType)), 200, "Check your inbox")
	if len(h.post.sent) != 1 || h.post.sent[0].To != ada {
		t.Fatalf("mailed %+v", h.post.sent)
	}
	for _, part := range []string{h.post.sent[0].Subject, h.post.sent[0].HTML, h.post.sent[0].Text} {
		if strings.Contains(part, "ada") { // or anybody could send words through the form
			t.Errorf("what was typed is in the mail:\n%s", part)
		}
	}
	link := between(t, h.post.sent[0].Text, "https://news.example.org", "\n")
	want(t, h.do(request("GET", link, "")), 200, "One press, and you are in", `<form method="post">`)
	h.wantStatus(t, newsletter.Pending)
	h.sendAnIssue(t)
	want(t, h.do(request("POST", link, "", "Sec-Fetch-Site", "same-origin")), 200, "Welcome, you are subscribed", "The bakers who never sleep")
	want(t, h.do(request("GET", link, "")), 200, "Welcome, you are subscribed")
	h.wantStatus(t, newsletter.Active)

	leave := h.link(token.Unsubscribe)
	want(t, h.do(request("GET", leave, "")), 200, "Leave the digest?", `<button type="submit">Unsubscribe</button>`)
	w := h.do(request("POST", leave, "", "Content-Type", formType))
	want(t, w, 200, "You are unsubscribed")
	h.wantStatus(t, newsletter.Unsubscribed)
	want(t, h.do(request("GET", leave, "")), 200, "You are unsubscribed already")
	undo := between(t, w.Body.String(), `action="`, `"`)
	want(t, h.do(request("POST", undo, "", "Sec-Fetch-Site", "same-origin")), 200, "You are subscribed again")
	h.wantStatus(t, newsletter.Active)
}

func between(t *testing.T, s, start, end string) string {
	t.Helper()
	_, rest, found := strings.Cut(s, start)
	middle, _, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("no %q … %q in\n%s", start, end, s)
	}
	return middle
}

func TestOneClickTakesAnyBody(t *testing.T) {
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	must(t, parts.WriteField("List-Unsubscribe", "One-Click"))
	must(t, parts.Close())
	for name, c := range map[string][2]string{
		"urlencoded": {"List-Unsubscribe=One-Click", formType},
		"multipart":  {form.String(), parts.FormDataContentType()},
		"empty":      {"", ""},
		"nonsense":   {"\x00\xff", "application/x-nonsense"},
		"huge":       {strings.Repeat("x", 4*maxBody), formType},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			h.status(t, newsletter.Active)
			for range 2 {
				r := request("POST", h.link(token.Unsubscribe), c[0], "Content-Type", c[1], "Sec-Fetch-Site", "cross-site", "Origin", "https://mail.example.net")
				w := h.do(r)
				want(t, w, 200)
				if w.Header().Get("Location") != "" || len(w.Result().Cookies()) > 0 {
					t.Errorf("headers %v", w.Header())
				}
			}
			h.wantStatus(t, newsletter.Unsubscribed)
		})
	}
}

func TestLinksThatDoNotWorkSaySo(t *testing.T) {
	h := open(t)
	h.status(t, newsletter.Complained)
	expired := "/confirm/" + h.Subscribers.Tokens.Sign(token.Confirm, token.Claims{Subscriber: adaID, Expires: monday})
	nobody := "/confirm/" + h.Subscribers.Tokens.Sign(token.Confirm, token.Claims{Subscriber: newsletter.Identify(pepper, "eve@example.org")})
	for _, c := range []struct {
		name, path string
		status     int
		words      string
	}{
		{"expired", expired, 410, "This link has run out"},
		{"forged", "/confirm/v1.a.c.x.0.0.x", 404, "This link does not work"},
		{"of another purpose", "/confirm/" + strings.TrimPrefix(h.link(token.Unsubscribe), "/unsubscribe/"), 404, "This link does not work"},
		{"of somebody erased", nobody, 404, "There is nothing here"},
		{"of somebody who complained since", h.link(token.Confirm), 409, "no longer of use"},
		{"forged, to leave", "/unsubscribe/nonsense", 404, "This link does not work"},
	} {
		for _, method := range []string{"GET", "POST"} {
			t.Run(c.name+" "+method, func(t *testing.T) { want(t, h.do(request(method, c.path, "")), c.status, c.words, "/subscribe") })
		}
	}
	want(t, h.do(request("POST", h.link(token.Unsubscribe)+"/undo", "")), 409, "no longer of use")
	want(t, h.do(request("GET", "/unsubscribe/", "")), 200, "How to unsubscribe", "own link at the end")
}

func TestOtherSitesCannotPressOurButtons(t *testing.T) {
	h := open(t)
	h.status(t, newsletter.Pending)
	for _, with := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example.net"}} {
		want(t, h.do(request("POST", h.link(token.Confirm), "", with...)), 403, "our own page")
		want(t, h.do(request("POST", h.link(token.Unsubscribe)+"/undo", "", with...)), 403, "our own page")
	}
	h.wantStatus(t, newsletter.Pending)
}

func TestTheSignUpFormMayStandOnAnySite(t *testing.T) {
	h := open(t)
	w := h.do(request("POST", "/subscribe", "email=ada%40example.org", "Content-Type", formType, "Sec-Fetch-Site", "cross-site", "Origin", "https://magazine.example.org"))
	want(t, w, 200, "Check your inbox")
	h.wantStatus(t, newsletter.Pending)
}

func TestSignUpAnswersAllTheSame(t *testing.T) {
	var first string
	for name, prepare := range map[string]func(h *house){
		"unknown":      func(*house) {},
		"pending":      func(h *house) { h.status(t, newsletter.Pending) },
		"active":       func(h *house) { h.status(t, newsletter.Active) },
		"unsubscribed": func(h *house) { h.status(t, newsletter.Unsubscribed) },
		"bounced": func(h *house) {
			must(t, h.store.SaveSuppression(t.Context(), &newsletter.Suppression{ID: adaID, Reason: newsletter.Bounced, At: monday}))
		},
	} {
		h := open(t)
		prepare(h)
		byForm := h.do(request("POST", "/subscribe", "email=ada%40example.org", "Content-Type", formType))
		byJSON := h.do(request("POST", "/subscribe", `{"email":"ada@example.org"}`, "Content-Type", "application/json; charset=utf-8"))
		want(t, byJSON, http.StatusAccepted, `"message"`)
		got := fmt.Sprint(byForm.Code, byForm.Header(), byForm.Body, byJSON.Code, byJSON.Header(), byJSON.Body)
		if first == "" {
			first = got
		}
		if got != first {
			t.Errorf("%s gets another answer:\n%s\nwant\n%s", name, got, first)
		}
	}
}

func TestSignUpSaysWhatIsWrong(t *testing.T) {
	h := open(t)
	evil := `"><script>alert(1)</script>`
	for _, c := range []struct {
		name, body, contentType string
		status                  int
		words                   string
	}{
		{"no address", "email=", formType, 422, "Type one like ada@example.org"},
		{"what was typed is shown again, escaped", "email=" + url.QueryEscape(evil), formType, 422, "value=\"&#34;&gt;&lt;script&gt;"},
		{"a line break", "email=ada%40example.org%0d%0aBcc:eve%40example.org", formType, 422, "aria-invalid"},
		{"no form", "hello", "text/plain", 415, "Send a form or JSON"},
		{"a broken form", "email=%zz", formType, 422, "check what you typed"},
		{"too much", "email=" + strings.Repeat("x", maxBody), formType, 413, "larger than anything"},
		{"broken JSON", "{", "application/json", 400, `"status":400`},
		{"JSON of another shape", `{"email":7}`, "application/json", 400, `"status":400`},
		{"no address in JSON", `{}`, "application/json", 422, `"status":422`},
		{"too much JSON", `{"email":"` + strings.Repeat("x", maxBody) + `"}`, "application/json", 413, `"status":413`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := h.do(request("POST", "/subscribe", c.body, "Content-Type", c.contentType))
			want(t, w, c.status, c.words)
			if strings.Contains(w.Body.String(), "<script") || strings.Contains(w.Body.String(), "invalid:") {
				t.Errorf("%s", w.Body)
			}
		})
	}
	if len(h.post.sent) > 0 {
		t.Error("something was mailed")
	}
}

func TestMachinesThatFillInEveryFieldAreIgnored(t *testing.T) {
	h := open(t)
	want(t, h.do(request("POST", "/subscribe", "email=ada%40example.org&website=https%3A%2F%2Fspam.example.net", "Content-Type", formType)), 200, "Check your inbox")
	if _, err := h.store.Subscriber(t.Context(), adaID); err == nil || len(h.post.sent) > 0 {
		t.Error("the sign-up was taken")
	}
}

func TestOurFaultsAreOurs(t *testing.T) {
	h := open(t)
	h.post.down = fmt.Errorf("dial tcp 192.0.2.1:25: secret detail: %w", newsletter.ErrUnavailable)
	w := h.do(request("POST", "/subscribe", "email=ada%40example.org", "Content-Type", formType))
	want(t, w, 503, "We cannot send mail right now")
	if strings.Contains(w.Body.String(), "secret") || w.Header().Get("Retry-After") == "" {
		t.Errorf("%v\n%s", w.Header(), w.Body)
	}
	must(t, h.store.Close())
	w = h.do(request("POST", h.link(token.Unsubscribe), ""))
	want(t, w, 500, "The mistake is ours")
}

func TestTheWordsOfConsentHaveTheirVersion(t *testing.T) {
	var all string
	for _, tag := range []string{"en", "de", "fr", "es", "ar", "ru"} {
		all += words.For(tag).Say("consent") + "\n"
	}
	sum := sha256.Sum256([]byte(all))
	if got, want := hex.EncodeToString(sum[:4]), map[string]string{"2026-11": "d9f580f8"}[consentVersion]; got != want {
		t.Errorf("the words have changed: give them a new version here and in consentVersion (hash %s)", got)
	}
}

// FuzzSignUp: whatever is typed, the page shows it as text only, and a mail goes
// to one address that can stand in a header.
func FuzzSignUp(f *testing.F) {
	for _, typed := range []string{"ada@example.org", "", `"><script>alert(1)</script>@example.org`, "a@b.example\r\nBcc: c@d.example", "ü@example.org", "a@b@example.org", "<a@example.org>", "{{.}}@example.org"} {
		f.Add(typed)
	}
	h := open(f)
	f.Fuzz(func(t *testing.T, typed string) {
		h.post.sent = nil
		h.now = h.now.Add(25 * time.Hour) // no limit is reached
		w := h.do(request("POST", "/subscribe", "email="+url.QueryEscape(typed), "Content-Type", formType))
		if w.Code != 200 && w.Code != 413 && w.Code != 422 {
			t.Errorf("status %d", w.Code)
		}
		if strings.Count(w.Body.String(), "<h1>") != 1 || strings.Contains(w.Body.String(), "<script") {
			t.Errorf("%s", w.Body)
		}
		for _, m := range h.post.sent {
			if again, err := newsletter.ParseAddress(string(m.To)); err != nil || again != m.To || strings.ContainsAny(string(m.To), "\r\n\x00,<>") {
				t.Errorf("mailed to %q", m.To)
			}
		}
	})
}

func TestWhomARequestIsCountedFor(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.7:4711": "192.0.2.7/32", "192.0.2.7": "192.0.2.7/32", "[2001:db8:1:2:3:4:5:6]:80": "2001:db8:1:2::/64", "2001:db8:1:2::9": "2001:db8:1:2::/64",
		"[::ffff:192.0.2.7]:1": "192.0.2.7/32", "[fe80::1%eth0]:1": "fe80::/64", "": "", "pipe": "",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = remote
		if got := network(r); got != want {
			t.Errorf("%q: %q, want %q", remote, got, want)
		}
	}
}

func TestSixteenPressAtOnce(t *testing.T) {
	h := open(t)
	h.status(t, newsletter.Pending)
	for _, link := range []string{h.link(token.Confirm), h.link(token.Unsubscribe)} {
		var done sync.WaitGroup
		for range 16 {
			done.Go(func() { want(t, h.do(request("POST", link, "")), 200) })
		}
		done.Wait()
	}
	h.wantStatus(t, newsletter.Unsubscribed)
}

// BenchmarkOneClick is what a mail provider does when readers leave: a request
// each, over loopback, every one to the disk; without a hook, and with one that is to be
// told of each.
func BenchmarkOneClick(b *testing.B) {
	for _, n := range []int{0, 1} {
		b.Run(fmt.Sprint("hooks=", n), func(b *testing.B) { oneClick(b, n) })
	}
}

func oneClick(b *testing.B, n int) {
	h := open(b)
	h.Subscribers.Hooks = &hooks.Hooks{Store: h.store, Publication: h.store.Publication, Now: h.Composer.Now}
	for range n {
		hook, err := newsletter.NewHook("https://crm.example.org/", newsletter.EventTypes(), false, "ada@example.org", monday)
		must(b, err)
		must(b, h.store.SaveHook(b.Context(), &hook))
	}
	server := httptest.NewServer(h)
	defer server.Close()
	var all []newsletter.Subscriber
	links := make([]string, b.N)
	for i := range links {
		a := newsletter.Address(fmt.Sprintf("reader%d@example.org", i))
		sub := newsletter.Subscriber{ID: newsletter.Identify(pepper, a), Address: a, Status: newsletter.Active, ConfirmedAt: monday}
		all = append(all, sub)
		links[i] = server.URL + "/unsubscribe/" + h.Subscribers.Tokens.Sign(token.Unsubscribe, token.Claims{Subscriber: sub.ID})
	}
	_, err := h.store.AddSubscribers(b.Context(), all)
	must(b, err)
	must(b, h.store.SaveIssue(b.Context(), &newsletter.Issue{ID: "weekly-1", Schedule: "weekly", State: newsletter.IssueApproved, ApprovedAt: monday})) // who leaves is counted for it
	b.ResetTimer()
	start := time.Now()
	var next sync.Mutex
	i := 0
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			next.Lock()
			link := links[i]
			i++
			next.Unlock()
			resp, err := server.Client().Post(link, formType, strings.NewReader("List-Unsubscribe=One-Click"))
			if err != nil || resp.StatusCode != 200 {
				b.Errorf("%v, %v", resp, err)
				return
			}
			_ = resp.Body.Close()
		}
	})
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "requests/s")
}
