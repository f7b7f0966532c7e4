package render

import (
	"fmt"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// sample is an issue that takes a template through its branches: articles with and
// without a picture, authors, replies, in sections and as rows; contents where it is long, notice, more.
func sample(n int, theme newsletter.Theme, language string) newsletter.IssueContent {
	c := newsletter.IssueContent{
		Publication: newsletter.Publication{Name: "The Lantern Post", Tagline: "Slow news", Site: "https://magazine.example.org/", PostalAddress: "1 Wharf Lane",
			Language: language, Theme: theme, BaseURL: "https://news.example.org"},
		Issue: newsletter.Issue{ID: "sample", Subject: "Bread and lamplight", Preheader: "And the rest", Notice: "Notice", Intro: "Intro", Rest: []string{"more"},
			FireAt: time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)},
		Authors: map[string]newsletter.Author{
			"full": {Key: "full", Found: newsletter.Profile{Name: "Mara Quill", URL: "https://magazine.example.org/mara/", Photo: "https://magazine.example.org/m.jpg", Bio: "Mara writes."}},
			"bare": {Key: "bare", Found: newsletter.Profile{Name: "Ada"}},
		},
	}
	for i := range n {
		a := newsletter.Article{ID: fmt.Sprint(i), URL: fmt.Sprintf("https://magazine.example.org/article-%d/", i), Title: fmt.Sprintf("Article %d", i),
			Categories: []string{[]string{"Food", "Harbour"}[i%2]}}
		if i%3 != 1 {
			a.Image = newsletter.Image{URL: a.URL + "picture.jpg", Alt: "A lamp", Width: 1200, Height: 675}
			a.Dek, a.Excerpt, a.Authors = "What a town smells like", "The ovens are lit.", []string{"full", "bare"}
			a.CommentURL, a.Comments = a.URL+"#respond", i
		}
		c.Articles = append(c.Articles, a)
	}
	return c
}
