package ghost

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

const base = "https://example.org/ghost/api/content/posts/?key=0a1b"

func TestPostsURL(t *testing.T) {
	want := "https://example.org/blog/ghost/api/content/posts/?include=authors%2Ctags&key=0a1b&limit=40"
	if got := PostsURL("https://example.org/blog/ghost/api/content/?key=0a1b", 40); got != want {
		t.Errorf("%s", got)
	}
}

func TestParsePosts(t *testing.T) {
	posts, err := ParsePosts([]byte(`{"posts":[{"id":"5f","url":"https://example.org/swim/","title":"A Town <i>Learns</i>","html":"<p>The pool opened on the first warm Sunday.</p><script>x</script>",
"custom_excerpt":"Nobody had asked for a pool.","feature_image":"/pool.jpg","feature_image_alt":"A pool","published_at":"2026-11-24T12:00:00.000+01:00","updated_at":null,"visibility":"public",
"authors":[{"name":"Ada Byron","bio":"Ada writes about rivers and machines.","profile_image":"https://example.org/ada.jpg","website":"https://ada.example.net/","url":"https://example.org/author/ada/"},{"name":"admin","bio":null}],
"tags":[{"name":"News","visibility":"public"},{"name":"#hidden","visibility":"internal"}]},{"id":7},{"url":"https://example.org/b","title":"Members only","html":null,"excerpt":"It begins","visibility":"paid","authors":[]}]}`), base)
	if err != nil || len(posts) != 2 {
		t.Fatalf("%+v, %v", posts, err)
	}
	a, b := posts[0], posts[1]
	if a.URL != "https://example.org/swim/" || a.Title != "A Town <i>Learns</i>" || a.Dek != "Nobody had asked for a pool." || a.Excerpt != "The pool opened on the first warm Sunday." || a.Short ||
		a.Image.URL != "https://example.org/pool.jpg" || a.Image.Alt != "A pool" || a.Published.Hour() != 11 || len(a.Categories) != 1 || len(a.Byline) != 1 {
		t.Errorf("%+v", a)
	}
	if ada := a.Byline[0]; ada.Bio != "Ada writes about rivers and machines." || ada.URL != "https://ada.example.net/" || ada.Page != "https://example.org/author/ada/" || ada.BioFrom != "ghost" {
		t.Errorf("%+v", ada)
	}
	if b.Excerpt != "It begins" || !b.Short {
		t.Errorf("%+v", b)
	}
}

func TestWhatIsNoListOfPostsSaysWhatItIs(t *testing.T) {
	for body, words := range map[string]string{
		`{"errors":[{"message":"Unknown Content API Key"}]}`: "Unknown Content API Key", "<html>": "something else", "{}": "something else", "": "something else", `{"posts":7}`: "something else",
	} {
		if _, err := ParsePosts([]byte(body), base); !errors.Is(err, ErrNotPosts) || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func FuzzParsePosts(f *testing.F) {
	f.Add([]byte(`{"posts":[{"id":"1","url":"/a","title":"T","html":"<p>x","authors":[{"name":"A","bio":"<b>x","url":"javascript:x"}],"tags":[{"name":"x"}]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		posts, err := ParsePosts(body, base)
		if err != nil {
			return
		}
		for _, a := range posts {
			links := []string{a.URL, a.Image.URL}
			for _, who := range a.Byline {
				links = append(links, who.URL, who.Photo, who.Page)
			}
			for _, link := range links {
				if link != "" && !strings.HasPrefix(link, "http") {
					t.Errorf("link %q", link)
				}
			}
			if !utf8.ValidString(a.Title + a.Excerpt + a.Dek) {
				t.Errorf("%+v", a)
			}
		}
	})
}
