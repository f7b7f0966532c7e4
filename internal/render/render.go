// Package render turns an Issue's content into the mail that readers get: HTML
// and plain text, made once per Issue, with placeholders where a reader's own
// values go (newsletter.Mail). It also makes the single mails around it. It
// reads no store and sends nothing.
//
// What strangers wrote is escaped when the view is made (see escape), and the
// templates run under text/template. html/template would take six times as long
// and ten times the memory, deletes the conditional comments that classic Outlook
// needs, and percent-encodes placeholders in links. Its knowledge of contexts is
// used all the same: a test runs every template under it and demands the same
// output for hostile input.
package render

import (
	"cmp"
	"fmt"
	"strings"
	"sync"
	"text/template"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/words"
	"github.com/masthead-mail/masthead/templates"
)

// MaxHTML is the largest HTML part in bytes: Gmail clips a mail at about 102 KB,
// and some room is left for the reader's own values.
const MaxHTML = 99_000

// Renderer holds the parsed templates. It is safe for concurrent use.
type Renderer struct {
	// Redirect names a link of an Issue for the path below newsletter.RedirectPath, to
	// be counted where the Publication wants it; nil: nothing is counted. To be set before
	// use.
	Redirect func(issue, link string) string

	templates *template.Template

	mu     sync.Mutex
	blocks map[string]*block // by template and shape
}

// New parses the built-in templates.
func New() (*Renderer, error) {
	all, err := template.New("mail").ParseFS(templates.Mail, "mail/*.tmpl")
	if err != nil {
		return nil, fmt.Errorf("render: %w", err)
	}
	return &Renderer{templates: all, blocks: map[string]*block{}}, nil
}

// Issue renders the mail of an Issue. Where the HTML would be too large for
// mailboxes, articles are left out from the end and counted in "and N more".
func (r *Renderer) Issue(c newsletter.IssueContent) (newsletter.Mail, error) {
	mail := newsletter.Mail{Issue: c.Issue.ID, Language: words.For(cmp.Or(c.Language, c.Publication.Language)).Tag}
	for shown := len(c.Articles); ; shown = fewer(shown, len(mail.HTML)) {
		m := newMarks()
		plain := newDigest(&c, shown, m)
		r.tag(plain, &c)
		html, text, err := r.digest(plain)
		if err != nil {
			return newsletter.Mail{}, fmt.Errorf("render issue %s: %w", c.Issue.ID, err)
		}
		mail.HTML, mail.Text, mail.Subject = m.html(html), m.text(text), m.text(plain.Subject)
		if len(mail.HTML) <= MaxHTML || shown <= 1 {
			return mail, nil
		}
	}
}

func (r *Renderer) digest(plain *digest) (string, string, error) {
	escaped, wrapped := plain.escaped(), plain.wrapped()
	var err error
	if escaped.IntroHTML, err = intro(plain.Intro, plain.Look, plain.Accent, plain.Start); err != nil {
		return "", "", err
	}
	if err := r.layOut("article.html.tmpl", escaped); err != nil {
		return "", "", err
	}
	if err := r.layOut("article.txt.tmpl", wrapped); err != nil {
		return "", "", err
	}
	return r.execute("digest", escaped, wrapped)
}

// fewer guesses how many articles fit when shown of them take size bytes.
func fewer(shown, size int) int { return max(1, min(shown-1, shown*MaxHTML/size)) }

func (r *Renderer) execute(name string, html, text any) (string, string, error) {
	var h, t strings.Builder
	h.Grow(64 << 10)
	t.Grow(16 << 10)
	if err := r.templates.ExecuteTemplate(&h, name+".html.tmpl", html); err != nil {
		return "", "", err
	}
	if err := r.templates.ExecuteTemplate(&t, name+".txt.tmpl", text); err != nil {
		return "", "", err
	}
	return h.String(), t.String(), nil
}
