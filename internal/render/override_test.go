package render

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/masthead-mail/masthead/templates"
)

func builtIn(t *testing.T, name string) string {
	t.Helper()
	b, err := templates.Mail.ReadFile("mail/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEveryBuiltInTemplateMayBeAnOverride(t *testing.T) {
	entries, _ := templates.Mail.ReadDir("mail")
	dir := fstest.MapFS{}
	for _, e := range entries {
		dir["mail/"+e.Name()] = &fstest.MapFile{Data: []byte(builtIn(t, e.Name()))}
	}
	taken, refused := renderer(t).Override(dir)
	if len(refused) > 0 || len(taken) != len(entries) {
		t.Errorf("%v of %d, %v", taken, len(entries), refused)
	}
}

func TestAGoodOverrideIsUsed(t *testing.T) {
	r := renderer(t)
	changed := strings.Replace(builtIn(t, "digest.txt.tmpl"), "{{.Reason}}", "Printed with care.\n{{.Reason}}", 1)
	if _, refused := r.Override(fstest.MapFS{"mail/digest.txt.tmpl": {Data: []byte(changed)}}); len(refused) > 0 {
		t.Fatal(refused)
	}
	m, err := r.Issue(content(3))
	if err != nil || !strings.Contains(m.Text, "Printed with care.") {
		t.Errorf("%v\n%s", err, m.Text)
	}
}

// TestABrokenOverrideIsRefused with the reason, and leaves mails as they were.
func TestABrokenOverrideIsRefused(t *testing.T) {
	digest, text, art, row, confirm := "digest.html.tmpl", "digest.txt.tmpl", "article.html.tmpl", "row.html.tmpl", "confirm.html.tmpl"
	for name, c := range map[string]struct{ file, old, new, want string }{
		"an action left open":          {text, "{{.Reason}}", "{{.Reason", "digest.txt.tmpl:"},
		"an end too many":              {digest, "</body>", "{{end}}</body>", "digest.html.tmpl:"},
		"a function that is not":       {digest, "</body>", "{{shout .Site}}</body>", `function "shout" not defined`},
		"a field that is not":          {text, "{{.Reason}}", "\n{{.Raeson}}", "digest.txt.tmpl:"},
		"a field of articles":          {art, "{{.Title}}", "{{.Titel}}", "article.html.tmpl:"},
		"no way to unsubscribe":        {digest, "{{.UnsubURL}}", "#", "no link to unsubscribe; it needs {{.UnsubURL}}"},
		"none in the text":             {text, "{{.UnsubURL}}", "", "the text has no link to unsubscribe"},
		"a fixed link to unsubscribe":  {digest, "{{.UnsubURL}}", "https://news.example.org/unsubscribe/x", "no link to unsubscribe"},
		"no articles":                  {text, "{{range .Blocks}}{{.}}{{end}}", "", "lacks the link to an article"},
		"an article without its link":  {row, "{{.URL}}", "", "lacks the link to an article"},
		"a value that is changed":      {art, "{{.Title}}", "{{slice .Title 0 29}}", "changes what it writes"},
		"a template that calls itself": {text, "{{.Reason}}", `{{template "digest.txt.tmpl" .}}`, "exceeded maximum template depth"},
		"a call to what is not":        {text, "{{.Reason}}", `{{template "header" .}}`, "header"},
		"no link to confirm":           {confirm, "{{.Link}}", "", "no link to confirm"},
		"far too large":                {digest, "</body>", strings.Repeat("<p>Advertisement</p>", 9000) + "</body>", "Gmail clips it"},
		"nothing at all":               {art, "", "", "is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.ReplaceAll(builtIn(t, c.file), c.old, c.new)
			if c.old == "" {
				changed = " \n"
			} else if changed == builtIn(t, c.file) {
				t.Fatalf("%s does not have %s", c.file, c.old)
			}
			r := renderer(t)
			taken, refused := r.Override(fstest.MapFS{"mail/" + c.file: {Data: []byte(changed)}})
			if len(taken) > 0 || len(refused) != 1 || !strings.Contains(refused[0].Error(), c.want) || !strings.Contains(refused[0].Error(), "mail/"+c.file) {
				t.Errorf("taken %v, refused %v, want %q", taken, refused, c.want)
			}
			got, err := r.Issue(content(3))
			if want := render(t, content(3)); err != nil || got != want {
				t.Errorf("the mail is another one (%v)", err)
			}
		})
	}
	if _, refused := renderer(t).Override(fstest.MapFS{"mail/digset.html.tmpl": {}}); len(refused) != 1 || !strings.Contains(refused[0].Error(), "no template digset.html.tmpl") {
		t.Errorf("a name that is not: %v", refused)
	}
}
