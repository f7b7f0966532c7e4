package dynamo

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Article reads one article.
func (s *Store) Article(ctx context.Context, id string) (newsletter.Article, error) {
	return articles().get(ctx, s, newsletter.Article{ID: id})
}

// ArticleByAlias finds an article by the first alias that leads to one.
func (s *Store) ArticleByAlias(ctx context.Context, aliases ...string) (newsletter.Article, error) {
	for _, alias := range aliases {
		a, err := s.behind(ctx, alias)
		if err == nil || !errors.Is(err, newsletter.ErrNotFound) {
			return a, err
		}
	}
	return newsletter.Article{}, fmt.Errorf("article by alias: %w", newsletter.ErrNotFound)
}

// behind reads the article that an alias leads to.
func (s *Store) behind(ctx context.Context, alias string) (newsletter.Article, error) {
	l, err := links().get(ctx, s, link{alias: alias})
	if err != nil {
		return newsletter.Article{}, err
	}
	return s.Article(ctx, l.article)
}

// link is an alias and the article it leads to.
type link struct {
	alias   string
	article string
	at      time.Time
	rev     int64
}

func links() *kind[link] {
	return &kind[link]{name: "alias",
		key: func(l *link) key { return key{aliasPK(l.alias), "ALIAS"} },
		fields: func(l *link) []field {
			return []field{{"article", textAt(&l.article)}, {"at", instant{&l.at}}, {"rev", intAt(&l.rev)}}
		}}
}

// aliasPK shortens what DynamoDB would not take as a key: 2048 bytes at most.
func aliasPK(alias string) string {
	if len(alias) <= 1024 {
		return alias
	}
	sum := sha256.Sum256([]byte(alias))
	return alias[:3] + "sha256#" + hex.EncodeToString(sum[:])
}

// settled is the age at which a dangling alias is one of a crash. A younger one
// belongs to somebody who is about to write the article.
const settled = time.Minute

// AddArticle writes the aliases first and then the article: a crash in between
// leaves aliases that lead nowhere, which count as absent, and never an article
// that could be added twice.
func (s *Store) AddArticle(ctx context.Context, a *newsletter.Article, aliases ...string) error {
	for _, alias := range aliases {
		if err := s.claimAlias(ctx, alias, a.ID); err != nil {
			return err
		}
	}
	added := *a
	added.Rev = 0
	if err := articles().save(ctx, s, &added, &added.Rev); err != nil {
		return err
	}
	a.Rev = added.Rev
	return nil
}

// claimAlias makes an alias lead to the article.
func (s *Store) claimAlias(ctx context.Context, alias, article string) error {
	now := s.Now()
	stored, err := links().get(ctx, s, link{alias: alias})
	switch {
	case err == nil && stored.article == article:
		return nil
	case err == nil:
		if err := s.dangles(ctx, stored, now); err != nil {
			return err
		}
	case !errors.Is(err, newsletter.ErrNotFound):
		return err
	}
	l := link{alias: alias, article: article, at: now, rev: stored.rev}
	err = links().save(ctx, s, &l, &l.rev)
	if !errors.Is(err, newsletter.ErrConflict) {
		return err
	}
	// Somebody was faster. If it was for the same article, the article itself will
	// tell who adds it.
	if faster, again := links().get(ctx, s, l); again == nil && faster.article == article {
		return nil
	}
	return err
}

// dangles returns nil if the alias was left behind by a crash.
func (s *Store) dangles(ctx context.Context, l link, now time.Time) error {
	_, err := s.Article(ctx, l.article)
	switch {
	case err == nil:
		return fmt.Errorf("add article: it is there already as %s: %w", l.article, newsletter.ErrConflict)
	case !errors.Is(err, newsletter.ErrNotFound):
		return err
	case now.Sub(l.at) < settled:
		return fmt.Errorf("add article: somebody else is adding it: %w", newsletter.ErrConflict)
	}
	return nil
}

// SaveArticle updates an article.
func (s *Store) SaveArticle(ctx context.Context, a *newsletter.Article) error {
	if a.Rev == 0 {
		return fmt.Errorf("save article %s: it was never added: %w", a.ID, newsletter.ErrConflict)
	}
	return articles().update(ctx, s, a, &a.Rev)
}

// takenBy is the attribute of an article that names the issue of that schedule.
func takenBy(schedule string) map[string]string {
	return map[string]string{"#taken": "taken." + schedule}
}

// ArticlesSince lists the articles that an issue of the schedule may take.
func (s *Store) ArticlesSince(ctx context.Context, schedule string, since time.Time) ([]newsletter.Article, error) {
	in := listed("AM")
	in.KeyConditionExpression = aws.String("gpk = :gpk AND gsk >= :since")
	in.ExpressionAttributeValues[":since"] = str(sortable(since))
	in.FilterExpression = aws.String("attribute_not_exists(#taken)")
	in.ExpressionAttributeNames = takenBy(schedule)
	found, err := articles().list(ctx, s, 0, in)
	slices.SortFunc(found, func(a, b newsletter.Article) int {
		return cmp.Or(b.Published.Compare(a.Published), cmp.Compare(a.ID, b.ID))
	})
	return found, err
}

// TakeArticle notes that an issue holds the article.
func (s *Store) TakeArticle(ctx context.Context, article, schedule, issue string) error {
	err := s.mark(ctx, article, schedule, issue, "SET #taken = :issue", "attribute_exists(pk) AND (attribute_not_exists(#taken) OR #taken = :issue)")
	if !refused(err) {
		return err
	}
	if _, err := s.Article(ctx, article); err != nil {
		return err
	}
	return fmt.Errorf("take article %s: another issue of %s has it: %w", article, schedule, newsletter.ErrConflict)
}

// FreeArticle undoes TakeArticle.
func (s *Store) FreeArticle(ctx context.Context, article, schedule, issue string) error {
	err := s.mark(ctx, article, schedule, issue, "REMOVE #taken", "#taken = :issue")
	if refused(err) {
		return nil // another issue has it, or none
	}
	return err
}

// mark changes who has taken an article.
func (s *Store) mark(ctx context.Context, article, schedule, issue, change, condition string) error {
	k := articles().key(&newsletter.Article{ID: article})
	_, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: &s.table, Key: k.item(), UpdateExpression: &change,
		ConditionExpression: &condition, ExpressionAttributeNames: takenBy(schedule), ExpressionAttributeValues: item{":issue": str(issue)}})
	if err != nil {
		return s.explain("take or free article", err)
	}
	return nil
}
