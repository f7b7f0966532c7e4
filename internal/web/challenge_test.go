package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/webtest"
)

// guarded is a house whose form asks for proof.
func guarded(t *testing.T, c Challenge) *house {
	t.Helper()
	h := open(t)
	c.Keys = h.Subscribers.Tokens.Secrets()
	h.Site.Challenge = c
	var err error
	h.Handler, err = h.Site.Handler()
	must(t, err)
	return h
}

// solve does what the page's script does.
func solve(t *testing.T, page string) string {
	t.Helper()
	var p puzzle
	must(t, json.Unmarshal([]byte(html.UnescapeString(between(t, page, `data-puzzle="`, `"`))), &p))
	for n := range p.MaxNumber + 1 {
		if digest(p.Salt, n) == p.Challenge {
			raw, err := json.Marshal(map[string]any{"algorithm": p.Algorithm, "challenge": p.Challenge, "number": n, "salt": p.Salt, "signature": p.Signature})
			must(t, err)
			return base64.StdEncoding.EncodeToString(raw)
		}
	}
	t.Fatal("the puzzle has no solution")
	return ""
}

func TestAPuzzleBeforeTheForm(t *testing.T) {
	h := guarded(t, Challenge{Challenge: newsletter.Challenge{Kind: newsletter.ChallengeAltcha}})
	page := h.do(request("GET", "/subscribe", ""))
	want(t, page, 200, `id="altcha"`, "<noscript>")
	if policy := page.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'sha256-") || page.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%v", page.Header())
	}
	proof := solve(t, page.Body.String())
	signUp := func(proof string) int {
		t.Helper()
		return h.do(request("POST", "/subscribe", url.Values{"email": {string(ada)}, "altcha": {proof}}.Encode(), "Content-Type", formType)).Code
	}
	other := h.do(request("GET", "/subscribe", "")).Body.String()
	forged := func(change func(m map[string]any)) string {
		raw, err := base64.StdEncoding.DecodeString(solve(t, other))
		must(t, err)
		var m map[string]any
		must(t, json.Unmarshal(raw, &m))
		change(m)
		raw, err = json.Marshal(m)
		must(t, err)
		return base64.StdEncoding.EncodeToString(raw)
	}
	for name, proof := range map[string]string{"none": "", "nonsense": "x", "another number": forged(func(m map[string]any) { m["number"] = 1e6 }),
		"a later end": forged(func(m map[string]any) { m["salt"] = "x?expires=9999999999" }), "a challenge of one's own": forged(func(m map[string]any) {
			m["salt"], m["number"], m["challenge"] = "x?expires=9999999999", 1, digest("x?expires=9999999999", 1)
		})} {
		if code := signUp(proof); code != http.StatusUnprocessableEntity || len(h.post.sent) > 0 {
			t.Errorf("%s: %d, %d mails", name, code, len(h.post.sent))
		}
	}
	if code := signUp(proof); code != 200 || len(h.post.sent) != 1 {
		t.Errorf("solved: %d, %d mails", code, len(h.post.sent))
	}
	if code := signUp(proof); code != http.StatusUnprocessableEntity {
		t.Errorf("the same solution once more: %d", code)
	}
	late := solve(t, h.do(request("GET", "/subscribe", "")).Body.String())
	h.now = h.now.Add(time.Hour)
	if code := signUp(late); code != http.StatusUnprocessableEntity {
		t.Errorf("an hour later: %d", code)
	}
	want(t, h.do(request("POST", "/subscribe", `{"email":"bob@example.org"}`, "Content-Type", typeJSON)), 422, "A proof is needed")
}

func TestAServiceForChallenges(t *testing.T) {
	var asked url.Values
	verdict, status, down := `{"success":true}`, 200, error(nil)
	h := guarded(t, Challenge{Challenge: newsletter.Challenge{Kind: newsletter.ChallengeTurnstile, SiteKey: "site", Secret: "secret"},
		Call: func(_ context.Context, _, link string, _ http.Header, body []byte) (*fetch.Answer, error) {
			asked, _ = url.ParseQuery(string(body))
			asked.Set("link", link)
			return &fetch.Answer{Status: status, Body: []byte(verdict)}, down
		}})
	want(t, h.do(request("GET", "/subscribe", "")), 200, `class="cf-turnstile" data-sitekey="site"`, "https://challenges.cloudflare.com/turnstile/v0/api.js")
	for _, c := range []struct {
		name, verdict string
		status        int
		down          error
		want          int
	}{
		{"it says yes", `{"success":true}`, 200, nil, 200},
		{"it says no", `{"success":false,"error-codes":["timeout-or-duplicate"]}`, 200, nil, 422},
		{"it is down", "", 0, errors.New("no route"), 200},
		{"it is broken", "<html>", 502, nil, 200},
		{"our secret is wrong", `{"success":false,"error-codes":["invalid-input-secret"]}`, 200, nil, 200},
	} {
		verdict, status, down = c.verdict, c.status, c.down
		w := h.do(request("POST", "/subscribe", url.Values{"email": {string(ada)}, "cf-turnstile-response": {"proof"}}.Encode(), "Content-Type", formType))
		if w.Code != c.want {
			t.Errorf("%s: %d, want %d", c.name, w.Code, c.want)
		}
	}
	if asked.Get("secret") != "secret" || asked.Get("response") != "proof" || asked.Get("remoteip") == "" || !strings.HasSuffix(asked.Get("link"), "/siteverify") {
		t.Errorf("it was asked %v", asked)
	}
}

// TestWithoutAChallenge the page runs no script at all.
func TestWithoutAChallenge(t *testing.T) {
	w := open(t).do(request("GET", "/subscribe", ""))
	if strings.Contains(w.Body.String(), "<script") || strings.Contains(w.Header().Get("Content-Security-Policy"), "script") {
		t.Errorf("%v\n%s", w.Header(), w.Body)
	}
}

// TestABrowserSolvesThePuzzle under the page's own policy, also for who presses the button
// before it is done.
func TestABrowserSolvesThePuzzle(t *testing.T) {
	t.Parallel()
	b := webtest.Chromium(t)
	ctx := b.Context
	h := guarded(t, Challenge{Challenge: newsletter.Challenge{Kind: newsletter.ChallengeAltcha}})
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	must(t, chromedp.Do(ctx, chromedp.Navigate(server.URL+"/subscribe")))
	_, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector("[name=made]").value="";document.getElementById("email").value="ada@example.org";"x"`)) // the house's clock stands still
	must(t, err)
	must(t, chromedp.Do(ctx, chromedp.Click(chromedp.CSS("button"))))
	must(t, chromedp.Do(ctx, chromedp.WaitVisible("//h1[.='Check your inbox']")))
	if len(h.post.sent) != 1 {
		t.Errorf("%d mails", len(h.post.sent))
	}
	b.Quiet()
}
