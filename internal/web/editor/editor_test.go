package editor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
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

	signer     *token.Signer
	afterBatch func()                // of a run
	before     func(r *http.Request) // it is answered
}

func open(t testing.TB) *studio {
	t.Helper()
	store := sqlitetest.Open(t)
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
	r.signer = &token.Signer{Keys: []token.Key{{ID: "a", Secret: []byte("secret")}}}
	engine := &deliver.Engine{Store: store, Mailer: r, BatchSize: 20, Owner: "test", Sleep: func(context.Context, time.Duration) error { return nil }, Queue: noQueue{}, Publication: store.Publication, Tokens: r.signer, Now: now}
	composer := &compose.Composer{Store: store, Publication: store.Publication, Render: renderer, Runs: engine, Now: now}
	r.Pages = &Pages{Access: access, Clicks: &feedback.Clicks{Store: store, Tokens: r.signer, Pepper: []byte("pepper"), Now: now}, Desk: &desk.Desk{Store: store, Composer: composer, Runs: engine, Mail: r, Publication: store.Publication, Now: now}, Composer: composer, Runs: engine,
		Subscribers: &subscribe.Subscribers{Store: store, Pepper: []byte("pepper"), Publication: store.Publication, Tokens: r.signer, Now: now}, Store: store, Tokens: r.signer, Publication: store.Publication, Now: now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Sleep: func(_ context.Context, d time.Duration) error { r.now = r.now.Add(d); return nil }}
	r.withHooks()
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

// drafted is a draft that is due in a week.
func (r *studio) drafted(t *testing.T) newsletter.Issue {
	t.Helper()
	a := newsletter.Article{ID: newsletter.ArticleID("https://magazine.example.org/1"), URL: "https://magazine.example.org/1", Title: "Bread <b>& lamplight</b>", Published: monday, FirstSeen: monday}
	must(t, r.store.AddArticle(t.Context(), &a))
	must(t, r.store.SaveSchedule(t.Context(), &newsletter.Schedule{ID: "weekly", Cadence: newsletter.Weekly, Weekday: time.Monday, Hour: 7, Zone: "UTC"}))
	issue, err := r.Composer.Compose(t.Context(), "weekly", monday.AddDate(0, 0, 7))
	must(t, err)
	return issue
}

func TestHoldingADraftByItsMail(t *testing.T) {
	r := open(t)
	issue := r.drafted(t)
	path := "/desk/hold/" + issue.ID + "/" + r.signer.SignHold(issue.ID, monday.AddDate(0, 0, 14))
	want(t, r.ask("GET", path, "", nil), 200, "Hold the issue?", "Bread &lt;b&gt;")
	if now, err := r.store.Issue(t.Context(), issue.ID); err != nil || now.Held {
		t.Fatalf("a look holds it: %+v, %v", now, err)
	}
	for range 2 {
		want(t, r.ask("POST", path, "", url.Values{}), 200, "Held")
	}
	if now, err := r.store.Issue(t.Context(), issue.ID); err != nil || !now.Held {
		t.Errorf("%+v, %v", now, err)
	}
	want(t, r.ask("POST", path+"x", "", url.Values{}), 404)
	want(t, r.ask("POST", "/desk/issues/"+issue.ID+"/approve", "", url.Values{"rev": {"1"}}), 303, "/desk/sign-in") // that needs a session
	r.now = monday.AddDate(0, 0, 15)
	want(t, r.ask("GET", path, "", nil), 410, "nothing left to hold")
}

func TestTwoEditorsInConflict(t *testing.T) {
	r := open(t)
	issue := r.drafted(t)
	cookie := r.signIn(t, ada)
	words := url.Values{"rev": {"1"}, "subject": {"Ada's"}, "preheader": {"p"}}
	want(t, r.ask("POST", "/desk/issues/"+issue.ID+"/words", cookie, words), 303, "/desk/issues/"+issue.ID+"?done=saved")
	other := r.signIn(t, olga)
	words.Set("subject", "Olga's <own>")
	w := r.ask("POST", "/desk/issues/"+issue.ID+"/words", other, words)
	want(t, w, 409, "ada@example.org has saved other words meanwhile", "Ada&#39;s", `value="Olga&#39;s &lt;own&gt;"`, `name="rev" value="2"`)
	for _, step := range []string{"approve", "send", "plan", "release", "discard"} {
		want(t, r.ask("POST", "/desk/issues/"+issue.ID+"/"+step, other, url.Values{"rev": {"1"}, "at": {"2026-03-20T10:00"}}), 409)
	}
	want(t, r.ask("POST", "/desk/issues/"+issue.ID+"/articles", other, url.Values{"rev": {"1"}, "do": {"drop " + issue.Articles[0]}}), 409)
	if now, err := r.store.Issue(t.Context(), issue.ID); err != nil || now.Subject != "Ada's" || now.Rev != 2 {
		t.Errorf("%+v, %v", now, err)
	}
}

func TestSchedulesAreData(t *testing.T) {
	r := open(t)
	cookie := r.signIn(t, ada)
	form := url.Values{"rev": {"0"}, "id": {"monthly-best"}, "name": {"The best of the month"}, "cadence": {"nth"}, "weekday": {"5"}, "nth": {"-1"}, "clock": {"17:30"}, "zone": {"Europe/Berlin"},
		"lead": {"24"}, "min": {"3"}, "max": {"10"}, "skip": {"2026-12-25"}, "review": {"1"}}
	want(t, r.ask("POST", "/desk/schedules/new", cookie, form), 303, "/desk/schedules/monthly-best?done=saved")
	want(t, r.ask("GET", "/desk/schedules/monthly-best", cookie, nil), 200, "every last Friday of the month at 17:30, Europe/Berlin", "Fri 27 March 2026, 17:30 CET", "Fri 24 April 2026, 17:30 CEST")
	want(t, r.ask("GET", "/desk/schedules/", cookie, nil), 200, "The best of the month", "after review")
	for field, bad := range map[string]string{"zone": "Mars/Olympus", "clock": "25:00", "skip": "Christmas", "lead": "400", "cadence": "never"} {
		spoilt := url.Values{}
		for k, v := range form {
			spoilt[k] = v
		}
		spoilt.Set(field, bad)
		want(t, r.ask("POST", "/desk/schedules/monthly-best", cookie, spoilt), 422, "cannot be like that")
	}
	form.Set("rev", "1")
	want(t, r.ask("POST", "/desk/schedules/monthly-best", cookie, form), 303)
	want(t, r.ask("POST", "/desk/schedules/monthly-best", cookie, form), 409, "Somebody else was faster")
	form.Set("id", "Bad Id")
	want(t, r.ask("POST", "/desk/schedules/new", cookie, form), 422)
}

// TestWhatCameOfARun stands on its page, beside that of earlier issues.
func TestWhatCameOfARun(t *testing.T) {
	r := open(t)
	for n, counts := range []map[string]int{{newsletter.MetricDelivered: 190, newsletter.MetricUnsubscribed: 4, newsletter.ClickMetric("a"): 10, newsletter.ClickMetric("b"): 12},
		{newsletter.MetricDelivered: 380, newsletter.MetricUnsubscribed: -1}} {
		i := newsletter.Issue{ID: fmt.Sprint("weekly-", n), Schedule: "weekly", State: newsletter.IssueApproved, Subject: "Bread", FireAt: monday.AddDate(0, 0, 7*n-14)}
		run := newsletter.NewRun(&i, 1, i.FireAt)
		run.State, run.FinishedAt, run.Counts = newsletter.RunSent, i.FireAt.Add(time.Hour), newsletter.Counts{Sent: 200 * (n + 1)}
		must(t, errors.Join(r.store.SaveIssue(t.Context(), &i), r.store.SaveRun(t.Context(), &run)))
		_, err := r.store.AddReports(t.Context(), newsletter.Reports{Run: run.ID, Bounced: 0b111, Complained: 0b1})
		must(t, err)
		for metric, n := range counts {
			must(t, r.store.Count(t.Context(), i.ID, metric, n))
		}
	}
	cookie := r.signIn(t, ada)
	page := r.ask("GET", "/desk/runs/weekly-0", cookie, nil).Body.String()
	for _, want := range []string{"<b>190</b>delivered", "<b>3</b>bounced", "<b>1</b>complained", "<b>4</b>unsubscribed", "<b>22</b>clicks",
		`>190 (95.0%)</td><td class="n">3 (1.5%)</td><td class="n">1 (0.5%)</td><td class="n">4 (2.0%)</td><td class="n">22 (11.0%)</td>`, `<a href="/desk/runs/weekly-1">`, `>380 (95.0%)</td><td class="n">3 (0.8%)</td><td class="n">1 (0.2%)</td><td class="n">0</td><td class="n">0</td>`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s:\n%s", want, page)
		}
	}
}

