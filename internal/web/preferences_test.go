package web

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

const bea = newsletter.Address("bea@example.org")

// path is where a link of the newest mail to the address leads.
func (h *house) mailed(t testing.TB, to newsletter.Address, path string) string {
	t.Helper()
	for i := len(h.post.sent) - 1; i >= 0; i-- {
		if _, rest, found := strings.Cut(h.post.sent[i].Text, "https://news.example.org"+path); found && h.post.sent[i].To == to {
			return path + strings.Fields(rest)[0]
		}
	}
	t.Fatalf("no mail to %s has a link to %s", to, path)
	return ""
}

func (h *house) preferencesPath(t testing.TB) string {
	t.Helper()
	reader, err := h.store.Subscriber(t.Context(), adaID)
	must(t, err)
	return newsletter.PreferencesPath + h.Subscribers.Links(&reader).Preferences
}

// press sends a form as the page itself does.
func (h *house) press(path string, fields ...string) *httptest.ResponseRecorder {
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return h.do(request("POST", path, form.Encode(), "Content-Type", formType, "Sec-Fetch-Site", "same-origin"))
}

func (h *house) seen(t testing.TB, path string) string {
	t.Helper()
	parts := strings.SplitN(h.do(request("GET", path, "")).Body.String(), `name="seen" value="`, 2)
	if len(parts) < 2 {
		t.Fatalf("%s is no form", path)
	}
	seen, _, _ := strings.Cut(parts[1], `"`)
	return seen
}

// edition lets the publication offer topics, and a second schedule.
func (h *house) edition(t testing.TB) {
	t.Helper()
	p, err := h.store.Publication(t.Context())
	must(t, err)
	p.Topics = "Sea & Coast, Bread"
	must(t, h.store.SavePublication(t.Context(), &p))
	must(t, h.store.SaveSchedule(t.Context(), &newsletter.Schedule{ID: "monthly", Cadence: newsletter.Monthly, Day: 1, Zone: "UTC"}))
}

func TestAReaderChoosesOnAPage(t *testing.T) {
	h := open(t)
	h.edition(t)
	h.status(t, newsletter.Active)
	path := h.preferencesPath(t)
	w := h.do(request("GET", path, ""))
	want(t, w, 200, "a•••@example.org", "Every month", "Sea &amp; Coast", `name="pause"`, "العربية", `action="`+path+`/address"`)
	if strings.Contains(w.Body.String(), string(ada)) || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Robots-Tag") != "noindex" {
		t.Errorf("a forwarded mail would give the address away, or it is kept: %v", w.Header())
	}
	seen := h.seen(t, path)
	save := []string{"seen", seen, "schedule", "monthly", "topic", "Bread", "name", " Ada ", "language", "de", "zone", "Europe/Berlin", "pause", "2"}
	want(t, h.press(path, save...), 200, "Gespeichert. Geändert: Welche Ausgaben, Themen, Name, Sprache, Zeitzone, Pause.", `lang="de"`, "Bis ")
	sub, err := h.store.Subscriber(t.Context(), adaID)
	must(t, err)
	if sub.Name != "Ada" || len(sub.Topics) != 1 || len(sub.Schedules) != 1 || sub.Zone != "Europe/Berlin" || !sub.PausedUntil.Equal(newsletter.PauseEnd(monday, 2, time.UTC)) {
		t.Errorf("on record %+v", sub)
	}
	save[13] = untilAsBefore // as the page has it now
	want(t, h.press(path, save...), 200, "Gespeichert. Es war schon alles so.")
	save[7] = "Augusta"
	want(t, h.press(path, save...), 409, "hat sich etwas geändert", `value="Ada"`)
	save[1] = h.seen(t, path)
	want(t, h.press(path, save...), 200, "Geändert: Name.")
}

