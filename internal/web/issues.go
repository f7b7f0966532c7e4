package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// issueRoutes are what an editor does to issues, as machines do it.
func (s *Site) issueRoutes(mux *routes, own *http.CrossOriginProtection) {
	read := func(f func(r *call) (reply, error)) http.Handler { return s.machines(newsletter.RoleRead, f) }
	edit := func(f func(r *call) (reply, error)) http.Handler {
		return own.Handler(s.machines(newsletter.RoleEditor, f))
	}
	const one = "/api/issues/{id}"
	mux.Handle("GET /api/issues", read(s.listIssues))
	mux.Handle("POST /api/issues", edit(s.sendNow))
	mux.Handle("POST /api/drafts", edit(s.newDraft))
	mux.Handle("GET "+one, read(s.oneIssue))
	mux.Handle("PATCH "+one, edit(s.changed(s.writeIssue)))
	mux.Handle("DELETE "+one, edit(s.discardIssue))
	mux.Handle("PUT "+one+"/order", edit(s.changed(s.arrangeIssue)))
	mux.Handle("POST "+one+"/articles", edit(s.changed(s.addArticle)))
	mux.Handle("PATCH "+one+"/articles/{article}", edit(s.changed(s.amendArticle)))
	mux.Handle("DELETE "+one+"/articles/{article}", edit(s.changed(func(r *call, rev int64) (newsletter.Issue, error) {
		return s.Office.Drop(r.Context(), r.by, r.PathValue("id"), rev, r.PathValue("article"))
	})))
	mux.Handle("GET "+one+"/preflight", read(s.preflight))
	mux.Handle("POST "+one+"/test", edit(s.testIssue))
	mux.Handle("POST "+one+"/hold", edit(s.holdIssue))
	mux.Handle("POST "+one+"/release", edit(s.changed(func(r *call, rev int64) (newsletter.Issue, error) {
		return s.Office.Release(r.Context(), r.by, r.PathValue("id"), rev)
	})))
	mux.Handle("PUT "+one+"/moment", edit(s.changed(s.planIssue)))
	mux.Handle("DELETE "+one+"/moment", edit(s.changed(func(r *call, rev int64) (newsletter.Issue, error) {
		return s.Office.Unplan(r.Context(), r.by, r.PathValue("id"), rev)
	})))
	mux.Handle("POST "+one+"/approve", edit(s.changed(func(r *call, rev int64) (newsletter.Issue, error) {
		_, _, err := s.Office.Approve(r.Context(), r.by, r.PathValue("id"), rev)
		return s.stored(r, err)
	})))
	mux.Handle("POST "+one+"/send", edit(s.changed(func(r *call, rev int64) (newsletter.Issue, error) {
		_, err := s.Office.SendNow(r.Context(), r.by, r.PathValue("id"), rev)
		return s.stored(r, err)
	})))
	mux.Handle("GET "+one+"/links", read(s.clicks))
	mux.Handle("POST "+one+"/links/{link}", edit(s.retarget))
}

// What goes wrong with versions and checks.
var (
	errStale    = errors.New("web: the issue has changed")
	errVersion  = errors.New("web: which version is meant")
	errBlocked  = errors.New("web: preflight stops the issue")
	errEditing  = errors.New("web: an edit that cannot be")
	errNoDraft  = errors.New("web: no draft any more")
	errIssueSum = errors.New("web: how many issues")
)

// issueBody is an Issue as the API tells it.
type issueBody struct {
	ID        string                `json:"id"`
	Schedule  string                `json:"schedule"`
	State     newsletter.IssueState `json:"state"`
	Subject   string                `json:"subject"`
	Preheader string                `json:"preheader"`
	Intro     string                `json:"intro"`
	Notice    string                `json:"notice"`
	Articles  []articleBody         `json:"articles"`
	More      int                   `json:"more"` // announced as "and N more"
	Held      bool                  `json:"held"`
	HeldFor   string                `json:"heldFor,omitempty"`
	FireAt    time.Time             `json:"fireAt"`
	SendAt    time.Time             `json:"sendAt,omitzero"`
	CreatedAt time.Time             `json:"createdAt"`
	Approved  time.Time             `json:"approvedAt,omitzero"`
	By        string                `json:"by,omitempty"`
	Links     map[string]string     `json:"links"`
}

