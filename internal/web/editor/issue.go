package editor

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// issuePage is one Issue on the desk.
type issuePage struct {
	issueHead
	Words     desk.Words
	Theirs    *desk.Words // what somebody else has saved meanwhile
	TheirsBy  string
	Articles  []articleRow
	Rest      int
	Waiting   []waitingRow
	Since     []waitingRow // those of it that have come since the Issue was drafted
	Findings  []cured
	Corrected []linkRow // links that lead elsewhere than the mail said
	Editors   string    // addresses for a test
	SendAt    string    // proposed, as a field for a moment has it
	Zone      string
}

// issueHead is what every page about an Issue begins with.
type issueHead struct {
	ID, Subject string
	Rev         int64
	State       badge
	When        string
	Draft       bool
	Held        bool
	HeldFor     string
	Planned     bool
	Run         bool
	By          string
	Here        string // the page of the Issue that is shown
	MayEdit     bool
}

type badge struct{ Kind, Text string }

type articleRow struct {
	N                               int
	ID, Title, Dek, URL, By, Source string
	Image, Alt                      string
	Lead, Pinned, Changed, Last     bool
	Missing                         bool
}

type waitingRow struct{ ID, Title, When string }

// issueOf reads the Issue of the address.
func (p *Pages) issueOf(v *visit) (newsletter.Issue, error) {
	return p.Store.Issue(v.Context(), v.PathValue("id"))
}

func (p *Pages) head(v *visit, i *newsletter.Issue, here string) (issueHead, error) {
	zone, err := p.zone(v)
	if err != nil {
		return issueHead{}, err
	}
	s, err := p.Store.Schedule(v.Context(), i.Schedule)
	if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
		return issueHead{}, err
	}
	h := issueHead{ID: i.ID, Subject: subject(i), Rev: i.Rev, Draft: i.State == newsletter.IssueDraft && !i.Approving(), Held: i.Held, HeldFor: i.HeldFor,
		Planned: !i.SendAt.IsZero(), By: i.By, Here: here, MayEdit: v.person.May(newsletter.RoleEditor) == nil, Run: i.State == newsletter.IssueApproved}
	h.State, h.When = standing(i, s.Review, zone)
	return h, nil
}

// standing says where an Issue stands, and when it goes or went out.
func standing(i *newsletter.Issue, review bool, zone *time.Location) (badge, string) {
	at, goes := i.Goes(review)
	switch {
	case i.State == newsletter.IssueApproved:
		return badge{"good", "sent"}, "approved " + moment(i.ApprovedAt, zone)
	case i.State == newsletter.IssueDiscarded:
		return badge{"", "discarded"}, "it was not sent"
	case i.Approving():
		return badge{"warn", "on its way"}, "approved " + moment(i.ApprovedAt, zone)
	case i.Held:
		return badge{"warn", "held"}, "waits until somebody lets it go"
	case !i.SendAt.IsZero():
		return badge{"good", "approved"}, "goes out " + moment(at, zone)
	case goes:
		return badge{"good", "automatic"}, "goes out by itself " + moment(at, zone)
	}
	return badge{"warn", "draft"}, "waits for an editor; due " + moment(i.FireAt, zone)
}

func (p *Pages) issue(v *visit) (page, error) {
	issue, err := p.issueOf(v)
	if err != nil {
		return page{}, err
	}
	return p.issueWith(v, &issue, desk.Words{Subject: issue.Subject, Preheader: issue.Preheader, Intro: issue.Intro, Notice: issue.Notice}, nil)
}

// issueWith shows the Issue with words that may not be saved yet.
func (p *Pages) issueWith(v *visit, i *newsletter.Issue, words desk.Words, changed *desk.ChangedError) (page, error) {
	h, err := p.head(v, i, "issue")
	if err != nil {
		return page{}, err
	}
	zone, err := p.zone(v)
	if err != nil {
		return page{}, err
	}
	body := issuePage{issueHead: h, Words: words, Rest: len(i.Rest), Zone: zone.String(), SendAt: p.Now().In(zone).Add(time.Hour).Truncate(15 * time.Minute).Format("2006-01-02T15:04")}
	var to []string
	for _, a := range p.Access.Everybody() {
		to = append(to, string(a))
	}
	body.Editors = strings.Join(to, " ")
	if changed != nil {
		body.Theirs, body.TheirsBy = &desk.Words{Subject: i.Subject, Preheader: i.Preheader, Intro: i.Intro, Notice: i.Notice}, i.By
	}
	if body.Articles, err = p.rows(v, i); err != nil {
		return page{}, err
	}
	if h.Draft {
		if body.Since, body.Waiting, err = p.waiting(v, i, zone); err != nil {
			return page{}, err
		}
		found, err := p.Composer.Glance(v.Context(), i)
		if err != nil {
			return page{}, err
		}
		body.Findings = cures(i.ID, found.Findings)
	}
	if h.Run {
		if body.Corrected, err = p.corrected(v, i.ID, zone); err != nil {
			return page{}, err
		}
	}
	a := page{name: "issue", title: h.Subject, body: body}
	a.liven(&h, "drag", "live", "keep")
	if changed != nil {
		a.status = http.StatusConflict
	}
	return a, nil
}

