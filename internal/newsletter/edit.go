package newsletter

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Edit is what an editor has changed of one article, for one Issue. An empty text
// stays as it was found; a lone "-" leaves it out.
type Edit struct {
	Article    string // Article.ID
	Title      string
	Dek        string
	Excerpt    string
	Image      string // URL of another picture; "-": none
	ImageAlt   string
	NoAuthors  bool // no author cards
	NoComments bool // no link to reply
}

// nothing is typed to leave a text out.
const nothing = "-"

// The longest texts of an Issue, in characters.
const (
	maxSubject   = 200
	maxPreheader = 250
	maxIntro     = 4000
	maxEdit      = 1000
)

// editable tells whether the desk may still change the Issue.
func (i *Issue) editable() error {
	if i.State != IssueDraft || i.Approving() {
		return fmt.Errorf("issue %s is %s and cannot be changed: %w", i.ID, i.State, ErrConflict)
	}
	return nil
}

// Write sets the words around the articles. An Issue may lack a subject while it is
// written; preflight stops it then.
func (i *Issue) Write(subject, preheader, intro, notice string) error {
	if err := i.editable(); err != nil {
		return err
	}
	for _, text := range []struct {
		name, text string
		most       int
	}{{"subject", subject, maxSubject}, {"preheader", preheader, maxPreheader}, {"intro", intro, maxIntro}, {"notice", notice, maxIntro}} {
		if n := len([]rune(text.text)); n > text.most {
			return &Fault{text.name, fmt.Sprintf("the %s has %d characters; %d are the most", text.name, n, text.most)}
		}
	}
	i.Subject, i.Preheader = Line(subject), Line(preheader)
	i.Intro, i.Notice = paragraphs(intro), paragraphs(notice)
	return nil
}

// paragraphs is a text of several lines as forms send it.
func paragraphs(s string) string {
	return strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "").Replace(s))
}

// Arrange sets the order of the articles, which must be the same ones. Those that are
// pinned stay in front, in the order given.
func (i *Issue) Arrange(order []string) error {
	if err := i.editable(); err != nil {
		return err
	}
	have, given := slices.Sorted(slices.Values(i.Articles)), slices.Sorted(slices.Values(order))
	if !slices.Equal(have, given) {
		return fmt.Errorf("issue %s: the order names other articles than it has now: %w", i.ID, ErrConflict)
	}
	i.Articles = slices.Clone(order)
	i.settle()
	return nil
}

// Shift moves an article up (by < 0) or down.
func (i *Issue) Shift(article string, by int) error {
	at, err := i.index(article)
	if err != nil {
		return err
	}
	to := min(max(at+by, 0), len(i.Articles)-1)
	order := slices.Delete(slices.Clone(i.Articles), at, at+1)
	return i.Arrange(slices.Insert(order, to, article))
}

// Lead makes an article the first one.
func (i *Issue) Lead(article string) error {
	if _, err := i.index(article); err != nil {
		return err
	}
	if err := i.editable(); err != nil {
		return err
	}
	if slices.Contains(i.Pinned, article) || len(i.Pinned) > 0 { // in front of the others that are pinned
		i.Pinned = append([]string{article}, slices.DeleteFunc(i.Pinned, func(id string) bool { return id == article })...)
	}
	return i.Shift(article, -len(i.Articles))
}

// Pin keeps an article in front of those that are not pinned, also when others come in;
// unpinned it stays where it is.
func (i *Issue) Pin(article string, pinned bool) error {
	if _, err := i.index(article); err != nil {
		return err
	}
	if err := i.editable(); err != nil {
		return err
	}
	i.Pinned = slices.DeleteFunc(slices.Clone(i.Pinned), func(id string) bool { return id == article })
	if pinned {
		i.Pinned = append(i.Pinned, article)
	}
	i.settle()
	return nil
}

