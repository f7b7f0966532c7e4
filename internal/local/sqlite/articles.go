package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Article reads one article.
func (s *Store) Article(ctx context.Context, id string) (newsletter.Article, error) {
	return s.articles.get(ctx, s, id)
}

// ArticleByAlias finds an article by the first alias that leads to one.
func (s *Store) ArticleByAlias(ctx context.Context, aliases ...string) (newsletter.Article, error) {
	for _, alias := range aliases {
		found, err := s.articles.list(ctx, s, "WHERE id = (SELECT article FROM alias WHERE alias = ?)", alias)
		if err != nil {
			return newsletter.Article{}, err
		}
		if len(found) > 0 {
			return found[0], nil
		}
	}
	return newsletter.Article{}, fmt.Errorf("article by alias: %w", newsletter.ErrNotFound)
}

// AddArticle adds an article and its aliases in one transaction, so there are no
// dangling aliases here.
func (s *Store) AddArticle(ctx context.Context, a *newsletter.Article, aliases ...string) error {
	err := s.transact(ctx, "add article", func(tx *sql.Tx) error {
		args := s.articles.at(a)
		args[len(args)-1] = 1
		if err := insertNew(ctx, tx, s.articles.insert, args...); err != nil {
			return err
		}
		for _, alias := range aliases {
			if err := addAlias(ctx, tx, alias, a.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		a.Rev = 1
	}
	return err
}

func insertNew(ctx context.Context, tx *sql.Tx, text string, args ...any) error {
	result, err := tx.ExecContext(ctx, text, args...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("add article: it is there already: %w", newsletter.ErrConflict))
	}
	return nil
}

func addAlias(ctx context.Context, tx *sql.Tx, alias, article string) error {
	// naming an alias twice for the same article is no error
	return insertNew(ctx, tx, `INSERT INTO alias (alias, article) VALUES (?1, ?2)
		ON CONFLICT DO UPDATE SET article = ?2 WHERE article = ?2`, alias, article)
}

// SaveArticle updates an article.
func (s *Store) SaveArticle(ctx context.Context, a *newsletter.Article) error {
	if a.Rev == 0 {
		return fmt.Errorf("save article %s: it was never added: %w", a.ID, newsletter.ErrConflict)
	}
	return s.articles.save(ctx, s, a, &a.Rev)
}

// ArticlesSince lists the articles that an issue of the schedule may take.
func (s *Store) ArticlesSince(ctx context.Context, schedule string, since time.Time) ([]newsletter.Article, error) {
	return s.articles.list(ctx, s, `WHERE NOT past AND first_seen >= ?
		AND NOT EXISTS (SELECT 1 FROM taken WHERE taken.article = article.id AND taken.schedule = ?)
		ORDER BY published DESC, id`, instant{&since}, schedule)
}

// TakeArticle notes that an issue holds the article.
func (s *Store) TakeArticle(ctx context.Context, article, schedule, issue string) error {
	return s.transact(ctx, "take article", func(tx *sql.Tx) error {
		var holder string
		err := tx.QueryRowContext(ctx, `SELECT coalesce((SELECT issue FROM taken WHERE article = id AND schedule = ?), '')
			FROM article WHERE id = ?`, schedule, article).Scan(&holder)
		switch {
		case err != nil:
			return err
		case holder == issue:
			return nil
		case holder != "":
			return fmt.Errorf("take article %s: issue %s has it: %w", article, holder, newsletter.ErrConflict)
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO taken (article, schedule, issue) VALUES (?, ?, ?)", article, schedule, issue)
		return err
	})
}

// FreeArticle undoes TakeArticle.
func (s *Store) FreeArticle(ctx context.Context, article, schedule, issue string) error {
	_, err := s.exec(ctx, "free article", "DELETE FROM taken WHERE article = ? AND schedule = ? AND issue = ?", article, schedule, issue)
	return err
}
