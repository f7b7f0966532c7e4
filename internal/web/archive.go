package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/words"
)

// How many issues are listed. Older ones stay where their links lead.
const (
	listed  = 200
	onFront = 5
)

// issues is a list of them, newest first.
type issues struct{ Issues []sentIssue }

// sentIssue is an Issue in a list.
type sentIssue struct {
	Subject, Preheader, URL string
	Lang                    string    // of Subject, BCP 47
	At                      time.Time // in the publication's zone
	ISO                     string    // the same for machines
}

// frontPage is the form with the latest issues.
type frontPage struct {
	signUpForm
	issues
}

func (s *Site) front(r *http.Request) (answer, error) {
	latest, err := s.sent(r, onFront)
	return answer{page: "front", title: "subscribeTitle", body: frontPage{s.newForm(r, "", "", ""), issues{latest}}, path: "/"}, err
}

func (s *Site) archive(r *http.Request) (answer, error) {
	all, err := s.sent(r, listed)
	return answer{page: "issues", title: "issuesTitle", body: issues{all}, path: newsletter.IssuePath}, err
}

// sent lists the issues that were mailed, n at most.
func (s *Site) sent(r *http.Request, n int) ([]sentIssue, error) {
	p, err := s.Publication(r.Context())
	if err != nil {
		return nil, err
	}
	found, err := s.mailed(r.Context(), n)
	var sent []sentIssue
	for i := range found {
		issue := &found[i]
		at := issue.FireAt.In(p.Location())
		sent = append(sent, sentIssue{Subject: issue.Subject, Preheader: issue.Preheader, URL: newsletter.IssuePath + issue.ID, Lang: p.Language, At: at, ISO: at.Format(time.DateOnly)})
	}
	return sent, err
}

// mailed reads the newest issues that have left the desk.
func (s *Site) mailed(ctx context.Context, n int) ([]newsletter.Issue, error) {
	found, err := s.Store.Issues(ctx, listed)
	var mailed []newsletter.Issue
	for i := range found {
		if found[i].State == newsletter.IssueApproved && len(mailed) < n {
			mailed = append(mailed, found[i])
		}
	}
	return mailed, err
}

// issuePolicy lets a mail look as it does in a mailbox, and do nothing: its
// styles stand at the elements, its pictures come from the magazine. A page of this
// site may show it in a frame.
const issuePolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// issue shows the mail of an Issue as it was sent, without any reader's values.
func (s *Site) issue(w http.ResponseWriter, r *http.Request) {
	issue, mail, err := s.approved(r.Context(), r.PathValue("id"))
	var head, notes string
	if err == nil {
		head, err = s.shared(r.Context(), &issue)
	}
	if err == nil {
		notes, err = s.corrections(r.Context(), issue.ID, mail.Language)
	}
	if err != nil {
		s.write(w, r, s.fault(w, r, err))
		return
	}
	h := w.Header()
	h.Set("Content-Language", mail.Language)
	h.Set("Content-Security-Policy", issuePolicy)
	var nobody newsletter.Recipient
	page := newsletter.Splice(mail.HTML, nobody.Value)
	page = strings.Replace(page, "</title>", "</title>\n"+head, 1)
	s.publish(w, r, "text/html; charset=utf-8", bodyTag.ReplaceAllString(page, "$0"+strings.ReplaceAll(notes, "$", "$$")), issue.ApprovedAt)
}

var bodyTag = regexp.MustCompile(`<body[^>]*>`)

// corrections says which links of an Issue lead elsewhere than they did when it was
// mailed, and since when.
func (s *Site) corrections(ctx context.Context, issue, language string) (string, error) {
	links, err := s.Clicks.Store.Links(ctx, issue)
	if errors.Is(err, newsletter.ErrNotFound) {
		return "", nil
	}
	p, errPublication := s.Publication(ctx)
	if err = errors.Join(err, errPublication); err != nil {
		return "", err
	}
	var b strings.Builder
	w := words.For(language)
	for _, link := range links.Corrected() {
		fmt.Fprintf(&b, `<p style="max-width:536px;margin:0 auto;padding:12px 32px;background:#fff6d6;color:#3a2f00;font:15px/22px sans-serif">%s</p>`,
			html.EscapeString(w.Say("corrected", "date", w.Date(link.Since.In(p.Location())), "title", link.Title)))
	}
	return b.String(), nil
}

