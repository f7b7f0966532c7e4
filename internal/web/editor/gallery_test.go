package editor

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

var gallery = flag.String("gallery", "", "folder to write a picture of every page of the desk to")

// TestGallery takes the pictures of infra/desk.md, of a desk at which people have worked.
func TestGallery(t *testing.T) {
	if *gallery == "" {
		t.Skip("-gallery names no folder")
	}
	r, home := newsroom(t)
	pages := r.lived(t)
	b := newBrowser(t, home, false, true)
	b.open("/desk/sign-in")
	b.shoot("sign-in", 480, false)
	b.signIn(r, olga)
	for _, p := range pages {
		b.open(p.path)
		b.Do(chromedp.Sleep(400 * time.Millisecond)) // pictures of articles and mails come in; nothing is proved here
		b.shoot(p.name, p.height, strings.HasSuffix(p.name, "phone"))
	}
}

// shoot writes the upper part of the page as it is on a screen, or on a phone in dark mode.
func (b *browser) shoot(name string, height int64, phone bool) {
	b.t.Helper()
	width, scale, scheme := int64(1200), 2.0/3, "light"
	if phone {
		width, scale, scheme = 375, 1, "dark"
	}
	_, err := chromedp.Call(b.Context, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	must(b.t, err)
	b.Do(chromedp.EmulateViewport(width, height, chromedp.EmulateScale(scale)))
	see[bool](b, strings.ReplaceAll(`(() => { // the magazine is on this machine
		const all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		while (all.nextNode()) all.currentNode.data = all.currentNode.data.replace(/(https?:\/\/)?127\.0\.0\.1:\d+/g, (_, s) => (s ? "https://" : "") + "magazine.example.org");
		for (const f of document.querySelectorAll("input")) for (const k of ["value", "placeholder"]) if (f.type !== "file") f[k] = f[k].replace(/http:\/\/127\.0\.0\.1:\d+/g, "https://magazine.example.org");
		return true;
	})()`, "\n", " \n"))
	b.Do(chromedp.Sleep(200 * time.Millisecond))
	quality := int64(72)
	shot, err := chromedp.Call(b.Context, cdppage.CaptureScreenshot, cdppage.CaptureScreenshotParams{Format: cdppage.CaptureScreenshotFormatJpeg, Quality: &quality})
	must(b.t, err)
	must(b.t, os.WriteFile(filepath.Join(*gallery, "desk-"+name+".jpg"), shot.Data, 0o644))
	if len(shot.Data) > 60_000 {
		b.t.Errorf("%s has %d bytes", name, len(shot.Data))
	}
}

// pictured is a page and how much of it a picture shows: on a desk a multiple of three
// pixels, since it is made smaller by a third.
type pictured struct {
	name, path string
	height     int64
}

// lived fills the desk with some weeks of work, and says where to look.
func (r *studio) lived(t *testing.T) []pictured {
	t.Helper()
	ctx, editor, operator := t.Context(), desk.Person{Who: string(ada), Role: newsletter.RoleEditor}, desk.Person{Who: string(olga), Role: newsletter.RoleOperator}
	now := r.now
	for _, s := range []newsletter.Schedule{{ID: "monthly", Name: "The best of the month", Cadence: newsletter.Monthly, Weekday: time.Friday, Nth: -1, Hour: 17, Zone: "Europe/Berlin", MinArticles: 5, LastFire: monday},
		{ID: "daily", Name: "Every morning", Cadence: newsletter.Daily, Hour: 6, Minute: 30, Zone: "Europe/Berlin", Paused: true, LastFire: monday}} {
		must(t, r.store.SaveSchedule(ctx, &s))
	}
	for n, subject := range []string{"The ferry that waits for nobody", "Soup weather, and other forecasts", "Bread before dawn", "A clockmaker’s long winter", "What the harbour remembers"} {
		r.now = monday.AddDate(0, 0, 7*n-35)
		i := newsletter.Issue{ID: newsletter.IssueID("weekly", r.now), Schedule: "weekly", State: newsletter.IssueApproved, Subject: subject, FireAt: r.now, CreatedAt: r.now}
		run := newsletter.NewRun(&i, 1, r.now)
		run.State, run.FinishedAt, run.Readers, run.Counts = newsletter.RunSent, r.now.Add(21*time.Minute), 11840+97*n+n%3, newsletter.Counts{Sent: 11840 + 97*n, Failed: n % 3}
		must(t, errors.Join(r.store.SaveIssue(ctx, &i), r.store.SaveRun(ctx, &run)))
		links := newsletter.Links{Issue: i.ID}
		for l, title := range []string{"The lighthouse that learned to whisper", "Two cyclists, one map, and a river that moved", "The quiet mathematics of stacking oranges", "In praise of the unfinished list"} {
			u := fmt.Sprint("https://magazine.example.org/", strings.ReplaceAll(strings.ToLower(title), " ", "-"))
			links.Add([]newsletter.Link{{ID: newsletter.LinkID(u), URL: u, Title: title}})
			must(t, r.store.Count(ctx, i.ID, newsletter.ClickMetric(newsletter.LinkID(u)), 1440/(l+1)+31*n))
		}
		must(t, r.store.SaveLinks(ctx, &links))
		must(t, r.store.Count(ctx, i.ID, newsletter.MetricDelivered, 11800+96*n))
		must(t, r.store.Count(ctx, i.ID, newsletter.MetricUnsubscribed, 9+n%4))
		_, err := r.store.AddReports(ctx, newsletter.Reports{Run: run.ID, Bounced: 0b11111111111, Complained: 0b1})
		must(t, err)
	}
	r.now = now
	for n, s := range []newsletter.Source{{URL: "https://harbour.example.org", Title: "Harbour Notes", Kind: newsletter.SourceWordPress}, {URL: "https://kitchen.example.net", Title: "The Slow Kitchen", Kind: newsletter.SourceGhost},
		{URL: "https://clouds.example.org", Title: "Clouds above the bus stop", Kind: newsletter.SourceFeed}, {URL: "https://archive.example.com", Title: "The Old Archive", Kind: newsletter.SourceSitemap}} {
		s.ID, s.Primed, s.LastGood, s.LastNew, s.NextAt = newsletter.SourceID(s.URL), true, now.Add(time.Duration(-9-n)*time.Minute), now.AddDate(0, 0, -n-1), now.Add(time.Duration(n+21)*time.Minute)
		if n == 1 {
			s.FailingSince, s.Failures, s.Reason = now.Add(-26*time.Hour), 7, "The site answers 503 Service Unavailable."
		}
		if n == 3 {
			s.SwitchOff()
		}
		must(t, r.store.SaveSource(ctx, &s))
	}
	plain, err := r.store.SubscribersAfter(ctx, 0, 255, newsletter.SubscriberID{}, 1000)
	must(t, err)
	for i := range plain { // of the newsroom, without names
		must(t, r.store.DeleteSubscriber(ctx, &plain[i]))
	}
	names := []string{"Amara Okafor", "Björn Lindqvist", "Chiara Bellini", "Dilnoza Karimova", "Emeka Eze", "Freya Nygaard", "Giorgos Pappas", "Hana Suzuki", "Ivo Marin", "Jorunn Vik", "Kofi Mensah", "Lea Brandt"}
	for n, name := range names {
		a := newsletter.Address(strings.ToLower(strings.Fields(name)[0]) + "@example.org")
		s := newsletter.Subscriber{ID: newsletter.Identify([]byte("pepper"), a), Address: a, Name: name, Status: newsletter.Active, Language: []string{"en", "de"}[n%2], ConfirmedAt: now.AddDate(0, -n, -3), CreatedAt: now.AddDate(0, -n, -3),
			Consent: newsletter.Consent{At: now.AddDate(0, -n, -3), Origin: "the form on the front page", Wording: "Send me The Lantern Post every week."}, Schedules: []string{"weekly"}}
		switch n % 5 {
		case 1:
			s.Tags = []string{"press"}
		case 3:
			s.Tags, s.Topics = []string{"members", "harbour walk"}, []string{"Science", "Travel"}
		case 4:
			s.Status = newsletter.Unsubscribed
		}
		must(t, r.store.SaveSubscriber(ctx, &s))
	}
	p, err := r.store.Publication(ctx)
	must(t, err)
	p.Tagline, p.Accent, p.ReplyTo, p.Topics, p.Zone, p.PostalAddress = "Slow news, well lit", "#9a2c1e", "letters@example.org", "Science, Food & Drink, Travel", "Europe/Berlin", "1 Wharf Lane, Harbour Town"
	must(t, r.Desk.SaveSettings(ctx, operator, p))
	r.now = now.Add(3 * time.Minute)
	_, _, err = r.Access.NewToken(ctx, operator, "the website", newsletter.RoleRead)
	must(t, err)
	_, _, err = r.Access.NewToken(ctx, operator, "publishing robot", newsletter.RoleEditor)
	must(t, err)
	h, err := newsletter.NewHook("https://crm.example.org/masthead", []string{newsletter.EventSent, newsletter.EventConfirmed, newsletter.EventUnsubscribed}, false, string(olga), now.AddDate(0, -1, 0))
	must(t, err)
	must(t, r.store.SaveHook(ctx, &h))
	for n := range 5 {
		c := newsletter.NewCall(&h, &newsletter.Event{Type: []string{newsletter.EventConfirmed, newsletter.EventUnsubscribed, newsletter.EventSent}[n%3], At: now.Add(time.Duration(n*17-90) * time.Minute)}, "{}", now)
		c.State, c.Tries, c.Answer = newsletter.CallDone, 1, "204 No Content"
		if n == 3 {
			c.State, c.Tries, c.Answer, c.NextTry = newsletter.CallWaiting, 3, "502 Bad Gateway", now.Add(11*time.Minute)
		}
		must(t, r.store.SaveCall(ctx, &c))
	}
	issue, err := r.Desk.Draft(ctx, editor, "weekly")
	must(t, err)
	r.now = r.now.Add(4 * time.Minute)
	issue, err = r.Desk.Write(ctx, editor, issue.ID, issue.Rev, desk.Words{Subject: "A lighthouse that whispers, and 10 more", Preheader: "Two cyclists, one map, and soup on a Tuesday", Intro: "Good morning. This week is about things that **speak quietly**: a lighthouse, a garden at night, and a list that nobody finished."})
	must(t, err)
	r.now = r.now.Add(6 * time.Minute)
	issue, err = r.Desk.Pin(ctx, editor, issue.ID, issue.Rev, issue.Articles[0], true)
	must(t, err)
	_, err = r.Subscribers.Suppress(ctx, string(olga), "lea@example.org", newsletter.Unsubscribed, "asked by telephone")
	must(t, err)
	sources, err := r.store.Sources(ctx)
	must(t, err)
	var magazine string
	for _, s := range sources {
		if strings.HasPrefix(s.URL, "http://127.") {
			magazine = s.ID
		}
	}
	authors, err := r.store.Authors(ctx, "", 100)
	must(t, err)
	author := authors[0]
	for _, a := range authors {
		if a.Found.Name == "Maren Oksavik" {
			author = a
		}
	}
	at := "/desk/issues/" + issue.ID
	sub := "/desk/subscribers/" + newsletter.Identify([]byte("pepper"), "dilnoza@example.org").String()
	return []pictured{{"overview", "/desk/", 858}, {"issue", at, 900}, {"article", at + "/articles/" + issue.Articles[1], 858}, {"preview", at + "/preview", 1020}, {"preflight", at + "/preflight", 699},
		{"run", "/desk/runs/" + newsletter.IssueID("weekly", monday.AddDate(0, 0, -7)), 1020}, {"issues", "/desk/issues/", 759}, {"schedules", "/desk/schedules/", 498}, {"schedule", "/desk/schedules/monthly", 1020},
		{"sources", "/desk/sources/", 858}, {"source", sourceURL(magazine), 858}, {"authors", "/desk/authors/", 858}, {"author", "/desk/authors/" + author.Key, 858},
		{"subscribers", "/desk/subscribers/", 858}, {"subscriber", sub, 759}, {"settings", "/desk/settings", 960}, {"access", "/desk/access", 858}, {"hook", "/desk/hooks/" + h.ID, 858}, {"audit", "/desk/audit", 759},
		{"overview-phone", "/desk/", 720}, {"issue-phone", at, 720}, {"subscriber-phone", sub, 720}, {"run-phone", "/desk/runs/" + newsletter.IssueID("weekly", monday.AddDate(0, 0, -7)), 720}}
}
