package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// HoldPath is where the link of a draft's mail leads that holds it.
const HoldPath = "/desk/hold/"

// holdAfter is how long after its time a draft can be held by the mail's link.
const holdAfter = 7 * 24 * time.Hour

// Newsroom is what telling the editors needs of a store; storetest.Store is the
// contract of each method.
type Newsroom interface {
	Issues(ctx context.Context, limit int) ([]newsletter.Issue, error)
	SaveIssue(ctx context.Context, i *newsletter.Issue) error
	Schedule(ctx context.Context, id string) (newsletter.Schedule, error)
}

// Glancer looks at a draft without leaving the house; *compose.Composer does.
type Glancer interface {
	Glance(ctx context.Context, issue *newsletter.Issue) (newsletter.Preflight, error)
	Content(ctx context.Context, issue *newsletter.Issue) (newsletter.IssueContent, error)
}

// HoldSigner makes the token of a link that holds a draft; *token.Signer does.
type HoldSigner interface {
	SignHold(issue string, until time.Time) string
}

// Teller mails the editors what happens without them.
type Teller struct {
	To          []newsletter.Address // nobody is told where it is empty
	Store       Newsroom
	Preflight   Glancer
	Mail        Post
	Render      Notes
	Publication func(ctx context.Context) (newsletter.Publication, error)
	Tokens      HoldSigner
	Now         func() time.Time
}

// toldAmong are the newest issues among which a draft is that nobody was told of.
const toldAmong = 20

// Drafts mails each draft that nobody was told of yet, with its preflight. Of several
// tellers at once one mails; a mail that fails is tried again at the next call.
func (t *Teller) Drafts(ctx context.Context) error {
	if len(t.To) == 0 {
		return nil
	}
	issues, err := t.Store.Issues(ctx, toldAmong)
	if err != nil {
		return err
	}
	var faults []error
	for i := range issues {
		if issue := &issues[i]; issue.State == newsletter.IssueDraft && !issue.Approving() && issue.ToldAt.IsZero() {
			faults = append(faults, t.draft(ctx, issue))
		}
	}
	return errors.Join(faults...)
}

// draft notes that the editors were told before they are, so that nobody is told twice.
func (t *Teller) draft(ctx context.Context, issue *newsletter.Issue) error {
	issue.ToldAt = t.Now()
	if err := t.Store.SaveIssue(ctx, issue); errors.Is(err, newsletter.ErrConflict) {
		return nil // somebody else tells them, or is at work on it
	} else if err != nil {
		return err
	}
	note, err := t.draftNote(ctx, issue)
	if err == nil {
		err = t.mail(ctx, note)
	}
	if err != nil {
		issue.ToldAt = time.Time{}
		if saveErr := t.Store.SaveIssue(ctx, issue); !errors.Is(saveErr, newsletter.ErrConflict) {
			err = errors.Join(err, saveErr)
		}
	}
	return err
}

