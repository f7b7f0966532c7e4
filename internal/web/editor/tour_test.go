package editor

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// stop is one thing that is done in a room: where, how, what the page says then, and what
// the store holds then.
type stop struct {
	at    string // empty: where one is
	do    func(b *browser)
	reads string
	holds func() error // nil: nothing is stored by it
}

// tour goes through rooms by keyboard at a desk, with script, and by a finger on a phone,
// without.
func tour(t *testing.T, rooms func(t *testing.T, r *studio) []stop) {
	t.Helper()
	for name, phone := range map[string]bool{"by keyboard": false, "on a phone without script": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, home := newsroom(t)
			stops := rooms(t, r)
			b := newBrowser(t, home, phone, !phone)
			b.signIn(r, olga)
			for n, s := range stops {
				if s.at != "" {
					b.open(s.at)
				}
				s.do(b)
				b.reads(s.reads)
				if s.holds != nil {
					if err := s.holds(); err != nil {
						t.Fatalf("after stop %d, %q: %v", n, s.reads, err)
					}
				}
			}
			b.Quiet("status of 4")
		})
	}
}

func (b *browser) signIn(r *studio, who newsletter.Address) {
	b.t.Helper()
	link, err := r.Access.Link(b.t.Context(), string(who), newsletter.ByCommandLine)
	must(b.t, err)
	b.open(strings.TrimPrefix(link, b.home))
	b.press("Sign in")
	b.reads("What is next")
}

// leads presses what leads to another page, and waits for that.
func (b *browser) leads(name string) {
	b.t.Helper()
	see[string](b, `document.documentElement.dataset.left = "yes"`)
	b.press(name)
	b.Until(`document.readyState === "complete" && !document.documentElement.dataset.left`)
}

// pressed, written and so on are single deeds.
func pressed(name string) func(b *browser) { return func(b *browser) { b.t.Helper(); b.leads(name) } }

func written(label, text, button string) func(b *browser) {
	return func(b *browser) { b.t.Helper(); b.write(label, text); b.leads(button) }
}

func all(deeds ...func(b *browser)) func(b *browser) {
	return func(b *browser) {
		b.t.Helper()
		for _, do := range deeds {
			do(b)
		}
	}
}

func judged(name string) func(b *browser) { return func(b *browser) { b.t.Helper(); b.judge(name) } }

func ticked(label string) func(b *browser) { return func(b *browser) { b.t.Helper(); b.tick(label) } }

func chosen(label, entry string) func(b *browser) {
	return func(b *browser) { b.t.Helper(); b.choose(label, entry) }
}

// is says what is wrong where something does not hold.
func is(holds bool, format string, a ...any) error {
	if holds {
		return nil
	}
	return fmt.Errorf(format, a...)
}

func TestSourcesInABrowser(t *testing.T) { tour(t, sourcesTour) }

func sourcesTour(t *testing.T, r *studio) []stop {
	id := newsletter.SourceID("https://harbour.example.org")
	source := func() newsletter.Source {
		s, err := r.store.Source(t.Context(), id)
		must(t, err)
		return s
	}
	return []stop{
		{at: "/desk/sources/", do: written("Its address", "no address", "Add it"), reads: "cannot be a source"},
		{at: "/desk/sources/", do: all(judged("sources"), written("Its address", "harbour.example.org", "Add it")), reads: "It is a source now.", holds: func() error {
			return is(source().Home != "" || source().URL != "", "%+v", source())
		}},
		{do: pressed("Switch it off"), reads: "It is visited no more.", holds: func() error { return is(source().Disabled, "%+v", source()) }},
		{do: all(judged("source-off"), pressed("Switch it on")), reads: "It is visited again.", holds: func() error {
			held := source()
			held.HeldSince, held.NextAt = r.now, r.now.Add(time.Hour)
			must(t, r.store.SaveSource(t.Context(), &held))
			return is(!held.Disabled, "%+v", held)
		}},
		{at: sourceURL(id), do: all(judged("source-held"), pressed("Release it")), reads: "taken in again", holds: func() error { return is(source().HeldSince.IsZero(), "%+v", source()) }},
		{do: pressed("Visit it now"), reads: "It is due now.", holds: func() error { return is(!source().NextAt.After(r.now), "%+v", source()) }},
		{do: all(ticked("Not over HTTP/2"), written("User-Agent", "Reader/7", "Save")), reads: "Saved.", holds: func() error {
			return is(source().HTTP1 && source().UserAgent == "Reader/7", "%+v", source())
		}},
	}
}

