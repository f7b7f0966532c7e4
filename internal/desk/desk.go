package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Store is what the desk needs of a store beside AccessStore; storetest.Store is the
// contract of each method.
type Store interface {
	Trail
	Publication(ctx context.Context) (newsletter.Publication, error)
	SavePublication(ctx context.Context, p *newsletter.Publication) error
	Issue(ctx context.Context, id string) (newsletter.Issue, error)
	SaveIssue(ctx context.Context, i *newsletter.Issue) error
	Article(ctx context.Context, id string) (newsletter.Article, error)
	SaveArticle(ctx context.Context, a *newsletter.Article) error
	Author(ctx context.Context, key string) (newsletter.Author, error)
	SaveAuthor(ctx context.Context, a *newsletter.Author) error
	Schedule(ctx context.Context, id string) (newsletter.Schedule, error)
	SaveSchedule(ctx context.Context, s *newsletter.Schedule) error
	Source(ctx context.Context, id string) (newsletter.Source, error)
	SaveSource(ctx context.Context, s *newsletter.Source) error
	Sources(ctx context.Context) ([]newsletter.Source, error)
	Allow(ctx context.Context, kind, key string, limit int, window time.Duration, now time.Time) (bool, error)
}

// Composer makes and freezes Issues; *compose.Composer does.
type Composer interface {
	// Next drafts the next Issue of a schedule, or returns the one that is drafted.
	Next(ctx context.Context, schedule string) (issue newsletter.Issue, made bool, err error)
	// Begin notes that a draft is to be sent as it was read. ErrConflict: it was changed
	// since.
	Begin(ctx context.Context, issue *newsletter.Issue, by string) error
	// Finish freezes what was begun and starts its Run; again after a crash goes on.
	Finish(ctx context.Context, id string) (newsletter.Run, error)
	// Discard gives a draft up, as it was read. ErrConflict as of Begin.
	Discard(ctx context.Context, issue *newsletter.Issue) error
	// Proof is the draft as it would be mailed in a language; empty: the publication's.
	Proof(ctx context.Context, issue *newsletter.Issue, language string) (newsletter.Mail, error)
	// Sample is the mail of the newest Issue, as it would be with a Publication of other
	// settings.
	Sample(ctx context.Context, p newsletter.Publication) (newsletter.Mail, error)
	// Preflight looks for what is wrong with a draft.
	Preflight(ctx context.Context, issue *newsletter.Issue) (newsletter.Preflight, error)
}

// Runs steers Runs; *deliver.Engine does.
type Runs interface {
	Hold(ctx context.Context, id, reason string) (newsletter.Run, error)
	Resume(ctx context.Context, id string) (newsletter.Run, error)
	Cancel(ctx context.Context, id, reason string) (newsletter.Run, error)
	Retry(ctx context.Context, id string, outcome newsletter.Outcome) (newsletter.Run, error)
}

// Collector takes in what is at an address; *collect.Collector does. What is none gives a
// newsletter.Fault.
type Collector interface {
	Article(ctx context.Context, address string) (newsletter.Article, error)
	// Add makes a Source of the address, or returns the one that is there, and fetches
	// nothing.
	Add(ctx context.Context, address string) (newsletter.Source, error)
}

// Desk is what editors do. Every method looks whether the person may, and notes in the
// audit trail what was done. It may be used by several goroutines and processes at
// once: whoever changes an Issue names the Rev that they have seen, and loses with a
// ChangedError against whoever was faster.
type Desk struct {
	Store       Store
	Composer    Composer
	Runs        Runs
	Collect     Collector
	Mail        Post
	Publication func(ctx context.Context) (newsletter.Publication, error)
	Now         func() time.Time
	Fixed       map[newsletter.Setting]string // those that stand above what is stored, with where they are set
}

// ChangedError means that the Issue is not any more as the person saw it. Nothing was
// saved.
type ChangedError struct {
	Now newsletter.Issue // as it is
}

