package magazine

import (
	"encoding/json"
	"fmt"
	"io/fs"
)

// content is the magazine as it is stored: content/magazine.json, whose fields
// these are, and the articles' text beside it. Times are distances in hours.
type content struct {
	Name, Tagline, Language string
	Categories              []storedCategory
	Authors                 []storedAuthor
	Articles                []storedArticle // newest first
}

type storedCategory struct {
	ID         int
	Slug, Name string
}

type storedAuthor struct {
	ID         int
	Slug, Name string
	Bio        string // HTML, as WordPress keeps it
	Photo      bool   // uploads/<slug>.jpg is there
}

type storedArticle struct {
	ID             int
	Slug           string
	Title, Dek     string  // plain text
	ImageAlt       string  // empty: the article has no picture
	Language       string  // empty: the magazine's
	HoursBefore    float64 // the newest article
	EditedAfter    float64 // hours after it came out
	Categories     []string
	Authors        []string // slugs, in the order of the byline
	CommentsClosed bool
	Comments       []storedComment

	body string // HTML
}

type storedComment struct {
	Name, Text string
	HoursAfter float64 // the article
}

// load reads the content and the text of every article.
func load(files fs.FS) (content, error) {
	var c content
	raw, err := fs.ReadFile(files, "content/magazine.json")
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, fmt.Errorf("content/magazine.json: %w", err)
	}
	for i := range c.Articles {
		text, err := fs.ReadFile(files, "content/articles/"+c.Articles[i].Slug+".html")
		if err != nil {
			return c, err
		}
		c.Articles[i].body = string(text)
	}
	return c, nil
}