// TestLinksOfARun: the page lists them with their clicks, and leads one elsewhere.
func TestLinksOfARun(t *testing.T) {
	r := open(t)
	draft, cookie := r.drafted(t), r.signIn(t, ada)
	issue := draft.ID
	_, err := r.Composer.Approve(t.Context(), &draft)
	must(t, err)
	const sent, right = "https://magazine.example.org/lamps", "https://magazine.example.org/lamps-right"
	links := newsletter.Links{Issue: issue}
	links.Add([]newsletter.Link{{ID: newsletter.LinkID(sent), URL: sent, Title: "Lamps <b>& more"}})
	want(t, r.ask("GET", "/desk/runs/"+issue, cookie, nil), 200)
	must(t, r.store.SaveLinks(t.Context(), &links))
	must(t, r.store.Count(t.Context(), issue, newsletter.ClickMetric(newsletter.LinkID(sent)), 7))
	want(t, r.ask("GET", "/desk/runs/"+issue, cookie, nil), 200, "Lamps &lt;b&gt;&amp; more", "</meter> 7", `value="`+sent+`"`)
	form := url.Values{"link": {newsletter.LinkID(sent)}, "to": {right}}
	want(t, r.ask("POST", "/desk/runs/"+issue+"/links", cookie, form), 303)
	want(t, r.ask("GET", "/desk/runs/"+issue+"?done=retargeted", cookie, nil), 200, `href="`+right+`"`, "corrected on", "It leads there now")
	form.Set("to", "javascript:alert(1)")
	want(t, r.ask("POST", "/desk/runs/"+issue+"/links", cookie, form), 422)
	form.Set("to", sent)
	want(t, r.ask("POST", "/desk/runs/"+issue+"/links", "", form), 303, "/desk/sign-in")
	actions, err := r.store.Actions(t.Context(), "", 10)
	must(t, err)
	if !slices.ContainsFunc(actions, func(a newsletter.Action) bool {
		return a.What == "led a link elsewhere" && strings.Contains(a.Detail, right)
	}) {
		t.Errorf("%+v", actions)
	}
}

