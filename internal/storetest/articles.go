package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// article is one with the given link, seen and published that long after start.
func article(link string, after time.Duration) newsletter.Article {
	return newsletter.Article{ID: newsletter.ArticleID(link), URL: link, Source: "src", GUID: "guid of " + link,
		Title: link, Published: start.Add(after), FirstSeen: start.Add(after)}
}

func testArticles(t *testing.T, s Store) {
	t.Run("an article is found by each of its aliases", func(t *testing.T) {
		a := article("https://example.org/found", 0)
		must(t, s.AddArticle(ctx(t), &a, a.Aliases()...))
		for _, alias := range a.Aliases() {
			if found := got[newsletter.Article](t)(s.ArticleByAlias(ctx(t), "AG#src#unknown", alias)); !same(found, a) {
				t.Errorf("by %s: %+v, want %+v", alias, found, a)
			}
		}
	})
	t.Run("no alias leads nowhere", func(t *testing.T) {
		_, err := s.ArticleByAlias(ctx(t))
		wantError(t, err, newsletter.ErrNotFound)
		_, err = s.ArticleByAlias(ctx(t), "AG#src#nobody", "AL#example.org/nobody")
		wantError(t, err, newsletter.ErrNotFound)
	})
	t.Run("the first alias that leads somewhere wins", func(t *testing.T) {
		a, b := article("https://example.org/first", 0), article("https://example.org/second", 0)
		must(t, s.AddArticle(ctx(t), &a, a.Aliases()...))
		must(t, s.AddArticle(ctx(t), &b, b.Aliases()...))
		if found := got[newsletter.Article](t)(s.ArticleByAlias(ctx(t), b.Aliases()[0], a.Aliases()[0])); found.ID != b.ID {
			t.Errorf("found %s, want %s", found.URL, b.URL)
		}
	})
	t.Run("an alias may be as long as a stranger likes", func(t *testing.T) {
		a := article("https://example.org/long", 0)
		a.GUID = strings.Repeat("long ", 2000)
		must(t, s.AddArticle(ctx(t), &a, a.Aliases()...))
		if found := got[newsletter.Article](t)(s.ArticleByAlias(ctx(t), a.Aliases()[0])); found.GUID != a.GUID {
			t.Error("the guid has changed")
		}
		_, err := s.ArticleByAlias(ctx(t), a.Aliases()[0]+"!")
		wantError(t, err, newsletter.ErrNotFound)
	})
	testAdd(t, s)
}

func testAdd(t *testing.T, s Store) {
	t.Run("the same article is added once", func(t *testing.T) {
		oneWinner(t, func(int) error {
			a := article("https://example.org/once", 0)
			return s.AddArticle(ctx(t), &a, a.Aliases()...)
		})
	})
	t.Run("of articles that share an alias one is added", func(t *testing.T) { testSharedAlias(t, s) })
	t.Run("the same article under a new alias is not added again", func(t *testing.T) {
		a := article("https://example.org/again", 0)
		must(t, s.AddArticle(ctx(t), &a, a.Aliases()...))
		b := a
		b.Rev, b.Title = 0, "another"
		wantError(t, s.AddArticle(ctx(t), &b, "AG#other#guid"), newsletter.ErrConflict)
		if stored := got[newsletter.Article](t)(s.Article(ctx(t), a.ID)); stored.Title != a.Title {
			t.Errorf("the title is now %q", stored.Title)
		}
	})
	t.Run("saving does not add", func(t *testing.T) {
		a := article("https://example.org/new", 0)
		wantError(t, s.SaveArticle(ctx(t), &a), newsletter.ErrConflict)
		_, err := s.Article(ctx(t), a.ID)
		wantError(t, err, newsletter.ErrNotFound)
	})
}

func testSharedAlias(t *testing.T, s Store) {
	link := func(i int) string { return fmt.Sprintf("https://example.org/moved/%d", i) }
	oneWinner(t, func(i int) error {
		a := article(link(i), 0)
		a.GUID = "shared"
		return s.AddArticle(ctx(t), &a, a.Aliases()...)
	})
	there := 0
	for i := range racers {
		if _, err := s.Article(ctx(t), newsletter.ArticleID(link(i))); err == nil {
			there++
		}
	}
	if there != 1 {
		t.Errorf("%d articles were added", there)
	}
}

