package render

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
	"github.com/masthead-mail/masthead/internal/words"
)

// confirmation is what the templates of the letters see. Nothing in it
// was typed by whoever signed up: nobody can send words of theirs through us.
type confirmation struct {
	Look                          *look
	Lang, Dir                     string
	Subject, Preheader, Headline  string
	Site, SiteURL, Tagline        string
	Accent, AccentDark            string
	Asked, Button, Link, Fallback string
	Ignore, PostalAddress         string
}

// Letter makes a single mail of a few words around a button that leads to the link:
// in the reader's language, else in the Publication's. Its To is left empty.
func (r *Renderer) Letter(p *newsletter.Publication, kind newsletter.Letter, language, link string) (newsletter.Message, error) {
	plain := newLetter(p, kind, language, link)
	html, text, err := r.execute("confirm", plain.escaped(), plain.wrapped())
	if err != nil {
		return newsletter.Message{}, fmt.Errorf("render the %s mail: %w", kind, err)
	}
	return newsletter.Message{Publication: p, Subject: plain.Subject, HTML: html, Text: text, Language: plain.Lang, Automatic: true}, nil
}

func newLetter(p *newsletter.Publication, kind newsletter.Letter, language, to string) *confirmation {
	w, name := words.For(cmp.Or(language, p.Language)), newsletter.Line(p.Name)
	_, _, dir := sides(w.Tag)
	light, dark := Accents(p.Accent)
	say := func(part string) string { return w.Say(string(kind)+part, "site", name) }
	return &confirmation{
		Look: lookOf(p.Theme), Lang: w.Tag, Dir: dir, Accent: light, AccentDark: dark,
		Site: name, SiteURL: link(p.Site), Tagline: newsletter.Line(p.Tagline),
		Subject: say("Subject"), Preheader: say("Preheader"), Headline: say("Headline"), Asked: say("Asked"), Button: say("Button"),
		Link: link(to), Fallback: w.Say("confirmFallback"), Ignore: ignore(w, kind), PostalAddress: newsletter.Line(p.PostalAddress),
	}
}

// ignore says what happens without the button, and for how long it works.
func ignore(w *words.Words, kind newsletter.Letter) string {
	hours := int(token.ConfirmTTL.Hours())
	switch kind {
	case newsletter.LetterConfirm:
		return w.Count("confirmIgnore", hours)
	case newsletter.LetterMoved:
		return w.Say("movedIgnore")
	}
	return w.Say(string(kind)+"Ignore") + " " + w.Count("linkHours", hours)
}

// Welcome makes the mail that greets a reader with an Issue that was sent before.
func (r *Renderer) Welcome(c newsletter.IssueContent) (newsletter.Mail, error) {
	w := words.For(cmp.Or(c.Language, c.Publication.Language))
	name := newsletter.Line(c.Publication.Name)
	c.Issue.Notice = strings.TrimSpace(w.Say("welcomeNotice", "site", name) + "\n\n" + c.Issue.Notice)
	c.Issue.Subject = w.Say("welcomeSubject", "site", name)
	return r.Issue(c)
}

// escaped is a copy of the view for the HTML template.
func (c *confirmation) escaped() *confirmation {
	e := *c
	for _, s := range []*string{&e.Subject, &e.Preheader, &e.Headline, &e.Site, &e.SiteURL, &e.Tagline, &e.Asked, &e.Button, &e.Link,
		&e.Fallback, &e.Ignore, &e.PostalAddress} {
		*s = escape(*s)
	}
	return &e
}

// wrapped is a copy of the view for the plain text template.
func (c *confirmation) wrapped() *confirmation {
	w := *c
	for _, s := range []*string{&w.Tagline, &w.Asked, &w.Ignore, &w.PostalAddress} {
		*s = wrap(*s, "")
	}
	return &w
}
