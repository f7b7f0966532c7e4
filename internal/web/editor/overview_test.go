package editor

import (
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestTheOverviewSaysWhyNothingCame of a schedule's last time, until something goes out.
func TestTheOverviewSaysWhyNothingCame(t *testing.T) {
	r := open(t)
	cookie := r.signIn(t, ada)
	must(t, r.store.SaveSchedule(t.Context(), &newsletter.Schedule{ID: "weekly", Name: "Weekly", Cadence: newsletter.Weekly, Weekday: time.Monday, Hour: 7, LastFire: monday.AddDate(0, 0, -7)}))
	tick := func(now time.Time) {
		t.Helper()
		r.now = now
		_, err := r.Composer.Tick(t.Context())
		must(t, err)
	}
	tick(monday)
	w := r.ask("GET", "/desk/", cookie, nil)
	if want(t, w, 200, "Nothing was mailed Mon 2 March 2026, 07:00 UTC: too few articles were new"); contains(w, "did not run") {
		t.Error("too few articles are no alarm")
	}
	tick(monday.AddDate(0, 0, 7).Add(8 * time.Hour)) // the machine was off in the morning
	want(t, r.ask("GET", "/desk/", cookie, nil), 200, "The weekly issue of Mon 9 March 2026, 07:00 UTC did not run, because its time was long past")
	a := newsletter.Article{ID: newsletter.ArticleID("https://magazine.example.org/1"), URL: "https://magazine.example.org/1", Title: "Bread", Published: r.now.Add(-time.Hour), FirstSeen: r.now.Add(-time.Hour)}
	must(t, r.store.AddArticle(t.Context(), &a))
	_, err := r.Composer.SendNow(t.Context(), "weekly")
	must(t, err)
	if w := r.ask("GET", "/desk/", cookie, nil); contains(w, "did not run") {
		t.Error("it was sent by hand, and the alarm is still there")
	}
}
