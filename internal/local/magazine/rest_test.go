package magazine

import (
	"encoding/json"
	"html"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// readPost is a post as a reader of the API sees it.
type readPost struct {
	Date  string                     `json:"date_gmt"`
	GUID  struct{ Rendered string }  `json:"guid"`
	Title struct{ Rendered string }  `json:"title"`
	Link  string                     `json:"link"`
	Slug  string                     `json:"slug"`
	Media int                        `json:"featured_media"`
	Open  string                     `json:"comment_status"`
	Embed map[string]json.RawMessage `json:"_embedded"`
}

func posts(t *testing.T, url string) []readPost {
	t.Helper()
	var list []readPost
	if err := json.Unmarshal([]byte(expect(t, url, 200)), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

const api = "/wp-json/wp/v2/"

func TestFeedAndAPIAgree(t *testing.T) {
	base := serve(t).URL
	items, list := parseFeed(t, expect(t, base+"/feed/", 200)).Items, posts(t, base+api+"posts?per_page=100")
	if len(items) != len(list) {
		t.Fatalf("%d items and %d posts", len(items), len(list))
	}
	for i, p := range list {
		published, err := time.Parse(wpTime, p.Date)
		if err != nil || items[i].GUID != p.GUID.Rendered || items[i].Link != p.Link || items[i].Title != html.UnescapeString(p.Title.Rendered) || items[i].Date != published.Format(time.RFC1123Z) {
			t.Errorf("the feed has %s %q %s, the API %s %q %s (%v)", items[i].GUID, items[i].Title, items[i].Date, p.GUID.Rendered, p.Title.Rendered, p.Date, err)
		}
	}
}

func TestPostsAreFilteredAndPaged(t *testing.T) {
	base := serve(t).URL
	for _, test := range []struct {
		name, query  string
		want         int
		total, pages string
	}{
		{"ten a page", "", 10, "12", "2"},
		{"the rest on the second", "?page=2", 2, "12", "2"},
		{"all at once", "?per_page=100", 12, "12", "1"},
		{"after is exclusive", "?after=2026-11-23T10:00:00", 2, "2", "1"},
		{"after in a zone", "?after=2026-11-23T12:59:59%2B03:00", 3, "3", "1"},
		{"before is exclusive", "?before=2026-11-14T19:00:00Z", 1, "1", "1"},
		{"an edit counts", "?modified_after=2026-11-23T10:00:00", 3, "3", "1"},
		{"nothing new", "?after=2026-11-25T06:00:00Z", 0, "0", "0"},
		{"by slug", "?slug=bronze-and-patience", 1, "1", "1"},
	} {
		answer, _ := get(t, base+api+"posts"+test.query)
		if got := len(posts(t, base+api+"posts"+test.query)); got != test.want || answer.Header.Get("X-WP-Total") != test.total || answer.Header.Get("X-WP-TotalPages") != test.pages {
			t.Errorf("%s: %d posts of %s on %s pages, want %d of %s on %s", test.name, got, answer.Header.Get("X-WP-Total"), answer.Header.Get("X-WP-TotalPages"), test.want, test.total, test.pages)
		}
	}
}

func TestTheAPIRefusesInItsOwnWords(t *testing.T) {
	base := serve(t).URL
	for query, code := range map[string]string{
		"posts?page=3":                   "rest_post_invalid_page_number",
		"posts?per_page=101":             "rest_invalid_param",
		"posts?per_page=0":               "rest_invalid_param",
		"posts?page=x":                   "rest_invalid_param",
		"posts?page=9223372036854775807": "rest_invalid_param",
		"posts?after=yesterday":          "rest_invalid_param",
	} {
		var refusal restError
		if err := json.Unmarshal([]byte(expect(t, base+api+query, 400)), &refusal); err != nil || refusal.Code != code || refusal.Data.Status != 400 {
			t.Errorf("%s: %+v (%v), want %s", query, refusal, err, code)
		}
	}
}

func TestEmbedPutsInWhatIsAskedFor(t *testing.T) {
	base := serve(t).URL
	for query, want := range map[string][]string{
		"":                           nil,
		"&_embed":                    {"author", "replies", "wp:featuredmedia", "wp:term"},
		"&_embed=1":                  {"author", "replies", "wp:featuredmedia", "wp:term"},
		"&_embed=author,wp:term":     {"author", "wp:term"},
		"&_embed=wp%3Afeaturedmedia": {"wp:featuredmedia"},
	} {
		var got []string
		for relation := range posts(t, base+api+"posts?per_page=1"+query)[0].Embed {
			got = append(got, relation)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%q embeds %v, want %v", query, got, want)
		}
	}
}

// TestTheAPIKnowsOneAuthor: co-authors are found in the feed and on the page.
func TestTheAPIKnowsOneAuthor(t *testing.T) {
	base := serve(t).URL
	var authors []restUser
	p := posts(t, base+api+"posts?_embed&slug=two-cyclists-one-map-and-a-river-that-moved")[0]
	if err := json.Unmarshal(p.Embed["author"], &authors); err != nil {
		t.Fatal(err)
	}
	if len(authors) != 1 || authors[0].Name != "Celestine Abara-Wynn" || !strings.HasPrefix(authors[0].Description, "As a content writer at, I'm") || authors[0].Avatars["96"] == "" {
		t.Errorf("embedded authors: %+v", authors)
	}
}

func TestAnAuthorWithoutBioHasNoAvatar(t *testing.T) {
	var u restUser
	if err := json.Unmarshal([]byte(expect(t, serve(t).URL+api+"users/8", 200)), &u); err != nil {
		t.Fatal(err)
	}
	if u.Name != "Joss Quillfeather" || u.Description != "" || len(u.Avatars) != 0 {
		t.Errorf("%+v", u)
	}
}

func TestTheAPICountsComments(t *testing.T) {
	answer, _ := get(t, serve(t).URL+api+"comments?post=109&per_page=1")
	if got := answer.Header.Get("X-WP-Total"); got != "5" {
		t.Errorf("X-WP-Total: %s, want 5", got)
	}
}

// FuzzPostsQuery: whatever is asked, the answer is posts or a refusal, never
// more than a hundred, each of them once.
func FuzzPostsQuery(f *testing.F) {
	for _, seed := range []string{"", "_embed&per_page=100", "page=2&per_page=7", "page=1048576&per_page=100", "per_page=-1", "after=2026-11-20T00:00:00%2B25:00",
		"before=0001-01-01T00:00:00Z", "_embed=author,author,,x", "slug=%00", "%zz", "page=٣"} {
		f.Add(seed)
	}
	handler, err := New(newest)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, query string) {
		request := httptest.NewRequest("GET", api+"posts", nil)
		request.URL.RawQuery = query
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if answer.Code == 400 {
			var refusal restError
			if err := json.Unmarshal(answer.Body.Bytes(), &refusal); err != nil || refusal.Code == "" {
				t.Fatalf("%q is refused without a reason: %s", query, answer.Body)
			}
			return
		}
		var list []readPost
		if err := json.Unmarshal(answer.Body.Bytes(), &list); err != nil || answer.Code != 200 || len(list) > 100 {
			t.Fatalf("%q answers %d with %d posts (%v)", query, answer.Code, len(list), err)
		}
		seen := map[string]bool{}
		for _, p := range list {
			if seen[p.GUID.Rendered] {
				t.Fatalf("%q gives %s twice", query, p.GUID.Rendered)
			}
			seen[p.GUID.Rendered] = true
		}
	})
}
