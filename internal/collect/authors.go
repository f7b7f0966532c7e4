package collect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// learn saves what a byline tells of its authors and returns their keys, in order.
func (v *visit) learn(ctx context.Context, byline []found.Author) ([]string, error) {
	var keys []string
	for _, seen := range byline {
		key := newsletter.AuthorKey(v.source.ID, seen.Name, seen.Page)
		if err := v.save(ctx, key, seen); err != nil {
			return nil, fmt.Errorf("save author %s: %w", seen.Name, err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// learnKnown is learn for the authors of an article that is known already: only who
// comes with a bio or a photo brings anything new.
func (v *visit) learnKnown(ctx context.Context, byline []found.Author) ([]string, error) {
	var telling []found.Author
	for _, seen := range byline {
		if seen.Bio != "" || seen.Photo != "" {
			telling = append(telling, seen)
		}
	}
	return v.learn(ctx, telling)
}

// save lets the stored author learn, and tries again where somebody else saves at the
// same time.
func (v *visit) save(ctx context.Context, key string, seen found.Author) error {
	for range 5 {
		author, err := v.author(ctx, key)
		isNew := errors.Is(err, newsletter.ErrNotFound)
		if err != nil && !isNew {
			return err
		}
		if !author.Learn(profile(author, seen), seen.BioFrom, v.at) && !isNew {
			return nil
		}
		err = v.Store.SaveAuthor(ctx, &author)
		if err == nil {
			v.known[key] = author
			return nil
		}
		if !errors.Is(err, newsletter.ErrConflict) {
			return err
		}
		delete(v.known, key)
	}
	return newsletter.ErrConflict
}

// profile is what a visit adds to an author. A link that is only the author's page
// does not replace a "Learn More" target found on an article page.
func profile(author newsletter.Author, seen found.Author) newsletter.Profile {
	p := seen.Profile
	if p.URL == seen.Page && author.Found.URL != "" {
		p.URL = ""
	}
	return p
}

// author loads an author once a visit; newsletter.ErrNotFound comes with a new one.
func (v *visit) author(ctx context.Context, key string) (newsletter.Author, error) {
	if author, loaded := v.known[key]; loaded {
		return author, nil
	}
	author, err := v.Store.Author(ctx, key)
	if err != nil {
		return newsletter.Author{Key: key}, err
	}
	v.known[key] = author
	return author, nil
}

// askAgainAfter is how long an author without a bio is left alone.
const askAgainAfter = 30 * 24 * time.Hour

// hasBio tells whether an author's bio is known, or was looked for lately in vain.
func (v *visit) hasBio(ctx context.Context, seen found.Author) bool {
	if seen.Bio != "" {
		return true
	}
	author, err := v.author(ctx, newsletter.AuthorKey(v.source.ID, seen.Name, seen.Page))
	return err == nil && (author.Profile().Bio != "" || v.at.Sub(author.CheckedAt) < askAgainAfter)
}

// count notes the authors of a new article, each once a visit.
func (v *visit) count(keys []string) {
	for _, key := range keys {
		if v.touched[key] {
			continue
		}
		v.touched[key] = true
		author := v.known[key]
		if author.Profile().Bio != "" {
			v.report.WithBio++
		} else {
			v.report.WithoutBio++
		}
	}
}