// approved reads an Issue that has left the desk, with its mail. Drafts are nobody's
// business.
func (s *Site) approved(ctx context.Context, id string) (newsletter.Issue, newsletter.Mail, error) {
	issue, err := s.Store.Issue(ctx, id)
	if err != nil {
		return issue, newsletter.Mail{}, err
	}
	if issue.State != newsletter.IssueApproved {
		return issue, newsletter.Mail{}, fmt.Errorf("issue %s is %s: %w", id, issue.State, newsletter.ErrNotFound)
	}
	mail, err := s.Store.Mail(ctx, id, "")
	return issue, mail, err
}

// shared is what search engines and networks read of an Issue that somebody shares
// (https://ogp.me): its subject, a line, and the picture of its lead article.
func (s *Site) shared(ctx context.Context, issue *newsletter.Issue) (string, error) {
	p, err := s.Publication(ctx)
	if err != nil {
		return "", err
	}
	picture, err := s.picture(ctx, issue)
	if err != nil {
		return "", err
	}
	card := "summary"
	if picture.URL != "" {
		card = "summary_large_image"
	}
	at, line := p.IssueURL(issue.ID), newsletter.Line(issue.Preheader)
	var b strings.Builder
	for _, tag := range [][3]string{
		{"name", "description", line}, {"property", "og:type", "article"}, {"property", "og:site_name", p.Name}, {"property", "og:title", newsletter.Line(issue.Subject)},
		{"property", "og:description", line}, {"property", "og:url", at}, {"property", "og:image", picture.URL}, {"property", "og:image:alt", newsletter.Line(picture.Alt)},
		{"property", "article:published_time", issue.ApprovedAt.UTC().Format(time.RFC3339)}, {"name", "twitter:card", card}, {"name", "robots", s.robots()},
	} {
		if tag[2] != "" {
			fmt.Fprintf(&b, "<meta %s=\"%s\" content=\"%s\">\n", tag[0], tag[1], html.EscapeString(tag[2]))
		}
	}
	fmt.Fprintf(&b, "<link rel=\"canonical\" href=\"%s\">\n<link rel=\"alternate\" type=\"application/atom+xml\" href=\"%s\">\n",
		html.EscapeString(at), html.EscapeString(p.BaseURL+atomPath))
	return b.String(), nil
}

// picture is that of the lead article, where it has one.
func (s *Site) picture(ctx context.Context, issue *newsletter.Issue) (newsletter.Image, error) {
	if len(issue.Articles) == 0 {
		return newsletter.Image{}, nil
	}
	lead, err := s.Store.Article(ctx, issue.Articles[0])
	if errors.Is(err, newsletter.ErrNotFound) {
		return newsletter.Image{}, nil
	}
	return lead.Image, err
}

// robots is what search engines are told; empty: they may list the page.
func (s *Site) robots() string {
	if s.Unlisted {
		return "noindex"
	}
	return ""
}

// publish answers with something that all may see and keep, or that it has not changed
// since (RFC 9110, 13).
func (s *Site) publish(w http.ResponseWriter, r *http.Request, contentType, body string, changed time.Time) {
	sum := sha256.Sum256([]byte(body))
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("ETag", `"`+hex.EncodeToString(sum[:12])+`"`)
	if s.Unlisted {
		h.Set("X-Robots-Tag", "noindex")
	}
	http.ServeContent(w, r, "", changed, strings.NewReader(body))
}

// robotsTxt tells search engines where they may look (RFC 9309). Pages that only
// one reader has the link to are not among it.
func (s *Site) robotsTxt(w http.ResponseWriter, r *http.Request) {
	rules := "User-agent: *\n"
	if s.Unlisted {
		rules += "Disallow: /\n"
	} else {
		for _, path := range []string{newsletter.ConfirmPath, newsletter.UnsubscribePath, newsletter.PreferencesPath, newsletter.MovePath, newsletter.UndoPath,
			newsletter.ExportPath, newsletter.ErasePath, newsletter.HubPath, newsletter.RedirectPath, "/api/"} {
			rules += "Disallow: " + path + "\n"
		}
	}
	s.publish(w, r, "text/plain; charset=utf-8", rules, time.Time{})
}