func (e *ChangedError) Error() string {
	return fmt.Sprintf("issue %s was changed by %s meanwhile", e.Now.ID, e.Now.By)
}

// Unwrap makes it a conflict.
func (e *ChangedError) Unwrap() error { return newsletter.ErrConflict }

// BlockedError means that preflight found what must be mended first.
type BlockedError struct{ Preflight newsletter.Preflight }

func (e *BlockedError) Error() string {
	var texts []string
	for _, f := range e.Preflight.Blocking() {
		texts = append(texts, f.Text)
	}
	return "preflight stops it: " + strings.Join(texts, "; ")
}

// Unwrap makes it a conflict with the state of the Issue.
func (e *BlockedError) Unwrap() error { return newsletter.ErrConflict }

// change does something to a draft that the person has seen at rev.
func (d *Desk) change(ctx context.Context, p Person, id string, rev int64, what string, do func(i *newsletter.Issue) (detail string, err error)) (newsletter.Issue, error) {
	if err := p.May(newsletter.RoleEditor); err != nil {
		return newsletter.Issue{}, err
	}
	issue, err := d.Store.Issue(ctx, id)
	if err != nil {
		return issue, err
	}
	if issue.Rev != rev {
		return issue, &ChangedError{issue}
	}
	changed := issue
	detail, err := do(&changed)
	if err != nil {
		return issue, err
	}
	changed.By = p.Who
	if err := d.Store.SaveIssue(ctx, &changed); errors.Is(err, newsletter.ErrConflict) {
		if issue, err = d.Store.Issue(ctx, id); err == nil {
			err = &ChangedError{issue}
		}
		return issue, err
	} else if err != nil {
		return issue, err
	}
	return changed, d.note(ctx, p, what, "issue "+id, detail)
}

func (d *Desk) note(ctx context.Context, p Person, what, record, detail string) error {
	action := newsletter.NewAction(p.Who, what, record, detail, d.Now())
	return d.Store.AddAction(ctx, &action)
}

// Words are what an editor writes around the articles.
type Words struct{ Subject, Preheader, Intro, Notice string }

// Write sets the words around the articles.
func (d *Desk) Write(ctx context.Context, p Person, id string, rev int64, w Words) (newsletter.Issue, error) {
	return d.change(ctx, p, id, rev, "changed the words", func(i *newsletter.Issue) (string, error) {
		before := *i
		err := i.Write(w.Subject, w.Preheader, w.Intro, w.Notice)
		return newsletter.Changes(newsletter.Change("subject", before.Subject, i.Subject), newsletter.Change("preheader", before.Preheader, i.Preheader),
			newsletter.Change("intro", before.Intro, i.Intro), newsletter.Change("notice", before.Notice, i.Notice)), err
	})
}

// Arrange sets the order of the articles.
func (d *Desk) Arrange(ctx context.Context, p Person, id string, rev int64, order []string) (newsletter.Issue, error) {
	return d.change(ctx, p, id, rev, "changed the order", func(i *newsletter.Issue) (string, error) { return "", i.Arrange(order) })
}

// Shift moves an article up (by < 0) or down.
func (d *Desk) Shift(ctx context.Context, p Person, id string, rev int64, article string, by int) (newsletter.Issue, error) {
	return d.change(ctx, p, id, rev, "moved an article", d.named(ctx, article, func(i *newsletter.Issue) error { return i.Shift(article, by) }))
}

// Lead makes an article the first one.
func (d *Desk) Lead(ctx context.Context, p Person, id string, rev int64, article string) (newsletter.Issue, error) {
	return d.change(ctx, p, id, rev, "chose the lead", d.named(ctx, article, func(i *newsletter.Issue) error { return i.Lead(article) }))
}

// Pin keeps an article in front, or lets it go.
func (d *Desk) Pin(ctx context.Context, p Person, id string, rev int64, article string, pinned bool) (newsletter.Issue, error) {
	what := map[bool]string{true: "pinned an article", false: "unpinned an article"}[pinned]
	return d.change(ctx, p, id, rev, what, d.named(ctx, article, func(i *newsletter.Issue) error { return i.Pin(article, pinned) }))
}

// Drop takes an article out of this Issue. It comes into the next one.
func (d *Desk) Drop(ctx context.Context, p Person, id string, rev int64, article string) (newsletter.Issue, error) {
	return d.change(ctx, p, id, rev, "dropped an article", d.named(ctx, article, func(i *newsletter.Issue) error { return i.Drop(article) }))
}

// Bury takes an article out of this Issue and keeps it out of all later ones.
func (d *Desk) Bury(ctx context.Context, p Person, id string, rev int64, article string) (newsletter.Issue, error) {
	issue, err := d.change(ctx, p, id, rev, "dropped an article for good", d.named(ctx, article, func(i *newsletter.Issue) error { return i.Drop(article) }))
	for err == nil {
		var a newsletter.Article
		if a, err = d.Store.Article(ctx, article); err != nil {
			break
		}
		a.Past = true
		if err = d.Store.SaveArticle(ctx, &a); !errors.Is(err, newsletter.ErrConflict) {
			break
		}
		err = nil // a visit has changed it
	}
	return issue, err
}

// Include takes an article in that is there.
func (d *Desk) Include(ctx context.Context, p Person, id string, rev int64, article string) (newsletter.Issue, error) {
	return d.change(ctx, p, id, rev, "took an article in", d.named(ctx, article, func(i *newsletter.Issue) error { return i.Include(article) }))
}

// IncludeAll takes several in that are there, all or none.
func (d *Desk) IncludeAll(ctx context.Context, p Person, id string, rev int64, articles []string) (newsletter.Issue, error) {
	return d.change(ctx, p, id, rev, "took articles in", func(i *newsletter.Issue) (string, error) {
		for _, article := range articles {
			if err := i.Include(article); err != nil {
				return "", err
			}
		}
		return fmt.Sprintf("%d of them", len(articles)), nil
	})
}

// Fetch takes an article in by its address.
func (d *Desk) Fetch(ctx context.Context, p Person, id string, rev int64, address string) (newsletter.Issue, error) {
	if err := p.May(newsletter.RoleEditor); err != nil {
		return newsletter.Issue{}, err
	}
	a, err := d.Collect.Article(ctx, address)
	if err != nil {
		return newsletter.Issue{}, err
	}
	return d.Include(ctx, p, id, rev, a.ID)
}

// Amend changes what this Issue shows of an article.
func (d *Desk) Amend(ctx context.Context, p Person, id string, rev int64, e newsletter.Edit) (newsletter.Issue, error) {
	return d.change(ctx, p, id, rev, "changed an article", func(i *newsletter.Issue) (string, error) {
		before := i.EditOf(e.Article)
		err := i.Amend(e)
		after := i.EditOf(e.Article)
		return newsletter.Changes(newsletter.Change("title", before.Title, after.Title), newsletter.Change("dek", before.Dek, after.Dek),
			newsletter.Change("excerpt", before.Excerpt, after.Excerpt), newsletter.Change("picture", before.Image, after.Image),
			newsletter.Change("words for the picture", before.ImageAlt, after.ImageAlt),
			newsletter.Change("author card", shown(!before.NoAuthors), shown(!after.NoAuthors)), newsletter.Change("reply link", shown(!before.NoComments), shown(!after.NoComments))), err
	})
}

func shown(is bool) string {
	if is {
		return "shown"
	}
	return "left out"
}

// named adds the article's title to what is noted.
func (d *Desk) named(ctx context.Context, article string, do func(i *newsletter.Issue) error) func(i *newsletter.Issue) (string, error) {
	return func(i *newsletter.Issue) (string, error) {
		if err := do(i); err != nil {
			return "", err
		}
		a, err := d.Store.Article(ctx, article)
		return a.Title, err
	}
}