// settle puts those that are pinned in front. Both keep their order.
func (i *Issue) settle() {
	rank := func(id string) int {
		if slices.Contains(i.Pinned, id) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(i.Articles, func(a, b string) int { return rank(a) - rank(b) })
	var pinned []string
	for _, id := range i.Articles {
		if rank(id) == 0 {
			pinned = append(pinned, id)
		}
	}
	i.Pinned = pinned
}

// Drop takes an article out. It is new again for the next Issue.
func (i *Issue) Drop(article string) error {
	if err := i.editable(); err != nil {
		return err
	}
	other := func(id string) bool { return id == article }
	if !slices.ContainsFunc(i.Articles, other) && !slices.ContainsFunc(i.Rest, other) {
		return fmt.Errorf("issue %s has no article %s: %w", i.ID, article, ErrNotFound)
	}
	i.Articles, i.Rest, i.Pinned = slices.DeleteFunc(slices.Clone(i.Articles), other), slices.DeleteFunc(slices.Clone(i.Rest), other), slices.DeleteFunc(slices.Clone(i.Pinned), other)
	i.Edits = slices.DeleteFunc(slices.Clone(i.Edits), func(e Edit) bool { return e.Article == article })
	return nil
}

// MaxIssueArticles is how many articles an Issue may show.
const MaxIssueArticles = 40

// Include takes an article in, after the others. One that is only announced is shown
// from now on; one that is shown stays where it is.
func (i *Issue) Include(article string) error {
	if err := i.editable(); err != nil {
		return err
	}
	if slices.Contains(i.Articles, article) {
		return nil
	}
	if len(i.Articles) >= MaxIssueArticles {
		return fmt.Errorf("issue %s has %d articles; more make no mail that anybody reads: drop one first: %w", i.ID, len(i.Articles), ErrInvalid)
	}
	i.Rest = slices.DeleteFunc(slices.Clone(i.Rest), func(id string) bool { return id == article })
	i.Articles = append(slices.Clone(i.Articles), article)
	return nil
}

// Amend sets what is changed of an article; an Edit that changes nothing is dropped.
func (i *Issue) Amend(e Edit) error {
	if _, err := i.index(e.Article); err != nil {
		return err
	}
	if err := i.editable(); err != nil {
		return err
	}
	for _, text := range []struct {
		name string
		text *string
	}{{"title", &e.Title}, {"dek", &e.Dek}, {"excerpt", &e.Excerpt}, {"image", &e.Image}, {"imageAlt", &e.ImageAlt}} {
		if *text.text = Line(*text.text); len([]rune(*text.text)) > maxEdit {
			return &Fault{text.name, fmt.Sprintf("a text of %d characters; %d are the most", len([]rune(*text.text)), maxEdit)}
		}
	}
	if e.Title == nothing {
		return &Fault{"title", "an article needs a title"}
	}
	if e.Image != "" && e.Image != nothing && !strings.HasPrefix(e.Image, "https://") && !strings.HasPrefix(e.Image, "http://") {
		return &Fault{"image", fmt.Sprintf("%q is no address of a picture; write it like https://example.org/picture.jpg, or - for none", e.Image)}
	}
	i.Edits = slices.DeleteFunc(slices.Clone(i.Edits), func(old Edit) bool { return old.Article == e.Article })
	if e != (Edit{Article: e.Article}) {
		i.Edits = append(i.Edits, e)
	}
	return nil
}

func (i *Issue) index(article string) (int, error) {
	at := slices.Index(i.Articles, article)
	if at < 0 {
		return at, fmt.Errorf("issue %s shows no article %s: %w", i.ID, article, ErrNotFound)
	}
	return at, nil
}

// EditOf is what is changed of an article.
func (i *Issue) EditOf(article string) Edit {
	for _, e := range i.Edits {
		if e.Article == article {
			return e
		}
	}
	return Edit{Article: article}
}

// Apply makes of an article what this Issue shows of it.
func (i *Issue) Apply(a Article) Article {
	e := i.EditOf(a.ID)
	a.Title, a.Dek, a.Excerpt = over(e.Title, a.Title), over(e.Dek, a.Dek), over(e.Excerpt, a.Excerpt)
	if e.Image != "" {
		a.Image, a.Unshown = Image{URL: over(e.Image, ""), Alt: a.Image.Alt}, ""
	}
	a.Image.Alt = over(e.ImageAlt, a.Image.Alt)
	if e.NoAuthors {
		a.Authors = nil
	}
	if e.NoComments {
		a.CommentURL = ""
	}
	return a
}

// over is the editor's text where there is one.
func over(edited, found string) string {
	switch edited {
	case "":
		return found
	case nothing:
		return ""
	}
	return edited
}

// Hold keeps a draft from going out by itself. Holding it again changes the reason at
// most.
func (i *Issue) Hold(why string) error {
	if i.State != IssueDraft || i.Approving() {
		return fmt.Errorf("issue %s is %s; pause its run instead: %w", i.ID, i.State, ErrConflict)
	}
	i.Held, i.HeldFor = true, Shorten(Line(why), maxPreheader)
	return nil
}

// Release lets a draft that was held go its way again.
func (i *Issue) Release() error {
	if err := i.editable(); err != nil {
		return err
	}
	i.Held, i.HeldFor = false, ""
	return nil
}

// Plan lets the draft go out at a moment, which must be ahead.
func (i *Issue) Plan(at, now time.Time) error {
	if err := i.editable(); err != nil {
		return err
	}
	if !at.After(now) {
		return fmt.Errorf("issue %s cannot go out at %s, which is past: %w", i.ID, at.Format(time.RFC3339), ErrInvalid)
	}
	i.SendAt, i.Held, i.HeldFor = at, false, ""
	return nil
}

// Unplan takes back when the draft was to go out.
func (i *Issue) Unplan() error {
	if err := i.editable(); err != nil {
		return err
	}
	i.SendAt = time.Time{}
	return nil
}

// Goes is when the draft goes out by itself, as things stand; ok: it does. review tells
// whether its schedule wants an editor's word.
func (i *Issue) Goes(review bool) (at time.Time, ok bool) {
	switch {
	case i.State != IssueDraft || i.Held:
		return time.Time{}, false
	case !i.SendAt.IsZero():
		return i.SendAt, true
	case review:
		return time.Time{}, false
	}
	return i.FireAt, true
}
