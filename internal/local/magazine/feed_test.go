package magazine

import (
	"encoding/xml"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// readFeed is the feed as a reader sees it.
type readFeed struct {
	Language string `xml:"channel>language"`
	Items    []struct {
		Title    string   `xml:"title"`
		Link     string   `xml:"link"`
		GUID     string   `xml:"guid"`
		Date     string   `xml:"pubDate"`
		Creators []string `xml:"http://purl.org/dc/elements/1.1/ creator"`
		Content  string   `xml:"http://purl.org/rss/1.0/modules/content/ encoded"`
		Count    string   `xml:"http://purl.org/rss/1.0/modules/slash/ comments"`
		Reply    string   `xml:"comments"`
		Raw      string   `xml:",innerxml"`
	} `xml:"channel>item"`
}

func parseFeed(t *testing.T, body string) readFeed {
	t.Helper()
	var f readFeed
	if err := xml.Unmarshal([]byte(body), &f); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTheFeedNamesAllAuthors(t *testing.T) {
	e := edited(t)
	f := parseFeed(t, expect(t, serve(t).URL+"/feed/", 200))
	if len(f.Items) != len(e.Articles) || f.Language != "en" {
		t.Fatalf("%d items in %q, want %d in en", len(f.Items), f.Language, len(e.Articles))
	}
	for i, item := range f.Items {
		var names []string
		for _, by := range e.Articles[i].Authors {
			names = append(names, by.Name)
		}
		if !slices.Equal(item.Creators, names) {
			t.Errorf("%s is by %v, want %v", item.Title, item.Creators, names)
		}
	}
}

func TestFeedItemsAreAsWordPressWritesThem(t *testing.T) {
	e := edited(t)
	for i, item := range parseFeed(t, expect(t, serve(t).URL+"/feed/", 200)).Items {
		a := e.Articles[i]
		published, err := time.Parse(time.RFC1123Z, item.Date)
		if err != nil || !published.Equal(a.Published) || item.GUID != a.GUID || item.Count != strconv.Itoa(len(a.Comments)) || !strings.Contains(item.Content, string(a.Body)) {
			t.Errorf("%s: date %s (%v), guid %s, %s comments or its text are not the article's", a.Slug, item.Date, err, item.GUID, item.Count)
		}
		if open := item.Reply != ""; open == a.CommentsClosed {
			t.Errorf("%s: a link to reply: %v, comments closed: %v", a.Slug, open, a.CommentsClosed)
		}
		if strings.Contains(item.Title, "&#") || !strings.Contains(item.Raw, `isPermaLink="false"`) {
			t.Errorf("%s: the title is escaped twice (%q) or the guid passes for a link", a.Slug, item.Title)
		}
	}
}

func TestTitlesCarryNumericEntities(t *testing.T) {
	if body := expect(t, serve(t).URL+"/feed/", 200); !strings.Contains(body, "<title>Bronze &#038; Patience: &#8220;You&#8217;ll Know") {
		t.Error("the feed does not write entities as WordPress does")
	}
}

func TestAnUnchangedFeedIsNotSentAgain(t *testing.T) {
	url := serve(t).URL + "/feed/"
	first, _ := get(t, url)
	for name, test := range map[string]struct {
		header, value string
		want          int
	}{
		"the same tag":     {"If-None-Match", first.Header.Get("ETag"), http.StatusNotModified},
		"another tag":      {"If-None-Match", `"other"`, http.StatusOK},
		"the same time":    {"If-Modified-Since", first.Header.Get("Last-Modified"), http.StatusNotModified},
		"an earlier time":  {"If-Modified-Since", newest.Add(-time.Hour).Format(http.TimeFormat), http.StatusOK},
		"nothing is known": {"Accept", "*/*", http.StatusOK},
	} {
		if answer, body := get(t, url, test.header, test.value); answer.StatusCode != test.want || (test.want == http.StatusNotModified) != (body == "") {
			t.Errorf("%s: %d with %d bytes, want %d", name, answer.StatusCode, len(body), test.want)
		}
	}
}

func TestACommentFeedIsOfOneArticle(t *testing.T) {
	base := serve(t).URL
	all := parseFeed(t, expect(t, base+"/comments/feed/", 200))
	one := parseFeed(t, expect(t, base+"/comments/feed/?p=109", 200))
	if len(all.Items) != len(edited(t).LatestComments) || len(one.Items) != 5 {
		t.Errorf("%d comments in all and %d on one article, want %d and 5", len(all.Items), len(one.Items), len(edited(t).LatestComments))
	}
}