func contains(w *httptest.ResponseRecorder, words string) bool {
	return strings.Contains(w.Body.String(), words)
}

// TestWhatHasComeSince: a draft offers the articles that have come since, one by one or
// all at once; those that were there before stand apart.
func TestWhatHasComeSince(t *testing.T) {
	r := open(t)
	issue, cookie := r.drafted(t), r.signIn(t, ada)
	path := "/desk/issues/" + issue.ID
	if w := r.ask("GET", path, cookie, nil); strings.Contains(w.Body.String(), "come since") {
		t.Errorf("nothing has come:\n%s", w.Body)
	}
	r.now = monday.Add(time.Hour)
	form := url.Values{"rev": {"1"}, "do": {"include-since"}}
	for _, name := range []string{"late", "later"} {
		a := newsletter.Article{ID: newsletter.ArticleID("https://magazine.example.org/" + name), URL: "https://magazine.example.org/" + name, Title: "A piece that came " + name, Published: r.now, FirstSeen: r.now}
		must(t, r.store.AddArticle(t.Context(), &a))
		form.Add("since", a.ID)
	}
	want(t, r.ask("GET", path, cookie, nil), 200, "2 articles have come since", "Take all 2 in", `aria-label="Take in: A piece that came later"`)
	want(t, r.ask("POST", path+"/articles", "", form), 303, "/desk/sign-in")
	want(t, r.ask("POST", path+"/articles", cookie, form), 303, path+"?done=included-all#articles")
	now, err := r.store.Issue(t.Context(), issue.ID)
	must(t, err)
	if len(now.Articles) != 3 || !slices.Equal(now.Articles[1:], form["since"]) {
		t.Errorf("%q", now.Articles)
	}
	want(t, r.ask("POST", path+"/articles", cookie, form), 409)
	form.Set("rev", "2")
	form.Set("do", "drop "+now.Articles[2])
	want(t, r.ask("POST", path+"/articles", cookie, form), 303)
	want(t, r.ask("GET", path, cookie, nil), 200, "1 article has come since")
}