func (t *Teller) draftNote(ctx context.Context, issue *newsletter.Issue) (*newsletter.Note, error) {
	p, err := t.Publication(ctx)
	if err != nil {
		return nil, err
	}
	s, err := t.Store.Schedule(ctx, issue.Schedule)
	if err != nil {
		return nil, err
	}
	found, err := t.Preflight.Glance(ctx, issue)
	if err != nil {
		return nil, err
	}
	content, err := t.Preflight.Content(ctx, issue)
	if err != nil {
		return nil, err
	}
	at, home := issue.FireAt.In(p.Location()).Format("Monday, 2 January, 15:04 MST"), p.BaseURL+IssuePath(issue.ID)
	n := &newsletter.Note{Subject: "Draft: " + issue.Subject, Headline: issue.Subject, Button: "Open it at the desk", Link: home,
		Lines: []string{fmt.Sprintf("The next issue of %s is drafted, with %d articles.", p.Name, len(issue.Articles))}}
	if s.Review {
		n.Lines = append(n.Lines, "It is due "+at+", and waits for somebody to approve it.")
		n.Items = append(n.Items, newsletter.NoteItem{Title: "Approve it", Text: "At the desk, where you sign in.", Link: home + "#go"})
	} else {
		n.Lines = append(n.Lines, "It goes out by itself "+at+", unless somebody holds it.")
	}
	hold := p.BaseURL + HoldPath + issue.ID + "/" + t.Tokens.SignHold(issue.ID, issue.FireAt.Add(holdAfter))
	n.Items = append(n.Items, newsletter.NoteItem{Title: "Hold it", Text: "It then does not go out until somebody lets it go at the desk.", Link: hold})
	n.Items = append(n.Items, preflightItems(issue.ID, p.BaseURL, found.Blocking(), "Before it can go out")...)
	n.Items = append(n.Items, articleItems(home, content.Articles)...)
	n.Items = append(n.Items, preflightItems(issue.ID, p.BaseURL, found.Warnings(), "Good to know")...)
	n.Small = []string{"Links to the desk ask you to sign in. The one that holds it works for whoever has this mail."}
	return n, nil
}

// articleItems lead to where each article is moved, changed or dropped.
func articleItems(home string, articles []newsletter.Article) (items []newsletter.NoteItem) {
	for i := range articles {
		a := &articles[i]
		items = append(items, newsletter.NoteItem{Title: newsletter.Shorten(a.Title, 120), Text: newsletter.Shorten(a.Dek, 200), Link: home + "#a-" + a.ID})
	}
	if len(items) > 0 {
		items[0].Heading = "In it: move, change or drop"
	}
	return items
}

// alike is how many findings of a rule are told one by one in a mail.
const alike = 2

// preflightItems tell what was found, each with a link to where it is mended.
func preflightItems(issue, baseURL string, found []newsletter.Finding, heading string) (items []newsletter.NoteItem) {
	of := map[string]int{}
	for _, f := range found {
		of[f.Rule]++
	}
	told := map[string]int{}
	for _, f := range found {
		if told[f.Rule]++; told[f.Rule] > alike {
			continue
		}
		item := newsletter.NoteItem{Title: f.Text, Text: f.Cure}
		if path := CurePath(issue, f); path != "" {
			item.Link = baseURL + path
		}
		if more := of[f.Rule] - alike; told[f.Rule] == alike && more > 0 {
			item.Text += fmt.Sprintf(" (%d more like this.)", more)
		}
		items = append(items, item)
	}
	if len(items) > 0 {
		items[0].Heading = heading
	}
	return items
}

// Missed mails why nothing went out at a time of a schedule.
func (t *Teller) Missed(ctx context.Context, schedule string, at time.Time, why string) error {
	if len(t.To) == 0 {
		return nil
	}
	p, err := t.Publication(ctx)
	if err != nil {
		return err
	}
	when := at.In(p.Location()).Format("Monday, 2 January, 15:04 MST")
	return t.mail(ctx, &newsletter.Note{Subject: fmt.Sprintf("Nothing was mailed: the %s issue of %s", schedule, p.Name), Headline: "Nothing was mailed",
		Lines:  []string{fmt.Sprintf("The %s issue of %s did not go out, because %s.", schedule, when, why)},
		Button: "Open the desk", Link: p.BaseURL + "/desk/"})
}

// mail sends the note to everybody. Who cannot be mailed does not keep it from the
// others; where nobody can, that is an error.
func (t *Teller) mail(ctx context.Context, n *newsletter.Note) error {
	p, err := t.Publication(ctx)
	if err != nil {
		return err
	}
	m, err := t.Render.Note(&p, n)
	if err != nil {
		return err
	}
	var faults []error
	for _, to := range t.To {
		m.To = to
		if err := t.Mail.Post(ctx, &m); err != nil {
			faults = append(faults, fmt.Errorf("mail %q to the desk: %w", n.Subject, err))
		}
	}
	if len(faults) == len(t.To) {
		return errors.Join(faults...)
	}
	return nil
}
