package page

import (
	"testing"

	"github.com/masthead-mail/masthead/internal/collect/found"
)

// FuzzJSONLD puts what strangers write as data into a page of an article.
func FuzzJSONLD(f *testing.F) {
	for _, seed := range []string{
		`{"@type":"NewsArticle","headline":"A","author":[{"@id":"#a"},"Grace Hopper"],"datePublished":"2026-11-24"}`,
		`{"@graph":[{"@type":"Article","author":{"@id":"#a"}},{"@id":"#a","@type":"Person","name":"Ada","description":"<b>Ada</b> writes about water.","url":"javascript:x","image":{"url":"data:x"}}]}`,
		`<!--{"@type":"Article","name":"x",}-->`, `[[[{"author":{"author":{"author":7}}}]]]`, `{"@type":["Article",null],"image":[[],{"width":{"value":"1e9"}}],"commentCount":-1}`,
		`{"@type":"Article","headline":"\u0000\ud800","author":{"name":["a","b"],"sameAs":[1,2]}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data string) {
		p, err := Parse([]byte(`<html><body>`+ld(data)+`<article><h1>A Town</h1><p>The pool opened on the first warm Sunday of the year.</p></article>`), "text/html; charset=utf-8", at)
		if err != nil {
			return
		}
		check(t, p.Article())
		check(t, found.Article{Byline: []found.Author{p.AuthorPage("Ada Byron")}})
	})
}
