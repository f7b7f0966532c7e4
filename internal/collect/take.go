package collect

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/collect/plain"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// piece is an article of a source's list on its way into the store.
type piece struct {
	found.Article
	aliases []string
	hash    string // of what the list says, so that the next list is compared with like
	stored  *newsletter.Article
	order   int // in the list
}

// take takes the articles of a list in: known ones are updated, the others added.
func (v *visit) take(ctx context.Context, got answer) error {
	pieces := v.prepare(got.list)
	for i := range pieces {
		stored, err := v.Store.ArticleByAlias(ctx, pieces[i].aliases...)
		switch {
		case err == nil:
			pieces[i].stored = &stored
		case !errors.Is(err, newsletter.ErrNotFound):
			return fmt.Errorf("look up %s: %w", pieces[i].URL, err)
		}
	}
	if v.held(pieces) {
		return v.refreshKnown(ctx, pieces)
	}
	fresh, past := v.sort(pieces)
	if err := v.addPast(ctx, past); err != nil {
		return err
	}
	if err := v.refreshKnown(ctx, pieces); err != nil {
		return err
	}
	return v.addFresh(ctx, fresh, got)
}

// held tells whether the list is a flood, which is not taken in.
func (v *visit) held(pieces []piece) bool {
	unknown := 0
	for _, p := range pieces {
		if p.stored == nil {
			unknown++
		}
	}
	v.report.Held = v.source.Floods(unknown, len(pieces))
	if v.report.Held {
		v.source.Hold(v.at, unknown, len(pieces))
	} else {
		v.source.HeldSince = time.Time{}
	}
	return v.report.Held
}

