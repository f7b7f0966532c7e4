package editor

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// BenchmarkPages loads pages of the desk with a million readers and 500 issues in the
// store (DESK_READERS: another number), and reports milliseconds and kilobytes.
func BenchmarkPages(b *testing.B) {
	readers, _ := strconv.Atoi(os.Getenv("DESK_READERS"))
	if readers == 0 {
		readers = 1_000_000
	}
	r := open(b)
	full(b, r, readers)
	cookie := r.signIn(b, olga)
	for name, path := range map[string]string{"overview": "/desk/", "issue": "/desk/issues/weekly-499", "preview": "/desk/issues/weekly-499/preview", "preflight": "/desk/issues/weekly-499/preflight",
		"run": "/desk/runs/weekly-498", "schedules": "/desk/schedules/", "audit": "/desk/audit", "access": "/desk/access",
		"hooks": "/desk/hooks/", "hook": "/desk/hooks/" + fullHook(b, r),
		"issues": "/desk/issues/", "sources": "/desk/sources/", "authors": "/desk/authors/",
		"subscribers": "/desk/subscribers/", "subscriber": "/desk/subscribers/" + newsletter.Identify([]byte("pepper"), "reader7@example.org").String()} {
		b.Run(name, func(b *testing.B) {
			size := 0
			for b.Loop() {
				w := r.ask("GET", path, cookie, nil)
				if size = w.Body.Len(); w.Code != 200 {
					b.Fatalf("%d: %s", w.Code, w.Body)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms/page")
			b.ReportMetric(float64(size)/1000, "KB/page")
			if size > 60_000 {
				b.Errorf("%d bytes", size)
			}
		})
	}
}

// full fills the store.
func full(b *testing.B, r *studio, readers int) {
	b.Helper()
	must(b, r.store.SaveSchedule(b.Context(), &newsletter.Schedule{ID: "weekly", Name: "Every Monday", Cadence: newsletter.Weekly, Weekday: time.Monday, Hour: 7, Zone: "UTC", LastFire: monday}))
	var articles []string
	for n := range 20 {
		a := newsletter.Article{URL: fmt.Sprintf("https://magazine.example.org/the-bakers-who-never-sleep-part-%d/", n), Title: fmt.Sprintf("The bakers who never sleep, part %d", n),
			Dek: "What a town smells like at four in the morning, and who is awake to smell it", Excerpt: "The ovens are lit at two.", Published: monday.Add(-time.Hour), FirstSeen: monday.Add(-time.Hour)}
		a.ID = newsletter.ArticleID(a.URL)
		must(b, r.store.AddArticle(b.Context(), &a, a.Aliases()...))
		articles = append(articles, a.ID)
	}
	for n := range 500 {
		i := newsletter.Issue{ID: fmt.Sprintf("weekly-%03d", n), Schedule: "weekly", State: newsletter.IssueApproved, Subject: fmt.Sprint("Issue ", n), Articles: articles, FireAt: monday.AddDate(0, 0, n-498), CreatedAt: monday.AddDate(0, 0, n-498)}
		run := newsletter.NewRun(&i, 1, i.FireAt)
		run.State, run.FinishedAt, run.Counts = newsletter.RunSent, i.FireAt.Add(time.Hour), newsletter.Counts{Sent: readers}
		if n == 499 {
			i.State = newsletter.IssueDraft
		} else {
			must(b, r.store.SaveRun(b.Context(), &run))
		}
		must(b, r.store.SaveIssue(b.Context(), &i))
	}
	for from := 0; from < readers; from += 5000 {
		var some []newsletter.Subscriber
		for n := from; n < min(from+5000, readers); n++ {
			address := newsletter.Address(fmt.Sprintf("reader%d@example.org", n))
			some = append(some, newsletter.Subscriber{ID: newsletter.Identify([]byte("pepper"), address), Address: address, Status: newsletter.Active, ConfirmedAt: monday})
		}
		_, err := r.store.AddSubscribers(b.Context(), some)
		must(b, err)
	}
}

// fullHook adds as many hooks as there can be, one with many calls, and returns its id.
func fullHook(b *testing.B, r *studio) string {
	b.Helper()
	var h newsletter.Hook
	for range newsletter.MaxHooks {
		var err error
		h, err = newsletter.NewHook("https://crm.example.org/masthead", newsletter.EventTypes(), false, string(olga), monday)
		must(b, err)
		must(b, r.store.SaveHook(b.Context(), &h))
	}
	for n := range 5000 {
		c := newsletter.NewCall(&h, &newsletter.Event{Type: newsletter.EventConfirmed, At: monday.Add(time.Duration(n) * time.Second)}, "", monday)
		c.Answer = "503 Service Unavailable: upstream connect error or disconnect/reset before headers"
		must(b, r.store.SaveCall(b.Context(), &c))
	}
	return h.ID
}
