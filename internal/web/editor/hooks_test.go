package editor

import (
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go" // the judge of our signatures

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/hooks"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// withHooks gives the desk a stage that calls programs on this machine.
func (r *studio) withHooks() {
	r.Pages.Hooks = &desk.Hooks{Store: r.store, Loopback: true, Now: r.Pages.Now,
		Caller: &hooks.Hooks{Store: r.store, Caller: &fetch.Client{Loopback: true}, Publication: r.store.Publication, Now: r.Pages.Now}}
}

// inbox is a program that is told, and answers with a status.
func inbox(t *testing.T) (link string, secret *atomic.Value, status *atomic.Int64) {
	t.Helper()
	secret, status = &atomic.Value{}, &atomic.Int64{}
	status.Store(http.StatusNoContent)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		raw, _ := io.ReadAll(q.Body)
		judge, err := standardwebhooks.NewWebhook(secret.Load().(string))
		if err != nil || judge.VerifyIgnoringTimestamp(raw, q.Header) != nil {
			t.Errorf("%v %s", q.Header, raw)
		}
		w.WriteHeader(int(status.Load()))
	}))
	t.Cleanup(server.Close)
	return server.URL + "/in?key=1", secret, status
}

var secretOf = regexp.MustCompile(`whsec_[A-Za-z0-9+/=]+`)

func TestHooksAtTheDesk(t *testing.T) {
	r := open(t)
	link, secret, status := inbox(t)
	editors, cookie := r.signIn(t, ada), r.signIn(t, olga)
	for _, path := range []string{"/desk/hooks/", "/desk/hooks/x"} {
		want(t, r.ask("GET", path, editors, nil), 403)
	}
	want(t, r.ask("POST", "/desk/hooks/", editors, url.Values{"url": {link}, "event": {"issue.sent"}}), 403)
	want(t, r.ask("POST", "/desk/hooks/x/off", editors, url.Values{"rev": {"1"}}), 403)
	if w := r.ask("GET", "/desk/access", editors, nil); contains(w, "/desk/hooks/") {
		t.Error("an editor is led to the hooks")
	}
	want(t, r.ask("GET", "/desk/access", cookie, nil), 200, `href="/desk/hooks/"`)
	want(t, r.ask("GET", "/desk/hooks/", cookie, nil), 200, "None yet", "issue.sent")
	want(t, r.ask("POST", "/desk/hooks/", cookie, url.Values{"url": {"http://crm.example.org/"}, "event": {"issue.sent"}}), 422, "Only addresses that begin with https://")
	want(t, r.ask("POST", "/desk/hooks/", cookie, url.Values{"url": {link}}), 422, "one event at least")
	w := r.ask("POST", "/desk/hooks/", cookie, url.Values{"url": {link}, "event": {"issue.sent", "subscriber.confirmed"}})
	want(t, w, 200, "only time it is shown", "Nothing yet")
	secret.Store(secretOf.FindString(html.UnescapeString(w.Body.String())))
	list, err := r.store.Hooks(t.Context())
	must(t, err)
	one := "/desk/hooks/" + list[0].ID
	if w := r.ask("GET", one, cookie, nil); secretOf.MatchString(w.Body.String()) || !contains(w, link) {
		t.Errorf("the secret is shown again, or the address is not:\n%s", w.Body)
	}
	status.Store(http.StatusBadGateway)
	want(t, r.ask("POST", one+"/test", cookie, url.Values{"rev": {"1"}}), 303, one+"?done=hook-test")
	w = r.ask("GET", one+"?done=hook-test", cookie, nil)
	want(t, w, 200, "502 Bad Gateway", "given up", "Try again", "came of it")
	want(t, r.ask("GET", "/desk/", cookie, nil), 200, "The hook at 127.0.0.1:", "does not take what it is told: 502 Bad Gateway")
	if w := r.ask("GET", "/desk/", editors, nil); contains(w, "The hook") {
		t.Error("an editor hears of hooks")
	}
	retry := regexp.MustCompile(one + `/calls/[^"]+`).FindString(w.Body.String())
	status.Store(http.StatusNoContent)
	want(t, r.ask("POST", retry, cookie, url.Values{}), 303, one+"?done=call-tried")
	if w := r.ask("GET", "/desk/", cookie, nil); contains(w, "The hook") {
		t.Error("the alarm stays when the receiver is back")
	}
	if w := r.ask("GET", one, cookie, nil); !contains(w, "204 No Content") || contains(w, "Try again") {
		t.Errorf("after the second try:\n%s", w.Body)
	}
	want(t, r.ask("POST", retry, cookie, url.Values{}), 409, "nothing to try")
	want(t, r.ask("POST", one+"/changed", cookie, url.Values{"rev": {"1"}, "url": {link}, "event": {"issue.drafted"}}), 303)
	want(t, r.ask("POST", one+"/off", cookie, url.Values{"rev": {"1"}}), 409)
	want(t, r.ask("POST", one+"/off", cookie, url.Values{"rev": {"2"}}), 303)
	want(t, r.ask("GET", one, cookie, nil), 200, "switched off by olga@example.org", "Switch it on")
	want(t, r.ask("GET", "/desk/", cookie, nil), 200, "is off: switched off by olga@example.org")
	want(t, r.ask("POST", one+"/on", cookie, url.Values{"rev": {"3"}}), 303)
	w = r.ask("POST", one+"/secret", cookie, url.Values{"rev": {"4"}})
	if want(t, w, 200, "signs as well until"); secretOf.FindString(html.UnescapeString(w.Body.String())) == secret.Load() {
		t.Error("it is the same secret")
	}
	want(t, r.ask("POST", one+"/nonsense", cookie, url.Values{"rev": {"5"}}), 404)
	want(t, r.ask("GET", "/desk/audit", cookie, nil), 200, "replaced the secret of a hook", `href="`+one+`"`)
	want(t, r.ask("POST", one+"/deleted", cookie, url.Values{"rev": {"5"}}), 303, "/desk/hooks/?done=hook-deleted")
	want(t, r.ask("GET", one, cookie, nil), 404)
}

