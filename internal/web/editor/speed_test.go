package editor

import (
	"fmt"
	"net/url"
	"os"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// BenchmarkPages loads pages of the desk with a million readers (DESK_READERS: another
// number), 500 issues, 2,000 authors, 200 sources and 100,000 entries in the audit trail, and
// reports milliseconds and kilobytes.
func BenchmarkPages(b *testing.B) {
	readers, _ := strconv.Atoi(os.Getenv("DESK_READERS"))
	if readers == 0 {
		readers = 1_000_000
	}
	r := open(b)
	full(b, r, readers)
	fullRooms(b, r)
	cookie := r.signIn(b, olga)
	seventh := newsletter.Identify([]byte("pepper"), "reader7@example.org").String()
	for _, c := range []struct {
		name, path string
		asked      url.Values // of a form; nil: the page is got
	}{
		{"overview", "/desk/", nil}, {"issue", "/desk/issues/weekly-499", nil}, {"article", "/desk/issues/weekly-499/articles/" + newsletter.ArticleID(bakers(3)), nil},
		{"preview", "/desk/issues/weekly-499/preview", nil}, {"preflight", "/desk/issues/weekly-499/preflight", nil}, {"run", "/desk/runs/weekly-498", nil},
		{"issues", "/desk/issues/", nil}, {"schedules", "/desk/schedules/", nil}, {"schedule", "/desk/schedules/weekly", nil},
		{"sources", "/desk/sources/", nil}, {"sources-more", "/desk/sources/?from=60", nil}, {"source", sourceURL(newsletter.SourceID("https://site7.example.org")), nil},
		{"authors", "/desk/authors/", nil}, {"authors-look", "/desk/authors/?look=1", nil}, {"authors-name", "/desk/authors/?name=author+1999", nil}, {"author", "/desk/authors/k1999", nil},
		{"subscribers", "/desk/subscribers/", nil}, {"subscriber", "/desk/subscribers/" + seventh, nil},
		{"by-address", "/desk/subscribers/", url.Values{"address": {"reader77"}}}, {"by-address-none", "/desk/subscribers/", url.Values{"address": {"nobody"}}},
		{"by-tag", "/desk/subscribers/", url.Values{"tag": {"vip"}}}, {"by-tag-many", "/desk/subscribers/", url.Values{"tag": {"reads"}}}, {"by-tag-none", "/desk/subscribers/", url.Values{"tag": {"nobody"}}},
		{"by-status", "/desk/subscribers/", url.Values{"status": {"bounced"}}}, {"by-status-and-tag", "/desk/subscribers/", url.Values{"status": {"bounced"}, "tag": {"reads"}}},
		{"by-language", "/desk/subscribers/", url.Values{"language": {"de"}}}, {"by-language-rare", "/desk/subscribers/", url.Values{"language": {"is"}}},
		{"by-schedule", "/desk/subscribers/", url.Values{"schedule": {"weekly"}}},
		{"access", "/desk/access", nil}, {"settings", "/desk/settings", nil}, {"audit", "/desk/audit", nil}, {"audit-day", "/desk/audit?day=2026-03-02", nil},
		{"hooks", "/desk/hooks/", nil}, {"hook", "/desk/hooks/" + fullHook(b, r), nil},
	} {
		b.Run(c.name, func(b *testing.B) {
			size, method := 0, "GET"
			if c.asked != nil {
				method = "POST"
			}
			r.ask(method, c.path, cookie, c.asked) // what is made once, like the index of addresses, is not timed
			for b.Loop() {
				w := r.ask(method, c.path, cookie, c.asked)
				if size = w.Body.Len(); w.Code != 200 {
					b.Fatalf("%d: %s", w.Code, w.Body)
				}
			}
			ms := float64(b.Elapsed().Microseconds()) / 1000 / float64(b.N)
			b.ReportMetric(ms, "ms/page")
			b.ReportMetric(float64(size)/1000, "KB/page")
			if size > 60_000 || ms > 100 {
				b.Errorf("%d bytes in %.1f ms", size, ms)
			}
		})
	}
}

func bakers(part int) string {
	return fmt.Sprintf("https://magazine.example.org/the-bakers-who-never-sleep-part-%d/", part)
}

// fullRooms fills what is beside issues and readers.
func fullRooms(b *testing.B, r *studio) {
	b.Helper()
	for n := range 200 {
		s := newsletter.NewSource(fmt.Sprintf("https://site%d.example.org", n))
		s.Title, s.Kind, s.LastGood, s.NextAt = fmt.Sprintf("The Magazine of Site %d", n), newsletter.SourceFeed, monday, monday.Add(time.Hour)
		if n%20 == 0 {
			s.Failures, s.FailingSince, s.Reason = 5, monday.AddDate(0, 0, -3), "The site answers 503 Service Unavailable."
		}
		must(b, r.store.SaveSource(b.Context(), &s))
	}
	for n := range 2000 {
		a := newsletter.Author{Key: fmt.Sprintf("k%04d", n), BioFrom: "box", CheckedAt: monday, Found: newsletter.Profile{Name: fmt.Sprintf("Author %04d", n), Bio: "Writes about coasts, clocks and other things that go on and on, from a town between two rivers."}}
		if n%10 == 0 {
			a.Found.Bio = ""
		}
		must(b, r.store.SaveAuthor(b.Context(), &a))
	}
	for n := range 20 {
		must(b, r.store.SaveSchedule(b.Context(), &newsletter.Schedule{ID: fmt.Sprintf("extra-%02d", n), Name: fmt.Sprint("Extra ", n), Cadence: newsletter.Daily, Hour: n, Zone: "Europe/Berlin", LastFire: monday}))
	}
	var trail errgroup.Group
	trail.SetLimit(500) // which the store writes as one
	for n := range 100_000 {
		a := newsletter.NewAction(string(ada), "saved the words of", "issue weekly-499", "subject: “Bread before dawn”", monday.Add(time.Duration(n-90_000)*time.Second))
		trail.Go(func() error { return r.store.AddAction(b.Context(), &a) })
	}
	must(b, trail.Wait())
}

// full fills the store.
func full(b *testing.B, r *studio, readers int) {
	b.Helper()
	must(b, r.store.SaveSchedule(b.Context(), &newsletter.Schedule{ID: "weekly", Name: "Every Monday", Cadence: newsletter.Weekly, Weekday: time.Monday, Hour: 7, Zone: "UTC", LastFire: monday}))
	var articles []string
	for n := range 20 {
		a := newsletter.Article{URL: bakers(n), Title: fmt.Sprintf("The bakers who never sleep, part %d", n),
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
			s := newsletter.Subscriber{ID: newsletter.Identify([]byte("pepper"), address), Address: address, Status: newsletter.Active, ConfirmedAt: monday, Language: "en"}
			switch { // a few differ
			case n%1000 == 1:
				s.Status = newsletter.Bounced
			case n%10 == 2:
				s.Language, s.Schedules = "de", []string{"weekly"}
			case n%10 == 3:
				s.Tags = []string{"reads"}
			case n == 4:
				s.Language, s.Tags = "is", []string{"vip"}
			}
			some = append(some, s)
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
