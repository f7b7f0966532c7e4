package compose

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/words"
)

// render stores the mail, and one for the readers of each other language in which the
// publication speaks to them, where the articles are the same; and all of these once
// more for each choice of topics, with the articles of these.
func (c *Composer) render(ctx context.Context, content *newsletter.IssueContent) ([]newsletter.Variant, error) {
	if err := c.keepLinks(ctx, content); err != nil {
		return nil, err
	}
	languages := words.Spoken(content.Publication.Language, content.Publication.Languages)
	languages = languages[:min(len(languages), newsletter.MaxVariants)]
	variants, err := c.renderIn(ctx, content, languages, newsletter.Variant{})
	if err != nil {
		return nil, err
	}
	variants = variants[1:] // the one for everybody else goes without saying
	sets := content.Publication.TopicSets(len(languages))
	if len(sets) == 0 {
		return variants, nil
	}
	rest, err := c.rest(ctx, &content.Issue)
	if err != nil {
		return nil, err
	}
	for i, set := range sets {
		share, ok := excerpt(content, rest, set)
		if !ok {
			variants = append(variants, newsletter.Variant{Topics: set, Empty: true})
			continue
		}
		more, err := c.renderIn(ctx, &share, languages, newsletter.Variant{Key: fmt.Sprintf("topics-%d", i+1), Topics: set})
		if err != nil {
			return nil, err
		}
		variants = append(variants, more...)
	}
	return variants, nil
}

// renderIn stores the mail in each of the languages, the publication's own first.
func (c *Composer) renderIn(ctx context.Context, content *newsletter.IssueContent, languages []string, v newsletter.Variant) ([]newsletter.Variant, error) {
	var variants []newsletter.Variant
	for i, language := range languages {
		own, share := v, *content
		if i > 0 {
			own.Language, share.Language = language, language
			own.Key = strings.TrimPrefix(v.Key+"-"+language, "-")
		}
		mail, err := c.Render.Issue(share)
		if err != nil {
			return nil, err
		}
		mail.Variant = own.Key
		if err := c.Store.SaveMail(ctx, &mail); err != nil {
			return nil, err
		}
		variants = append(variants, own)
	}
	return variants, nil
}

// rest reads the articles that the Issue has no room for.
func (c *Composer) rest(ctx context.Context, issue *newsletter.Issue) ([]newsletter.Article, error) {
	var rest []newsletter.Article
	for _, id := range issue.Rest {
		article, err := c.Store.Article(ctx, id)
		if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
			return nil, err
		}
		rest = append(rest, article)
	}
	return rest, nil
}

// excerpt is what the Issue has of some topics, in the same order; false: nothing.
// Subject and preheader that name its articles are made anew, an editor's own words
// stay.
func excerpt(c *newsletter.IssueContent, rest []newsletter.Article, topics []string) (newsletter.IssueContent, bool) {
	foreign := func(a newsletter.Article) bool { return !a.About(topics) }
	share := *c
	share.Articles = slices.DeleteFunc(slices.Clone(c.Articles), foreign)
	if len(share.Articles) == 0 {
		return share, false
	}
	others := slices.DeleteFunc(slices.Clone(rest), foreign)
	share.Issue.Articles, share.Issue.Rest = ids(share.Articles), ids(others)
	if namesOne(c.Issue.Subject, c.Articles) {
		share.Issue.Subject = subject(share.Articles[0].Title, len(share.Articles)+len(others)-1, words.For(c.Publication.Language))
	}
	if namesOne(c.Issue.Preheader, c.Articles) {
		share.Issue.Preheader = preheader(share.Articles[1:])
	}
	return share, true
}

// namesOne tells whether a line begins with the title of an article.
func namesOne(line string, articles []newsletter.Article) bool {
	const enough = 20 // characters, of a title that was shortened
	return slices.ContainsFunc(articles, func(a newsletter.Article) bool {
		title := []rune(newsletter.Line(a.Title))
		return len(title) > 0 && strings.HasPrefix(line, string(title[:min(enough, len(title))]))
	})
}