// articleBody is an article as the Issue shows it.
type articleBody struct {
	ID         string   `json:"id"`
	Title      string   `json:"title,omitempty"`
	Dek        string   `json:"dek,omitempty"`
	Excerpt    string   `json:"excerpt,omitempty"`
	URL        string   `json:"url,omitempty"`
	Image      string   `json:"image,omitempty"`
	ImageAlt   string   `json:"imageAlt,omitempty"`
	Authors    []string `json:"authors,omitempty"`
	NoAuthors  bool     `json:"noAuthors,omitempty"`
	NoComments bool     `json:"noComments,omitempty"`
	Pinned     bool     `json:"pinned,omitempty"`
}

func newIssueBody(i *newsletter.Issue) issueBody {
	b := issueBody{ID: i.ID, Schedule: i.Schedule, State: i.State, Subject: i.Subject, Preheader: i.Preheader, Intro: i.Intro, Notice: i.Notice, Articles: []articleBody{},
		More: len(i.Rest), Held: i.Held, HeldFor: i.HeldFor, FireAt: i.FireAt, SendAt: i.SendAt, CreatedAt: i.CreatedAt, By: i.By,
		Links: map[string]string{"self": "/api/issues/" + i.ID}}
	for _, id := range i.Articles {
		b.Articles = append(b.Articles, articleBody{ID: id})
	}
	if i.State == newsletter.IssueApproved {
		b.Approved, b.Links["run"], b.Links["page"] = i.ApprovedAt, "/api/runs/"+i.ID, newsletter.IssuePath+i.ID
	}
	return b
}

// versioned is an Issue whose version the header ETag names (RFC 9110, 8.8.3).
func versioned(i *newsletter.Issue) reply {
	return reply{status: http.StatusOK, etag: etag(i.Rev), body: newIssueBody(i)}
}

// mostIssues is how many a list has at most.
const mostIssues = 200

func (s *Site) listIssues(r *call) (reply, error) {
	limit, err := strconv.Atoi(cmp.Or(r.FormValue("limit"), "20"))
	if err != nil || limit < 1 || limit > mostIssues {
		return reply{}, errIssueSum
	}
	q := r.URL.Query()
	found, err := s.Store.IssuesBefore(r.Context(), q.Get("before"), limit+1)
	body := struct {
		Issues []issueBody `json:"issues"`
		Next   string      `json:"next,omitempty"`
	}{Issues: []issueBody{}}
	if len(found) > limit {
		found = found[:limit]
		body.Next = further(r, q, "before", found[limit-1].Place())
	}
	for i := range found {
		body.Issues = append(body.Issues, newIssueBody(&found[i]))
	}
	if errors.Is(err, newsletter.ErrInvalid) {
		err = fmt.Errorf("%w: %w", errIssueSum, err)
	}
	return reply{status: http.StatusOK, body: body}, err
}

