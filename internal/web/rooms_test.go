package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/collect"
	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestSourcesOverTheAPI(t *testing.T) {
	h := open(t)
	h.Office.Collect = &collect.Collector{Store: h.store, Now: h.Composer.Now}
	json := []string{"Content-Type", typeJSON}
	want(t, h.editor("POST", "/api/sources", `{"url":"no address"}`, json...), 422, "cannot be a source")
	one := "/api/sources/" + newsletter.SourceID("https://magazine.example.org")
	w := h.editor("POST", "/api/sources", `{"url":"magazine.example.org"}`, json...)
	if want(t, w, 201, `"health":"not visited yet"`); w.Header().Get("Location") != one || w.Header().Get("ETag") != `"1"` {
		t.Errorf("%v", w.Header())
	}
	want(t, h.editor("POST", "/api/sources", `{"url":"magazine.example.org"}`, json...), 200)
	want(t, h.editor("GET", "/api/sources", ""), 200, `"self":"`+one+`"`)
	want(t, h.editor("PATCH", one, `{"off":true}`, json...), 428)
	want(t, h.editor("PATCH", one, `{"off":true,"userAgent":"Reader/7"}`, append(json, "If-Match", `"1"`)...), 200, `"off":true`, `"userAgent":"Reader/7"`, "switched off")
	want(t, h.editor("PATCH", one, `{"off":false}`, append(json, "If-Match", `"1"`)...), 412, "changed meanwhile")
	want(t, h.editor("PATCH", one, `{"userAgent":"Ünder"}`, append(json, "If-Match", `"2"`)...), 422, "User-Agent")
	want(t, h.editor("POST", one+"/visit", ""), 409, "is switched off")
	want(t, h.editor("PATCH", one, `{"off":false}`, append(json, "If-Match", `"2"`)...), 200, `"off":false`, `"userAgent":"Reader/7"`)
	want(t, h.editor("POST", one+"/visit", ""), 200)
	s, err := h.store.Source(t.Context(), newsletter.SourceID("https://magazine.example.org"))
	must(t, err)
	s.HeldSince = monday
	must(t, h.store.SaveSource(t.Context(), &s))
	want(t, h.editor("GET", one, ""), 200, `"heldSince"`)
	if w := h.editor("POST", one+"/release", ""); w.Code != 200 || strings.Contains(w.Body.String(), "heldSince") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	want(t, h.editor("GET", "/api/sources/nothing", ""), 404)
}

func TestAuthorsOverTheAPI(t *testing.T) {
	h := open(t)
	for n := range 5 {
		must(t, h.store.SaveAuthor(t.Context(), &newsletter.Author{Key: fmt.Sprint("k", n), Found: newsletter.Profile{Name: fmt.Sprint("Author ", n), Bio: "Lamps."}}))
	}
	names := ""
	for next := "/api/authors?limit=2"; next != ""; {
		w := h.editor("GET", next, "")
		want(t, w, 200)
		var part struct {
			Authors []authorBody
			Next    string
		}
		must(t, json.Unmarshal(w.Body.Bytes(), &part))
		for _, a := range part.Authors {
			names += a.Shown.Name + ";"
		}
		next = part.Next
	}
	if names != "Author 0;Author 1;Author 2;Author 3;Author 4;" {
		t.Error(names)
	}
	want(t, h.editor("GET", "/api/authors?limit=0", ""), 422)
	for n, bio := range []string{"", "A writer at, I love lamps"} {
		must(t, h.store.SaveAuthor(t.Context(), &newsletter.Author{Key: fmt.Sprint("look", n), Found: newsletter.Profile{Name: fmt.Sprint("Author 3", n), Bio: bio}}))
	}
	w := h.editor("GET", "/api/authors?needsLook=true&limit=1", "")
	if want(t, w, 200, `"key":"look0"`, "needsLook=true"); strings.Contains(w.Body.String(), `"key":"k`) {
		t.Errorf("others are listed: %s", w.Body)
	}
	var part struct{ Next string }
	must(t, json.Unmarshal(w.Body.Bytes(), &part))
	want(t, h.editor("GET", part.Next, ""), 200, `"key":"look1"`)
	with := []string{"Content-Type", typeJSON, "If-Match", `"1"`}
	want(t, h.editor("PATCH", "/api/authors/k1", `{"url":"nowhere"}`, with...), 422)
	want(t, h.editor("PATCH", "/api/authors/k1", `{"bio":"Harbours."}`, with...), 200, `"shown":{"name":"Author 1","bio":"Harbours."`, `"found":{"name":"Author 1","bio":"Lamps."`)
	want(t, h.editor("PATCH", "/api/authors/k1", `{"bio":""}`, with...), 412)
	want(t, h.editor("PATCH", "/api/authors/k1", `{"bio":""}`, "Content-Type", typeJSON, "If-Match", `"2"`), 200, `"shown":{"name":"Author 1","bio":"Lamps."`)
	want(t, h.editor("GET", "/api/authors/nobody", ""), 404)
}

