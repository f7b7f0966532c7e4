package render

import (
	htmltemplate "html/template"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/words"
	"github.com/masthead-mail/masthead/templates"
)

const confirmLink = "https://news.example.org/confirm/v1.a.c.abcDEF-_.0.tcg5xc.sig"

func confirmationMail(t *testing.T) newsletter.Message {
	t.Helper()
	p := content(1).Publication
	m, err := renderer(t).Letter(&p, newsletter.LetterConfirm, "", confirmLink)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestConfirmationHasOneButtonAndSaysWhatHappensOtherwise(t *testing.T) {
	m := confirmationMail(t)
	if !m.Automatic || m.To != "" || m.Subject != "Confirm your subscription to The Lantern Post" {
		t.Errorf("message %+v", m)
	}
	for part, text := range map[string]string{"HTML": m.HTML, "text": strings.Join(strings.Fields(m.Text), " ")} {
		for _, want := range []string{"Confirm my subscription", confirmLink, "do nothing", "after 48 hours", "1 Wharf Lane"} {
			if !strings.Contains(text, want) {
				t.Errorf("the %s lacks %q:\n%s", part, want, text)
			}
		}
	}
	if n := strings.Count(m.HTML, `href="`+confirmLink+`"`); n != 2 {
		t.Errorf("%d links, want the button and the same address in words", n)
	}
	if n := strings.Count(m.HTML, "<!--[if mso]>"); n != 3 || strings.Contains(m.HTML, "nsubscribe") {
		t.Errorf("%d conditional comments, want 3; and no unsubscribe link, since nobody is subscribed", n)
	}
	for _, line := range strings.Split(m.Text, "\n") {
		if len(line) > columns && line != confirmLink {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
}

func TestConfirmationGoldens(t *testing.T) {
	m := confirmationMail(t)
	golden(t, "confirm.html", m.HTML)
	golden(t, "confirm.txt", m.Text)
}

// TestConfirmationIsEscapedForItsContext has the same judge as the digest.
func TestConfirmationIsEscapedForItsContext(t *testing.T) {
	p := newsletter.Publication{Name: evil, Tagline: evil, Site: `https://x.example/"><script>?a='`, PostalAddress: evil, Accent: `"><script>`}
	c := newLetter(&p, newsletter.LetterConfirm, "", `https://x.example/confirm/"><script>{{x}}`)
	got, _, err := renderer(t).execute("confirm", c.escaped(), c.wrapped())
	if err != nil {
		t.Fatal(err)
	}
	judge := htmltemplate.Must(htmltemplate.New("mail").ParseFS(templates.Mail, "mail/*.html.tmpl"))
	sameAs(t, judge, "confirm.html.tmpl", c, got)
	for z := html.NewTokenizer(strings.NewReader(got)); z.Next() != html.ErrorToken; {
		if tok := z.Token(); tok.Data == "script" {
			t.Error("a script tag came through")
		}
	}
}

// TestEveryLetterInEveryLanguage has its words, its direction and its link, and
// nothing of what a stranger could have typed.
func TestEveryLetterInEveryLanguage(t *testing.T) {
	p := content(1).Publication
	for _, tag := range words.Languages() {
		for _, kind := range newsletter.Letters() {
			m, err := renderer(t).Letter(&p, kind, tag, confirmLink)
			if err != nil {
				t.Fatal(err)
			}
			dir := "ltr"
			if tag == "ar" {
				dir = "rtl"
			}
			for _, want := range []string{`lang="` + tag + `" dir="` + dir + `"`, confirmLink, words.For(tag).Say(string(kind) + "Button")} {
				if !strings.Contains(m.HTML, want) {
					t.Errorf("%s in %s lacks %q", kind, tag, want)
				}
			}
			if m.Language != tag || m.Subject == "" || !strings.Contains(m.Text, confirmLink) || strings.Contains(m.HTML+m.Text+m.Subject, "{") && strings.Contains(m.Text, "{") {
				t.Errorf("%s in %s: %q, %q\n%s", kind, tag, m.Language, m.Subject, m.Text)
			}
		}
	}
	if newsletter.UndoTime != 7*24*time.Hour {
		t.Error("movedIgnore says that a move can be taken back for a week")
	}
}

func TestTheWelcomeIsTheLatestIssueAndSaysSo(t *testing.T) {
	c := content(2)
	c.Language, c.Issue.Notice = "de", "Closed in August."
	m, err := renderer(t).Welcome(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Willkommen! Von jetzt an", "Closed in August.", c.Articles[0].URL, newsletter.UnsubscribePath + "{{unsub}}", newsletter.PreferencesPath + "{{prefs}}"} {
		if !strings.Contains(m.HTML, want) || !strings.Contains(strings.Join(strings.Fields(m.Text), " "), want) {
			t.Errorf("the welcome lacks %q", want)
		}
	}
	if m.Subject != "Willkommen bei The Lantern Post" {
		t.Errorf("subject %q", m.Subject)
	}
}