func TestPreferencesSayWhatIsWrong(t *testing.T) {
	h := open(t)
	h.edition(t)
	h.status(t, newsletter.Active)
	path := h.preferencesPath(t)
	seen := h.seen(t, path)
	for _, c := range []struct {
		name   string
		fields []string
		status int
		words  string
	}{
		{"no digest", []string{"pause", "0"}, 422, "Choose at least one digest"},
		{"no time zone", []string{"schedule", "weekly", "pause", "0", "zone", `"><script>`}, 422, "There is no such time zone"},
		{"a long name", []string{"schedule", "weekly", "pause", "0", "name", strings.Repeat("x", 61)}, 422, "cannot be saved"},
		{"a topic that is not offered", []string{"schedule", "weekly", "pause", "0", "topic", "Wind"}, 422, "cannot be saved"},
		{"a language that is not", []string{"schedule", "weekly", "pause", "0", "language", "it"}, 422, "cannot be saved"},
		{"a pause without end", []string{"schedule", "weekly", "pause", "1000"}, 422, "We cannot use that"},
		{"a pause of the past", []string{"schedule", "weekly", "pause", "-1"}, 422, "We cannot use that"},
		{"nothing", nil, 422, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := h.press(path, append([]string{"seen", seen}, c.fields...)...)
			want(t, w, c.status, c.words)
			if strings.Contains(w.Body.String(), "<script") {
				t.Error("a script came through")
			}
		})
	}
	if sub, _ := h.store.Subscriber(t.Context(), adaID); sub.Rev != 1 {
		t.Error("something was saved")
	}
}

func TestPreferencesOfWhoIsNotThere(t *testing.T) {
	for status, c := range map[newsletter.Status]struct {
		status int
		words  string
	}{
		newsletter.Unsubscribed: {200, "You are unsubscribed already"}, newsletter.Complained: {200, "You are unsubscribed already"},
		newsletter.Pending: {409, "no longer of use"}, newsletter.Bounced: {200, "New e-mail address"},
	} {
		h := open(t)
		h.status(t, status)
		w := h.do(request("GET", h.preferencesPath(t), ""))
		want(t, w, c.status, c.words)
		if strings.Contains(w.Body.String(), `name="seen"`) {
			t.Errorf("%s may choose", status)
		}
	}
	h := open(t)
	want(t, h.do(request("GET", newsletter.PreferencesPath, "")), 200, "How to reach your preferences")
	want(t, h.do(request("GET", newsletter.PreferencesPath+"v1.a.p.x.0.0.y", "")), 404, "This link does not work")
}

// TestAReaderMovesAndGoesBack by the links of the mails, in their own language.
func TestAReaderMovesAndGoesBack(t *testing.T) {
	h := open(t)
	h.status(t, newsletter.Active)
	path := h.preferencesPath(t)
	want(t, h.press(path, "seen", h.seen(t, path), "pause", "0", "language", "fr"), 200, "Enregistré")
	want(t, h.press(path+"/address", "email", "zoë@example.org"), 422, "lettres simples", `value="zoë@example.org"`)
	want(t, h.press(path+"/address", "email", "ADA@example.org"), 422, "C’est l’adresse que nous avons déjà")
	want(t, h.press(path+"/address", "email", string(bea)), 200, "un e-mail avec un bouton est en route")
	move := h.mailed(t, bea, newsletter.MovePath)
	want(t, h.do(request("GET", move, "")), 200, "Utiliser cette adresse", `lang="fr"`)
	h.wantStatus(t, newsletter.Active)
	want(t, h.press(move), 200, "La lettre arrive à votre nouvelle adresse", newsletter.PreferencesPath)
	want(t, h.do(request("GET", move, "")), 200, "La lettre arrive à votre nouvelle adresse")
	h.wantStatus(t, newsletter.Unsubscribed)
	want(t, h.do(request("GET", path, "")), 404, "This link does not work") // revoked

	undo := h.mailed(t, ada, newsletter.UndoPath)
	want(t, h.do(request("GET", undo, "")), 200, "Annuler le changement ?")
	h.wantStatus(t, newsletter.Unsubscribed)
	for range 2 {
		want(t, h.press(undo), 200, "La lettre revient à cette adresse")
	}
	want(t, h.do(request("GET", undo, "")), 200, "La lettre revient à cette adresse")
	h.wantStatus(t, newsletter.Active)
}

