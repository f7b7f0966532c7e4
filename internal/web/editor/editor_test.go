package editor

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/compose"
	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/local/sqlite"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/render"
	"github.com/masthead-mail/masthead/internal/subscribe"
	"github.com/masthead-mail/masthead/internal/token"
)

const (
	ada  = newsletter.Address("ada@example.org")  // edits
	olga = newsletter.Address("olga@example.org") // operates
)

var monday = time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)

// studio is the desk over a real store; only the post box is make-believe.
type studio struct {
	*Pages
	http.Handler
	store *sqlite.Store
	now   time.Time
	post  []newsletter.Message
	link  string // of the newest sign-in mail
	code  string

	afterBatch func() // of a run
}

func open(t testing.TB) *studio {
	t.Helper()
	store, err := sqlite.Open(t.Context(), t.TempDir()+"/masthead.db")
	must(t, err)
	t.Cleanup(func() { _ = store.Close() })
	must(t, store.SavePublication(t.Context(), &newsletter.Publication{Name: "The Lantern Post", Site: "https://magazine.example.org/",
		BaseURL: "https://news.example.org", From: "digest@example.org", Language: "en", PostalAddress: "1 Wharf Lane"}))
	renderer, err := render.New()
	must(t, err)
	r := &studio{store: store, now: monday}
	now := func() time.Time { return r.now }
	access := &desk.Access{Store: store, Mail: r, Render: renderer, Publication: store.Publication, Editors: []newsletter.Address{ada},
		Operators: []newsletter.Address{olga}, Now: now,
		Show: func(_ newsletter.Address, link, code string) {
			r.link, r.code = strings.TrimPrefix(link, "https://news.example.org"), code
		}}
	engine := &deliver.Engine{Store: store, Mailer: r, BatchSize: 20, Owner: "test", Sleep: func(context.Context, time.Duration) error { return nil }, Queue: noQueue{}, Publication: store.Publication, Tokens: &token.Signer{Keys: []token.Key{{ID: "a", Secret: []byte("secret")}}}, Now: now}
	composer := &compose.Composer{Store: store, Publication: store.Publication, Render: renderer, Runs: engine, Now: now}
	r.Pages = &Pages{Access: access, Desk: &desk.Desk{Store: store, Composer: composer, Runs: engine, Mail: r, Publication: store.Publication, Now: now}, Composer: composer, Runs: engine,
		Reader: (&subscribe.Subscribers{Store: store, Pepper: []byte("pepper")}).ByAddress, Store: store, Publication: store.Publication, Now: now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Sleep: func(_ context.Context, d time.Duration) error { r.now = r.now.Add(d); return nil }}
	r.Handler, err = r.Pages.Handler()
	must(t, err)
	return r
}

type noQueue struct{}

func (noQueue) Put(context.Context, deliver.LaneRef) error { return nil }

func (r *studio) Post(_ context.Context, m *newsletter.Message) error {
	r.post = append(r.post, *m)
	return nil
}

// ask sends a request, with the cookie if it is not empty.
func (r *studio) ask(method, path, cookie string, form url.Values, with ...string) *httptest.ResponseRecorder {
	q := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if form != nil {
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(with); i += 2 {
		q.Header.Set(with[i], with[i+1])
	}
	if cookie != "" {
		q.AddCookie(&http.Cookie{Name: "__Host-desk", Value: cookie})
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, q)
	return w
}

// signIn comes back with the cookie of somebody.
func (r *studio) signIn(t testing.TB, who newsletter.Address) string {
	t.Helper()
	want(t, r.ask("POST", "/desk/sign-in", "", url.Values{"email": {string(who)}}), 200, "six digits")
	return cookieOf(t, r.ask("POST", r.link, "", url.Values{}))
}

func cookieOf(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies: %d\n%s", len(cookies), w.Code, w.Body)
	}
	if c := cookies[0]; !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Name != "__Host-desk" || c.Path != "/" || c.Domain != "" {
		t.Errorf("cookie %+v", c)
	}
	return cookies[0].Value
}

