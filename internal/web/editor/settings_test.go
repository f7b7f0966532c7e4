package editor

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestSettings(t *testing.T) {
	r := open(t)
	cookie := r.signIn(t, olga)
	form := url.Values{"rev": {"1"}, "name": {"The Lantern Gazette"}, "accent": {"#123456"}, "replyTo": {"letters@example.org"}, "fromName": {"Mara at the Gazette"},
		"theme": {"modern"}, "site": {"https://gazette.example.org/"}, "zone": {"Europe/Berlin"}, "language": {"de"}, "topics": {"Bread, Lamps"}, "utm": {"source=mail  medium=email"}, "clicks": {"", "true"}}
	want(t, r.ask("POST", "/desk/settings", r.signIn(t, ada), form), 403)
	want(t, r.ask("POST", "/desk/settings", cookie, form), 303, "/desk/settings?done=saved&look=1")
	want(t, r.ask("GET", "/desk/settings", cookie, nil), 200, "The Lantern Gazette", "#123456", "letters@example.org", `value="modern" checked`, `value="Europe/Berlin"`, `value="Bread, Lamps"`,
		`value="source=mail medium=email"`, `value="true" checked`, "to 1: readable.")
	for field, bad := range map[string]string{"accent": "#ffff00", "logo": "javascript:x", "replyTo": "nobody", "theme": "baroque", "site": "gazette", "zone": "Berlin", "language": "Deutsch!", "languages": "de,fr",
		"topics": "Bread", "utm": "colour=red", "name": strings.Repeat("é", 121), "from": ""} {
		w := r.ask("POST", "/desk/settings", cookie, url.Values{"rev": {"2"}, field: {bad}, "tagline": {"Typed and kept"}})
		want(t, w, 422, "Nothing is saved yet", `href="#`+field+`"`, `value="Typed and kept"`)
		if field != "theme" && !contains(w, `id="`+field+`-fault"`) {
			t.Errorf("%s: the page does not say what is wrong with it:\n%s", field, w.Body)
		}
	}
	p, err := r.store.Publication(t.Context())
	if err != nil || p.BaseURL != "https://news.example.org" || p.Name != "The Lantern Gazette" || p.Theme != newsletter.Modern || p.Zone != "Europe/Berlin" || p.Language != "de" || !p.Clicks || p.FromName != "Mara at the Gazette" || p.Rev != 2 {
		t.Errorf("%+v, %v", p, err)
	}
	want(t, r.ask("POST", "/desk/settings", cookie, url.Values{"rev": {"2"}, "clicks": {""}}), 303)
	if p, err = r.store.Publication(t.Context()); err != nil || p.Clicks || p.Name != "The Lantern Gazette" {
		t.Errorf("what is not in the form has changed: %+v, %v", p, err)
	}
	w := r.ask("GET", "/desk/settings", r.signIn(t, ada), nil)
	if want(t, w, 200, "The Lantern Gazette", "readonly"); contains(w, "Save the settings") || contains(w, "<script>") {
		t.Error("an editor sees what is for operators")
	}
}

// TestTwoSaveSettings: who comes second sees both, and decides.
func TestTwoSaveSettings(t *testing.T) {
	r := open(t)
	cookie := r.signIn(t, olga)
	want(t, r.ask("POST", "/desk/settings", cookie, url.Values{"rev": {"1"}, "tagline": {"Theirs"}}), 303)
	w := r.ask("POST", "/desk/settings", cookie, url.Values{"rev": {"1"}, "tagline": {"Mine"}})
	want(t, w, 409, "Somebody has saved other settings meanwhile", "<dt>tagline</dt><dd>Theirs</dd>", `name="rev" value="2"`, `value="Mine"`, "data-unsaved")
	if contains(w, "<dt>name</dt>") {
		t.Error("what both have alike is named")
	}
	want(t, r.ask("POST", "/desk/settings", cookie, url.Values{"rev": {"2"}, "tagline": {"Mine"}}), 303)
}

// TestWhatIsSetElsewhereIsNotChangedHere.
func TestWhatIsSetElsewhereIsNotChangedHere(t *testing.T) {
	r := open(t)
	r.Pages.Desk.Fixed = map[newsletter.Setting]string{newsletter.SettingName: "MASTHEAD_NAME", newsletter.SettingClicks: "the stack’s parameter Clicks (MASTHEAD_CLICKS)", newsletter.SettingTheme: "MASTHEAD_THEME"}
	cookie := r.signIn(t, olga)
	w := r.ask("GET", "/desk/settings", cookie, nil)
	want(t, w, 200, "Set by MASTHEAD_NAME; change it there.", "Set by the stack’s parameter Clicks (MASTHEAD_CLICKS)", "<fieldset id=\"theme\" disabled>")
	if contains(w, ` name="name"`) || contains(w, ` name="clicks"`) {
		t.Error("the form holds what cannot be changed")
	}
	want(t, r.ask("POST", "/desk/settings", cookie, url.Values{"rev": {"1"}, "name": {"Another"}}), 422, "The name is set by MASTHEAD_NAME, which stands above the desk")
	want(t, r.ask("POST", "/desk/settings", cookie, url.Values{"rev": {"1"}, "name": {"The Lantern Post"}, "tagline": {"New"}}), 303)
}

