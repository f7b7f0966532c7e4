package collect

import (
	"context"
	"strconv"
	"strings"

	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/collect/ghost"
	"github.com/masthead-mail/masthead/internal/collect/wordpress"
	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

const (
	// perPage is how many posts a site is asked for at once. Whole posts come, and the
	// answer must stay below the limit of fetch.
	perPage = 40
	// mostPostPages are asked for in one visit where all posts of a page are new.
	mostPostPages = 5
)

func (v *visit) readWordPress(ctx context.Context, root string, validators fetch.Validators) (answer, error) {
	resp, err := v.Fetch.Get(ctx, wordpress.PostsURL(root, max(perPage, min(v.firstVisit(), 100))), validators)
	if err != nil {
		return answer{}, err
	}
	v.source.Kind, v.source.Endpoint = newsletter.SourceWordPress, root
	if moved, _, ok := strings.Cut(resp.Permanent, "wp/v2/posts"); ok {
		v.source.Endpoint = moved
	}
	if resp.NotModified {
		return answer{notModified: true}, nil
	}
	posts, err := wordpress.ParsePosts(resp.Body, resp.URL)
	if err != nil {
		return answer{}, expected("posts", root, err)
	}
	got := answer{list: found.List{Articles: posts}, validators: resp.Validators}
	if v.source.Primed {
		pages, _ := strconv.Atoi(resp.Header.Get("X-WP-TotalPages")) // absent: 0
		v.readOlder(ctx, &got, pages)
		v.readChanged(ctx, &got)
	}
	return got, nil
}

// readOlder reads the pages that follow while all on the page before is new: more was
// published since the last visit than one answer holds. What cannot be read now is read
// at the next visit.
func (v *visit) readOlder(ctx context.Context, got *answer, pages int) {
	n := len(got.list.Articles)
	for page := 2; page <= min(pages, mostPostPages) && n > 0 && !v.isKnown(ctx, got.list.Articles[len(got.list.Articles)-1].URL); page++ {
		posts, err := v.posts(ctx, wordpress.PageURL(v.source.Endpoint, perPage, page))
		if err != nil {
			got.list.Truncated = true
			return
		}
		got.list.Articles = append(got.list.Articles, posts...)
		n = len(posts)
	}
}

// readChanged reads older posts that have been edited since the last visit. Those that
// are not known are the past and left alone. Old versions of WordPress do not know the
// question; that is no fault.
func (v *visit) readChanged(ctx context.Context, got *answer) {
	if v.source.LastGood.IsZero() {
		return
	}
	posts, err := v.posts(ctx, wordpress.ChangedURL(v.source.Endpoint, perPage, v.source.LastGood))
	if err != nil {
		return
	}
	listed := map[string]bool{}
	for _, a := range got.list.Articles {
		listed[newsletter.CleanURL(a.URL)] = true
	}
	for _, a := range posts {
		if !listed[newsletter.CleanURL(a.URL)] && v.isKnown(ctx, a.URL) {
			got.list.Articles = append(got.list.Articles, a)
		}
	}
}

func (v *visit) posts(ctx context.Context, link string) ([]found.Article, error) {
	resp, err := v.Fetch.Get(ctx, link, fetch.Validators{})
	if err != nil {
		return nil, err
	}
	return wordpress.ParsePosts(resp.Body, resp.URL)
}

func (v *visit) readGhost(ctx context.Context, root string, validators fetch.Validators) (answer, error) {
	resp, err := v.Fetch.Get(ctx, ghost.PostsURL(root, max(perPage, min(v.firstVisit(), 100))), validators)
	if err != nil {
		return answer{}, err
	}
	v.source.Kind, v.source.Endpoint = newsletter.SourceGhost, root
	if resp.NotModified {
		return answer{notModified: true}, nil
	}
	posts, err := ghost.ParsePosts(resp.Body, resp.URL)
	if err != nil {
		return answer{}, expected("posts", v.source.URL, err)
	}
	return answer{list: found.List{Articles: posts}, validators: resp.Validators}, nil
}
