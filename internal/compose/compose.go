// Package compose makes Issues: it picks the articles, proposes the words around
// them, freezes what an editor or a schedule approves, and has it rendered. It
// does not collect, and it mails nobody: an approved Issue is handed to a
// Starter.
package compose

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/words"
)

// ErrNothingNew means that there are too few new articles for an Issue. Nothing
// was written and nothing is mailed.
var ErrNothingNew = errors.New("no new articles")

// Store is what composing needs of a store; storetest.Store is the contract of
// each method.
type Store interface {
	Articles
	Issue(ctx context.Context, id string) (newsletter.Issue, error)
	Issues(ctx context.Context, limit int) ([]newsletter.Issue, error)
	SaveIssue(ctx context.Context, i *newsletter.Issue) error
	SaveMail(ctx context.Context, m *newsletter.Mail) error
	Links(ctx context.Context, issue string) (newsletter.Links, error)
	SaveLinks(ctx context.Context, l *newsletter.Links) error
	Schedule(ctx context.Context, id string) (newsletter.Schedule, error)
	Schedules(ctx context.Context) ([]newsletter.Schedule, error)
	SaveSchedule(ctx context.Context, s *newsletter.Schedule) error
	Run(ctx context.Context, id string) (newsletter.Run, error)
	AddAction(ctx context.Context, a *newsletter.Action) error
}

// Articles is the part of a store that holds what Issues are made of.
type Articles interface {
	ArticlesSince(ctx context.Context, schedule string, since time.Time) ([]newsletter.Article, error)
	Article(ctx context.Context, id string) (newsletter.Article, error)
	TakeArticle(ctx context.Context, article, schedule, issue string) error
	FreeArticle(ctx context.Context, article, schedule, issue string) error
	Author(ctx context.Context, key string) (newsletter.Author, error)
	Sources(ctx context.Context) ([]newsletter.Source, error)
}

// Renderer turns an Issue's content into a Mail. It is a pure function: the same
// content gives a Mail of the same words.
type Renderer interface {
	Issue(c newsletter.IssueContent) (newsletter.Mail, error)
	// Links are those of the Mail that the redirect must know before it is sent.
	Links(c newsletter.IssueContent) []newsletter.Link
	Welcome(c newsletter.IssueContent) (newsletter.Mail, error)
}

// Starter starts the Run of an approved Issue. Starting twice starts once.
type Starter interface {
	Start(ctx context.Context, issue *newsletter.Issue) (newsletter.Run, error)
}

// Composer is the stage. It may be used by several goroutines and processes at
// once: an Issue's id comes from its schedule and fire time, so that the second
// one to make it finds the first one's.
type Composer struct {
	Store       Store
	Publication func(ctx context.Context) (newsletter.Publication, error)
	Render      Renderer
	Runs        Starter
	Pages       Fetcher // asks whether articles are still there before an Issue is frozen; nil: nobody asks
	Now         func() time.Time
	// Announce is told of drafts and approvals that are about to be stored; nil: nobody is.
	Announce func(ctx context.Context, e newsletter.Event) error

	// For preflight; nil: nobody looks.
	Identity func(ctx context.Context, p *newsletter.Publication) (newsletter.Identity, error)
	Forecast func(ctx context.Context, schedule string) (newsletter.Forecast, error)
	Nobody   func(ctx context.Context) (token string, err error) // to unsubscribe, signed as readers' are

	standing standing
}

// horizon is how far back an article may have been collected and still count as
// new: the longest cadence twice.
const horizon = 63 * 24 * time.Hour

// Compose drafts the Issue of one fire of a schedule, or returns the one that
// was drafted before. It fails with ErrNothingNew where there are fewer articles
// than the schedule asks for.
func (c *Composer) Compose(ctx context.Context, schedule string, fire time.Time) (newsletter.Issue, error) {
	return c.composeFor(ctx, schedule, fire, "")
}

func (c *Composer) composeFor(ctx context.Context, schedule string, fire time.Time, key string) (newsletter.Issue, error) {
	id := newsletter.IssueID(schedule, fire)
	existing, err := c.Store.Issue(ctx, id)
	if !errors.Is(err, newsletter.ErrNotFound) {
		return existing, err
	}
	issue, err := c.draft(ctx, schedule, fire)
	if err != nil {
		return newsletter.Issue{}, err
	}
	issue.Key = key
	if err := c.announce(ctx, newsletter.Drafted(&issue)); err != nil {
		return newsletter.Issue{}, err
	}
	if err := c.Store.SaveIssue(ctx, &issue); errors.Is(err, newsletter.ErrConflict) {
		return c.Store.Issue(ctx, id) // somebody else was faster
	} else if err != nil {
		return newsletter.Issue{}, err
	}
	return issue, nil
}

