package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// siteOf is the program's site over a data folder, and what it logs.
func siteOf(t *testing.T, dir string) (*app, http.Handler, *bytes.Buffer) {
	t.Helper()
	settings, err := parse("serve", []string{"-data", dir}, func(name string) string {
		return map[string]string{"MASTHEAD_EDITOR_TOKEN": remoteToken, "MASTHEAD_PROXY": "127.0.0.1"}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := open(t.Context(), settings, placeholderURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.close() })
	log := &bytes.Buffer{}
	site, err := (&host{app: a, out: log, log: log, home: "http://127.0.0.1"}).handler()
	if err != nil {
		t.Fatal(err)
	}
	return a, site, log
}

func ask(site http.Handler, method, path, contentType, body string, with ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:9"
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(with); i += 2 {
		r.Header.Set(with[i], with[i+1])
	}
	w := httptest.NewRecorder()
	site.ServeHTTP(w, r)
	return w
}

// TestKeysAreRotatedWithoutBreakingLinks: the links of a mail that is out work after two
// rotations, and new ones are signed with the new key. Data folders of before know none
// of it.
func TestKeysAreRotatedWithoutBreakingLinks(t *testing.T) {
	dir := t.TempDir()
	a, _, _ := siteOf(t, dir)
	if _, _, err := a.subscribers.Add(t.Context(), []string{"ada@example.org"}, "test"); err != nil {
		t.Fatal(err)
	}
	id := newsletter.Identify(a.secrets.Pepper, "ada@example.org")
	old := newsletter.UnsubscribePath + a.signer.Sign(token.Unsubscribe, token.Claims{Subscriber: id})
	for range 2 {
		if code := run(t.Context(), []string{"secrets", "rotate", "-data", dir}, func(string) string { return "" }, io.Discard, io.Discard); code != exitDone {
			t.Fatalf("exit %d", code)
		}
	}
	b, site, _ := siteOf(t, dir)
	fresh := b.signer.Sign(token.Unsubscribe, token.Claims{Subscriber: id})
	if len(b.secrets.Keys) != 3 || !strings.HasPrefix(fresh, "v1."+b.secrets.Keys[0].ID+".") || b.secrets.Keys[0].ID == a.secrets.Keys[0].ID || !bytes.Equal(b.secrets.Pepper, a.secrets.Pepper) {
		t.Errorf("keys %d, link %s", len(b.secrets.Keys), fresh)
	}
	if w := ask(site, "POST", old, "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"); w.Code != http.StatusOK {
		t.Errorf("the old link: %d", w.Code)
	}
	if sub, err := b.store.Subscriber(t.Context(), id); err != nil || sub.Status != newsletter.Unsubscribed {
		t.Errorf("%+v, %v", sub, err)
	}
}

// TestTheLogNamesNobody: a journey through forms, links and the API, with faults on the
// way, and not one address in what is logged.
func TestTheLogNamesNobody(t *testing.T) {
	a, site, log := siteOf(t, t.TempDir())
	const form = "application/x-www-form-urlencoded"
	for _, address := range []string{"ada@example.org", "not an address", "bob@example.org", "ada@example.org"} {
		ask(site, "POST", "/subscribe", form, url.Values{"email": {address}}.Encode())
	}
	id := newsletter.Identify(a.secrets.Pepper, "ada@example.org")
	links := []string{}
	for _, p := range token.Purposes() {
		links = append(links, a.signer.Sign(p, token.Claims{Subscriber: id}))
	}
	key := []string{"Authorization", "Bearer " + remoteToken}
	ask(site, "POST", "/api/readers/import", "text/csv", "email\neve@example.org\nnobody@\n", key...)
	journey := func() {
		for _, path := range []string{"/confirm/", "/unsubscribe/", "/preferences/"} {
			for _, l := range links {
				ask(site, "GET", path+l, "", "")
				ask(site, "POST", path+l, form, "name=Ada&email=new@example.org")
			}
		}
		for _, path := range []string{"/api/readers?address=ada", "/api/readers/ada@example.org", "/api/readers/export", "/ada@example.org"} {
			ask(site, "GET", path, "", "", key...)
		}
		ask(site, "POST", "/api/readers/ada@example.org/suppress", "application/json", `{"reason":"ada@example.org wrote"}`, key...)
		ask(site, "POST", "/api/returned", "message/rfc822", "To: ada@example.org\r\n\r\nx", key...)
	}
	journey()
	_ = a.store.Close() // from here on everything fails
	journey()
	ask(site, "POST", "/subscribe", form, url.Values{"email": {"ada@example.org"}}.Encode())
	if found := regexp.MustCompile(`[A-Za-z]+(@|%40)[a-z]*\.?example\.org|v1\.a\.`).FindString(log.String()); found != "" || log.Len() == 0 {
		t.Errorf("the log of %d bytes has %q in it:\n%.2000s", log.Len(), found, log)
	}
}

// TestSubscriptionBombing: whoever fills in the form with one address again and again, from
// many networks, mails it once; who does so with many addresses from one network is
// stopped, and the others are not.
func TestSubscriptionBombing(t *testing.T) {
	a, site, _ := siteOf(t, t.TempDir())
	now := time.Now()
	a.subscribers.Now = func() time.Time { return now } // limits are of the hour: it must not end meanwhile
	signUp := func(address, from string) int {
		return ask(site, "POST", "/subscribe", "application/json", fmt.Sprintf(`{"email":%q}`, address), "X-Forwarded-For", from).Code
	}
	var refused atomic.Int32
	var all sync.WaitGroup
	for i := range 30 {
		all.Go(func() {
			if code := signUp("victim@example.org", fmt.Sprintf("203.0.113.%d", i)); code != http.StatusAccepted {
				t.Errorf("request %d: %d", i, code)
			}
		})
	}
	for i := range 90 {
		all.Go(func() {
			if signUp(fmt.Sprintf("victim%d@example.org", i), "198.51.100.7") == http.StatusTooManyRequests {
				refused.Add(1)
			}
		})
	}
	all.Wait()
	if refused.Load() != 30 { // 60 an hour
		t.Errorf("%d of 90 from one network were refused, want 30", refused.Load())
	}
	if code := signUp("ada@example.org", "198.51.100.8"); code != http.StatusAccepted {
		t.Errorf("somebody else: %d", code)
	}
	to, err := filepath.Glob(filepath.Join(a.Out, "*", "*victim@*"))
	if err != nil || len(to) != 1 {
		t.Errorf("the victim was mailed %d times (%v)", len(to), err)
	}
}