func want(t testing.TB, w *httptest.ResponseRecorder, status int, words ...string) {
	t.Helper()
	if w.Code != status {
		t.Errorf("status %d, want %d:\n%s", w.Code, status, w.Body)
	}
	for _, word := range words {
		if !strings.Contains(w.Body.String(), word) && w.Header().Get("Location") != word {
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

func TestTheDeskIsForThoseWhoAreListed(t *testing.T) {
	r := open(t)
	want(t, r.ask("GET", "/desk/", "", nil), 303, "/desk/sign-in")
	want(t, r.ask("GET", "/desk/audit?day=2026-03-02", "", nil), 303, "/desk/sign-in?to=%2Fdesk%2Faudit%3Fday%3D2026-03-02")
	want(t, r.ask("GET", "/desk/audit", "forged", nil), 303)
	want(t, r.ask("POST", "/desk/access/tokens", "", url.Values{"name": {"x"}, "role": {"operator"}}), 303, "/desk/sign-in")
	cookie := r.signIn(t, ada)
	want(t, r.ask("GET", "/desk/audit", cookie, nil), 200, "signed in", "ada@example.org")
	want(t, r.ask("POST", "/desk/access/tokens", cookie, url.Values{"name": {"x"}, "role": {"operator"}}), 403, "not for you")
	want(t, r.ask("GET", "/desk/nowhere", cookie, nil), 404)
	want(t, r.ask("POST", "/desk/sign-out", cookie, url.Values{}), 303, "/desk/sign-in")
	want(t, r.ask("GET", "/desk/audit", cookie, nil), 303)
}

func TestTheAnswerIsTheSameForEverybody(t *testing.T) {
	r := open(t)
	listed := r.ask("POST", "/desk/sign-in", "", url.Values{"email": {string(ada)}})
	took := r.now.Sub(monday)
	r.now = monday
	unlisted := r.ask("POST", "/desk/sign-in", "", url.Values{"email": {"eve@example.org"}})
	if listed.Code != 200 || unlisted.Code != 200 || listed.Body.Len() != unlisted.Body.Len() || took != r.now.Sub(monday) || took < answerAfter {
		t.Errorf("%d, %d bytes, %s and %d, %d bytes, %s", listed.Code, listed.Body.Len(), took, unlisted.Code, unlisted.Body.Len(), r.now.Sub(monday))
	}
	if len(r.post) != 1 {
		t.Errorf("%d mails", len(r.post))
	}
	want(t, r.ask("POST", "/desk/sign-in", "", url.Values{"email": {"ada"}}), 422, "does not look like")
}

func TestLookingAtALinkUsesNothingUp(t *testing.T) {
	r := open(t)
	r.ask("POST", "/desk/sign-in", "", url.Values{"email": {string(ada)}})
	for _, method := range []string{"GET", "HEAD", "GET"} {
		w := r.ask(method, r.link, "", nil)
		if want(t, w, 200); len(w.Result().Cookies()) > 0 {
			t.Error("a look signs in")
		}
	}
	cookieOf(t, r.ask("POST", r.link, "", url.Values{}))
	want(t, r.ask("POST", r.link, "", url.Values{}), 410, "does not work any more")
	want(t, r.ask("GET", r.link, "", nil), 410, "Ask for a new mail")
	want(t, r.ask("POST", "/desk/sign-in/FORGED.LINK", "", url.Values{}), 410)
}

func TestTheCodeLeadsBackToWhereOneWanted(t *testing.T) {
	r := open(t)
	w := r.ask("POST", "/desk/sign-in", "", url.Values{"email": {string(ada)}, "to": {"/desk/audit?day=2026-03-02"}})
	_, id, _ := strings.Cut(w.Body.String(), `name="id" value="`)
	id, _, _ = strings.Cut(id, `"`)
	want(t, r.ask("POST", "/desk/sign-in/code", "", url.Values{"id": {id}, "code": {"nonsense"}}), 422, "not the digits")
	w = r.ask("POST", "/desk/sign-in/code", "", url.Values{"id": {id}, "code": {r.code}, "to": {"/desk/audit?day=2026-03-02"}})
	cookieOf(t, w)
	want(t, w, 303, "/desk/audit?day=2026-03-02")
}

func TestALinkDoesNotLeadAway(t *testing.T) {
	for to, want := range map[string]string{
		"/desk/audit?x=1": "/desk/audit?x=1", "": Path, "https://evil.example/desk/": Path, "//evil.example/desk/": Path, "/\\evil.example": Path,
		"/desk/../x": Path, "/subscribe": Path, "/desk/\\evil": Path, "/desk//evil.example": Path, "/desk/sign-out": Path, "javascript:alert(1)": Path, "/desk/\nx": Path,
	} {
		if got := within(to); got != want {
			t.Errorf("%q leads to %q, want %q", to, got, want)
		}
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	r := open(t)
	cookie := r.signIn(t, olga)
	w := r.ask("POST", "/desk/access/tokens", cookie, url.Values{"name": {"x"}, "role": {"operator"}}, "Sec-Fetch-Site", "cross-site")
	want(t, w, 403, "our own page")
	w = r.ask("POST", "/desk/sign-out", cookie, url.Values{}, "Origin", "https://evil.example")
	want(t, w, 403)
	want(t, r.ask("GET", "/desk/access", cookie, nil), 200, "None yet")
}

func TestAnOperatorMakesTokensAndEndsSessions(t *testing.T) {
	r := open(t)
	editor, operator := r.signIn(t, ada), r.signIn(t, olga)
	w := r.ask("POST", "/desk/access/tokens", operator, url.Values{"name": {"the <website>"}, "role": {"read"}})
	want(t, w, 200, "the &lt;website&gt;", "only time")
	_, secret, _ := strings.Cut(w.Body.String(), `class="secret">`)
	secret, _, _ = strings.Cut(secret, "<")
	if p, err := r.Access.Who(t.Context(), secret, ""); err != nil || p.Role != newsletter.RoleRead {
		t.Errorf("%+v, %v", p, err)
	}
	tokens, err := r.store.APITokens(t.Context())
	must(t, err)
	want(t, r.ask("POST", "/desk/access/tokens/"+tokens[0].ID+"/revoke", operator, url.Values{}), 303)
	want(t, r.ask("GET", "/desk/access?done=token-revoked", operator, nil), 200, "The token is revoked.", "revoked 2 March 2026")
	p, err := r.Access.Who(t.Context(), "", editor)
	must(t, err)
	want(t, r.ask("POST", "/desk/access/sessions/"+p.Session+"/end", operator, url.Values{}), 303)
	want(t, r.ask("GET", "/desk/", editor, nil), 303, "/desk/sign-in")
}
