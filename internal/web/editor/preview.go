package editor

import (
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// previewPage shows a draft in every way in which readers may see it.
type previewPage struct {
	issueHead
	Subject, Preheader string
	KB, Share          int // of the HTML part; Share: of what Gmail shows, in percent
	As, AsFault        string
	Query              string // of the frames
	Text               string
}

// gmailClips is the size of HTML in bytes above which Gmail hides the rest.
const gmailClips = 100_000

func weight(mail *newsletter.Mail) (kb, share int) {
	n := len(mail.HTML)
	return (n + 500) / 1000, min(100, n*100/gmailClips)
}

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
	body.KB, body.Share = weight(&mail)
	if as != "" && body.AsFault == "" {
		body.Query = "&" + url.Values{"as": {as}}.Encode()
	}
	return page{name: "preview", title: "Preview: " + h.Subject, body: body, frames: true}, nil
}

// reader is the subscriber with an address; nobody in particular where it is empty.
func (p *Pages) reader(v *visit, address string) (newsletter.Subscriber, error) {
	if address == "" || p.Subscribers == nil {
		return newsletter.Subscriber{}, nil
	}
	if err := v.person.May(newsletter.RoleEditor); err != nil {
		return newsletter.Subscriber{}, err
	}
	return p.Subscribers.ByAddress(v.Context(), address)
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

// How a frame shows the mail.
const (
	lightLook = "light"
	darkLook  = "dark"
	bareLook  = "bare" // without pictures
	liveLook  = "live" // light, and live.js may put another mail in its place
)

// inScheme is the mail as it looks on light or dark surfaces.
func inScheme(html, scheme string) string {
	is := "@media not all"
	if scheme == darkLook {
		is = "@media all"
	}
	return strings.Replace(dark.ReplaceAllString(html, is), "color-scheme:light dark", "color-scheme:"+scheme, 1)
}

// frame is the draft as a frame of the preview shows it. No script runs in it.
func (p *Pages) frame(w http.ResponseWriter, v *visit) {
	mail, err := p.frameHTML(v)
	if err != nil {
		p.answer(w, v, func(*visit) (page, error) { return page{}, err })
		return
	}
	images, sandbox := "http: https: data:", "sandbox allow-popups allow-popups-to-escape-sandbox"
	switch v.URL.Query().Get("look") {
	case bareLook:
		images = "'none'"
	case liveLook:
		sandbox += " allow-same-origin"
	}
	frameHeaders(w, images, sandbox)
	_, _ = io.WriteString(w, mail) // nobody is left to tell
}

// frameHeaders let a frame of ours show a mail, and nothing else.
func frameHeaders(w http.ResponseWriter, images, sandbox string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; style-src 'unsafe-inline'; img-src %s; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; %s", images, sandbox))
}

// faultFrame is a page for a frame that has no mail to show.
func faultFrame(text string) string {
	return `<!DOCTYPE html><html lang="en"><title>There is no mail to show</title><meta name="color-scheme" content="light dark"><body style="margin:24px;font:16px/1.5 sans-serif"><p role="alert">` + html.EscapeString(text) + "</p>"
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
	scheme := lightLook
	if v.URL.Query().Get("look") == darkLook {
		scheme = darkLook
	}
	return inScheme(newsletter.Splice(mail.HTML, recipient(&reader).Value), scheme), nil
}

// preflightPage says what is to be mended.
type preflightPage struct {
	issueHead
	Findings           []cured
	Blocking, Warnings int
	Thorough           bool
	Size, Images       string // of the HTML, and of all pictures; empty: not known
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
	body := preflightPage{h, cures(issue.ID, found.Findings), len(found.Blocking()), len(found.Warnings()), found.Thorough, bytesSaid(found.Bytes), bytesSaid(found.Images)}
	return page{name: "preflight", title: "Preflight: " + h.Subject, body: body}, err
}

// cured is a finding of preflight with the place at the desk where it is mended; empty:
// it is mended elsewhere.
type cured struct {
	newsletter.Finding
	URL string
}

// cures leads from each finding of an Issue to its cure.
func cures(issue string, found []newsletter.Finding) []cured {
	list := make([]cured, len(found))
	for i, f := range found {
		list[i] = cured{f, desk.CurePath(issue, f)}
	}
	return list
}

// bytesSaid is a number of bytes as people say it; empty for none.
func bytesSaid(bytes int) string {
	switch {
	case bytes == 0:
		return ""
	case bytes < 1e6:
		return fmt.Sprintf("%d KB", (bytes+999)/1000)
	default:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	}
}
