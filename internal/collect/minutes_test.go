package collect

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/collect/feed"
	"github.com/masthead-mail/masthead/internal/collect/ghost"
	"github.com/masthead-mail/masthead/internal/collect/page"
	"github.com/masthead-mail/masthead/internal/collect/wordpress"
)

// TestEveryWayTellsHowLongItTakesToRead that gives the whole text; one that gives its
// beginning does not.
func TestEveryWayTellsHowLongItTakesToRead(t *testing.T) {
	const base = "https://magazine.example.org/"
	text := strings.Repeat("<p>The ovens are lit before the gulls wake, and the town smells of bread long before anybody is up.</p>", 40)
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]func() (int, error){
		"a feed": func() (int, error) {
			f, err := feed.Parse([]byte(`<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><item><title>Bread</title><link>/bread</link><content:encoded><![CDATA[`+text+`]]></content:encoded></item></channel></rss>`), "", base)
			return f.Articles[0].Minutes, err
		},
		"WordPress": func() (int, error) {
			posts, err := wordpress.ParsePosts([]byte(`[{"id":1,"link":"https://magazine.example.org/bread","title":{"rendered":"Bread"},"content":{"rendered":`+string(quoted)+`}}]`), base)
			return posts[0].Minutes, err
		},
		"Ghost": func() (int, error) {
			posts, err := ghost.ParsePosts([]byte(`{"posts":[{"id":"1","url":"https://magazine.example.org/bread","title":"Bread","html":`+string(quoted)+`}]}`), base)
			return posts[0].Minutes, err
		},
		"a page": func() (int, error) {
			p, err := page.Parse([]byte(`<html><body><h1>Bread</h1><nav>`+strings.Repeat("<a>Another story</a>", 500)+`</nav><div class="entry-content">`+text+`</div></body></html>`), "text/html", base+"bread")
			return p.Article().Minutes, err
		},
		"": func() (int, error) {
			f, err := feed.Parse([]byte(`<rss version="2.0"><channel><item><title>Bread</title><link>/bread</link><description>The ovens are lit before the gulls wake […]</description></item></channel></rss>`), "", base)
			return f.Articles[0].Minutes + 3, err
		},
	} {
		if minutes, err := read(); err != nil || minutes != 3 {
			t.Errorf("%q: %d minutes, %v", name, minutes, err)
		}
	}
}
