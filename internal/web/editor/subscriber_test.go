package editor

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// readers puts some on record.
func (r *studio) readers(t testing.TB, n int) {
	t.Helper()
	for i := range n {
		a := newsletter.Address(fmt.Sprintf("reader%02d@example.org", i))
		s := newsletter.Subscriber{ID: newsletter.Identify([]byte("pepper"), a), Address: a, Status: newsletter.Active, ConfirmedAt: monday, CreatedAt: monday, Language: "de",
			Consent: newsletter.Consent{At: monday, Origin: "form"}}
		if i == 7 {
			s.Status, s.Tags = newsletter.Bounced, []string{"press"}
		}
		must(t, r.store.SaveSubscriber(t.Context(), &s))
	}
}

func TestSubscribersAreForOperators(t *testing.T) {
	r := open(t)
	r.readers(t, 1)
	cookie := r.signIn(t, ada)
	one := "/desk/subscribers/" + newsletter.Identify([]byte("pepper"), "reader00@example.org").String()
	for _, q := range [][2]string{{"GET", "/desk/subscribers/"}, {"POST", "/desk/subscribers/"}, {"POST", "/desk/subscribers/import"}, {"POST", "/desk/subscribers/export"}, {"POST", "/desk/subscribers/stop"},
		{"GET", one}, {"POST", one + "/tagged"}, {"POST", one + "/suppressed"}, {"POST", one + "/lifted"}} {
		if w := r.ask(q[0], q[1], cookie, url.Values{}); w.Code != 403 || contains(w, "reader00@") {
			t.Errorf("%s %s: %d", q[0], q[1], w.Code)
		}
	}
	if contains(r.ask("GET", "/desk/", cookie, nil), "Subscribers") {
		t.Error("an editor is led to the subscribers")
	}
	want(t, r.ask("GET", "/desk/", r.signIn(t, olga), nil), 200, `href="/desk/subscribers/"`)
}

func TestSubscribersAtTheDesk(t *testing.T) {
	r := open(t)
	cookie := r.signIn(t, olga)
	want(t, r.ask("GET", "/desk/subscribers/", cookie, nil), 200, "Nobody here")
	r.readers(t, 40)
	w := r.ask("POST", "/desk/subscribers/", cookie, url.Values{"address": {"READER"}})
	if want(t, w, 200, "reader00@example.org", "More subscribers"); contains(w, "reader35@") {
		t.Error("all are on one page")
	}
	_, after, _ := strings.Cut(w.Body.String(), `name="after" value="`)
	after, _, _ = strings.Cut(after, `"`)
	w = r.ask("POST", "/desk/subscribers/", cookie, url.Values{"address": {"READER"}, "after": {after}})
	if want(t, w, 200, "reader35@example.org"); contains(w, "reader00@") || contains(w, "More subscribers") {
		t.Error("the second page is not what is left")
	}
	for field, value := range map[string]string{"status": "bounced", "tag": "press"} {
		w = r.ask("POST", "/desk/subscribers/", cookie, url.Values{field: {value}, "language": {"de"}, "schedule": {"weekly"}})
		if want(t, w, 200, "reader07@example.org"); contains(w, "reader08@") {
			t.Errorf("%s %s finds others", field, value)
		}
	}
	want(t, r.ask("POST", "/desk/subscribers/", cookie, url.Values{"address": {"r"}}), 422, "first two letters")

	one := "/desk/subscribers/" + newsletter.Identify([]byte("pepper"), "reader00@example.org").String()
	want(t, r.ask("GET", one, cookie, nil), 200, "reader00@example.org", "every schedule", "Mail them no more", "2 March 2026")
	want(t, r.ask("POST", one+"/tagged", cookie, url.Values{"add": {"vip <b>"}}), 303, one+"?done=tagged")
	want(t, r.ask("GET", one, cookie, nil), 200, "vip &lt;b&gt; ×")
	want(t, r.ask("POST", one+"/tagged", cookie, url.Values{"add": {"a;b"}}), 422, "without ; , and |")
	want(t, r.ask("POST", one+"/tagged", cookie, url.Values{"remove": {"vip <b>"}}), 303)
	want(t, r.ask("POST", one+"/suppressed", cookie, url.Values{"as": {"unsubscribed"}}), 422, "a reason must be given")
	want(t, r.ask("POST", one+"/suppressed", cookie, url.Values{"as": {"unsubscribed"}, "reason": {"asked by phone"}}), 303)
	want(t, r.ask("GET", one, cookie, nil), 200, "Not mailed since 2 March 2026: unsubscribed.", "asked by phone", "Mail them again")
	want(t, r.ask("POST", one+"/lifted", cookie, url.Values{"reason": {"asked to come back"}}), 303, one+"?done=lifted")
	want(t, r.ask("GET", one, cookie, nil), 200, "active", "Mail them no more")
	want(t, r.ask("POST", one+"/suppressed", cookie, url.Values{"as": {"complained"}, "reason": {"an angry letter"}}), 303)
	want(t, r.ask("POST", one+"/lifted", cookie, url.Values{"reason": {"we think not"}}), 409, "Only a sign-up of their own")
	want(t, r.ask("POST", one+"/nonsense", cookie, url.Values{}), 404)
	want(t, r.ask("GET", "/desk/subscribers/reader00@example.org", cookie, nil), 404)
	want(t, r.ask("GET", "/desk/subscribers/"+strings.Repeat("0", 32), cookie, nil), 404)

	want(t, r.ask("POST", "/desk/subscribers/stop", cookie, url.Values{"stop": {"nobody"}, "reason": {"x"}}), 422)
	stranger := "/desk/subscribers/" + newsletter.Identify([]byte("pepper"), "stranger@example.org").String()
	want(t, r.ask("POST", "/desk/subscribers/stop", cookie, url.Values{"stop": {"stranger@example.org"}, "reason": {"a lawyer's letter"}}), 303, stranger+"?done=suppressed")
	want(t, r.ask("GET", stranger, cookie, nil), 200, "Nobody on record", "a lawyer&#39;s letter")
	want(t, r.ask("POST", stranger+"/lifted", cookie, url.Values{"reason": {"withdrawn"}}), 303, "/desk/subscribers/?done=lifted")

	want(t, r.ask("GET", "/desk/audit", cookie, nil), 200, `href="`+one+`"`, "suppressed a reader")
	if w := r.ask("GET", "/desk/audit", r.signIn(t, ada), nil); contains(w, one) || contains(w, "reader00@") || contains(w, "stranger@") {
		t.Error("the trail leads an editor to readers, or names them")
	}
}

