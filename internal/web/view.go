package web

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/render"
	"github.com/masthead-mail/masthead/templates"
)

// pageNames are the pages of this package: each is a file of that name, in the
// frame of layout.
var pageNames = []string{"front", "subscribe", "sent", "confirm", "confirmed", "unsubscribe", "unsubscribed", "issues", "notice"}

// view is what every page sees.
type view struct {
	Lang, Title         string
	Style               template.CSS // of the whole page, allowed by its hash
	Name, Tagline, Home string
	PostalAddress       string
	Archive             string // where the list of issues is
	Subscribe           string // where the form is
	Body                any
}

func (l *look) view(p *newsletter.Publication, a *answer) view {
	return view{Lang: "en", Title: a.title, Style: style(p, l.sheet), Name: p.Name, Tagline: p.Tagline, Home: p.Site, PostalAddress: p.PostalAddress,
		Archive: newsletter.IssuePath, Subscribe: newsletter.SubscribePath, Body: a.body}
}

// style is the style sheet with the publication's colours in front. They are
// checked colours, never text that somebody typed.
func style(p *newsletter.Publication, sheet string) template.CSS {
	light, dark := render.Accents(p.Accent)
	return template.CSS(fmt.Sprintf(":root{--accent:%s;--accent-dark:%s}\n%s", light, dark, sheet))
}

// policy allows the page its own style and forms to this site, nothing else.
func (v *view) policy() string {
	sum := sha256.Sum256([]byte(v.Style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

// look is everything parsed that pages are made of.
type look struct {
	pages map[string]*template.Template
	sheet string // page.css
}

// newLook parses each page within the layout.
func newLook() (*look, error) {
	sheet, err := templates.Page.ReadFile("page/page.css")
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	layout, err := template.ParseFS(templates.Page, "page/layout.html.tmpl")
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	l := &look{pages: map[string]*template.Template{}, sheet: string(sheet)}
	for _, name := range pageNames {
		page, err := layout.Clone()
		if err == nil {
			page, err = page.ParseFS(templates.Page, "page/"+name+".html.tmpl")
		}
		if err != nil {
			return nil, fmt.Errorf("web: page %s: %w", name, err)
		}
		l.pages[name] = page
	}
	return l, nil
}
