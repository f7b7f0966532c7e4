package editor

import (
	"fmt"
	"html"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestAuthorsAtTheDesk(t *testing.T) {
	r := open(t)
	cookie := r.signIn(t, ada)
	want(t, r.ask("GET", "/desk/authors/", cookie, nil), 200, "None yet")
	for n := range 40 {
		must(t, r.store.SaveAuthor(t.Context(), &newsletter.Author{Key: fmt.Sprintf("k%02d", n), BioFrom: "box", Found: newsletter.Profile{Name: fmt.Sprintf("Author %02d", n), Bio: "Writes about lamps."}}))
	}
	must(t, r.store.SaveAuthor(t.Context(), &newsletter.Author{Key: "mute", Found: newsletter.Profile{Name: "Zoë <b>"}}))
	must(t, r.store.SaveAuthor(t.Context(), &newsletter.Author{Key: "hole", Found: newsletter.Profile{Name: "Holly", Bio: "A writer at, I love lamps"}}))
	w := r.ask("GET", "/desk/authors/", cookie, nil)
	if want(t, w, 200, "Author 00", "More authors"); contains(w, "Author 35") {
		t.Error("all authors are on one page")
	}
	_, next, _ := strings.Cut(w.Body.String(), `quiet" href="/desk/authors/?`)
	next, _, _ = strings.Cut(next, `"`)
	want(t, r.ask("GET", "/desk/authors/?"+html.UnescapeString(next), cookie, nil), 200, "Author 35", "Zoë &lt;b&gt;")
	w = r.ask("GET", "/desk/authors/?look=1", cookie, nil)
	if want(t, w, 200, "Holly", "a word is missing", "no bio"); contains(w, "Author 00") {
		t.Error("those who need no look are shown")
	}
	w = r.ask("GET", "/desk/authors/?name=ZO%C3%8B", cookie, nil)
	if want(t, w, 200, "Zoë"); contains(w, "Holly") {
		t.Error("others than asked for are shown")
	}
	want(t, r.ask("GET", "/desk/authors/hole", cookie, nil), 200, "A writer at,", "lacks a word")
	want(t, r.ask("GET", "/desk/authors/k01", cookie, nil), 200, "the box of its author")
	want(t, r.ask("GET", "/desk/authors/nobody", cookie, nil), 404)
	form := url.Values{"rev": {"1"}, "bio": {"Writes at the harbour."}, "back": {"/desk/authors/mute"}}
	want(t, r.ask("POST", "/desk/authors/mute", cookie, form), 303, "/desk/authors/mute?done=saved")
	want(t, r.ask("POST", "/desk/authors/mute", cookie, form), 409)
	want(t, r.ask("GET", "/desk/authors/mute", cookie, nil), 200, "Writes at the harbour.", "our words", "Go back to what was found")
	want(t, r.ask("POST", "/desk/authors/mute", cookie, url.Values{"rev": {"2"}, "back": {"/desk/authors/mute"}}), 303)
	w = r.ask("GET", "/desk/authors/mute", cookie, nil)
	if want(t, w, 200, "No bio"); contains(w, "Go back to what was found") {
		t.Error("there is something to go back from")
	}
}

func TestAllIssuesAtTheDesk(t *testing.T) {
	r := open(t)
	cookie := r.signIn(t, ada)
	want(t, r.ask("GET", "/desk/issues/", cookie, nil), 200, "None yet")
	must(t, r.store.SaveSchedule(t.Context(), &newsletter.Schedule{ID: "weekly", Cadence: newsletter.Weekly, Zone: "UTC"}))
	for n := range 25 {
		i := newsletter.Issue{ID: fmt.Sprintf("weekly-%02d", n), Schedule: "weekly", State: newsletter.IssueApproved, Subject: fmt.Sprintf("Number %02d", n), CreatedAt: monday.AddDate(0, 0, n)}
		if n == 3 {
			i.State = newsletter.IssueDiscarded
		}
		must(t, r.store.SaveIssue(t.Context(), &i))
		run := newsletter.NewRun(&i, 1, i.CreatedAt)
		run.State, run.FinishedAt, run.Counts = newsletter.RunSent, i.CreatedAt.Add(time.Hour), newsletter.Counts{Sent: 7, Failed: n}
		if n != 3 {
			must(t, r.store.SaveRun(t.Context(), &run))
		}
	}
	w := r.ask("GET", "/desk/issues/", cookie, nil)
	if want(t, w, 200, "Number 24", "7 sent, 24 failed", `href="/desk/runs/weekly-24"`, `href="/issues/weekly-24"`); contains(w, "Number 04") {
		t.Error("all issues are on one page")
	}
	_, older, _ := strings.Cut(w.Body.String(), `quiet" href="`)
	older, _, _ = strings.Cut(older, `"`)
	w = r.ask("GET", html.UnescapeString(older), cookie, nil)
	if want(t, w, 200, "Number 04", "Number 00", "discarded"); contains(w, "Number 05") || contains(w, "Older issues") {
		t.Error("the second page is not what is left")
	}
	want(t, r.ask("GET", "/desk/issues/?before=nowhere", cookie, nil), 422)
	want(t, r.ask("GET", "/desk/issues/weekly-24", cookie, nil), 200, "It is sent", "How it went", "In the archive")
	want(t, r.ask("GET", "/desk/issues/weekly-03", cookie, nil), 200, "It stays as it is")
	links := newsletter.Links{Issue: "weekly-24"}
	links.Add([]newsletter.Link{{ID: newsletter.LinkID("https://magazine.example.org/a"), URL: "https://magazine.example.org/a", Title: "Lamps"}})
	must(t, r.store.SaveLinks(t.Context(), &links))
	_, err := r.Clicks.Retarget(t.Context(), "weekly-24", newsletter.LinkID("https://magazine.example.org/a"), "https://magazine.example.org/b")
	must(t, err)
	want(t, r.ask("GET", "/desk/issues/weekly-24", cookie, nil), 200, "Corrected links", "https://magazine.example.org/b", "since 2 March 2026")
}

func TestTheNextScheduleIsTheFirst(t *testing.T) {
	paused, late, soon := newsletter.Schedule{ID: "a", Cadence: newsletter.Daily, Zone: "UTC", Paused: true}, newsletter.Schedule{ID: "b", Cadence: newsletter.Daily, Hour: 9, Zone: "UTC"}, newsletter.Schedule{ID: "c", Cadence: newsletter.Daily, Hour: 8, Zone: "UTC"}
	ids := ""
	for _, s := range soonest([]newsletter.Schedule{paused, late, soon}, monday) {
		ids += s.ID
	}
	if ids != "cba" {
		t.Errorf("%s, want cba", ids)
	}
}

// TestEveryRoomInABrowser: light, dark, on a phone, by axe's rules.
func TestEveryRoomInABrowser(t *testing.T) {
	t.Run("desk", func(t *testing.T) { roomsInABrowser(t, false) })
	t.Run("phone", func(t *testing.T) { roomsInABrowser(t, true) })
}

func roomsInABrowser(t *testing.T, phone bool) {
	t.Parallel()
	r, home := newsroom(t)
	_, err := r.Desk.Draft(t.Context(), desk.Person{Who: string(ada), Role: newsletter.RoleEditor}, "weekly")
	must(t, err)
	b := newBrowser(t, home, phone, true)
	b.signIn(r, olga)
	sources, err := r.store.Sources(t.Context())
	must(t, err)
	authors, err := r.store.Authors(t.Context(), "", 1)
	must(t, err)
	readers, err := r.store.SubscribersAfter(t.Context(), 0, 255, newsletter.SubscriberID{}, 1)
	must(t, err)
	for name, path := range map[string]string{"overview-rooms": "/desk/", "issues": "/desk/issues/", "sources": "/desk/sources/", "source": sourceURL(sources[0].ID),
		"authors": "/desk/authors/", "author": "/desk/authors/" + authors[0].Key, "subscribers": "/desk/subscribers/", "subscriber": "/desk/subscribers/" + readers[0].ID.String()} {
		b.open(path)
		b.judge(name)
	}
	file := filepath.Join(t.TempDir(), "autumn.csv")
	must(t, os.WriteFile(file, []byte("email,name\nbjorn@example.org,Bjorn\nnobody,\n"), 0o600))
	b.open("/desk/subscribers/")
	b.Do(chromedp.SetUploadFiles("#file", []string{file}))
	b.press("Show what it would do")
	b.reads("What the list would do")
	b.judge("import")
	b.press("Take it over")
	b.reads("The list is taken over")
	b.judge("imported")
	b.Quiet()
}