// upload sends a form as browsers send files.
func (r *studio) upload(t testing.TB, cookie, name, list string, fields url.Values) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if name != "" {
		file, err := form.CreateFormFile("file", name)
		must(t, err)
		_, err = file.Write([]byte(list))
		must(t, err)
	}
	for field := range fields {
		must(t, form.WriteField(field, fields.Get(field)))
	}
	must(t, form.Close())
	q := httptest.NewRequest("POST", "/desk/subscribers/import", &body)
	q.Header.Set("Content-Type", form.FormDataContentType())
	q.AddCookie(&http.Cookie{Name: "__Host-desk", Value: cookie})
	w := httptest.NewRecorder()
	r.ServeHTTP(w, q)
	return w
}

func TestAListIsTakenOverAtTheDesk(t *testing.T) {
	r := open(t)
	cookie := r.signIn(t, olga)
	r.readers(t, 1)
	there := func() int {
		some, err := r.store.SubscribersAfter(t.Context(), 0, 255, newsletter.SubscriberID{}, 100)
		must(t, err)
		return len(some)
	}
	list := "email;name\nreader00@example.org;Zero\nbj\xf6rn@example.org;Bj\xf6rn\nada@example.org;Ad\xe1la\nnobody;\n" // Windows-1252
	w := r.upload(t, cookie, "autumn <b>.csv", list, nil)
	want(t, w, 200, "Nothing is changed yet", "autumn &lt;b&gt;.csv", "<b>2</b>new", "<b>1</b>here already", "<td>nobody</td>", "Take it over")
	if there() != 1 {
		t.Fatal("a look takes the list over")
	}
	_, seen, _ := strings.Cut(w.Body.String(), `name="list" value="`)
	seen, _, _ = strings.Cut(seen, `"`)
	seen = strings.ReplaceAll(seen, "&#43;", "+")
	for range 2 { // the answer got lost
		want(t, r.upload(t, cookie, "", "", url.Values{"list": {seen}, "name": {"autumn <b>.csv"}}), 200, "The list is taken over")
	}
	if there() != 3 {
		t.Errorf("%d readers", there())
	}
	d, err := r.Subscribers.Reader(t.Context(), "ada@example.org")
	if must(t, err); d.Name != "Adála" || d.Consent.Origin != "import of autumn <b>.csv" {
		t.Errorf("%+v", d)
	}
	want(t, r.upload(t, cookie, "x.csv", "name\nx\n", nil), 422, "no list of readers")
	want(t, r.upload(t, cookie, "x.csv", "", nil), 422, "no list of readers")
	want(t, r.upload(t, cookie, "", "", nil), 422, "no list of readers")
	want(t, r.upload(t, cookie, "", "", url.Values{"list": {"?"}}), 422, "no list of readers")
	want(t, r.upload(t, cookie, "x.csv", "email\n"+strings.Repeat("x", maxList), nil), 422, "700 KB")
	want(t, r.ask("POST", "/desk/subscribers/import", cookie, url.Values{"list": {"x"}}), 400)

	w = r.ask("POST", "/desk/subscribers/export", cookie, url.Values{})
	want(t, w, 200, "reader00@example.org", "Adála")
	if w.Header().Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("%v", w.Header())
	}
	want(t, r.ask("GET", "/desk/audit", cookie, nil), 200, "exported readers", "imported readers", "from autumn &lt;b&gt;.csv")
}

// TestALongDownload: a server hands out all readers; where an answer must be short it says
// what to do instead, and notes nothing.
func TestALongDownload(t *testing.T) {
	r := open(t)
	cookie := r.signIn(t, olga)
	var all []newsletter.Subscriber
	for n := range exportMost + 7 {
		a := newsletter.Address(fmt.Sprintf("reader%d@example.org", n))
		all = append(all, newsletter.Subscriber{ID: newsletter.Identify([]byte("pepper"), a), Address: a, Status: newsletter.Active, ConfirmedAt: monday})
	}
	_, err := r.store.AddSubscribers(t.Context(), all)
	must(t, err)
	want(t, r.ask("POST", "/desk/subscribers/export", cookie, url.Values{}), 409, "local readers export")
	if contains(r.ask("GET", "/desk/audit", cookie, nil), "exported readers") {
		t.Error("it is noted although nobody got it")
	}
	r.Pages.Long = true
	r.Handler, err = r.Pages.Handler()
	must(t, err)
	w := r.ask("POST", "/desk/subscribers/export", cookie, url.Values{})
	if want(t, w, 200); strings.Count(w.Body.String(), "\n") != len(all)+1 {
		t.Errorf("%d lines", strings.Count(w.Body.String(), "\n"))
	}
	want(t, r.ask("GET", "/desk/audit", cookie, nil), 200, "exported readers")
}
