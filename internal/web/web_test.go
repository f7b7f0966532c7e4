package web

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/compose"
	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/feedback"
	"github.com/masthead-mail/masthead/internal/local/sqlite"
	"github.com/masthead-mail/masthead/internal/local/sqlitetest"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/render"
	"github.com/masthead-mail/masthead/internal/subscribe"
	"github.com/masthead-mail/masthead/internal/token"
)

const (
	ada         = newsletter.Address("ada@example.org")
	editorToken = "an-editor's-long-token"
)

var (
	monday = time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
	pepper = []byte("pepper")
	adaID  = newsletter.Identify(pepper, ada)
)

// house is the whole site over a real store and the real stages; only the post
// box and the queue are make-believe.
type house struct {
	t testing.TB
	*Site
	http.Handler
	store *sqlite.Store
	post  *postBox
	now   time.Time
	file  string // of the store
}

func open(t testing.TB) *house {
	t.Helper()
	file := sqlitetest.File(t)
	store, err := sqlite.Open(t.Context(), file)
	must(t, err)
	t.Cleanup(func() { _ = store.Close() })
	must(t, store.SavePublication(t.Context(), &newsletter.Publication{Name: "The Lantern Post", Tagline: "Slow news, well lit", Site: "https://magazine.example.org/",
		PostalAddress: "1 Wharf Lane, Harbour Town", Language: "en", BaseURL: "https://news.example.org", From: "digest@example.org"}))
	must(t, store.SaveSchedule(t.Context(), &newsletter.Schedule{ID: "weekly", Cadence: newsletter.Weekly, Zone: "UTC"}))
	h := &house{t: t, store: store, file: file, post: &postBox{}, now: monday}
	now := func() time.Time { return h.now }
	renderer, err := render.New()
	must(t, err)
	tokens := &token.Signer{Keys: []token.Key{{ID: "a", Secret: []byte("secret")}}}
	engine := &deliver.Engine{Store: store, Queue: noQueue{}, Publication: store.Publication, Tokens: tokens, Now: now}
	access := &desk.Access{Store: store, Mail: h.post, Render: renderer, Publication: store.Publication, Token: editorToken, Now: now}
	h.Site = &Site{
		Access:  access,
		Returns: &feedback.Returns{Tokens: tokens, Now: now}, Feedback: &feedback.Handler{Store: store, Pepper: pepper, Now: now},
		Publication: store.Publication, Store: store, Schedule: "weekly",
		Subscribers: &subscribe.Subscribers{Store: store, Mail: h.post, Render: renderer, Publication: store.Publication, Tokens: tokens, Pepper: pepper, Now: now},
		Runs:        engine,
		Clicks:      &feedback.Clicks{Store: store, Tokens: tokens, Pepper: pepper, Now: now},
		Composer:    &compose.Composer{Store: store, Publication: store.Publication, Render: renderer, Runs: engine, Now: now},
		Log:         slog.New(slog.NewTextHandler(io.Discard, nil)),
		Sleep:       func(_ context.Context, d time.Duration) error { h.now = h.now.Add(d); return nil },
	}
	h.Site.Office = &desk.Desk{Store: store, Composer: h.Composer, Runs: engine, Mail: h.post, Publication: store.Publication, Now: now}
	h.withHooks()
	h.Handler, err = h.Site.Handler()
	must(t, err)
	return h
}

type noQueue struct{}

func (noQueue) Put(context.Context, deliver.LaneRef) error { return nil }

type postBox struct {
	lock sync.Mutex
	sent []newsletter.Message
	down error
}

func (p *postBox) Post(_ context.Context, m *newsletter.Message) error {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.down == nil {
		p.sent = append(p.sent, *m)
	}
	return p.down
}

// article collects one more article.
func (h *house) article(t testing.TB, n int) {
	t.Helper()
	link := fmt.Sprintf("https://magazine.example.org/%d/", n)
	must(t, h.store.AddArticle(t.Context(), &newsletter.Article{ID: newsletter.ArticleID(link), URL: link, Title: fmt.Sprintf("The bakers who never sleep, part %d", n),
		Dek: "What a town smells like at four in the morning", Published: h.now.Add(-time.Hour), FirstSeen: h.now}))
}

// status puts ada on record.
func (h *house) status(t testing.TB, s newsletter.Status) {
	t.Helper()
	must(t, h.store.SaveSubscriber(t.Context(), &newsletter.Subscriber{ID: adaID, Address: ada, Status: s, ConfirmedAt: monday.AddDate(0, -1, 0), ChangedAt: monday}))
}

func (h *house) wantStatus(t testing.TB, want newsletter.Status) {
	t.Helper()
	if sub, err := h.store.Subscriber(t.Context(), adaID); err != nil || sub.Status != want {
		t.Errorf("subscriber is %q (%v), want %s", sub.Status, err, want)
	}
}

func (h *house) link(p token.Purpose) string {
	c := token.Claims{Subscriber: adaID}
	if p == token.Confirm {
		c.Expires = h.now.Add(token.ConfirmTTL)
		return "/confirm/" + h.Subscribers.Tokens.Sign(p, c)
	}
	return "/unsubscribe/" + h.Subscribers.Tokens.Sign(p, c)
}

