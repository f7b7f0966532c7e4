package web

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/render"
	"github.com/masthead-mail/masthead/internal/words"
	"github.com/masthead-mail/masthead/templates"
)

// pageNames are the pages of this package: each is a file of that name, in the
// frame of layout.
var pageNames = []string{"front", "subscribe", "sent", "ask", "confirmed", "unsubscribed", "issues", "notice", "preferences", "embed"}

// view is what every page sees.
type view struct {
	*words.Words        // Say and Count: what the page says is in templates/words
	Lang, Dir, Title    string
	Listed              bool         // search engines may list it
	Canonical, Feed     string       // empty: none
	Style               template.CSS // of the whole page, allowed by its hash
	Name, Tagline, Home string
	PostalAddress       string
	Archive             string     // where the list of issues is
	Subscribe           string     // where the form is
	Proof               *proofView // what the sign-up form asks for; nil: nothing
	Body                any
}

func (l *look) view(p *newsletter.Publication, a *answer, w *words.Words) view {
	v := view{Words: w, Lang: w.Tag, Dir: w.Dir(), Title: cmp.Or(w.Say(a.title), a.title), Style: style(p, l.sheet), Name: p.Name, Tagline: p.Tagline, Home: p.Site,
		PostalAddress: p.PostalAddress, Archive: newsletter.IssuePath, Subscribe: newsletter.SubscribePath, Body: a.body}
	if a.path != "" && p.BaseURL != "" {
		v.Canonical, v.Feed = p.BaseURL+a.path, atomPath
	}
	return v
}

// Say is the message, with the values in place of their {names}; what a page of the
// other direction says of somebody keeps its own (Unicode UAX 9).
func (v view) Say(key string, values ...string) string {
	if v.Dir == "rtl" {
		for i := 1; i < len(values); i += 2 {
			values[i] = isolated(values[i])
		}
	}
	return v.Words.Say(key, values...)
}

func isolated(s string) string { return "\u2068" + s + "\u2069" }

// style is the style sheet with the publication's colours in front. They are
// checked colours, never text that somebody typed.
func style(p *newsletter.Publication, sheet string) template.CSS {
	light, dark := render.Accents(p.Accent)
	return template.CSS(fmt.Sprintf(":root{--accent:%s;--accent-dark:%s}\n%s", light, dark, sheet))
}

// policy allows the page its own style, the icon and forms to this site, nothing else.
func (v *view) policy() string {
	sum := sha256.Sum256([]byte(v.Style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'" + v.Proof.scripts()
}

// look is everything parsed that pages are made of.
type look struct {
	pages map[string]*template.Template
	form  *template.Template // for other sites
	sheet string             // page.css
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
	form, err := template.ParseFS(templates.Page, "page/snippet.html.tmpl")
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	l := &look{pages: map[string]*template.Template{}, form: form, sheet: string(sheet)}
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