func (s *Site) oneIssue(r *call) (reply, error) {
	issue, err := s.Store.Issue(r.Context(), r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	return s.whole(r.Context(), &issue)
}

// whole is an Issue with what it shows of its articles.
func (s *Site) whole(ctx context.Context, issue *newsletter.Issue) (reply, error) {
	answer := versioned(issue)
	body := newIssueBody(issue)
	for i := range body.Articles {
		b := &body.Articles[i]
		a, err := s.Store.Article(ctx, b.ID)
		if errors.Is(err, newsletter.ErrNotFound) {
			continue
		}
		if err != nil {
			return reply{}, err
		}
		a = issue.Apply(a)
		e := issue.EditOf(b.ID)
		*b = articleBody{ID: a.ID, Title: a.Title, Dek: a.Dek, Excerpt: a.Excerpt, URL: a.URL, Image: a.Image.URL, ImageAlt: a.Image.Alt, Authors: a.Authors,
			NoAuthors: e.NoAuthors, NoComments: e.NoComments}
		for _, pinned := range issue.Pinned {
			b.Pinned = b.Pinned || pinned == a.ID
		}
	}
	answer.body = body
	return answer, nil
}

// changed makes an answer of a change to the version that If-Match names: 428 where it
// names none, 412 where the Issue has changed since.
func (s *Site) changed(do func(r *call, rev int64) (newsletter.Issue, error)) func(r *call) (reply, error) {
	return func(r *call) (reply, error) {
		rev, err := version(r)
		if err != nil {
			return reply{}, err
		}
		issue, err := do(r, rev)
		if err != nil {
			return reply{}, editing(err)
		}
		return s.whole(r.Context(), &issue)
	}
}

// editing words what the desk refused.
func editing(err error) error {
	var changed *desk.ChangedError
	var blocked *desk.BlockedError
	switch {
	case errors.As(err, &changed):
		return fmt.Errorf("%w: %w", errStale, err)
	case errors.As(err, &blocked):
		return fmt.Errorf("%w: %w", errBlocked, err)
	case errors.Is(err, newsletter.ErrInvalid):
		return fmt.Errorf("%w: %w", errEditing, err)
	case errors.Is(err, newsletter.ErrConflict):
		return fmt.Errorf("%w: %w", errNoDraft, err)
	}
	return err
}

// stored reads the Issue anew after err was nil.
func (s *Site) stored(r *call, err error) (newsletter.Issue, error) {
	if err != nil {
		return newsletter.Issue{}, err
	}
	return s.Store.Issue(r.Context(), r.PathValue("id"))
}

// newDraft composes what is new: {"schedule": "weekly"}.
func (s *Site) newDraft(r *call) (reply, error) {
	schedule, err := s.wantedSchedule(r.Request)
	if err != nil {
		return reply{}, err
	}
	issue, err := s.Office.Draft(r.Context(), r.by, schedule)
	if errors.Is(err, newsletter.ErrNotFound) {
		err = fmt.Errorf("%w: %w", errSchedule, err)
	}
	if err != nil {
		return reply{}, err
	}
	answer, err := s.whole(r.Context(), &issue)
	answer.status, answer.location = http.StatusCreated, "/api/issues/"+issue.ID
	return answer, err
}

// writeIssue changes the words around the articles; what is left out stays.
func (s *Site) writeIssue(r *call, rev int64) (newsletter.Issue, error) {
	issue, err := s.Store.Issue(r.Context(), r.PathValue("id"))
	if err != nil {
		return issue, err
	}
	words := struct{ Subject, Preheader, Intro, Notice *string }{&issue.Subject, &issue.Preheader, &issue.Intro, &issue.Notice}
	if err := readJSON(r.Request, &words); err != nil {
		return issue, err
	}
	return s.Office.Write(r.Context(), r.by, issue.ID, rev, desk.Words{Subject: text(words.Subject), Preheader: text(words.Preheader), Intro: text(words.Intro), Notice: text(words.Notice)})
}

// text is one of JSON; null says nothing.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (s *Site) discardIssue(r *call) (reply, error) {
	_, err := s.changed(func(r *call, rev int64) (newsletter.Issue, error) {
		return newsletter.Issue{}, s.Office.Discard(r.Context(), r.by, r.PathValue("id"), rev)
	})(r)
	return reply{status: http.StatusNoContent}, err
}

// arrangeIssue sets the order: {"articles": ["id", …]}.
func (s *Site) arrangeIssue(r *call, rev int64) (newsletter.Issue, error) {
	var body struct {
		Articles []string `json:"articles"`
	}
	if err := readJSON(r.Request, &body); err != nil {
		return newsletter.Issue{}, err
	}
	issue, err := s.Office.Arrange(r.Context(), r.by, r.PathValue("id"), rev, body.Articles)
	if errors.Is(err, newsletter.ErrConflict) && !errors.As(err, new(*desk.ChangedError)) && issue.State == newsletter.IssueDraft {
		err = fmt.Errorf("%w: %w", errEditing, err) // other articles than the issue has
	}
	return issue, err
}