func TestSchedulesOverTheAPI(t *testing.T) {
	h := open(t)
	const daily = `{"cadence":"daily","time":"07:30","zone":"Europe/Berlin","review":true,"skip":["2026-12-25"]}`
	w := h.editor("PUT", "/api/schedules/morning", daily, "Content-Type", typeJSON)
	if want(t, w, 201, `"words":"every day at 07:30, Europe/Berlin"`, `"skip":["2026-12-25"]`, `"nextAt":"2026-03-03T06:30:00Z"`); w.Header().Get("Location") != "/api/schedules/morning" {
		t.Errorf("%v", w.Header())
	}
	want(t, h.editor("PUT", "/api/schedules/morning", daily, "Content-Type", typeJSON), 428)
	want(t, h.editor("PUT", "/api/schedules/morning", strings.Replace(daily, "07:30", "08:00", 1), "Content-Type", typeJSON, "If-Match", `"1"`), 200, "08:00")
	want(t, h.editor("PUT", "/api/schedules/morning", daily, "Content-Type", typeJSON, "If-Match", `"1"`), 412)
	for path, body := range map[string]string{"new": daily, "Bad%20Id": daily, "other": strings.Replace(daily, "Berlin", "Nowhere", 1), "third": strings.Replace(daily, "07:30", "25:00", 1)} {
		want(t, h.editor("PUT", "/api/schedules/"+path, body, "Content-Type", typeJSON), 422)
	}
	want(t, h.editor("GET", "/api/schedules", ""), 200, `"id":"morning"`, `"id":"weekly"`)
	want(t, h.editor("GET", "/api/schedules/nothing", ""), 404)
	weekly, err := h.store.Schedule(t.Context(), "weekly")
	must(t, err)
	weekly.Missed = "there were too few new articles"
	must(t, h.store.SaveSchedule(t.Context(), &weekly))
	want(t, h.editor("GET", "/api/schedules/weekly", ""), 200, `"why":"there were too few new articles"`)
}

func TestSettingsOverTheAPI(t *testing.T) {
	h := open(t)
	want(t, h.editor("GET", "/api/settings", ""), 200, `"tagline":"Slow news, well lit"`)
	want(t, h.editor("PATCH", "/api/settings", `{"name":"The Lantern Gazette"}`, "Content-Type", typeJSON), 428)
	want(t, h.editor("PATCH", "/api/settings", `{"accent":"#ffff00"}`, "Content-Type", typeJSON, "If-Match", `"1"`), 422)
	want(t, h.editor("PATCH", "/api/settings", `{"name":"The Lantern Gazette"}`, "Content-Type", typeJSON, "If-Match", `"1"`), 200, `"name":"The Lantern Gazette","tagline":"Slow news, well lit"`)
	want(t, h.editor("PATCH", "/api/settings", `{"name":"Mine"}`, "Content-Type", typeJSON, "If-Match", `"1"`), 412)
	want(t, h.editor("PATCH", "/api/settings", `{"utm":"source=mail","clicks":true,"fromName":"Mara"}`, "Content-Type", typeJSON, "If-Match", `"2"`), 200, `"utm":"source=mail","clicks":true`, `"fixed":{}`)
	want(t, h.editor("PATCH", "/api/settings", `{"utm":"colour=red"}`, "Content-Type", typeJSON, "If-Match", `"3"`), 422, "colour=red")
	h.Site.Office.Fixed = map[newsletter.Setting]string{newsletter.SettingUTM: "MASTHEAD_UTM"}
	want(t, h.editor("GET", "/api/settings", ""), 200, `"fixed":{"utm":"MASTHEAD_UTM"}`)
	want(t, h.editor("PATCH", "/api/settings", `{"utm":"source=other"}`, "Content-Type", typeJSON, "If-Match", `"3"`), 422, "is set by MASTHEAD_UTM, which stands above the desk")
	want(t, h.editor("PATCH", "/api/settings", `{"utm":"source=mail","tagline":"New"}`, "Content-Type", typeJSON, "If-Match", `"3"`), 200, `"tagline":"New"`)
}