// rows are the articles as this Issue shows them.
func (p *Pages) rows(v *visit, i *newsletter.Issue) ([]articleRow, error) {
	content, err := p.Composer.Content(v.Context(), i)
	if err != nil {
		return nil, err
	}
	byID := map[string]newsletter.Article{}
	for _, a := range content.Articles {
		byID[a.ID] = a
	}
	var rows []articleRow
	for n, id := range i.Articles {
		a, known := byID[id]
		row := articleRow{N: n + 1, ID: id, Title: a.Title, Dek: newsletter.Shorten(a.Dek, 140), URL: a.URL, Lead: n == 0, Pinned: slices.Contains(i.Pinned, id),
			Changed: i.EditOf(id) != (newsletter.Edit{Article: id}), Last: n == len(i.Articles)-1, Missing: !known, Image: a.Image.URL}
		if u, err := url.Parse(a.URL); err == nil {
			row.Source = strings.TrimPrefix(u.Host, "www.")
		}
		var names []string
		for _, key := range a.Authors {
			author := content.Authors[key]
			names = append(names, author.Profile().Name)
		}
		row.By = strings.Join(names, ", ")
		if !known {
			row.Title = "This article is not there any more"
		}
		rows = append(rows, row)
	}
	return rows, nil
}

const waitingShown = 12

// waiting is what this Issue could take in: what has come since it was drafted, and the
// rest.
func (p *Pages) waiting(v *visit, i *newsletter.Issue, zone *time.Location) (since, others []waitingRow, err error) {
	articles, err := p.Composer.Waiting(v.Context(), i)
	for _, a := range articles[:min(len(articles), waitingShown)] {
		row := waitingRow{a.ID, a.Title, day(a.Published, zone)}
		if a.FirstSeen.After(i.CreatedAt) {
			since = append(since, row)
			continue
		}
		others = append(others, row)
	}
	return since, others, err
}

// form reads a form and the Rev that it was made from.
func form(v *visit) (rev int64, err error) {
	if err := v.ParseForm(); err != nil {
		return 0, fmt.Errorf("%w: %w", errForm, err)
	}
	rev, err = strconv.ParseInt(v.PostFormValue("rev"), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errForm, err)
	}
	return rev, nil
}

// liven gives a page of a draft its scripts, for whoever may change it.
func (a *page) liven(h *issueHead, scripts ...string) {
	if h.Draft && h.MayEdit {
		a.scripts, a.frames = scripts, true
	}
}

func issueURL(id string) string { return desk.IssuePath(id) }

// saveWords answers a conflict with the page itself: what was typed is not lost.
func (p *Pages) saveWords(w http.ResponseWriter, v *visit) {
	rev, err := form(v)
	words := wordsOf(v)
	if err == nil {
		_, err = p.Desk.Write(v.Context(), v.person, v.PathValue("id"), rev, words)
	}
	if changed := (*desk.ChangedError)(nil); errors.As(err, &changed) {
		p.answer(w, v, func(*visit) (page, error) { return p.issueWith(v, &changed.Now, words, changed) })
		return
	}
	if err != nil {
		p.answer(w, v, func(*visit) (page, error) { return page{}, err })
		return
	}
	http.Redirect(w, v.Request, issueURL(v.PathValue("id"))+"?done=saved", http.StatusSeeOther)
}

// wordsOf reads the form.
func wordsOf(v *visit) desk.Words {
	return desk.Words{Subject: v.PostFormValue("subject"), Preheader: v.PostFormValue("preheader"), Intro: v.PostFormValue("intro"), Notice: v.PostFormValue("notice")}
}