func TestAReaderTakesTheirDataAndGoes(t *testing.T) {
	h := open(t)
	h.BackupDays = 7
	var err error
	h.Handler, err = h.Site.Handler()
	must(t, err)
	h.status(t, newsletter.Active)
	path, leave := h.preferencesPath(t), h.link(token.Unsubscribe)
	want(t, h.press(path+"/export"), 200, "address on record")
	export := h.mailed(t, ada, newsletter.ExportPath)
	want(t, h.do(request("GET", export, "")), 200, "Download")
	w := h.press(export)
	var own map[string]any
	if json.Unmarshal(w.Body.Bytes(), &own) != nil || w.Header().Get("Content-Type") != typeJSON || !strings.Contains(w.Header().Get("Content-Disposition"), "attachment") ||
		own["subscriber"].(map[string]any)["address"] != string(ada) {
		t.Errorf("%v\n%s", w.Header(), w.Body)
	}
	want(t, h.press(path+"/erase"), 200, "address on record")
	erase := h.mailed(t, ada, newsletter.ErasePath)
	want(t, h.do(request("GET", erase, "")), 200, "Erase everything", "cannot be taken back", "after 7 days")
	h.wantStatus(t, newsletter.Active)
	for range 2 {
		want(t, h.press(erase), 200, "Everything about you is erased", "after 7 days")
	}
	want(t, h.do(request("GET", erase, "")), 200, "Everything about you is erased")
	if _, err := h.store.Subscriber(t.Context(), adaID); err == nil {
		t.Error("still on record")
	}
	want(t, h.press(export), 404, "There is nothing here")
	want(t, h.do(request("GET", leave, "")), 200, "You are unsubscribed already")
	want(t, h.do(request("POST", leave, "List-Unsubscribe=One-Click", "Content-Type", formType)), 200)
	want(t, h.press(leave), 200, "You are unsubscribed")
}

func TestWhyAReaderLeaves(t *testing.T) {
	h := open(t)
	h.status(t, newsletter.Active)
	leave := h.link(token.Unsubscribe)
	want(t, h.press(leave), 200, "Why do you leave?", `value="too-often"`)
	want(t, h.press(leave+"/why", "why", "too-often"), 200, "Thank you for telling us")
	want(t, h.press(leave+"/why"), 200, "Thank you")
	want(t, h.press(leave+"/why", "why", "too-often"), 200, "Thank you")
	want(t, h.press(leave+"/why", "why", "<script>alert(1)</script>"), 422, "We cannot use that")
	if sub, _ := h.store.Subscriber(t.Context(), adaID); sub.LeaveReason != newsletter.LeftTooOften {
		t.Errorf("%q", sub.LeaveReason)
	}
}

// TestOnlyOurOwnPagesPressButtons: every POST of a reader's page, from another site.
func TestOnlyOurOwnPagesPressButtons(t *testing.T) {
	h := open(t)
	h.status(t, newsletter.Active)
	path := h.preferencesPath(t)
	tok := strings.TrimPrefix(path, newsletter.PreferencesPath)
	for _, at := range []string{path, path + "/address", path + "/export", path + "/erase", "/confirm/" + tok, "/move/" + tok, "/undo/" + tok, "/data/" + tok, "/erase/" + tok,
		"/unsubscribe/" + tok + "/undo", "/unsubscribe/" + tok + "/why"} {
		for _, with := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example.net"}, {"Origin", "null"}} {
			w := h.do(request("POST", at, "email=eve%40example.org", append(with, "Content-Type", formType)...))
			want(t, w, 403, "our own page")
		}
	}
	if len(h.post.sent) > 0 {
		t.Error("something was mailed")
	}
}

