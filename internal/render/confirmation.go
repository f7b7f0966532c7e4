package render

import (
	"fmt"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
	"github.com/masthead-mail/masthead/internal/words"
)

// confirmation is what the templates of the confirmation mail see. Nothing in it
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

// Confirmation makes the mail that asks a reader to confirm a sign-up. Its To is
// left empty.
func (r *Renderer) Confirmation(p *newsletter.Publication, confirm string) (newsletter.Message, error) {
	plain := newConfirmation(p, confirm)
	html, text, err := r.execute("confirm", plain.escaped(), plain.wrapped())
	if err != nil {
		return newsletter.Message{}, fmt.Errorf("render the confirmation mail: %w", err)
	}
	return newsletter.Message{Publication: p, Subject: plain.Subject, HTML: html, Text: text, Automatic: true}, nil
}

func newConfirmation(p *newsletter.Publication, confirm string) *confirmation {
	w, name := words.For(p.Language), newsletter.Line(p.Name)
	_, _, dir := sides(w.Tag)
	light, dark := Accents(p.Accent)
	return &confirmation{
		Look: lookOf(p.Theme), Lang: w.Tag, Dir: dir, Accent: light, AccentDark: dark,
		Site: name, SiteURL: link(p.Site), Tagline: newsletter.Line(p.Tagline),
		Subject: w.Say("confirmSubject", "site", name), Preheader: w.Say("confirmPreheader"), Headline: w.Say("confirmHeadline"),
		Asked: w.Say("confirmAsked", "site", name), Button: w.Say("confirmButton"), Link: link(confirm), Fallback: w.Say("confirmFallback"),
		Ignore:        w.Count("confirmIgnore", int(token.ConfirmTTL.Hours())),
		PostalAddress: newsletter.Line(p.PostalAddress),
	}
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