// addArticle takes one in by its address or its id.
func (s *Site) addArticle(r *call, rev int64) (newsletter.Issue, error) {
	var body struct {
		URL     string `json:"url"`
		Article string `json:"article"`
	}
	if err := readJSON(r.Request, &body); err != nil {
		return newsletter.Issue{}, err
	}
	if body.Article != "" {
		return s.Office.Include(r.Context(), r.by, r.PathValue("id"), rev, body.Article)
	}
	return s.Office.Fetch(r.Context(), r.by, r.PathValue("id"), rev, body.URL)
}

// amendArticle changes what this Issue shows of an article, and where it stands; what is
// left out stays.
func (s *Site) amendArticle(r *call, rev int64) (newsletter.Issue, error) {
	id, article := r.PathValue("id"), r.PathValue("article")
	issue, err := s.Store.Issue(r.Context(), id)
	if err != nil {
		return issue, err
	}
	e := issue.EditOf(article)
	before := e
	body := struct {
		Title, Dek, Excerpt, Image, ImageAlt *string
		NoAuthors, NoComments                *bool
		Pinned, Lead                         *bool
	}{Title: &e.Title, Dek: &e.Dek, Excerpt: &e.Excerpt, Image: &e.Image, ImageAlt: &e.ImageAlt, NoAuthors: &e.NoAuthors, NoComments: &e.NoComments}
	if err := readJSON(r.Request, &body); err != nil {
		return issue, err
	}
	if e != before || body.Pinned == nil && body.Lead == nil {
		if issue, err = s.Office.Amend(r.Context(), r.by, id, rev, e); err != nil {
			return issue, err
		}
		rev = issue.Rev
	}
	if body.Pinned != nil {
		if issue, err = s.Office.Pin(r.Context(), r.by, id, rev, article, *body.Pinned); err != nil {
			return issue, err
		}
		rev = issue.Rev
	}
	if body.Lead != nil && *body.Lead {
		issue, err = s.Office.Lead(r.Context(), r.by, id, rev, article)
	}
	return issue, err
}

// finding is one of preflight as the API tells it.
type finding struct {
	Rule    string `json:"rule"`
	Blocks  bool   `json:"blocks"`
	Text    string `json:"text"`
	Cure    string `json:"cure"`
	Article string `json:"article,omitempty"`
	Author  string `json:"author,omitempty"`
}

func (s *Site) preflight(r *call) (reply, error) {
	issue, err := s.Store.Issue(r.Context(), r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	found, err := s.Composer.Preflight(r.Context(), &issue)
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusOK, body: map[string]any{"bytes": found.Bytes, "images": found.Images, "blocked": len(found.Blocking()) > 0, "findings": newFindings(found.Findings)}}, nil
}

func newFindings(found []newsletter.Finding) []finding {
	list := make([]finding, len(found))
	for i, f := range found {
		list[i] = finding(f)
	}
	return list
}

// testIssue mails the draft to a few: {"to": ["ada@example.org"]}.
func (s *Site) testIssue(r *call) (reply, error) {
	var body struct {
		To []string `json:"to"`
	}
	if err := readJSON(r.Request, &body); err != nil {
		return reply{}, err
	}
	sent, err := s.Office.Test(r.Context(), r.by, r.PathValue("id"), body.To)
	return reply{status: http.StatusOK, body: map[string]any{"sent": sent}}, editing(err)
}

// holdIssue keeps a draft from going out, whatever version it has by now:
// {"reason": "the lead is wrong"}.
func (s *Site) holdIssue(r *call) (reply, error) {
	var body struct {
		Reason string `json:"reason"`
	}
	if r.ContentLength != 0 {
		if err := readJSON(r.Request, &body); err != nil {
			return reply{}, err
		}
	}
	issue, err := s.Office.Hold(r.Context(), r.by, r.PathValue("id"), body.Reason)
	if err != nil {
		return reply{}, editing(err)
	}
	return s.whole(r.Context(), &issue)
}

// planIssue sets when a draft goes out: {"at": "2026-03-02T07:00:00Z"}.
func (s *Site) planIssue(r *call, rev int64) (newsletter.Issue, error) {
	var body struct {
		At time.Time `json:"at"`
	}
	if err := readJSON(r.Request, &body); err != nil {
		return newsletter.Issue{}, err
	}
	return s.Office.Plan(r.Context(), r.by, r.PathValue("id"), rev, body.At)
}
