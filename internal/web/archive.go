package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
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
	Date                    string // as people write it
	ISO                     string // as machines do
}

// frontPage is the form with the latest issues.
type frontPage struct {
	signUpForm
	issues
}

func (s *Site) front(r *http.Request) (answer, error) {
	latest, err := s.sent(r.Context(), onFront)
	return answer{page: "front", title: titleSubscribe, body: frontPage{newForm("", ""), issues{latest}}, public: true}, err
}

func (s *Site) archive(r *http.Request) (answer, error) {
	all, err := s.sent(r.Context(), listed)
	return answer{page: "issues", title: "All issues", body: issues{all}, public: true}, err
}

// sent lists the issues that were mailed, n at most.
func (s *Site) sent(ctx context.Context, n int) ([]sentIssue, error) {
	found, err := s.Store.Issues(ctx, listed)
	if err != nil {
		return nil, err
	}
	p, err := s.Publication(ctx)
	if err != nil {
		return nil, err
	}
	var sent []sentIssue
	for i := range found {
		if found[i].State == newsletter.IssueApproved && len(sent) < n {
			sent = append(sent, newSentIssue(&found[i], p.Location()))
		}
	}
	return sent, nil
}

func newSentIssue(i *newsletter.Issue, zone *time.Location) sentIssue {
	at := i.FireAt.In(zone)
	return sentIssue{Subject: i.Subject, Preheader: i.Preheader, URL: newsletter.IssuePath + i.ID,
		Date: at.Format("2 January 2006"), ISO: at.Format(time.DateOnly)}
}

// issuePolicy lets a mail look as it does in a mailbox, and do nothing: its
// styles stand at the elements, its pictures come from the magazine. A page of this
// site may show it in a frame.
const issuePolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// issue shows the mail of an Issue as it was sent, without any reader's values.
func (s *Site) issue(w http.ResponseWriter, r *http.Request) {
	mail, err := s.approved(r.Context(), r.PathValue("id"))
	if err != nil {
		s.people(func(*http.Request) (answer, error) { return answer{}, err }).ServeHTTP(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", mail.Language)
	h.Set("Content-Security-Policy", issuePolicy)
	h.Set("Cache-Control", "public, max-age=300")
	var nobody newsletter.Recipient
	_, _ = io.WriteString(w, newsletter.Splice(mail.HTML, nobody.Value)) // nobody is left to tell
}

// approved reads the mail of an Issue that has left the desk. Drafts are nobody's
// business.
func (s *Site) approved(ctx context.Context, id string) (newsletter.Mail, error) {
	issue, err := s.Store.Issue(ctx, id)
	if err != nil {
		return newsletter.Mail{}, err
	}
	if issue.State != newsletter.IssueApproved {
		return newsletter.Mail{}, fmt.Errorf("issue %s is %s: %w", id, issue.State, newsletter.ErrNotFound)
	}
	return s.Store.Mail(ctx, id, "")
}