// draft lays out what is new, and stores nothing.
func (c *Composer) draft(ctx context.Context, schedule string, fire time.Time) (newsletter.Issue, error) {
	id := newsletter.IssueID(schedule, fire)
	s, err := c.Store.Schedule(ctx, schedule)
	if err != nil {
		return newsletter.Issue{}, err
	}
	now := c.Now()
	articles, err := c.Store.ArticlesSince(ctx, schedule, now.Add(-horizon))
	if err != nil {
		return newsletter.Issue{}, err
	}
	articles = slices.DeleteFunc(articles, func(a newsletter.Article) bool { return !a.Mailable(now) })
	if !s.Enough(len(articles)) {
		return newsletter.Issue{}, fmt.Errorf("issue %s: %w (%d waiting, %d needed)", id, ErrNothingNew, len(articles), max(1, s.MinArticles))
	}
	p, err := c.Publication(ctx)
	if err != nil {
		return newsletter.Issue{}, err
	}
	return draft(id, &s, fire, articles, now, words.For(p.Language)), nil
}

// Waiting lists what is new for a draft, beside the articles that it has: newest
// first.
func (c *Composer) Waiting(ctx context.Context, issue *newsletter.Issue) ([]newsletter.Article, error) {
	articles, err := c.Store.ArticlesSince(ctx, issue.Schedule, c.Now().Add(-horizon))
	return slices.DeleteFunc(articles, func(a newsletter.Article) bool {
		return !a.Mailable(c.Now()) || slices.Contains(issue.Articles, a.ID)
	}), err
}

// Preview is what the next Issue of the schedule would show, or, where nothing is new,
// what the newest one shows. It stores nothing.
func (c *Composer) Preview(ctx context.Context, schedule string) (newsletter.IssueContent, error) {
	issue, err := c.draft(ctx, schedule, c.Now())
	if errors.Is(err, ErrNothingNew) {
		newest, listErr := c.Store.Issues(ctx, 1)
		if listErr != nil || len(newest) == 0 {
			return newsletter.IssueContent{}, errors.Join(err, listErr)
		}
		issue, err = newest[0], nil
	}
	if err != nil {
		return newsletter.IssueContent{}, err
	}
	return c.Content(ctx, &issue)
}

// Approve is Begin and Finish.
func (c *Composer) Approve(ctx context.Context, issue *newsletter.Issue) (newsletter.Run, error) {
	if err := c.Begin(ctx, issue, issue.By); err != nil {
		return newsletter.Run{}, err
	}
	return c.Finish(ctx, issue.ID)
}

// Begin notes, in the name of whoever wants it, that a draft is to be sent as it was
// read: ErrConflict, where it was changed, held or discarded since. From then on it
// cannot be changed. Of several who begin at once all have.
func (c *Composer) Begin(ctx context.Context, issue *newsletter.Issue, by string) error {
	if issue.Approving() || issue.State == newsletter.IssueApproved {
		return nil
	}
	begun := *issue
	if err := begun.BeginApproval(c.Now()); err != nil {
		return err
	}
	begun.By = by
	err := c.Store.SaveIssue(ctx, &begun)
	if errors.Is(err, newsletter.ErrConflict) {
		now, readErr := c.Store.Issue(ctx, issue.ID)
		if readErr != nil {
			return readErr
		}
		if !now.Approving() && now.State != newsletter.IssueApproved {
			return fmt.Errorf("issue %s was changed meanwhile: %w", issue.ID, err)
		}
		begun, err = now, nil
	}
	if err == nil {
		*issue = begun
	}
	return err
}

// Finish goes on with an approval that was begun: it freezes the Issue, has it rendered
// and starts its Run. It may be called again after a crash at any point, and takes up
// where the first call ended.
func (c *Composer) Finish(ctx context.Context, id string) (newsletter.Run, error) {
	var err error
	for range tries {
		var issue newsletter.Issue
		if issue, err = c.Store.Issue(ctx, id); err != nil {
			return newsletter.Run{}, err
		}
		switch {
		case issue.Approving():
			err = c.freeze(ctx, &issue)
		case issue.State == newsletter.IssueDiscarded:
			return newsletter.Run{}, errors.Join(fmt.Errorf("issue %s was discarded: %w", id, newsletter.ErrConflict), c.giveBack(ctx, &issue))
		case issue.State != newsletter.IssueApproved:
			return newsletter.Run{}, fmt.Errorf("issue %s is a draft again: %w", id, newsletter.ErrConflict)
		}
		if err == nil {
			return c.Runs.Start(ctx, &issue)
		}
		if errors.Is(err, ErrNothingNew) || !errors.Is(err, newsletter.ErrConflict) {
			break
		}
	}
	return newsletter.Run{}, err
}

