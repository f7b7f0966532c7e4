package render

import (
	htmltemplate "html/template"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/templates"
)

func sampleNote(text string) *newsletter.Note {
	return &newsletter.Note{Subject: text, Headline: text, Lines: []string{text, "Another paragraph."}, Code: "123456", Button: "Open the desk",
		Link: confirmLink, Items: []newsletter.NoteItem{{Title: text, Text: text, Link: confirmLink}, {Title: "No link"}}, Small: []string{text, "More."}}
}

func TestANoteSaysAllOfItInBothParts(t *testing.T) {
	p := content(1).Publication
	m, err := renderer(t).Note(&p, sampleNote("The Monday issue waits for you"))
	if err != nil || !m.Automatic || m.Subject != "The Monday issue waits for you" {
		t.Fatalf("%+v: %v", m, err)
	}
	for part, text := range map[string]string{"HTML": m.HTML, "text": m.Text} {
		for _, want := range []string{"The Monday issue waits for you", "Another paragraph.", "123456", "Open the desk", confirmLink, "No link", "More."} {
			if !strings.Contains(text, want) {
				t.Errorf("the %s lacks %q:\n%s", part, want, text)
			}
		}
	}
	golden(t, "note.html", m.HTML)
	golden(t, "note.txt", m.Text)
}

// TestANoteIsEscapedForItsContext has the same judge as the digest.
func TestANoteIsEscapedForItsContext(t *testing.T) {
	p := newsletter.Publication{Name: evil, Site: `https://x.example/"><script>?a='`, Accent: `"><script>`}
	n := newNote(&p, sampleNote(evil))
	got, _, err := renderer(t).execute("note", n.mapped(escape), n)
	if err != nil {
		t.Fatal(err)
	}
	judge := htmltemplate.Must(htmltemplate.New("mail").ParseFS(templates.Mail, "mail/*.html.tmpl"))
	sameAs(t, judge, "note.html.tmpl", n, got)
	for z := html.NewTokenizer(strings.NewReader(got)); z.Next() != html.ErrorToken; {
		if tok := z.Token(); tok.Data == "script" {
			t.Error("a script tag came through")
		}
	}
}