// TestTryingSettingsSavesNothing, with script and without.
func TestTryingSettingsSavesNothing(t *testing.T) {
	r := open(t)
	cookie := r.signIn(t, olga)
	form := url.Values{"rev": {"1"}, "name": {"The Typed Gazette"}, "utm": {"source=typed"}, "accent": {"#123456"}, "fromName": {"Mara"}}
	for _, collected := range []bool{false, true} {
		article := "A harbour without ships" // invented
		if collected {
			r.drafted(t)
			article = "lamplight"
		}
		want(t, r.ask("POST", "/desk/settings/try", cookie, form), 200, article, "The Typed Gazette", "utm_source=typed", `"dark":"#`, "from Mara")
		want(t, r.ask("POST", "/desk/settings/frame", cookie, form), 200, "The Typed Gazette", "utm_source=typed")
		w := r.ask("GET", "/desk/settings/frame", cookie, nil)
		if want(t, w, 200, "The Lantern Post"); contains(w, "Typed") || contains(w, "utm_") {
			t.Error("the frame shows what is not saved")
		}
	}
	dark := url.Values{"rev": {"1"}, "look": {"dark"}}
	want(t, r.ask("POST", "/desk/settings/frame", cookie, dark), 200, "color-scheme:dark")
	bad := url.Values{"rev": {"1"}, "zone": {"<b>"}}
	want(t, r.ask("POST", "/desk/settings/try", cookie, bad), 422, "is unknown; use a name like Europe/Berlin.")
	want(t, r.ask("POST", "/desk/settings/frame", cookie, bad), 200, `role="alert"`, "&lt;b&gt;")
	for _, path := range []string{"/desk/settings/try", "/desk/settings/frame"} {
		want(t, r.ask("POST", path, r.signIn(t, ada), form), 403)
		want(t, r.ask("POST", path, "", form), 303)
		want(t, r.ask("POST", path, cookie, form, "Sec-Fetch-Site", "cross-site"), 403)
	}
	p, err := r.store.Publication(t.Context())
	if err != nil || p.Rev != 1 || p.UTM != "" {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestWhatIsSavedHoldsForTheNextIssue: the links of a mail are those of the settings when
// it was approved, and stay so.
func TestWhatIsSavedHoldsForTheNextIssue(t *testing.T) {
	r := open(t)
	cookie := r.signIn(t, olga)
	issue := r.drafted(t)
	want(t, r.ask("POST", "/desk/settings", cookie, url.Values{"rev": {"1"}, "utm": {"source=first campaign={issue}"}}), 303)
	_, err := r.Composer.Approve(t.Context(), &issue)
	must(t, err)
	want(t, r.ask("POST", "/desk/settings", cookie, url.Values{"rev": {"2"}, "utm": {"source=second"}}), 303)
	mail, err := r.store.Mail(t.Context(), issue.ID, "")
	must(t, err)
	if !strings.Contains(mail.HTML, "utm_source=first&amp;utm_campaign="+issue.ID) || strings.Contains(mail.HTML, "second") {
		t.Errorf("%.3000s", mail.HTML)
	}
}

// TestSettingsInABrowser: what is typed is shown, light, dark, on a phone; without script
// by a button.
func TestSettingsInABrowser(t *testing.T) {
	r, home := newsroom(t)
	r.Pages.Desk.Fixed = map[newsletter.Setting]string{newsletter.SettingFrom: "MASTHEAD_FROM"}
	enter := func(b *browser) {
		link, err := r.Access.Link(t.Context(), string(olga), newsletter.ByCommandLine)
		must(t, err)
		b.open(strings.TrimPrefix(link, home))
		b.press("Sign in")
		b.reads("What is next")
		b.open("/desk/settings")
	}
	b := newBrowser(t, home, false, true)
	b.Do(chromedp.EmulateViewport(1440, 900))
	enter(b)
	b.Until(inMail + `.body?.innerText.includes("Learn More")`)
	b.judge("settings")
	b.write("Name of the sender", "Mara at the Lantern")
	b.Until(`document.getElementById("live-preheader").innerText === "from Mara at the Lantern"`)
	b.write("Colour", "#0b5394")
	b.Until(inMail + `.documentElement.outerHTML.includes("#0b5394")`)
	b.Until(`document.getElementById("ink-dark").getAttribute("fill") !== "#0b5394"`)
	b.Do(chromedp.Click(chromedp.CSS(`[name=look]`)))
	b.Until(inMail + `.querySelector("meta[name=color-scheme]")?.content === "dark" || ` + inMail + `.documentElement.outerHTML.includes("color-scheme:dark")`)
	b.write("Time zone", "Mars")
	b.Until(`document.getElementById("live-fault").innerText.startsWith("Time zone")`)
	b.write("Time zone", "Europe/Berlin")
	b.press("Save the settings")
	b.reads("Saved.")
	b.judge("settings-saved")
	b.Do(chromedp.EmulateViewport(375, 800))
	b.open("/desk/settings")
	b.phone = true
	b.judge("settings")
	b.Quiet("status of 422")

	plain := newBrowser(t, home, false, false)
	enter(plain)
	plain.write("Name", "The Plain Gazette")
	shown := make(chan string, 1)
	r.before = func(q *http.Request) {
		if q.Method == http.MethodPost && q.URL.Path == "/desk/settings/frame" {
			shown <- q.PostFormValue("name")
		}
	}
	plain.press("Show it with what is typed")
	select {
	case name := <-shown:
		if name != "The Plain Gazette" {
			t.Errorf("the frame is asked to show %q", name)
		}
	case <-time.After(20 * time.Second):
		t.Error("the frame was not asked for what is typed")
	}
	if at := see[string](plain, "location.pathname"); at != "/desk/settings" {
		t.Errorf("the press leads to %s", at)
	}
	plain.judge("settings-plain")
	p, err := r.store.Publication(t.Context())
	if err != nil || p.FromName != "Mara at the Lantern" || p.Accent != "#0b5394" || p.Name != "The Lantern Post" {
		t.Errorf("%+v, %v", p, err)
	}
}