// TestNoPageLeadsElsewhere: nothing in a request decides where a page sends people, and
// no page may be framed.
func TestNoPageLeadsElsewhere(t *testing.T) {
	h := open(t)
	h.status(t, newsletter.Active)
	path := h.preferencesPath(t)
	for _, at := range []string{"/", "/subscribe", "/subscribe/embed", path, h.link(token.Unsubscribe), "//evil.example.net/", "/issues/", "/subscribe?next=https://evil.example.net/"} {
		r := request("GET", "/", "", "X-Forwarded-Host", "evil.example.net", "X-Original-URL", "https://evil.example.net/", "Referer", "https://evil.example.net/")
		r.URL.Path, r.URL.RawQuery, _ = strings.Cut(at, "?")
		r.URL.RawQuery = "next=https://evil.example.net/"
		r.Host = "evil.example.net"
		w := h.do(r)
		if strings.Contains(w.Body.String(), "evil.example.net") || strings.Contains(w.Header().Get("Location"), "evil.example.net") {
			t.Errorf("%s leads to %q", at, w.Header().Get("Location"))
		}
		if !strings.Contains(w.Header().Get("Content-Security-Policy"), "frame-ancestors 'none'") && w.Code == 200 {
			t.Errorf("%s may be framed", at)
		}
	}
}

// TestNobodySmugglesHeaders through an address that a mail goes to.
func TestNobodySmugglesHeaders(t *testing.T) {
	h := open(t)
	h.status(t, newsletter.Active)
	path := h.preferencesPath(t)
	for _, typed := range []string{"eve@example.org\r\nBcc: all@example.org", "eve@example.org\nSubject: x", "eve@example.org%0d%0aBcc:x@y.org", "eve\r\n@example.org", "eve@exam\r\nple.org", "eve@example.org\x00", "eve@example.org\u2028Bcc: x@y.org", "<eve@example.org>", "eve@example.org,x@example.org"} {
		for at, field := range map[string]string{"/subscribe": "email", path + "/address": "email"} {
			if w := h.press(at, field, typed); w.Code != 422 {
				t.Errorf("%q at %s: %d", typed, at, w.Code)
			}
		}
	}
	if len(h.post.sent) > 0 {
		t.Errorf("mailed %+v", h.post.sent)
	}
}

// TestEveryAnswerToAnAddressTakesTheSameTime, though a mail takes some.
func TestEveryAnswerToAnAddressTakesTheSameTime(t *testing.T) {
	took := map[string]time.Duration{}
	for name, prepare := range map[string]func(h *house){
		"unknown": func(*house) {}, "active": func(h *house) { h.status(t, newsletter.Active) }, "unsubscribed": func(h *house) { h.status(t, newsletter.Unsubscribed) },
		"suppressed": func(h *house) {
			must(t, h.store.SaveSuppression(t.Context(), &newsletter.Suppression{ID: adaID, Reason: newsletter.Complained, At: monday}))
		},
		"bounced": func(h *house) {
			must(t, h.store.SaveSuppression(t.Context(), &newsletter.Suppression{ID: adaID, Reason: newsletter.Bounced, At: monday}))
		},
	} {
		h := open(t)
		prepare(h)
		h.Subscribers.Mail = slow{h}
		began := h.now
		want(t, h.press("/subscribe", "email", string(ada)), 200, "Check your inbox")
		took[name] = h.now.Sub(began)
		began = h.now
		want(t, h.press("/subscribe", "email", string(ada), "website", "x"), 200, "Check your inbox")
		took[name+", a machine"] = h.now.Sub(began)
	}
	for name, d := range took {
		if d != evenly {
			t.Errorf("%s: %v, want %v", name, d, evenly)
		}
	}
}

// slow takes a while to hand a mail over.
type slow struct{ h *house }

func (s slow) Post(ctx context.Context, m *newsletter.Message) error {
	s.h.now = s.h.now.Add(evenly / 2)
	return s.h.post.Post(ctx, m)
}

