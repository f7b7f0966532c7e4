package web

import (
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html" // reads the pages as a browser would

	"github.com/masthead-mail/masthead/internal/newsletter"
)

var save = flag.String("save", "", "folder to write every page to")

// samples is every page in every state that it has.
func samples() map[string]answer {
	list := issues{[]sentIssue{{"Bread and lamplight and 4 more", "The last ferry keeps its own time · A garden at night", "/issues/weekly-2", "9 March 2026", "2026-03-09"},
		{"The bakers who never sleep", "", "/issues/weekly-1", "2 March 2026", "2026-03-02"}}}
	lost := lookUp(errNoPage)
	return map[string]answer{
		"front":               {page: "front", title: titleSubscribe, body: frontPage{newForm("", ""), list}},
		"front-empty":         {page: "front", title: titleSubscribe, body: frontPage{newForm("", ""), issues{}}},
		"subscribe":           {page: "subscribe", title: titleSubscribe, body: newForm("", "")},
		"subscribe-fault":     {page: "subscribe", title: titleSubscribe, body: newForm("ada@example", "This does not look like an e-mail address. Type one like ada@example.org.")},
		"sent":                {page: "sent", title: "Check your inbox", body: message{Text: checkInbox}},
		"confirm":             {page: "confirm", title: "One press, and you are in"},
		"confirmed":           {page: "confirmed", title: "Welcome, you are subscribed", body: issues{list.Issues[:1]}},
		"confirmed-first":     {page: "confirmed", title: "Welcome, you are subscribed", body: issues{}},
		"unsubscribe":         {page: "unsubscribe", title: "Leave the digest?", body: leaving{}},
		"unsubscribe-already": {page: "unsubscribe", title: "Leave the digest?", body: leaving{Already: true}},
		"unsubscribed":        {page: "unsubscribed", title: "You are unsubscribed", body: leaving{Undo: "/unsubscribe/v1.a.u.x.0.0.y/undo"}},
		"issues":              {page: "issues", title: "All issues", body: list},
		"issues-empty":        {page: "issues", title: "All issues", body: issues{}},
		"notice":              {page: "notice", title: lost.title, body: message{Text: lost.text, ToForm: true}},
	}
}

func page(t *testing.T, a answer, p newsletter.Publication) (string, view) {
	t.Helper()
	l, err := newLook()
	must(t, err)
	v := l.view(&p, &a)
	var b strings.Builder
	must(t, l.pages[a.page].ExecuteTemplate(&b, "layout", v))
	return b.String(), v
}

var lantern = newsletter.Publication{Name: "The Lantern Post", Tagline: "Slow news, well lit", Site: "https://magazine.example.org/", PostalAddress: "1 Wharf Lane, Harbour Town"}

func TestPages(t *testing.T) {
	used := map[string]bool{}
	for name, a := range samples() {
		used[a.page] = true
		t.Run(name, func(t *testing.T) {
			got, _ := page(t, a, lantern)
			if *save != "" {
				must(t, os.WriteFile(filepath.Join(*save, name+".html"), []byte(got), 0o644))
			}
			if n := strings.Count(got, "<h1>"); n != 1 || !strings.HasPrefix(got, `<!DOCTYPE html>`+"\n"+`<html lang="en">`) {
				t.Errorf("%d headings of the first order", n)
			}
			for _, forbidden := range []string{"<script", "style=", "onclick", "ZgotmplZ", "<no value>"} {
				if strings.Contains(got, forbidden) {
					t.Errorf("the page has %s", forbidden)
				}
			}
		})
	}
	if len(used) != len(pageNames) {
		t.Errorf("%d of %d pages are tested", len(used), len(pageNames))
	}
}

func TestThePolicyAllowsThePagesOwnStyle(t *testing.T) {
	got, v := page(t, samples()["front"], lantern)
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
	list := issues{[]sentIssue{{evil, evil, "/issues/" + evil, evil, evil}}}
	for _, a := range []answer{{page: "front", title: evil, body: frontPage{newForm(evil, evil), list}}, {page: "notice", title: evil, body: message{Text: evil}}} {
		got, _ := page(t, a, p)
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
	if got, _ := page(t, samples()["front"], p); !strings.Contains(got, "--accent:#0b5d3b;") {
		t.Error("its accent is not used")
	}
}