func TestAuthorsInABrowser(t *testing.T) { tour(t, authorsTour) }

func authorsTour(t *testing.T, r *studio) []stop {
	hole := newsletter.Author{Key: "hole", Found: newsletter.Profile{Name: "Holly Hole", Bio: "A writer at, who loves lamps"}, Rev: 0}
	must(t, r.store.SaveAuthor(t.Context(), &hole))
	author := func() newsletter.Author {
		a, err := r.store.Author(t.Context(), "hole")
		must(t, err)
		return a
	}
	return []stop{
		{at: "/desk/authors/", do: written("Name, or a part of it", "nobody of that name", "Show"), reads: "Authors"},
		{do: all(judged("authors-none"), ticked("Only those who need a look: no bio, or one in which a word is missing"), written("Name, or a part of it", "HOLE", "Show"), pressed("Holly Hole")), reads: "lacks a word"},
		{do: all(judged("author-hole"), written("Bio", "Writes at the harbour.", "Save the author")), reads: "Saved.", holds: func() error {
			return is(author().Override.Bio == "Writes at the harbour.", "%+v", author())
		}},
		{do: all(judged("author-own"), pressed("Go back to what was found")), reads: "Saved.", holds: func() error {
			return is(author().Override == newsletter.Profile{}, "%+v", author())
		}},
	}
}

func TestSubscribersInABrowser(t *testing.T) { tour(t, subscribersTour) }

func subscribersTour(t *testing.T, r *studio) []stop {
	const address = newsletter.Address("reader11@example.org")
	id := newsletter.Identify([]byte("pepper"), address)
	stopped := newsletter.Identify([]byte("pepper"), "stranger@example.org")
	reader := func() newsletter.Subscriber {
		s, err := r.store.Subscriber(t.Context(), id)
		must(t, err)
		return s
	}
	list := filepath.Join(t.TempDir(), "autumn.csv")
	must(t, os.WriteFile(list, []byte("email,name\nbjorn@example.org,Bjorn\nnobody,\n"), 0o600))
	chooseFile := func(b *browser) { b.t.Helper(); b.Do(chromedp.SetUploadFiles("#file", []string{list})) } // the window for it is the system's
	return []stop{
		{at: "/desk/subscribers/", do: written("Address begins with", "r", "Show"), reads: "first two letters"},
		{at: "/desk/subscribers/", do: all(written("Address begins with", "nobody@", "Show"), judged("subscribers-none"), chosen("Status", "active"), written("Address begins with", "READER11", "Show"), pressed(string(address))), reads: string(address)},
		{do: written("Why", "asked by phone", "Mail them no more"), reads: "Nothing more is mailed there.", holds: func() error {
			_, err := r.store.Suppression(t.Context(), id)
			return err
		}},
		{do: all(judged("subscriber-stopped"), written("Why they may be mailed again", "asked to come back", "Mail them again")), reads: "They may be mailed again.", holds: func() error {
			_, err := r.store.Suppression(t.Context(), id)
			return is(err != nil && reader().Status == newsletter.Active, "%v, %+v", err, reader())
		}},
		{do: written("A new tag", "press", "Add it"), reads: "The tags are changed.", holds: func() error { return is(len(reader().Tags) == 1 && reader().Tags[0] == "press", "%q", reader().Tags) }},
		{do: all(judged("subscriber-tagged"), pressed("Take the tag press away")), reads: "The tags are changed.", holds: func() error { return is(len(reader().Tags) == 0, "%q", reader().Tags) }},
		{at: "/desk/subscribers/", do: all(func(b *browser) { b.write("The whole address", "stranger@example.org") }, written("Why", "a lawyer's letter", "Stop it")), reads: "Nothing more is mailed there.", holds: func() error {
			_, err := r.store.Suppression(t.Context(), stopped)
			return err
		}},
		{do: all(judged("subscriber-nobody"), written("Why they may be mailed again", "withdrawn", "Mail them again")), reads: "They may be mailed again."},
		{do: all(chooseFile, pressed("Show what it would do")), reads: "What the list would do", holds: func() error {
			_, err := r.store.Subscriber(t.Context(), newsletter.Identify([]byte("pepper"), "bjorn@example.org"))
			return is(err != nil, "a look takes the list over")
		}},
		{do: all(judged("import"), pressed("Take it over")), reads: "The list is taken over", holds: func() error {
			_, err := r.store.Subscriber(t.Context(), newsletter.Identify([]byte("pepper"), "bjorn@example.org"))
			return err
		}},
		{at: "/desk/subscribers/", do: download("Download", "bjorn@example.org"), reads: "All of them"},
	}
}