func TestAFormFilledInAtOnceIsAMachines(t *testing.T) {
	h := open(t)
	made := between(t, h.do(request("GET", "/subscribe", "")).Body.String(), `name="made" value="`, `"`)
	want(t, h.press("/subscribe", "email", string(ada), "made", made), 200, "Check your inbox")
	if len(h.post.sent) != 0 {
		t.Error("the machine was taken seriously")
	}
	h.now = h.now.Add(5 * time.Second)
	want(t, h.press("/subscribe", "email", "ada@example", "made", made), 422, made) // the same form again
	want(t, h.press("/subscribe", "email", string(ada), "made", made), 200, "Check your inbox")
	if len(h.post.sent) != 1 {
		t.Error("the reader was not")
	}
}

func TestTheFormForAnotherSite(t *testing.T) {
	h := open(t)
	w := h.do(request("GET", "/subscribe/embed", "", "Accept-Language", "de"))
	want(t, w, 200, "&lt;form method=&#34;post&#34; action=&#34;https://news.example.org/subscribe&#34; lang=&#34;de&#34;", "name=&#34;website&#34;", "Ihre E-Mail-Adresse")
}

func TestPagesSpeakTheReadersLanguage(t *testing.T) {
	h := open(t)
	for accept, lang := range map[string]string{"": "en", "de-AT,de;q=0.9": "de", "ar": "ar", "tlh": "en", "nonsense;;": "en"} {
		w := h.do(request("GET", "/", "", "Accept-Language", accept))
		if !strings.Contains(w.Body.String(), `<html lang="`+lang+`"`) || w.Header().Get("Vary") != "Accept-Language" || w.Header().Get("Content-Language") != lang {
			t.Errorf("%q: %v", accept, w.Header())
		}
	}
	want(t, h.do(request("POST", "/subscribe", "email=ada%40example.org", "Content-Type", formType, "Accept-Language", "ru")), 200, "Проверьте почту")
	sub, err := h.store.Subscriber(t.Context(), adaID)
	if err != nil || sub.Language != "ru" || sub.Consent.Wording != consentVersion+" ru" {
		t.Errorf("%+v, %v", sub, err)
	}
	if m := h.post.sent[0]; m.Language != "ru" || !strings.Contains(m.Subject, "Подтвердите") {
		t.Errorf("the mail is %q", m.Subject)
	}
	link := between(t, h.post.sent[0].Text, "https://news.example.org", "\n")
	want(t, h.do(request("GET", link, "", "Accept-Language", "de")), 200, "Одно нажатие, и готово") // the record counts more
	want(t, h.do(request("GET", "/nowhere", "", "Accept-Language", "es")), 404, "Esta página no existe")
}

func TestTheArchiveHasFeedsAndCards(t *testing.T) {
	h := open(t)
	link := "https://magazine.example.org/lead/"
	must(t, h.store.AddArticle(t.Context(), &newsletter.Article{ID: newsletter.ArticleID(link), URL: link, Title: `Bread & "lamplight" <b>`, Dek: "d", Published: h.now, FirstSeen: h.now,
		Image: newsletter.Image{URL: "https://magazine.example.org/lead.jpg?a=1&b=2", Alt: "A lamp"}}))
	id := h.sendAnIssue(t)
	w := h.do(request("GET", "/issues/"+id, ""))
	want(t, w, 200, `<meta property="og:image" content="https://magazine.example.org/lead.jpg?a=1&amp;b=2">`, `<meta property="og:title" content="Bread &amp; &#34;lamplight&#34; &lt;b&gt; and one more">`,
		`<meta name="twitter:card" content="summary_large_image">`, `<link rel="canonical" href="https://news.example.org/issues/`+id+`">`)
	for path, parts := range map[string][]string{
		atomPath: {`<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">`, "<id>https://news.example.org/issues/" + id + "</id>", "Bread &amp; &#34;lamplight&#34; &lt;b&gt;"},
		rssPath:  {`<rss version="2.0">`, "<guid>https://news.example.org/issues/" + id + "</guid>", "<pubDate>Mon, 02 Mar 2026 07:00:00 +0000</pubDate>"},
	} {
		w := h.do(request("GET", path, ""))
		want(t, w, 200, parts...)
		for _, header := range []string{"If-None-Match", "If-Modified-Since"} {
			value := map[string]string{"If-None-Match": w.Header().Get("ETag"), "If-Modified-Since": w.Header().Get("Last-Modified")}[header]
			if again := h.do(request("GET", path, "", header, value)); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
				t.Errorf("%s with %s %q: %d", path, header, value, again.Code)
			}
		}
	}
	if again := h.do(request("GET", "/issues/"+id, "", "If-None-Match", w.Header().Get("ETag"))); again.Code != http.StatusNotModified {
		t.Errorf("%d", again.Code)
	}
	want(t, h.do(request("GET", "/issues/", "")), 200, `href="/issues/atom.xml"`, `<link rel="canonical" href="https://news.example.org/issues/">`)
}