// shelf is a store with articles a, b and c, of which b and c were published at
// the same moment, and one of the past.
type shelf struct {
	Store
	a, b, c newsletter.Article
	tie     []string // b and c by id
}

func testTaking(t *testing.T, s Store) {
	x := &shelf{Store: s, a: article("https://example.org/a", 0), b: article("https://example.org/b", time.Hour), c: article("https://example.org/c", time.Hour)}
	past := article("https://example.org/past", 2*time.Hour)
	past.Past = true
	for _, a := range []*newsletter.Article{&x.a, &x.b, &x.c, &past} {
		must(t, s.AddArticle(ctx(t), a, a.Aliases()...))
	}
	x.tie = []string{x.b.ID, x.c.ID}
	slices.Sort(x.tie)
	x.testNew(t)
	x.testTake(t)
	x.testFree(t)
}

// free checks which articles an issue of the schedule may take.
func (x *shelf) free(t *testing.T, schedule string, since time.Time, want ...string) {
	t.Helper()
	soon(t, func() []string {
		return names(got[[]newsletter.Article](t)(x.ArticlesSince(ctx(t), schedule, since)), func(a newsletter.Article) string { return a.ID })
	}, want...)
}

func (x *shelf) testNew(t *testing.T) {
	t.Run("newest first, ties by id, nothing from the past", func(t *testing.T) {
		x.free(t, "weekly", start, x.tie[0], x.tie[1], x.a.ID)
	})
	t.Run("since is inclusive", func(t *testing.T) {
		x.free(t, "weekly", start.Add(time.Hour), x.tie...)
		x.free(t, "weekly", start.Add(time.Hour+time.Microsecond))
	})
	t.Run("an article that came with an old date is new all the same", func(t *testing.T) {
		x.a.Published = start.AddDate(-1, 0, 0)
		must(t, x.SaveArticle(ctx(t), &x.a))
		x.free(t, "weekly", start, x.tie[0], x.tie[1], x.a.ID)
	})
}

func (x *shelf) testTake(t *testing.T) {
	t.Run("one issue of a schedule takes an article", func(t *testing.T) {
		oneWinner(t, func(i int) error { return x.TakeArticle(ctx(t), x.a.ID, "weekly", fmt.Sprint("issue ", i)) })
		x.free(t, "weekly", start, x.tie...)
	})
	t.Run("another schedule still has it", func(t *testing.T) { x.free(t, "monthly ü.1", start, x.tie[0], x.tie[1], x.a.ID) })
	t.Run("taking twice for the same issue is no error", func(t *testing.T) {
		must(t, x.TakeArticle(ctx(t), x.b.ID, "weekly", "w1"))
		must(t, x.TakeArticle(ctx(t), x.b.ID, "weekly", "w1"))
		wantError(t, x.TakeArticle(ctx(t), x.b.ID, "weekly", "w2"), newsletter.ErrConflict)
	})
	t.Run("an edit leaves it taken", func(t *testing.T) {
		x.b.Title = "edited"
		must(t, x.SaveArticle(ctx(t), &x.b))
		x.free(t, "weekly", start, x.c.ID)
	})
	t.Run("an article that is not there cannot be taken", func(t *testing.T) {
		wantError(t, x.TakeArticle(ctx(t), "nobody", "weekly", "w1"), newsletter.ErrNotFound)
		must(t, x.FreeArticle(ctx(t), "nobody", "weekly", "w1"))
		_, err := x.Article(ctx(t), "nobody")
		wantError(t, err, newsletter.ErrNotFound)
	})
}

func (x *shelf) testFree(t *testing.T) {
	t.Run("only the issue that has it frees it", func(t *testing.T) {
		must(t, x.FreeArticle(ctx(t), x.b.ID, "weekly", "w2"))
		must(t, x.FreeArticle(ctx(t), x.b.ID, "monthly ü.1", "w1"))
		x.free(t, "weekly", start, x.c.ID)
		must(t, x.FreeArticle(ctx(t), x.b.ID, "weekly", "w1"))
		x.free(t, "weekly", start, x.tie...)
		must(t, x.TakeArticle(ctx(t), x.b.ID, "weekly", "w2"))
	})
	t.Run("several schedules take it independently", func(t *testing.T) {
		must(t, x.TakeArticle(ctx(t), x.b.ID, "monthly ü.1", "m1"))
		x.free(t, "monthly ü.1", start, x.c.ID, x.a.ID)
	})
}