// request is one of a browser on the site itself, unless with says otherwise.
func request(method, path, body string, with ...string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i+1 < len(with); i += 2 {
		r.Header.Set(with[i], with[i+1])
	}
	return r
}

func (h *house) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if err := h.asDescribed(r, w); err != nil {
		h.t.Error(err)
	}
	return w
}

func want(t testing.TB, w *httptest.ResponseRecorder, status int, words ...string) {
	t.Helper()
	if w.Code != status {
		t.Errorf("status %d, want %d:\n%s", w.Code, status, w.Body)
	}
	for _, word := range words {
		if !strings.Contains(w.Body.String(), word) {
			t.Errorf("the answer lacks %q:\n%s", word, w.Body)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const formType = "application/x-www-form-urlencoded"

func TestEveryAnswerIsGuarded(t *testing.T) {
	h := open(t)
	h.status(t, newsletter.Pending)
	for _, path := range []string{"/", "/subscribe", "/issues/", "/issues/none", h.link(token.Confirm), h.link(token.Unsubscribe), "/unsubscribe/", "/nowhere", "/api/runs/none", "/issues"} {
		w := h.do(request("GET", path, ""))
		for name, part := range map[string]string{"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin"} {
			if got := w.Header().Get(name); !strings.Contains(got, part) {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		policy := w.Header().Get("Content-Security-Policy")
		if !strings.Contains(policy, "frame-ancestors 'none'") || !strings.Contains(policy, "base-uri 'none'") || strings.Contains(policy, "script-src") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if len(w.Result().Cookies()) > 0 {
			t.Errorf("%s sets a cookie", path)
		}
	}
}

func TestWrongMethodsAndPaths(t *testing.T) {
	h := open(t)
	for _, c := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"POST", "/", 405, "GET, HEAD"},
		{"DELETE", "/subscribe", 405, "GET, HEAD, POST"},
		{"PUT", "/unsubscribe/x", 405, "GET, HEAD, POST"},
		{"GET", "/unsubscribe/x/undo", 405, "POST"},
		{"POST", "/issues/", 405, "GET, HEAD"},
		{"PUT", "/api/issues", 405, "GET, HEAD, POST"},
		{"OPTIONS", "/confirm/x", 405, "GET, HEAD, POST"},
		{"GET", "/wp-login.php", 404, ""},
		{"POST", "/wp-login.php", 404, ""},
		{"GET", "/confirm/", 404, ""},
		{"GET", "/api/", 404, ""},
	} {
		w := h.do(request(c.method, c.path, ""))
		if w.Code != c.status || w.Header().Get("Allow") != c.allow {
			t.Errorf("%s %s: %d, Allow %q; want %d, %q", c.method, c.path, w.Code, w.Header().Get("Allow"), c.status, c.allow)
		}
		wanted := "text/html; charset=utf-8"
		if strings.HasPrefix(c.path, "/api/") {
			wanted = typeProblem
		}
		if got := w.Header().Get("Content-Type"); got != wanted {
			t.Errorf("%s %s: %s", c.method, c.path, got)
		}
	}
}

// TestLookingChangesNothing opens every link there is, as mail scanners do, with
// GET and HEAD.
func TestLookingChangesNothing(t *testing.T) {
	for _, status := range []newsletter.Status{newsletter.Pending, newsletter.Active, newsletter.Unsubscribed} {
		h := open(t)
		h.article(t, 1)
		h.status(t, status)
		before, err := h.store.Subscriber(t.Context(), adaID)
		must(t, err)
		for _, method := range []string{"GET", "HEAD"} {
			for _, path := range []string{"/", "/subscribe?email=ada@example.org", "/issues/", "/unsubscribe/", h.link(token.Confirm), h.link(token.Unsubscribe), h.link(token.Unsubscribe) + "/undo", "/api/issues"} {
				r := request(method, path, "", "Authorization", "Bearer "+editorToken)
				if w := h.do(r); method == "HEAD" && w.Code == 200 && w.Header().Get("Content-Type") == "" {
					t.Errorf("HEAD %s: %v", path, w.Header())
				}
			}
		}
		after, err := h.store.Subscriber(t.Context(), adaID)
		must(t, err)
		_, suppressed := h.store.Suppression(t.Context(), adaID)
		issues, err := h.store.Issues(t.Context(), 1)
		if err != nil || after.Rev != before.Rev || suppressed == nil || len(issues) > 0 || len(h.post.sent) > 0 {
			t.Errorf("%s: looking has changed something: %+v, %v, %d issues, %d mails", status, after, suppressed, len(issues), len(h.post.sent))
		}
	}
}

func TestTheFrontPageCanBeAnothers(t *testing.T) {
	h := open(t)
	h.Front = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "a workbench") })
	handler, err := h.Site.Handler()
	must(t, err)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, request("GET", "/", ""))
	want(t, w, 200, "a workbench")
}

func TestAPageIsShownWithoutThePublication(t *testing.T) {
	h := open(t)
	h.Site.Publication = func(context.Context) (newsletter.Publication, error) {
		return newsletter.Publication{}, newsletter.ErrUnavailable
	}
	handler, err := h.Site.Handler()
	must(t, err)
	h.status(t, newsletter.Active)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, request("POST", h.link(token.Unsubscribe), ""))
	want(t, w, 200, "You are unsubscribed", "This newsletter")
	h.wantStatus(t, newsletter.Unsubscribed)
}