func TestSearchEnginesAreToldWhatTheyMay(t *testing.T) {
	for _, unlisted := range []bool{false, true} {
		h := open(t)
		id := h.sendAnIssue(t)
		h.Unlisted = unlisted
		var err error
		h.Handler, err = h.Site.Handler()
		must(t, err)
		for _, path := range []string{"/", "/issues/", "/issues/" + id, atomPath} {
			w := h.do(request("GET", path, ""))
			if got := w.Header().Get("X-Robots-Tag") == "noindex"; got != unlisted {
				t.Errorf("unlisted %v: %s: %v", unlisted, path, w.Header())
			}
			if got := strings.Contains(w.Body.String(), `<meta name="robots" content="noindex">`); got != unlisted && path != atomPath {
				t.Errorf("unlisted %v: %s: meta %v", unlisted, path, got)
			}
		}
		if got := strings.Contains(h.do(request("GET", "/robots.txt", "")).Body.String(), "Disallow: /\n"); got != unlisted {
			t.Errorf("robots.txt: %v", got)
		}
		if w := h.do(request("GET", "/unsubscribe/", "")); w.Header().Get("X-Robots-Tag") != "noindex" {
			t.Error("a page of one reader is listed")
		}
	}
}

// FuzzPreferences: whatever a form says, the page is a page, and the record holds only
// what is offered.
func FuzzPreferences(f *testing.F) {
	f.Add("Ada", "de", "Europe/Berlin", "2", "Bread", "weekly")
	f.Add(`"><script>`, "it", "../../etc/passwd", "999", "x", "")
	f.Add("\x00\r\n", "", "Local", untilAsBefore, "Sea & Coast", "monthly")
	h := open(f)
	h.edition(f)
	h.status(f, newsletter.Active)
	f.Fuzz(func(t *testing.T, name, language, zone, pause, topic, schedule string) {
		path := h.preferencesPath(t)
		w := h.press(path, "seen", h.seen(t, path), "name", name, "language", language, "zone", zone, "pause", pause, "topic", topic, "schedule", schedule)
		if w.Code != 200 && w.Code != 422 && w.Code != 413 || bytes.Count(w.Body.Bytes(), []byte("<h1>")) != 1 || bytes.Contains(w.Body.Bytes(), []byte("<script")) {
			t.Errorf("%d\n%s", w.Code, w.Body)
		}
		sub, err := h.store.Subscriber(t.Context(), adaID)
		must(t, err)
		if _, err := sub.Wishes().Check(newsletter.Offer{Schedules: []string{"monthly", "weekly"}, Topics: []string{"Sea & Coast", "Bread"}, Languages: []string{"ar", "de", "en", "es", "fr", "ru"}}, h.now); err != nil {
			t.Errorf("on record %+v: %v", sub.Wishes(), err)
		}
	})
}
