package editor

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// previewPage shows a draft in every way in which readers may see it.
type previewPage struct {
	issueHead
	Subject, Preheader string
	Bytes, KB, Share   int // of the HTML part; Share: of what Gmail shows, in percent
	As, AsFault        string
	Query              string // of the frames
	Text               string
}

// gmailClips is the size of HTML in bytes above which Gmail hides the rest.
const gmailClips = 100_000

func (p *Pages) preview(v *visit) (page, error) {
	issue, err := p.issueOf(v)
	if err != nil {
		return page{}, err
	}
	h, err := p.head(v, &issue, "preview")
	if err != nil {
		return page{}, err
	}
	as := strings.TrimSpace(v.URL.Query().Get("as"))
	reader, err := p.reader(v, as)
	body := previewPage{issueHead: h, Preheader: issue.Preheader, As: as}
	if errors.Is(err, newsletter.ErrNotFound) || errors.Is(err, newsletter.ErrInvalid) {
		body.AsFault, err = "Nobody with this address is subscribed; you see what everybody else gets.", nil
	}
	if err != nil {
		return page{}, err
	}
	mail, err := p.proof(v, &issue, &reader)
	if err != nil {
		return page{}, err
	}
	r := recipient(&reader)
	body.Subject, body.Text = newsletter.Splice(mail.Subject, r.Value), newsletter.Splice(mail.Text, r.Value)
	body.Bytes = len(mail.HTML)
	body.KB, body.Share = (body.Bytes+500)/1000, min(100, body.Bytes*100/gmailClips)
	if as != "" && body.AsFault == "" {
		body.Query = "&" + url.Values{"as": {as}}.Encode()
	}
	return page{name: "preview", title: "Preview: " + h.Subject, body: body, frames: true}, nil
}

// reader is the subscriber with an address; nobody in particular where it is empty.
func (p *Pages) reader(v *visit, address string) (newsletter.Subscriber, error) {
	if address == "" || p.Reader == nil {
		return newsletter.Subscriber{}, nil
	}
	if err := v.person.May(newsletter.RoleEditor); err != nil {
		return newsletter.Subscriber{}, err
	}
	return p.Reader(v.Context(), address)
}

// recipient is the reader, whose links are worth nothing here.
func recipient(s *newsletter.Subscriber) *newsletter.Recipient {
	return &newsletter.Recipient{Address: s.Address, Name: s.Name, Unsubscribe: "preview", Preferences: "preview"}
}

// proof is the mail of an Issue: as it was sent, or as it would be now.
func (p *Pages) proof(v *visit, issue *newsletter.Issue, reader *newsletter.Subscriber) (newsletter.Mail, error) {
	if issue.State == newsletter.IssueApproved {
		return p.Store.Mail(v.Context(), issue.ID, issue.VariantFor(reader))
	}
	return p.Composer.Proof(v.Context(), issue, reader.Language)
}

// dark is how a mail asks for dark surfaces. A frame cannot be told to be dark, so that
// the question is answered for it.
var dark = regexp.MustCompile(`@media\s*\(prefers-color-scheme:\s*dark\)`)

// frame is the draft as a frame of the preview shows it.
func (p *Pages) frame(w http.ResponseWriter, v *visit) {
	html, err := p.frameHTML(v)
	if err != nil {
		p.answer(w, v, func(*visit) (page, error) { return page{}, err })
		return
	}
	images := "http: https: data:"
	if v.URL.Query().Get("look") == "bare" {
		images = "'none'"
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; style-src 'unsafe-inline'; img-src %s; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox", images))
	_, _ = io.WriteString(w, html) // nobody is left to tell
}

func (p *Pages) frameHTML(v *visit) (string, error) {
	issue, err := p.issueOf(v)
	if err != nil {
		return "", err
	}
	reader, err := p.reader(v, v.URL.Query().Get("as"))
	if err != nil {
		return "", err
	}
	mail, err := p.proof(v, &issue, &reader)
	if err != nil {
		return "", err
	}
	scheme, is := "light", "@media not all"
	if v.URL.Query().Get("look") == "dark" {
		scheme, is = "dark", "@media all"
	}
	html := dark.ReplaceAllString(newsletter.Splice(mail.HTML, recipient(&reader).Value), is)
	return strings.Replace(html, "color-scheme:light dark", "color-scheme:"+scheme, 1), nil
}

// preflightPage says what is to be mended.
type preflightPage struct {
	issueHead
	newsletter.Preflight
	Blocking, Warnings []newsletter.Finding
}

func (p *Pages) preflight(v *visit) (page, error) {
	issue, err := p.issueOf(v)
	if err != nil {
		return page{}, err
	}
	h, err := p.head(v, &issue, "preflight")
	if err != nil {
		return page{}, err
	}
	look := p.Composer.Glance
	if v.URL.Query().Get("all") != "" {
		look = p.Composer.Preflight
	}
	found, err := look(v.Context(), &issue)
	return page{name: "preflight", title: "Preflight: " + h.Subject, body: preflightPage{h, found, found.Blocking(), found.Warnings()}}, err
}
