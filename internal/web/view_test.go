package web

import (
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html" // reads the pages as a browser would

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/words"
	"github.com/masthead-mail/masthead/templates"
)

var save = flag.String("save", "", "folder to write every page to")

// samples is every page in every state that it has.
func samples() map[string]answer {
	list := issues{[]sentIssue{{"Bread and lamplight and 4 more", "The last ferry keeps its own time · A garden at night", "/issues/weekly-2", "en", monday.AddDate(0, 0, 7), "2026-03-09"},
		{"The bakers who never sleep", "", "/issues/weekly-1", "en", monday, "2026-03-02"}}}
	lost := lookUp(errNoPage)
	form := signUpForm{Made: "v1.a.f.x", Often: "often-weekly"}
	wrong := form
	wrong.Email, wrong.Fault = "ada@example", "addressFault"
	reader := &newsletter.Subscriber{ID: adaID, Address: ada, Name: "Ada Lovelace", Zone: "Europe/London", Topics: []string{"Sea & Coast"}}
	mine := choices{Reader: reader, Active: true, Address: ada.Masked(), Path: "/preferences/v1.a.p.x", Seen: "x", Unsubscribe: "/unsubscribe/v1.a.u.x", Zones: someZones,
		Schedules: []option{{"daily", "Every day", false}, {"weekly", "Every week", true}}, Topics: []option{{"Sea & Coast", "Sea & Coast", true}, {"Bread", "Bread", false}, {"Night walks", "Night walks", false}},
		Languages: []option{{"ar", "العربية", false}, {"en", "English", true}}, Pauses: []option{{"0", "No pause", true}, {"2", "For 2 weeks", false}}}
	saved, faulty, gone := mine, mine, mine
	saved.Said = "Saved. Changed: Topics, Pause."
	faulty.Fault, faulty.ZoneFault, faulty.MoveFault, faulty.NewAddress = "staleFault", true, "asciiFault", "zoë@example.org"
	gone.Active = false
	ways := map[string]answer{}
	for name, a := range map[string]answer{
		"confirm":     {title: "confirmTitle", body: ask{Lead: "confirmLead", Button: "confirmButton", Small: "confirmSmall"}},
		"unsubscribe": {title: "unsubscribeTitle", body: ask{Lead: "unsubscribeLead", Button: "unsubscribe", Small: "unsubscribeSmall"}},
		"move":        {title: "moveHeadline", body: ask{Lead: "moveLead", Button: "moveButton", Small: "moveIgnore"}},
		"undo":        {title: "undoTitle", body: ask{Lead: "undoLead", Button: "movedButton"}},
		"export":      {title: "ownTitle", body: ask{Lead: "exportLead", Button: "exportDownload", Small: "exportSmall"}},
		"erase":       {title: "eraseHeadline", body: ask{Lead: "erasePageLead", Button: "eraseDo", Days: 35, Grave: true}},
	} {
		a.page = "ask"
		ways["ask-"+name] = a
	}
	maps.Copy(ways, map[string]answer{
		"front":              {page: "front", title: "subscribeTitle", body: frontPage{form, list}, path: "/"},
		"front-empty":        {page: "front", title: "subscribeTitle", body: frontPage{form, issues{}}},
		"subscribe":          {page: "subscribe", title: "subscribeTitle", body: form},
		"subscribe-fault":    {page: "subscribe", title: "subscribeTitle", body: wrong},
		"embed":              {page: "embed", title: "embedTitle", body: embedding{"<form method=\"post\">\n</form>"}},
		"sent":               {page: "sent", title: "sentTitle", body: sent{"sentLead", "/subscribe"}},
		"confirmed":          {page: "confirmed", title: "confirmedTitle", body: greeting{issues{list.Issues[:1]}, "confirmedLead", "/preferences/v1.a.p.x"}},
		"confirmed-first":    {page: "confirmed", title: "confirmedTitle", body: greeting{issues{}, "confirmedLead", "/preferences/v1.a.p.x"}},
		"moved":              {page: "confirmed", title: "movedDoneTitle", body: greeting{issues{}, "movedDoneLead", "/preferences/v1.a.p.x"}},
		"left-already":       alreadyLeft(reader),
		"unsubscribed":       {page: "unsubscribed", title: "unsubscribedTitle", body: leaving{"/unsubscribe/x/undo", "/unsubscribe/x/why", newsletter.LeaveReasons()}},
		"issues":             {page: "issues", title: "issuesTitle", body: list, path: newsletter.IssuePath},
		"issues-empty":       {page: "issues", title: "issuesTitle", body: issues{}, path: newsletter.IssuePath},
		"notice":             {page: "notice", title: lost.title, body: notice{Text: lost.text, Link: toForm("toForm")}},
		"erased":             (&Site{}).erased(),
		"preferences":        {page: "preferences", title: "preferencesTitle", body: mine},
		"preferences-saved":  {page: "preferences", title: "preferencesTitle", body: saved},
		"preferences-faults": {page: "preferences", title: "preferencesTitle", body: faulty},
		"preferences-gone":   {page: "preferences", title: "preferencesTitle", body: gone},
	})
	return ways
}

func page(t *testing.T, a answer, p newsletter.Publication, tag string) (string, view) {
	t.Helper()
	l, err := newLook()
	must(t, err)
	v := l.view(&p, &a, words.For(tag))
	var b strings.Builder
	must(t, l.pages[a.page].ExecuteTemplate(&b, "layout", v))
	return b.String(), v
}

var lantern = newsletter.Publication{Name: "The Lantern Post", Tagline: "Slow news, well lit", Site: "https://magazine.example.org/", PostalAddress: "1 Wharf Lane, Harbour Town",
	Language: "en", BaseURL: "https://news.example.org"}

// TestPages makes every page in every language. -save writes them to a folder, which
// .ci/mail/check.mjs judges.
func TestPages(t *testing.T) {
	used := map[string]bool{}
	for name, a := range samples() {
		used[a.page] = true
		for _, tag := range words.Languages() {
			t.Run(name+" "+tag, func(t *testing.T) {
				got, _ := page(t, a, lantern, tag)
				if *save != "" {
					must(t, os.WriteFile(filepath.Join(*save, name+"."+tag+".html"), []byte(got), 0o644))
				}
				dir := words.For(tag).Dir()
				if n := strings.Count(got, "<h1>"); n != 1 || !strings.HasPrefix(got, `<!DOCTYPE html>`+"\n"+`<html lang="`+tag+`" dir="`+dir+`">`) {
					t.Errorf("%d headings of the first order, or the language is wrong", n)
				}
				for _, forbidden := range []string{"<script", "style=", "onclick", "ZgotmplZ", "<no value>", "<h1></h1>", `<p class="lead"></p>`, "></button>", "<label></label>", "<span></span>", `role="alert"></p>`, "<legend></legend>", "{" + "{"} {
					if strings.Contains(got, forbidden) {
						t.Errorf("the page has %s", forbidden)
					}
				}
			})
		}
	}
	if len(used) != len(pageNames) {
		t.Errorf("%d of %d pages are tested", len(used), len(pageNames))
	}
}

// TestPagesSayOnlyWhatThereAreWordsFor: each key that a template or an error names is there.
func TestPagesSayOnlyWhatThereAreWordsFor(t *testing.T) {
	files, err := fs.Glob(templates.Page, "page/*.tmpl")
	must(t, err)
	var keys []string
	for _, file := range files {
		content, err := fs.ReadFile(templates.Page, file)
		must(t, err)
		for _, found := range regexp.MustCompile(`\.(?:Say|Count) "([^"]+)"`).FindAllStringSubmatch(string(content), -1) {
			keys = append(keys, found[1])
		}
	}
	for _, w := range append(slices.Clone(wordings), tooLarge, ourFault) {
		if strings.HasPrefix(w.title, "fault-") {
			keys = append(keys, w.title, w.text)
		}
	}
	for _, why := range newsletter.LeaveReasons() {
		keys = append(keys, "reason-"+string(why))
	}
	for _, often := range []newsletter.Cadence{newsletter.Daily, newsletter.Weekly, newsletter.Monthly} {
		keys = append(keys, "often-"+string(often))
	}
	for _, wish := range []newsletter.Wish{newsletter.WishSchedules, newsletter.WishTopics, newsletter.WishName, newsletter.WishLanguage, newsletter.WishZone, newsletter.WishPause} {
		keys = append(keys, "wish-"+string(wish))
	}
	keys = append(keys, "savedNothing", "savedChanges", "listComma", "pauseNone", "pauseUntil", "addressFault", "asciiFault", "sameAddress", "staleFault", "noneFault", "wishFault")
	if len(keys) < 60 {
		t.Errorf("only %d keys were found", len(keys))
	}
	for _, key := range keys {
		if words.For("en").Say(key) == "" {
			t.Errorf("there are no words for %q", key)
		}
	}
}

func TestThePolicyAllowsThePagesOwnStyle(t *testing.T) {
	got, v := page(t, samples()["front"], lantern, "en")
	_, rest, _ := strings.Cut(got, "<style>")
	shown, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(shown))
	if hash := base64.StdEncoding.EncodeToString(sum[:]); !strings.Contains(v.policy(), "'sha256-"+hash+"'") {
		t.Errorf("policy %q, the style's hash is %s", v.policy(), hash)
	}
}

func TestWhatAPublicationIsCalledIsEscaped(t *testing.T) {
	const evil = `"><script>alert(1)</script>{{.}}</style>`
	p := newsletter.Publication{Name: evil, Tagline: evil, Site: "javascript:alert(1)", PostalAddress: evil, Accent: evil}
	list := issues{[]sentIssue{{evil, evil, "/issues/" + evil, evil, monday, evil}}}
	mine := choices{Reader: &newsletter.Subscriber{Name: evil, Zone: evil}, Active: true, Address: evil, Path: evil, Seen: evil, Said: evil, NewAddress: evil, Topics: []option{{evil, evil, true}}}
	for _, a := range []answer{{page: "front", title: evil, body: frontPage{signUpForm{evil, evil, evil, evil}, list}}, {page: "notice", title: evil, body: notice{Text: evil}},
		{page: "preferences", title: evil, body: mine}, {page: "embed", body: embedding{evil}}} {
		got, _ := page(t, a, p, "en")
		for z := html.NewTokenizer(strings.NewReader(got)); z.Next() != html.ErrorToken; {
			tok := z.Token()
			for _, attr := range tok.Attr {
				if strings.HasPrefix(attr.Val, "javascript:") {
					t.Errorf("a link to %s", attr.Val)
				}
			}
			if tok.Data == "script" {
				t.Error("a script tag came through")
			}
		}
	}
}

func TestEveryPublicationHasItsColour(t *testing.T) {
	p := lantern
	p.Accent = "#0b5d3b"
	if got, _ := page(t, samples()["front"], p, "en"); !strings.Contains(got, "--accent:#0b5d3b;") {
		t.Error("its accent is not used")
	}
}
