package render

import (
	"fmt"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// note is what the templates of a mail to the desk see. Those who work there read
// English, as the desk itself is.
type note struct {
	newsletter.Note
	Look                   *look
	Lang, Dir              string
	Preheader              string
	Site, SiteURL, Tagline string
	Accent, AccentDark     string
	PostalAddress          string
}

// Note lays a mail to an editor or operator out. Its To is left empty.
func (r *Renderer) Note(p *newsletter.Publication, n *newsletter.Note) (newsletter.Message, error) {
	plain := newNote(p, n)
	html, text, err := r.execute("note", plain.mapped(escape), plain.mapped(func(s string) string { return wrap(s, "") }))
	if err != nil {
		return newsletter.Message{}, fmt.Errorf("render the mail %q: %w", n.Subject, err)
	}
	return newsletter.Message{Publication: p, Subject: plain.Subject, HTML: html, Text: text, Automatic: true}, nil
}

func newNote(p *newsletter.Publication, n *newsletter.Note) *note {
	light, dark := Accents(p.Accent)
	v := &note{Note: *n, Look: lookOf(p.Theme), Lang: "en", Dir: "ltr", Accent: light, AccentDark: dark, Site: newsletter.Line(p.Name), SiteURL: link(p.Site)}
	v.Subject, v.Headline, v.Link = newsletter.Line(n.Subject), newsletter.Line(n.Headline), link(n.Link)
	if len(n.Lines) > 0 {
		v.Preheader = newsletter.Shorten(newsletter.Line(n.Lines[0]), maxEntry)
	}
	v.Items = nil
	for _, item := range n.Items {
		item.Link = link(item.Link)
		v.Items = append(v.Items, item)
	}
	return v
}

// mapped is a copy for one of the templates. Links are in a line of their own, and not
// broken.
func (n *note) mapped(f func(string) string) *note {
	c := *n
	for _, s := range []*string{&c.Subject, &c.Preheader, &c.Headline, &c.Site, &c.SiteURL, &c.Code, &c.Button, &c.Link} {
		*s = f(*s)
	}
	c.Lines, c.Small = mapAll(n.Lines, f), mapAll(n.Small, f)
	c.Items = nil
	for _, item := range n.Items {
		c.Items = append(c.Items, newsletter.NoteItem{Heading: f(item.Heading), Title: f(item.Title), Text: f(item.Text), Link: f(item.Link)})
	}
	return &c
}

func mapAll(list []string, f func(string) string) []string {
	mapped := make([]string, len(list))
	for i, s := range list {
		mapped[i] = f(s)
	}
	return mapped
}