func TestTokensAndTheTrailOverTheAPI(t *testing.T) {
	h := open(t)
	w := h.editor("POST", "/api/tokens", `{"name":"the website","role":"read"}`, "Content-Type", typeJSON)
	want(t, w, 201)
	var made tokenBody
	must(t, json.Unmarshal(w.Body.Bytes(), &made))
	want(t, h.do(request("GET", "/api/audit?limit=1", "", "Authorization", "Bearer "+made.Secret)), 200, "made a token")
	if w := h.editor("GET", "/api/tokens", ""); w.Code != 200 || !strings.Contains(w.Body.String(), made.ID) || strings.Contains(w.Body.String(), made.Secret) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	want(t, h.editor("POST", "/api/tokens", `{"name":"x","role":"king"}`, "Content-Type", typeJSON), 422)
	h.now = h.now.Add(time.Minute)
	want(t, h.editor("DELETE", "/api/tokens/"+made.ID, ""), 204)
	want(t, h.do(request("GET", "/api/audit", "", "Authorization", "Bearer "+made.Secret)), 401)
	w = h.editor("GET", "/api/audit?limit=1", "")
	want(t, w, 200, "revoked a token", `"next":"/api/audit?before=`)
	var part struct{ Next string }
	must(t, json.Unmarshal(w.Body.Bytes(), &part))
	want(t, h.editor("GET", part.Next, ""), 200, "made a token")
	today := h.now.Format(time.DateOnly)
	want(t, h.editor("GET", "/api/audit?day="+today, ""), 200, "revoked a token")
	if w := h.editor("GET", "/api/audit?day="+h.now.AddDate(0, 0, -1).Format(time.DateOnly), ""); w.Code != 200 || strings.Contains(w.Body.String(), "token") {
		t.Errorf("of the day before: %d %s", w.Code, w.Body)
	}
	want(t, h.editor("GET", "/api/audit?day=yesterday", ""), 422, "like 2026-03-02")
}

// TestWhoMayWhatInTheRooms: each role does what those before may, and no more.
func TestWhoMayWhatInTheRooms(t *testing.T) {
	h := open(t)
	boss := desk.Person{Who: "olga@example.org", Role: newsletter.RoleOperator}
	secrets := map[newsletter.Role]string{}
	for _, role := range []newsletter.Role{newsletter.RoleRead, newsletter.RoleEditor} {
		_, secret, err := h.Access.NewToken(t.Context(), boss, "a machine", role)
		must(t, err)
		secrets[role] = secret
	}
	for _, c := range []struct {
		method, path string
		role         newsletter.Role
	}{{"POST", "/api/sources", newsletter.RoleEditor}, {"PATCH", "/api/sources/x", newsletter.RoleEditor}, {"POST", "/api/sources/x/release", newsletter.RoleEditor}, {"POST", "/api/sources/x/visit", newsletter.RoleEditor},
		{"PATCH", "/api/authors/x", newsletter.RoleRead}, {"PUT", "/api/schedules/x", newsletter.RoleRead}, {"PATCH", "/api/settings", newsletter.RoleEditor},
		{"GET", "/api/tokens", newsletter.RoleEditor}, {"POST", "/api/tokens", newsletter.RoleEditor}, {"DELETE", "/api/tokens/x", newsletter.RoleEditor}} {
		want(t, h.do(request(c.method, c.path, "{}", "Authorization", "Bearer "+secrets[c.role])), http.StatusForbidden)
		want(t, h.do(request(c.method, c.path, "{}")), http.StatusUnauthorized)
	}
	for _, path := range []string{"/api/sources", "/api/authors", "/api/schedules", "/api/settings", "/api/audit"} {
		want(t, h.do(request("GET", path, "", "Authorization", "Bearer "+secrets[newsletter.RoleRead])), 200)
		want(t, h.do(request("GET", path, "")), http.StatusUnauthorized)
	}
}

func TestIssuesComeInParts(t *testing.T) {
	h := open(t)
	for n := range 3 {
		must(t, h.store.SaveIssue(t.Context(), &newsletter.Issue{ID: fmt.Sprint("weekly-", n), Schedule: "weekly", State: newsletter.IssueDraft, CreatedAt: monday.AddDate(0, 0, n)}))
	}
	ids := ""
	for next := "/api/issues?limit=2"; next != ""; {
		w := h.editor("GET", next, "")
		want(t, w, 200)
		var part struct {
			Issues []issueBody
			Next   string
		}
		must(t, json.Unmarshal(w.Body.Bytes(), &part))
		for _, i := range part.Issues {
			ids += i.ID + " "
		}
		next = part.Next
	}
	if ids != "weekly-2 weekly-1 weekly-0 " {
		t.Error(ids)
	}
	want(t, h.editor("GET", "/api/issues?before=nowhere", ""), 422)
}