func (v *visit) refreshKnown(ctx context.Context, pieces []piece) error {
	for _, p := range pieces {
		if p.stored != nil {
			if err := v.refresh(ctx, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// prepare gives each article of a list its identity. Articles without a link are
// none, and one that comes twice is one; two that share a guid by mistake are two.
func (v *visit) prepare(list found.List) []piece {
	guids := map[string]int{}
	for _, a := range list.Articles {
		guids[a.GUID]++
	}
	tellApart(list.Articles)
	var pieces []piece
	seen := map[string]bool{}
	for _, a := range list.Articles {
		link := newsletter.CleanURL(a.URL)
		if a.URL == "" || seen[link] {
			continue
		}
		seen[link] = true
		if a.GUID != "" && guids[a.GUID] > 1 {
			a.GUID += " " + link
		}
		p := v.identify(a)
		p.order = len(pieces)
		pieces = append(pieces, p)
	}
	return pieces
}

// tellApart takes away an author's page that tells nobody apart: the home page of a
// site, or one that several names share. Such authors go by their names.
func tellApart(articles []found.Article) {
	names := map[string]string{}
	shared := map[string]bool{}
	each := func(do func(page string, author *found.Author)) {
		for i := range articles {
			for j := range articles[i].Byline {
				author := &articles[i].Byline[j]
				do(newsletter.CleanURL(author.Page), author)
			}
		}
	}
	each(func(page string, author *found.Author) {
		other, known := names[page]
		shared[page] = shared[page] || known && other != fold(author.Name) || !strings.Contains(page, "/") && !strings.Contains(page, "?")
		names[page] = fold(author.Name)
	})
	each(func(page string, author *found.Author) {
		if shared[page] {
			author.Page = ""
		}
	})
}

func (v *visit) identify(a found.Article) piece {
	a.Source, a.ID = v.source.ID, newsletter.ArticleID(a.URL)
	a.URL, a.CommentURL = newsletter.WithoutTracking(a.URL), newsletter.WithoutTracking(a.CommentURL)
	a.GUID = a.GUID[:min(len(a.GUID), 500)]
	a.GUID = strings.ToValidUTF8(a.GUID, "")
	p := piece{Article: a, aliases: a.Aliases()}
	if soft := softAlias(a.Article); soft != "" {
		p.aliases = append(p.aliases, soft)
	}
	hashed := a.Article
	hashed.Authors = nil
	for _, author := range a.Byline {
		hashed.Authors = append(hashed.Authors, author.Name)
	}
	p.hash = hashed.ContentHash()
	return p
}

// shortestTelling is how many characters a title needs to tell articles of one day
// apart.
const shortestTelling = 20

// softAlias recognises an article whose guid and link both changed, as when a site
// moves: the same title on the same day from the same source. Short titles say too
// little.
func softAlias(a newsletter.Article) string {
	title := strings.ToLower(a.Title)
	if a.Published.IsZero() || utf8.RuneCountInString(title) < shortestTelling {
		return ""
	}
	sum := sha256.Sum256([]byte(title))
	return "AT#" + a.Source + "#" + a.Published.UTC().Format("20060102") + "#" + hex.EncodeToString(sum[:8])
}

// sort tells which of the unknown articles are fresh and which are the past: at a
// first visit all but the newest few; later those that come up at the old end of the
// list, as when an article is deleted and an older one fills its place.
func (v *visit) sort(pieces []piece) (fresh, past []piece) {
	byAge := newestFirst(pieces)
	oldest := oldestKnown(pieces)
	dated := 0
	for _, p := range byAge {
		ahead := p.Published.After(v.at)
		if !ahead {
			dated++
		}
		switch {
		case p.stored != nil:
		case !v.source.Primed && !ahead && dated > v.firstVisit(),
			v.source.Primed && !p.Published.IsZero() && p.Published.Before(oldest):
			past = append(past, p)
		default:
			fresh = append(fresh, p)
		}
	}
	return fresh, past
}

// newestFirst orders by date; an undated article has the date of the one before it.
func newestFirst(pieces []piece) []piece {
	type dated struct {
		piece
		at time.Time
	}
	list := make([]dated, len(pieces))
	for i, p := range pieces {
		list[i] = dated{p, p.Published}
		if p.Published.IsZero() && i > 0 {
			list[i].at = list[i-1].at
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].at.After(list[j].at) })
	ordered := make([]piece, len(list))
	for i := range list {
		ordered[i] = list[i].piece
	}
	return ordered
}

// enoughKnown is how many articles of a list must be known for their dates to tell
// where the list's old end is.
const enoughKnown = 5

// oldestKnown is the date of the oldest known article of a list, zero where too few
// are known.
func oldestKnown(pieces []piece) time.Time {
	var oldest time.Time
	known := 0
	for _, p := range pieces {
		if p.stored == nil || p.Published.IsZero() {
			continue
		}
		if known++; oldest.IsZero() || p.Published.Before(oldest) {
			oldest = p.Published
		}
	}
	if known < enoughKnown {
		return time.Time{}
	}
	return oldest
}

// addPast stores what was there before, several at once: a first visit has many.
func (v *visit) addPast(ctx context.Context, past []piece) error {
	var group errgroup.Group
	group.SetLimit(addedAtOnce)
	added := make([]bool, len(past))
	for i, p := range past {
		p.Past = true
		a, err := v.article(ctx, p)
		if err != nil {
			return errors.Join(err, group.Wait())
		}
		group.Go(func() error {
			var err error
			added[i], err = v.store(ctx, &a, p.aliases)
			return err
		})
	}
	err := group.Wait()
	for _, is := range added {
		if is {
			v.report.Past++
		} else {
			v.report.Seen++
		}
	}
	return err
}

// addedAtOnce are stored at the same time.
const addedAtOnce = 8

// add stores an unknown article after its authors. It tells whether the article was
// added: another visit may have been quicker.
func (v *visit) add(ctx context.Context, p piece) (bool, error) {
	a, err := v.article(ctx, p)
	if err != nil {
		return false, err
	}
	added, err := v.store(ctx, &a, p.aliases)
	if err == nil && !added {
		v.report.Seen++
	}
	return added, err
}

// article is an unknown article as it is stored; its authors are stored already.
func (v *visit) article(ctx context.Context, p piece) (newsletter.Article, error) {
	a := p.Article.Article
	keys, err := v.learn(ctx, p.Byline)
	if err != nil {
		return a, err
	}
	a.Authors, a.Hash, a.FirstSeen = keys, p.hash, v.at
	a.Language = cmp.Or(a.Language, v.source.Language)
	if a.Published.IsZero() { // as of now, but in the order of the list
		a.Published = v.at.Add(-time.Duration(p.order) * time.Second)
	}
	if a.Title == "" {
		a.Title = a.URL
	}
	limit(&a)
	return a, nil
}

func (v *visit) store(ctx context.Context, a *newsletter.Article, aliases []string) (added bool, err error) {
	err = v.Store.AddArticle(ctx, a, aliases...)
	if errors.Is(err, newsletter.ErrConflict) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("add %s: %w", a.URL, err)
	}
	return true, nil
}

// Limits that keep an article within 4 KB, in characters.
const (
	longestTitle   = 300
	longestDek     = 400
	longestExcerpt = 800
	mostTopics     = 12
)

func limit(a *newsletter.Article) {
	a.Title, a.Dek, a.Excerpt = plain.Cut(a.Title, longestTitle), plain.Cut(a.Dek, longestDek), plain.Cut(a.Excerpt, longestExcerpt)
	a.Image.Alt = plain.Cut(a.Image.Alt, longestTitle)
	a.Categories = a.Categories[:min(len(a.Categories), mostTopics)]
}

// refresh takes over what a source has changed in a known article. It is never mailed
// again. An article that belongs to another source is that source's to change.
func (v *visit) refresh(ctx context.Context, p piece) error {
	if _, err := v.learnKnown(ctx, p.Byline); err != nil {
		return err
	}
	edited := p.hash != p.stored.Hash
	counted := p.Comments >= 0 && p.Comments != p.stored.Comments && !p.stored.Past
	if p.stored.Source != v.source.ID || !edited && !counted {
		v.report.Seen++
		return nil
	}
	a := *p.stored
	if err := v.edit(ctx, &a, p); err != nil {
		return err
	}
	switch err := v.Store.SaveArticle(ctx, &a); {
	case errors.Is(err, newsletter.ErrConflict): // the next visit will see it again
		v.report.Seen++
	case err != nil:
		return fmt.Errorf("update %s: %w", a.URL, err)
	case edited:
		v.report.Updated++
	default:
		v.report.Seen++
	}
	return nil
}

// edit puts what the list says over what is stored. What the list does not say had
// been found on the page and stays.
func (v *visit) edit(ctx context.Context, a *newsletter.Article, p piece) error {
	a.Hash = p.hash
	a.Title, a.Dek, a.CommentURL = cmp.Or(p.Title, a.Title), cmp.Or(p.Dek, a.Dek), cmp.Or(p.CommentURL, a.CommentURL)
	if !p.Short && (!p.Summary || a.Dek == "") { // the page's excerpt may stand above a summary
		a.Excerpt = cmp.Or(p.Excerpt, a.Excerpt)
	}
	if p.Image.URL != a.Image.URL && found.Suits(p.Image) && found.ShownEverywhere(p.Image.URL) {
		a.Image = p.Image
	}
	a.Image.Alt = cmp.Or(p.Image.Alt, a.Image.Alt)
	if p.Comments >= 0 {
		a.Comments = p.Comments
	}
	a.Minutes = cmp.Or(p.Minutes, a.Minutes)
	if len(p.Categories) > 0 {
		a.Categories = p.Categories
	}
	if !p.Published.IsZero() {
		a.Published = p.Published
	}
	if p.Updated.After(a.Updated) {
		a.Updated = p.Updated
	}
	limit(a)
	return v.editAuthors(ctx, a, p.Byline)
}

// editAuthors changes the byline if other names stand in it now. The same names stay
// the same authors, though the page may have told more of them than the list does.
func (v *visit) editAuthors(ctx context.Context, a *newsletter.Article, byline []found.Author) error {
	stored := map[string]string{}
	for _, key := range a.Authors {
		author, err := v.author(ctx, key)
		if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
			return err
		}
		stored[fold(author.Found.Name)] = key
	}
	var keys []string
	for _, author := range byline {
		key, known := stored[fold(author.Name)]
		if !known {
			learned, err := v.learn(ctx, []found.Author{author})
			if err != nil {
				return err
			}
			key = learned[0]
		}
		keys = append(keys, key)
	}
	if len(keys) > 0 {
		a.Authors = keys
	}
	return nil
}

func fold(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }
