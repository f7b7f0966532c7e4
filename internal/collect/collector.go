// Package collect is the stage that visits sources: it finds out how a source is
// read, takes in the articles that are new, completes them from their pages, learns
// about their authors, and notes how the source is doing.
//
// What is stored is stored in an order that survives being killed at any moment:
// authors before their article, everything of an answer before the validators that
// make the source say "not modified" next time. The stage composes and sends
// nothing, and which articles readers get is not its business, except that what was
// there before a source's first visit is the past.
package collect

import (
	"context"
	"sync"
	"time"

	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Store is what the stage needs of a store; storetest.Store is the contract.
type Store interface {
	Source(ctx context.Context, id string) (newsletter.Source, error)
	SaveSource(ctx context.Context, s *newsletter.Source) error
	Sources(ctx context.Context) ([]newsletter.Source, error)

	ArticleByAlias(ctx context.Context, aliases ...string) (newsletter.Article, error)
	AddArticle(ctx context.Context, a *newsletter.Article, aliases ...string) error
	SaveArticle(ctx context.Context, a *newsletter.Article) error

	Author(ctx context.Context, key string) (newsletter.Author, error)
	SaveAuthor(ctx context.Context, a *newsletter.Author) error
}

// Fetcher gets a URL; *fetch.Client does. The text of its errors is fit for editors.
// It may be used by several goroutines at once.
type Fetcher interface {
	Get(ctx context.Context, url string, v fetch.Validators) (*fetch.Response, error)
}

// Collector visits sources. Store and Fetch are needed, the rest may stay zero.
type Collector struct {
	Store      Store
	Fetch      Fetcher
	Now        func() time.Time
	FirstVisit int         // how many of the newest articles count as new at a first visit; 0: newsletter.DefaultMaxArticles
	Parallel   int         // sources visited at once; 0: 8
	Progress   func(Event) // told what happens, one call at a time
	Hub        Poster      // asks hubs to tell of new articles; nil: sources are only polled
	HubBase    string      // public address of the web pages, without a slash at the end, under which hubs call

	telling sync.Mutex
	robots  rules
}

// Event tells how far a visit is.
type Event struct {
	Source      newsletter.Source
	Article     string // title of the one in hand; empty before the first and after the last
	Done, Total int    // new articles; Total is -1 while the list is read
}

// Report is what came of a visit.
type Report struct {
	Source      newsletter.Source
	NotModified bool // the source said that nothing changed
	Held        bool // so much is unknown at once that none of it was taken in
	Seen        int  // articles that were known and unchanged
	New         int
	Updated     int // known articles that the source has edited
	Past        int // from before the source was added; never mailed
	WithBio     int // authors of the new articles, with and without a bio
	WithoutBio  int
	// Err is nil after a good visit. Its text is fit for an editor.
	Err error
}

const (
	parallel   = 8
	pageTime   = 2 * time.Minute  // for all article pages of a visit together
	maxPages   = 60               // that one visit asks for
	maxParts   = 4_000 * maxPages // elements, texts and bytesAPart of all of them; a page has 2,000 as a rule
	bytesAPart = 50
	maxDead    = 3 // hosts of article pages, or failures of the own, after which a visit asks none
)

func (c *Collector) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

func (c *Collector) firstVisit() int {
	if c.FirstVisit > 0 {
		return c.FirstVisit
	}
	return newsletter.DefaultMaxArticles
}

func (c *Collector) tell(e Event) {
	if c.Progress == nil {
		return
	}
	c.telling.Lock()
	defer c.telling.Unlock()
	c.Progress(e)
}