// articles does what a button of the list says: "up ID", "drop ID" …
func (p *Pages) articles(v *visit) (string, error) {
	rev, err := form(v)
	if err != nil {
		return "", err
	}
	ctx, id := v.Context(), v.PathValue("id")
	do, article, _ := strings.Cut(v.PostFormValue("do"), " ")
	switch do {
	case "up":
		_, err = p.Desk.Shift(ctx, v.person, id, rev, article, -1)
	case "down":
		_, err = p.Desk.Shift(ctx, v.person, id, rev, article, 1)
	case "lead":
		_, err = p.Desk.Lead(ctx, v.person, id, rev, article)
	case "pin":
		_, err = p.Desk.Pin(ctx, v.person, id, rev, article, true)
	case "unpin":
		_, err = p.Desk.Pin(ctx, v.person, id, rev, article, false)
	case "drop":
		_, err = p.Desk.Drop(ctx, v.person, id, rev, article)
	case "bury":
		_, err = p.Desk.Bury(ctx, v.person, id, rev, article)
	case "include":
		_, err = p.Desk.Include(ctx, v.person, id, rev, article)
	case "include-since":
		_, err = p.Desk.IncludeAll(ctx, v.person, id, rev, v.PostForm["since"])
	case "order":
		_, err = p.Desk.Arrange(ctx, v.person, id, rev, v.PostForm["order"])
	default:
		err = errForm
	}
	done := map[string]string{"drop": "dropped", "bury": "buried", "include": "included", "include-since": "included-all", "pin": "pinned", "unpin": "unpinned"}[do]
	return issueURL(id) + "?done=" + cmp.Or(done, "order") + "#articles", err
}

func (p *Pages) fetchArticle(v *visit) (string, error) {
	rev, err := form(v)
	if err != nil {
		return "", err
	}
	_, err = p.Desk.Fetch(v.Context(), v.person, v.PathValue("id"), rev, v.PostFormValue("address"))
	if errors.Is(err, newsletter.ErrInvalid) {
		err = fmt.Errorf("%w: %w", errNoArticle, err)
	}
	return issueURL(v.PathValue("id")) + "?done=included#articles", err
}

// step does what a button beside the Issue says.
func (p *Pages) step(v *visit) (to string, err error) {
	rev, err := form(v)
	if err != nil {
		return "", err
	}
	ctx, id, done := v.Context(), v.PathValue("id"), v.PathValue("step")
	to = issueURL(id) + "?done=" + done
	switch done {
	case "approve":
		var sent bool
		if _, sent, err = p.Desk.Approve(ctx, v.person, id, rev); sent {
			to = "/desk/runs/" + url.PathEscape(id)
		}
	case "send":
		_, err = p.Desk.SendNow(ctx, v.person, id, rev)
		to = "/desk/runs/" + url.PathEscape(id)
	case "hold":
		_, err = p.Desk.Hold(ctx, v.person, id, v.PostFormValue("why"))
	case "release":
		_, err = p.Desk.Release(ctx, v.person, id, rev)
	case "plan":
		err = p.plan(v, id, rev)
	case "unplan":
		_, err = p.Desk.Unplan(ctx, v.person, id, rev)
	case "discard":
		err = p.Desk.Discard(ctx, v.person, id, rev)
		to = "/desk/?done=discard"
	case "test":
		_, err = p.Desk.Test(ctx, v.person, id, strings.FieldsFunc(v.PostFormValue("to"), func(r rune) bool { return strings.ContainsRune(" ,;\r\n\t", r) }))
	default:
		err = errNoPage
	}
	return to, err
}

func (p *Pages) plan(v *visit, id string, rev int64) error {
	zone, err := p.zone(v)
	if err != nil {
		return err
	}
	at, err := time.ParseInLocation("2006-01-02T15:04", v.PostFormValue("at"), zone)
	if err != nil {
		return fmt.Errorf("%w: %w", errMoment, err)
	}
	_, err = p.Desk.Plan(v.Context(), v.person, id, rev, at)
	if errors.Is(err, newsletter.ErrInvalid) {
		err = fmt.Errorf("%w: %w", errMoment, err)
	}
	return err
}

func (p *Pages) draft(v *visit) (string, error) {
	if err := v.ParseForm(); err != nil {
		return "", fmt.Errorf("%w: %w", errForm, err)
	}
	issue, err := p.Desk.Draft(v.Context(), v.person, v.PostFormValue("schedule"))
	return issueURL(issue.ID), err
}