func TestALongListOfCalls(t *testing.T) {
	r := open(t)
	cookie := r.signIn(t, olga)
	h, err := newsletter.NewHook("https://crm.example.org/", []string{newsletter.EventSent}, false, string(olga), r.now)
	must(t, err)
	must(t, r.store.SaveHook(t.Context(), &h))
	for n := range callsOnPage + 3 {
		c := newsletter.NewCall(&h, &newsletter.Event{Type: newsletter.EventSent, At: r.now.AddDate(0, 0, n)}, "{}", r.now)
		c.Answer = "<b>bold</b>"
		must(t, r.store.SaveCall(t.Context(), &c))
	}
	w := r.ask("GET", "/desk/hooks/"+h.ID, cookie, nil)
	want(t, w, 200, "Older calls", "&lt;b&gt;bold", "due now")
	_, older, _ := strings.Cut(w.Body.String(), `quiet" href="`)
	older, _, _ = strings.Cut(older, `"`)
	if w := r.ask("GET", older, cookie, nil); strings.Count(w.Body.String(), "Try again</button>") != 3 || contains(w, "Older calls") {
		t.Errorf("the second page:\n%s", w.Body)
	}
}

// TestHooksInABrowser: made, tested and deleted by keyboard, and on a phone without
// script.
func TestHooksInABrowser(t *testing.T) {
	t.Run("desk", func(t *testing.T) { hooksInABrowser(t, false) })
	t.Run("phone", func(t *testing.T) { hooksInABrowser(t, true) })
}

func hooksInABrowser(t *testing.T, phone bool) {
	t.Parallel()
	r, home := newsroom(t)
	link, secret, status := inbox(t)
	b := newBrowser(t, home, phone, !phone)
	b.signIn(r, olga)
	b.open("/desk/access")
	b.press("Look after hooks")
	b.reads("A new hook")
	b.judge("hooks-none")
	b.write("Its address", link)
	for _, event := range []string{newsletter.EventSent, newsletter.EventUnsubscribed} {
		b.Do(chromedp.Focus(`input[value="`+event+`"]`), chromedp.KeyEvent(" "))
	}
	b.press("Make the hook")
	b.reads("only time it is shown")
	secret.Store(see[string](b, `document.querySelector(".secret").innerText`))
	b.judge("hook-new")
	b.press("Send a test now")
	b.reads("204 No Content")
	status.Store(http.StatusServiceUnavailable)
	r.now = r.now.Add(1000)
	b.press("Send a test now")
	b.reads("503 Service Unavailable")
	b.judge("hook-calls")
	b.open("/desk/hooks/")
	b.judge("hooks")
	stored := func() []newsletter.Hook {
		t.Helper()
		list, err := r.store.Hooks(t.Context())
		must(t, err)
		return list
	}
	b.leads(see[string](b, `document.querySelector(".title").innerText`))
	b.leads("Switch it off")
	b.reads("The hook is off")
	b.judge("hook-off")
	if list := stored(); list[0].Off == "" {
		t.Errorf("%+v", list)
	}
	b.leads("Switch it on")
	b.reads("The hook is on")
	if b.phone {
		b.Do(chromedp.Click("//summary"))
	} else {
		b.press("Delete it")
	}
	b.leads("Delete this hook")
	b.reads("The hook is deleted.")
	if list := stored(); len(list) > 0 {
		t.Errorf("%+v", list)
	}
	b.Quiet()
}
