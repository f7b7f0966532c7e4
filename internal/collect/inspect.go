package collect

import (
	"cmp"
	"context"
	"fmt"

	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Inspection is what a visit of an address would see. Nothing of it is stored.
type Inspection struct {
	Source   newsletter.Source // how the address is read
	Articles []Seen
}

// Seen is an article with where each of its fields comes from: "list" is the feed, the
// API or the sitemap, "page" the article's own page, "picture" its bytes. A field that nobody
// told is not in From.
type Seen struct {
	Article newsletter.Article
	Byline  []found.Author
	From    map[string]string
}

// Inspect reads an address as a first visit would, with the pages of the newest n
// articles, and stores nothing.
func (c *Collector) Inspect(ctx context.Context, address string, n int) (Inspection, error) {
	link, err := normalise(address)
	if err != nil {
		return Inspection{}, err
	}
	bare := &Collector{Store: &nothing{}, Fetch: c.Fetch, Now: c.Now, FirstVisit: n}
	v := bare.newVisit(newsletter.NewSource(link))
	got, err := v.read(ctx)
	if err != nil {
		return Inspection{Source: v.source}, err
	}
	v.describe(got.list)
	fresh, _ := v.sort(v.prepare(got.list))
	in := Inspection{Source: v.source}
	for _, p := range fresh[:min(n, len(fresh))] {
		if ctx.Err() != nil {
			return in, ctx.Err()
		}
		if seen, is := v.inspect(ctx, p, got); is {
			in.Articles = append(in.Articles, seen)
		}
	}
	return in, nil
}

// inspect completes an article as a visit does, and notes what each step adds.
func (v *visit) inspect(ctx context.Context, p piece, got answer) (Seen, bool) {
	from := map[string]string{}
	origin := "list"
	if got.first != nil {
		origin = "page"
	}
	note(from, origin, &p)
	if got.first == nil {
		keep := true
		if p, keep = v.complete(ctx, p); !keep || p.Past {
			return Seen{}, false
		}
		note(from, "page", &p)
	}
	v.completeAuthors(ctx, &p)
	note(from, "author's page", &p)
	v.chooseImage(ctx, &p)
	note(from, "picture", &p)
	return Seen{Article: p.Article.Article, Byline: p.Byline, From: from}, true
}

// note notes which fields that were empty before a step are not any more.
func note(from map[string]string, step string, p *piece) {
	has := map[string]bool{
		"title": p.Title != "", "link": p.URL != "", "dek": p.Dek != "", "excerpt": p.Excerpt != "", "published": !p.Published.IsZero(), "updated": !p.Updated.IsZero(),
		"image": p.Image.URL != "", "image alt": p.Image.Alt != "", "image size": p.Image.Width > 0 && p.Image.Height > 0, "comments": p.CommentURL != "", "number of comments": p.Comments >= 0,
		"topics": len(p.Categories) > 0, "language": p.Language != "", "authors": len(p.Byline) > 0,
	}
	for i, author := range p.Byline {
		who := fmt.Sprintf("author %d ", i+1)
		has[who+"bio"], has[who+"photo"], has[who+"link"] = author.Bio != "", author.Photo != "", author.URL != ""
		if author.BioFrom != "" {
			from[who+"bio"] = cmp.Or(from[who+"bio"], author.BioFrom)
		}
	}
	for field, is := range has {
		if is && from[field] == "" {
			from[field] = step
		} else if !is {
			delete(from, field)
		}
	}
}

// nothing is a store in which nothing is and nothing stays.
type nothing struct{}

func (*nothing) Source(_ context.Context, id string) (newsletter.Source, error) {
	return newsletter.Source{}, fmt.Errorf("source %s: %w", id, newsletter.ErrNotFound)
}

func (*nothing) SaveSource(context.Context, *newsletter.Source) error { return nil }

func (*nothing) Sources(context.Context) ([]newsletter.Source, error) { return nil, nil }

func (*nothing) ArticleByAlias(context.Context, ...string) (newsletter.Article, error) {
	return newsletter.Article{}, newsletter.ErrNotFound
}

func (*nothing) AddArticle(context.Context, *newsletter.Article, ...string) error { return nil }

func (*nothing) SaveArticle(context.Context, *newsletter.Article) error { return nil }

func (*nothing) Author(_ context.Context, key string) (newsletter.Author, error) {
	return newsletter.Author{}, fmt.Errorf("author %s: %w", key, newsletter.ErrNotFound)
}

func (*nothing) SaveAuthor(context.Context, *newsletter.Author) error { return nil }
