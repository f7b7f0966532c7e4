// Package found holds the words in which feeds, programming interfaces and pages
// tell the collect stage what they saw. All of it is plain text or sanitised, all
// links are absolute; what is unknown is empty.
package found

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"github.com/masthead-mail/masthead/internal/collect/plain"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Author is a name in a byline with what else was seen of that person.
type Author struct {
	newsletter.Profile        // URL is where "Learn More →" leads
	Page               string // the author's own page on the site: identifies the author
	BioFrom            string // which way led to the bio: wordpress, json-ld, box, archive
}

// Article is one piece as seen in one place. Its Authors and Source are not
// filled in: the Byline says who wrote it. Comments is -1 where unknown.
type Article struct {
	newsletter.Article
	Byline []Author
	// Images are other pictures that might stand for the article, best first.
	Images []newsletter.Image
	// Others are people whom a page tells of; nobody's authors unless a byline names them.
	Others []Author
	// Short tells that the source gave no text beyond an excerpt that ends in the
	// middle, so that the article's page knows more.
	Short bool
	// Summary tells that Excerpt is all the source gave, whole: how the text begins, or
	// a dek. The article's page can tell which.
	Summary bool
	// Mere tells that the source gave a link and no more, as a page or a sitemap does: only
	// the page itself tells whether it is an article.
	Mere bool
	// Closed tells that the source says that nobody may reply.
	Closed bool
}

// List is what a feed or a programming interface answered.
type List struct {
	Title    string // the site's name for itself
	Tagline  string
	Home     string
	Language string
	Articles []Article
	Hub      string // tells of new articles at once (WebSub)
	Self     string // the list's own address, by which the hub knows it
	// Truncated tells that the answer broke off: it must not count as seen.
	Truncated bool
}

// Merge adds to a what b knows of the same person and a does not. A bio travels
// with its HTML and its origin.
func (a *Author) Merge(b Author) {
	if a.Bio == "" {
		a.Bio, a.BioHTML, a.BioFrom = b.Bio, b.BioHTML, b.BioFrom
	}
	a.Name = cmp.Or(a.Name, b.Name)
	a.Photo = cmp.Or(a.Photo, b.Photo)
	a.Page = cmp.Or(a.Page, b.Page)
	if b.URL != "" && (a.URL == "" || a.URL == a.Page) {
		a.URL = b.URL // a "Learn More" target says more than the archive page
	}
}

// Same tells whether two byline entries are one person: by page, or by name
// without regard to case and spaces.
func (a *Author) Same(b Author) bool {
	if a.Page != "" && b.Page != "" && newsletter.CleanURL(a.Page) == newsletter.CleanURL(b.Page) {
		return true
	}
	return a.Name != "" && fold(a.Name) == fold(b.Name)
}

func fold(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// Complete fills in what article lacks from what page knows of it. What the list
// said first stays, except that the page's own word on the dek, the comments and
// the picture's size is better than none.
func (article *Article) Complete(page Article) {
	article.Title = cmp.Or(article.Title, page.Title)
	article.completeSummary(page)
	article.Dek = cmp.Or(article.Dek, page.Dek)
	if article.Excerpt == "" || article.Short && page.Excerpt != "" {
		article.Excerpt = page.Excerpt
	}
	article.Minutes = cmp.Or(article.Minutes, page.Minutes)
	article.completeImage(page)
	article.Images = append(article.Images, append([]newsletter.Image{page.Image}, page.Images...)...)
	if !article.Closed {
		article.CommentURL = cmp.Or(article.CommentURL, page.CommentURL)
	}
	if article.Comments < 0 {
		article.Comments = page.Comments
	}
	article.Language = cmp.Or(article.Language, page.Language)
	if article.Published.IsZero() {
		article.Published = page.Published
	}
	if article.Updated.IsZero() {
		article.Updated = page.Updated
	}
	if len(article.Categories) == 0 {
		article.Categories = page.Categories
	}
	article.Byline = mergeBylines(article.Byline, page.Byline)
	for i := range article.Byline {
		for _, other := range page.Others {
			if article.Byline[i].Same(other) {
				article.Byline[i].Merge(other)
			}
		}
	}
	article.tidyDek()
}

// longestSummary is in characters; a longer one is the text itself.
const longestSummary = 300

// completeSummary makes a dek of a summary that the page has as its dek, or that stands
// nowhere at the beginning of its text. The excerpt is then the page's.
func (article *Article) completeSummary(page Article) {
	summary := article.Excerpt
	if !article.Summary || summary == "" || page.Excerpt == "" || utf8.RuneCountInString(summary) > longestSummary || plain.Within(summary, page.Excerpt) {
		return
	}
	article.Excerpt = page.Excerpt
	if page.Dek == "" {
		article.Dek = cmp.Or(article.Dek, summary)
	}
}

// completeImage takes the page's picture where there is none, or its alt text and
// size where it is the same one.
func (article *Article) completeImage(page Article) {
	switch {
	case article.Image.URL == "":
		article.Image = page.Image
	case article.Image.URL == page.Image.URL:
		article.Image.Alt = cmp.Or(article.Image.Alt, page.Image.Alt)
		if article.Image.Width == 0 {
			article.Image.Width, article.Image.Height = page.Image.Width, page.Image.Height
		}
	}
}

// tidyDek drops a dek that only repeats the title or how the excerpt begins.
func (article *Article) tidyDek() {
	if article.Dek == article.Title || article.Excerpt != "" && plain.Repeats(article.Dek, article.Excerpt) {
		article.Dek = ""
	}
}

// mergeBylines keeps the list's order. A page that names other people than the list
// adds nobody: the list's byline is the magazine's own, a page has many names on it.
// Where the list has nobody, the page's byline stands.
func mergeBylines(list, page []Author) []Author {
	if len(list) == 0 {
		return page
	}
	matched := 0
	for i := range list {
		for _, other := range page {
			if list[i].Same(other) {
				list[i].Merge(other)
				matched++
				break
			}
		}
	}
	if matched == len(list) && len(page) > len(list) { // the feed had room for one name only
		for _, other := range page {
			if !contains(list, other) {
				list = append(list, other)
			}
		}
	}
	return list
}

func contains(list []Author, a Author) bool {
	for i := range list {
		if list[i].Same(a) {
			return true
		}
	}
	return false
}