// download presses a button, and looks for something in the file that comes.
func download(button, part string) func(b *browser) {
	return func(b *browser) {
		b.t.Helper()
		folder := b.t.TempDir()
		_, err := chromedp.CallBrowser(b.Context, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllow,
			BrowserContextID: chromedp.FromContext(b.Context).BrowserContextID, DownloadPath: folder})
		must(b.t, err)
		b.press(button)
		for range 1000 {
			files, _ := filepath.Glob(filepath.Join(folder, "*.csv"))
			if len(files) == 1 {
				raw, err := os.ReadFile(files[0])
				if must(b.t, err); strings.Contains(string(raw), part) {
					return
				}
			}
			time.Sleep(10 * time.Millisecond) // Chromium writes it
		}
		b.t.Fatal("no file comes")
	}
}

func TestSchedulesAndSettingsInABrowser(t *testing.T) { tour(t, schedulesTour) }

func schedulesTour(t *testing.T, r *studio) []stop {
	schedule := func() newsletter.Schedule {
		s, err := r.store.Schedule(t.Context(), "monthly-best")
		must(t, err)
		return s
	}
	publication := func() newsletter.Publication {
		p, err := r.store.Publication(t.Context())
		must(t, err)
		return p
	}
	filled := func(zone string) func(b *browser) {
		return func(b *browser) {
			b.write("Short name", "monthly-best")
			b.write("Name", "The best of the month")
			b.choose("Weekday", "Fri")
			b.write("Articles at least", "3")
			b.write("Not on these dates", "2026-12-25")
			b.tick("Somebody must approve it") // it is, at first
			b.write("Time zone", zone)
			b.leads("Save the schedule")
		}
	}
	return []stop{
		{at: "/desk/schedules/", do: pressed("Add a schedule"), reads: "Readers choose it by its name."},
		{do: all(judged("schedule-new"), filled("Mars/Olympus")), reads: "The schedule cannot be like that"},
		{at: "/desk/schedules/new", do: all(filled("Europe/Berlin")), reads: "Saved.", holds: func() error {
			s := schedule()
			return is(s.Weekday == time.Friday && s.MinArticles == 3 && !s.Review && s.Zone == "Europe/Berlin" && s.Skip == "2026-12-25" && s.Name == "The best of the month", "%+v", s)
		}},
		{do: all(judged("schedule-saved"), ticked("Paused: no issue is drafted or sent"), pressed("Save the schedule")), reads: "Saved.", holds: func() error { return is(schedule().Paused, "%+v", schedule()) }},
		{at: "/desk/schedules/", do: judged("schedules-paused"), reads: "paused"},
		{at: "/desk/settings", do: written("Colour", "#ffff00", "Save the settings"), reads: "These settings cannot be"},
		{do: all(func(b *browser) { b.write("Tagline", "Slow news, well lit") }, written("Colour", "#123456", "Save the settings")), reads: "Saved.", holds: func() error {
			return is(publication().Accent == "#123456" && publication().Tagline == "Slow news, well lit", "%+v", publication())
		}},
		{do: judged("settings-saved"), reads: "How the publication shows itself"},
	}
}

func TestAccessIssuesAndAuditInABrowser(t *testing.T) { tour(t, accessTour) }

func accessTour(t *testing.T, r *studio) []stop {
	link, err := r.Access.Link(t.Context(), string(ada), newsletter.ByCommandLine) // somewhere else
	must(t, err)
	r.ask("POST", link[strings.Index(link, "/desk/"):], "", url.Values{})
	issue, err := r.Desk.Draft(t.Context(), desk.Person{Who: string(ada), Role: newsletter.RoleEditor}, "weekly")
	must(t, err)
	token := func() newsletter.APIToken {
		all, err := r.store.APITokens(t.Context())
		must(t, err)
		return all[0]
	}
	return []stop{
		{at: "/desk/access", do: all(chosen("What it may do", "editor"), written("What it is for", "the website", "Make a token")), reads: "This is the only time it is shown", holds: func() error {
			return is(token().Name == "the website" && token().Role == newsletter.RoleEditor, "%+v", token())
		}},
		{do: all(judged("access-token"), pressed("Revoke the website")), reads: "The token is revoked.", holds: func() error { return is(!token().Revoked.IsZero(), "%+v", token()) }},
		{do: all(judged("access-revoked"), pressed("Sign out ada@example.org, an unknown device")), reads: "That browser is signed out.", holds: func() error {
			left, err := r.Access.Sessions(t.Context(), desk.Person{Who: string(olga), Role: newsletter.RoleOperator})
			return is(err == nil && len(left) == 1 && left[0].Address == olga, "%+v, %v", left, err)
		}},
		{at: "/desk/issues/", do: all(judged("issues"), pressed(issue.Subject)), reads: issue.Subject},
		{do: all(pressed("Discard the draft")), reads: "The draft is discarded", holds: func() error {
			i, err := r.store.Issue(t.Context(), issue.ID)
			return is(err == nil && i.State == newsletter.IssueDiscarded, "%+v, %v", i, err)
		}},
		{at: "/desk/issues/" + issue.ID, do: judged("issue-discarded"), reads: issue.Subject},
		{at: "/desk/audit", do: func(b *browser) {
			b.enter("Until the end of")
			b.Do(chromedp.KeyEvent("03022026"))
			b.leads("Show")
			b.Until(`location.search === "?day=2026-03-02" && document.body.innerText.includes("discarded")`)
		}, reads: "Audit trail"},
		{at: "/desk/audit?day=2020-01-01", do: judged("audit-none"), reads: "Audit trail"},
	}
}

// TestAnEmptyDesk is what a newcomer sees: nothing is there yet.
func TestAnEmptyDesk(t *testing.T) {
	t.Parallel()
	r := open(t)
	home := r.serve(t)
	b := newBrowser(t, home, false, true)
	b.signIn(r, olga)
	b.judge("overview-empty")
	b.open("/desk/schedules/")
	b.Do(chromedp.KeyEvent("\t"))
	if first := see[string](b, "document.activeElement.innerText"); first != "To the content" {
		t.Errorf("Tab leads to %q first", first)
	}
	b.Do(chromedp.KeyEvent("\r"), chromedp.KeyEvent("\t"))
	if !see[bool](b, `location.hash === "#main" && document.getElementById("main").contains(document.activeElement)`) {
		t.Error("the way to the content leads elsewhere")
	}
	for _, room := range []string{"issues", "schedules", "sources", "authors", "subscribers"} {
		b.open("/desk/" + room + "/")
		b.judge(room + "-empty")
	}
	b.open("/desk/nowhere")
	b.judge("nowhere")
	b.Quiet("status of 404")
}