// tries is how often somebody else's change of the same Issue is waited out.
const tries = 4

// SendNow composes and sends an Issue of the schedule outside its times. Asking
// again at the same moment sends nothing twice: what the first Issue has taken is
// not new any more.
func (c *Composer) SendNow(ctx context.Context, schedule string) (newsletter.Run, error) {
	return c.SendNowFor(ctx, schedule, "")
}

// SendNowFor is SendNow for a request that has a key; Issue.Key then tells what came of
// it.
func (c *Composer) SendNowFor(ctx context.Context, schedule, key string) (newsletter.Run, error) {
	if err := c.Recover(ctx); err != nil {
		return newsletter.Run{}, err
	}
	fire, err := c.free(ctx, schedule, c.Now().Truncate(time.Second))
	if err != nil {
		return newsletter.Run{}, err
	}
	issue, err := c.composeFor(ctx, schedule, fire, key)
	if err != nil {
		return newsletter.Run{}, err
	}
	if issue.State == newsletter.IssueDraft && !issue.Approving() && !untouched(&issue) { // somebody was quick
		return newsletter.Run{}, fmt.Errorf("issue %s was changed meanwhile: %w", issue.ID, newsletter.ErrConflict)
	}
	return c.Approve(ctx, &issue)
}

// Recover goes on where an approval or a discarding has ended halfway, and starts the
// Runs of approved Issues that have none: whoever was at it has died. Older ones than
// recoverable are left, so that a restored system does not send what nobody waits for
// any more.
func (c *Composer) Recover(ctx context.Context) error {
	issues, err := c.Store.Issues(ctx, recentIssues)
	if err != nil {
		return err
	}
	for i := range issues {
		if err := c.recover(ctx, &issues[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *Composer) recover(ctx context.Context, issue *newsletter.Issue) error {
	if issue.State == newsletter.IssueDiscarded && !issue.Freed {
		return c.giveBack(ctx, issue)
	}
	underWay := issue.Approving() || issue.State == newsletter.IssueApproved
	if !underWay || c.Now().Sub(issue.ApprovedAt) > recoverable {
		return nil
	}
	if issue.Approving() {
		begun := ""
		if issue.By != "" {
			begun = "begun by " + issue.By
		}
		entry := newsletter.Unattended("went on with an approval", "issue "+issue.ID, begun, issue.ApprovedAt)
		if err := c.Store.AddAction(ctx, &entry); err != nil {
			return err
		}
	}
	_, err := c.Finish(ctx, issue.ID)
	if errors.Is(err, ErrNothingNew) {
		err = nil
	}
	return err
}

const (
	recentIssues = 20
	recoverable  = 48 * time.Hour
)

// untouched tells whether nobody has laid hands on a draft.
func untouched(i *newsletter.Issue) bool {
	return i.State == newsletter.IssueDraft && i.By == "" && !i.Held
}

// free finds the first moment from fire on whose Issue can still be approved, and that
// nobody has laid hands on.
func (c *Composer) free(ctx context.Context, schedule string, fire time.Time) (time.Time, error) {
	for {
		issue, err := c.Store.Issue(ctx, newsletter.IssueID(schedule, fire))
		if errors.Is(err, newsletter.ErrNotFound) || err == nil && untouched(&issue) {
			return fire, nil
		}
		if err != nil {
			return fire, err
		}
		fire = fire.Add(time.Second)
	}
}

// freeze takes the articles of an Issue whose approval was begun, stores the mail and
// only then marks the Issue as approved: an approved Issue has its mail, and one
// that has taken an article is known to be on its way.
func (c *Composer) freeze(ctx context.Context, issue *newsletter.Issue) error {
	if err := c.dropGone(ctx, issue); err != nil {
		return err
	}
	if err := c.take(ctx, issue); err != nil {
		return err
	}
	if len(issue.Articles) == 0 && issue.Discard() == nil {
		issue.Freed = true // others have them
		return errors.Join(fmt.Errorf("issue %s: %w: other issues have its articles, or the site has taken them away", issue.ID, ErrNothingNew), c.Store.SaveIssue(ctx, issue))
	}
	if err := issue.Approve(c.Now()); err != nil {
		return err
	}
	content, err := c.Content(ctx, issue)
	if err != nil {
		return err
	}
	if issue.Variants, err = c.render(ctx, &content); err != nil {
		return err
	}
	if err := c.announce(ctx, newsletter.Approved(issue)); err != nil {
		return err
	}
	return c.Store.SaveIssue(ctx, issue)
}

func (c *Composer) announce(ctx context.Context, e newsletter.Event) error {
	if c.Announce == nil {
		return nil
	}
	return c.Announce(ctx, e)
}

// take reserves the Issue's articles in its schedule. What another Issue has
// taken since this one was drafted falls out of it.
func (c *Composer) take(ctx context.Context, issue *newsletter.Issue) error {
	for _, list := range []*[]string{&issue.Articles, &issue.Rest} {
		mine := make([]string, 0, len(*list))
		for _, article := range *list {
			err := c.Store.TakeArticle(ctx, article, issue.Schedule, issue.ID)
			if errors.Is(err, newsletter.ErrConflict) || errors.Is(err, newsletter.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			mine = append(mine, article)
		}
		*list = mine
	}
	return nil
}

// Discard gives a draft up, as it was read, and frees its articles for another Issue.
// ErrConflict: it was changed since, or is on its way. Its articles are freed when it is
// given up, and not before: somebody may be about to send it. Whoever dies in between
// leaves that to Recover.
func (c *Composer) Discard(ctx context.Context, issue *newsletter.Issue) error {
	if issue.UnderWay(c.Now()) {
		return fmt.Errorf("issue %s is on its way; pause its run instead: %w", issue.ID, newsletter.ErrConflict)
	}
	if err := issue.Discard(); err != nil {
		return err
	}
	issue.Freed = false
	if err := c.Store.SaveIssue(ctx, issue); err != nil {
		return err
	}
	return c.giveBack(ctx, issue)
}

// giveBack frees the articles of a discarded Issue.
func (c *Composer) giveBack(ctx context.Context, issue *newsletter.Issue) error {
	for _, article := range slices.Concat(issue.Articles, issue.Rest) {
		if err := c.Store.FreeArticle(ctx, article, issue.Schedule, issue.ID); err != nil {
			return err
		}
	}
	if issue.Freed {
		return nil
	}
	issue.Freed = true
	err := c.Store.SaveIssue(ctx, issue)
	if errors.Is(err, newsletter.ErrConflict) {
		err = nil // it is drafted anew, or somebody else has noted it
	}
	return err
}

// Content reads all that the Issue shows. An article or author that has gone
// missing is left out.
func (c *Composer) Content(ctx context.Context, issue *newsletter.Issue) (newsletter.IssueContent, error) {
	p, err := c.Publication(ctx)
	if err != nil {
		return newsletter.IssueContent{}, err
	}
	return c.contentOf(ctx, p, issue)
}

func (c *Composer) contentOf(ctx context.Context, p newsletter.Publication, issue *newsletter.Issue) (newsletter.IssueContent, error) {
	content := newsletter.IssueContent{Publication: p, Issue: *issue, Authors: map[string]newsletter.Author{}}
	var err error
	if content.Schedule, err = c.Store.Schedule(ctx, issue.Schedule); err != nil {
		return content, err
	}
	if content.Publication.UTM != "" {
		if content.Sites, err = c.sites(ctx); err != nil {
			return content, err
		}
	}
	for _, id := range issue.Articles {
		article, err := c.Store.Article(ctx, id)
		if errors.Is(err, newsletter.ErrNotFound) {
			continue
		} else if err != nil {
			return content, err
		}
		article = issue.Apply(article)
		content.Articles = append(content.Articles, article)
		if err := c.authors(ctx, &article, content.Authors); err != nil {
			return content, err
		}
	}
	return content, nil
}

// sites are where the articles come from.
func (c *Composer) sites(ctx context.Context) (sites []string, err error) {
	sources, err := c.Store.Sources(ctx)
	for i := range sources {
		sites = append(sites, sources[i].URL)
	}
	return sites, err
}

func (c *Composer) authors(ctx context.Context, article *newsletter.Article, known map[string]newsletter.Author) error {
	for _, key := range article.Authors {
		if _, ok := known[key]; ok {
			continue
		}
		author, err := c.Store.Author(ctx, key)
		if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
			return err
		}
		known[key] = author
	}
	return nil
}
