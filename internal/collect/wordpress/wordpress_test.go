package wordpress

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/masthead-mail/masthead/internal/collect/found"
)

const base = "https://example.org/wp-json/wp/v2/posts"

// post reads a list of one post with these fields.
func onePost(t *testing.T, fields string) found.Article {
	t.Helper()
	list, err := ParsePosts([]byte(`[{"link":"https://example.org/a/","title":{"rendered":"T"},`+fields+`}]`), base)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d articles, %v", len(list), err)
	}
	return list[0]
}

func TestPostsURL(t *testing.T) {
	const query = "_embed=author%2Cwp%3Afeaturedmedia%2Cwp%3Aterm&per_page=20"
	for root, want := range map[string]string{
		"https://example.org/wp-json/":                 "https://example.org/wp-json/wp/v2/posts?" + query,
		"https://example.org/blog/wp-json":             "https://example.org/blog/wp-json/wp/v2/posts?" + query,
		"https://example.org/?rest_route=/":            "https://example.org/?" + query + "&rest_route=%2Fwp%2Fv2%2Fposts",
		"https://example.org/index.php?rest_route=%2F": "https://example.org/index.php?" + query + "&rest_route=%2Fwp%2Fv2%2Fposts",
	} {
		if got := PostsURL(root, 20); got != want {
			t.Errorf("%s: %s", root, got)
		}
	}
}

func TestPost(t *testing.T) {
	const words = `"content":{"rendered":"<p>The pool opened on Sunday, and by noon there was no water left.</p>"}`
	for name, tt := range map[string]struct{ fields, got, want string }{
		"a time without a zone is UTC":          {`"date_gmt":"2026-11-24T08:00:00","date":"2026-11-24T09:00:00"`, "date", "2026-11-24T08:00:00Z"},
		"a post without a GMT date":             {`"date_gmt":"0000-00-00T00:00:00","date":"2026-11-24T09:00:00"`, "date", "2026-11-24T09:00:00Z"},
		"a title with entities":                 {`"title":{"rendered":"Bronze &#038; Patience: &#8220;Now&#8221; <em>or</em> never"}`, "title", "Bronze & Patience: “Now” or never"},
		"a title as a bare string":              {`"title":"Bronze"`, "title", "Bronze"},
		"an automatic excerpt is no dek":        {words + `,"excerpt":{"rendered":"<p>The pool opened on Sunday, and [&hellip;]</p>\n"}`, "text", "|The pool opened on Sunday, and by noon there was no water left."},
		"a written excerpt is the dek":          {words + `,"excerpt":{"rendered":"<p>Nobody had asked for it.</p>\n"}`, "text", "Nobody had asked for it.|The pool opened on Sunday, and by noon there was no water left."},
		"a field of the theme is the dek":       {words + `,"excerpt":{"rendered":"<p>Other.</p>"},"acf":{"subtitle":"Nobody &amp; nothing"}`, "text", "Nobody & nothing|The pool opened on Sunday, and by noon there was no water left."},
		"an empty acf is a list":                {`"acf":[],"meta":[]`, "title", "T"},
		"what a password protects stays unread": {`"content":{"rendered":"<p>secret</p>","protected":true},"excerpt":{"rendered":"","protected":true}`, "text", "|"},
		"open comments":                         {`"comment_status":"open"`, "comments", "https://example.org/a/#respond -1 false"},
		"closed comments":                       {`"comment_status":"closed"`, "comments", " -1 true"},
		"an author":                             {`"_embedded":{"author":[{"id":1,"name":"Ada Byron","description":"Ada writes about water.","link":"https://example.org/author/ada/","avatar_urls":{"24":"https://g.example/24","96":"https://g.example/96"}}]}`, "authors", "Ada Byron/Ada writes about water./https://example.org/author/ada//https://g.example/96/wordpress"},
		"a bio with furniture":                  {`"_embedded":{"author":[{"name":"Ada Byron","description":"Ada writes about <em>water</em>. <a href=\"https://ada.example/\">Learn More →</a>","link":"https://example.org/author/ada/"}]}`, "authors", "Ada Byron/Ada writes about water./https://ada.example///wordpress"},
		"an error in the author's place":        {`"_embedded":{"author":[{"code":"rest_user_invalid_id","message":"Invalid user ID.","data":{"status":404}}]}`, "authors", ""},
		"the admin account is nobody":           {`"_embedded":{"author":[{"name":"admin","description":"Runs this site, and runs it very well."}]}`, "authors", ""},
		"several authors of a plugin":           {`"authors":[{"display_name":"Ada Byron","author_url":"https://example.org/author/ada/"},{"display_name":"Grace Hopper","description":"Grace finds what crawls in machines."}],"_embedded":{"author":[{"name":"ada byron","description":"Ada writes about water.","link":"https://example.org/author/ada/"}]}`, "authors", "Ada Byron/Ada writes about water./https://example.org/author/ada///wordpress Grace Hopper/Grace finds what crawls in machines.///wordpress"},
		"the smallest picture that is sharp":    {`"_embedded":{"wp:featuredmedia":[{"source_url":"https://example.org/o.jpg","alt_text":"A &amp; B","media_details":{"width":4000,"height":3000,"sizes":{"large":{"source_url":"https://example.org/l.jpg","width":1024,"height":768},"x":{"source_url":"https://example.org/x.jpg","width":1600,"height":1200},"square":{"source_url":"https://example.org/s.jpg","width":1300,"height":1300}}}}]}`, "image", "https://example.org/x.jpg 1600 1200 A & B"},
		"the largest picture where none is":     {`"_embedded":{"wp:featuredmedia":[{"source_url":"https://example.org/o.jpg","media_details":{"width":"800","height":600,"sizes":{"thumb":{"source_url":"https://example.org/t.jpg","width":400,"height":300}}}}]}`, "image", "https://example.org/o.jpg 800 600 "},
		"an error in the picture's place":       {`"jetpack_featured_media_url":"https://example.org/j.jpg","_embedded":{"wp:featuredmedia":[{"code":"rest_forbidden"}]}`, "image", "https://example.org/j.jpg 0 0 "},
		"details that are a list":               {`"_embedded":{"wp:featuredmedia":[{"source_url":"https://example.org/o.jpg","media_details":{"sizes":[]}}]}`, "image", "https://example.org/o.jpg 0 0 "},
		"categories and tags":                   {`"_embedded":{"wp:term":[[{"name":"Food &amp; Drink","taxonomy":"category"},{"name":"Uncategorized","taxonomy":"category"}],[{"name":"soup","taxonomy":"post_tag"}],[{"name":"x","taxonomy":"post_format"}],{"code":"error"}]}`, "topics", "Food & Drink|soup"},
	} {
		t.Run(name, func(t *testing.T) {
			a := onePost(t, tt.fields)
			var authors []string
			for _, p := range a.Byline {
				authors = append(authors, strings.Join([]string{p.Name, p.Bio, p.URL, p.Photo, p.BioFrom}, "/"))
			}
			got := map[string]string{
				"date": a.Published.Format(time.RFC3339), "title": a.Title, "text": a.Dek + "|" + a.Excerpt, "comments": fmt.Sprint(a.CommentURL, " ", a.Comments, " ", a.Closed),
				"authors": strings.Join(authors, " "), "image": fmt.Sprint(a.Image.URL, " ", a.Image.Width, " ", a.Image.Height, " ", a.Image.Alt), "topics": strings.Join(a.Categories, "|"),
			}[tt.got]
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWhatIsNoListOfPostsSaysWhatItIs(t *testing.T) {
	for body, words := range map[string]string{
		`{"code":"rest_disabled","message":"The REST API is disabled.","data":{"status":401}}`: "The REST API is disabled.",
		"<!DOCTYPE html><html>": "a web page", "": "something else", `[{"title":"x"}]`: "none has a link", "null x": "something else", `{"a":1}`: "something else",
	} {
		if _, err := ParsePosts([]byte(body), base); !errors.Is(err, ErrNotPosts) || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", body, err)
		}
	}
	if list, err := ParsePosts([]byte("<br />\n<b>Notice</b>: Undefined index in x.php\n[]"), base); err != nil || len(list) != 0 {
		t.Errorf("behind a notice of PHP: %v", err)
	}
	if list, err := ParsePosts([]byte(`[{"link":7},[],"x",{"link":"https://example.org/a/","title":{"rendered":"T"}}]`), base); err != nil || len(list) != 1 {
		t.Errorf("one good post among bad ones: %d, %v", len(list), err)
	}
}

func TestParseSite(t *testing.T) {
	site, err := ParseSite([]byte(`{"name":"The Example &amp; Co","description":"Daily","url":"https://example.org","home":"https://example.org","namespaces":["wp/v2"]}`))
	if err != nil || site != (Site{"The Example & Co", "Daily", "https://example.org"}) {
		t.Errorf("%+v, %v", site, err)
	}
	if _, err := ParseSite([]byte(`{"name":"x"}`)); !errors.Is(err, ErrNotPosts) {
		t.Errorf("%v", err)
	}
}

func FuzzParsePosts(f *testing.F) {
	for _, seed := range []string{
		`[{"link":"/a","title":{"rendered":"<b>&#8230;"},"date_gmt":"2026-11-24T08:00:00","_embedded":{"author":[{"name":"A B","description":"<a href=javascript:x>y</a> writes a lot of things","avatar_urls":{"96":"data:x"}}],"wp:featuredmedia":[{"source_url":"x","media_details":{"sizes":{"a":{"width":-1}}}}],"wp:term":[[{"name":"\u0000","taxonomy":"category"}]]}}]`,
		`[{"link":"javascript:x"}]`, `{"code":"x","message":"<b>"}`, `[{"link":"https://example.org/","title":7,"authors":{"a":1},"acf":[],"yoast_head_json":{"og_image":[{"url":"x","width":"9"}]}}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := ParsePosts(body, base)
		if err != nil {
			return
		}
		for _, a := range list {
			check(t, a)
		}
	})
}

// check fails where an article holds anything that must not reach a reader.
func check(t *testing.T, a found.Article) {
	t.Helper()
	texts := append([]string{a.Title, a.Dek, a.Excerpt, a.Image.Alt, a.GUID}, a.Categories...)
	links := []string{a.URL, a.CommentURL, a.Image.URL}
	for _, author := range a.Byline {
		texts = append(texts, author.Name, author.Bio, author.BioHTML)
		links = append(links, author.URL, author.Photo, author.Page)
		if strings.Contains(strings.ToLower(author.BioHTML), "javascript:") && strings.Contains(author.BioHTML, "href=\"java") {
			t.Errorf("bio %q", author.BioHTML)
		}
	}
	for _, text := range texts {
		if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
			t.Errorf("text %q", text)
		}
	}
	for _, link := range links {
		if link != "" && !strings.HasPrefix(link, "http://") && !strings.HasPrefix(link, "https://") {
			t.Errorf("link %q", link)
		}
	}
}

func TestWhereMorePostsAreRead(t *testing.T) {
	since := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for got, want := range map[string]string{
		PageURL("https://example.org/blog/wp-json/", 40, 2):  "https://example.org/blog/wp-json/wp/v2/posts?_embed=author%2Cwp%3Afeaturedmedia%2Cwp%3Aterm&page=2&per_page=40",
		PageURL("https://example.org/?rest_route=/", 40, 3):  "https://example.org/?_embed=author%2Cwp%3Afeaturedmedia%2Cwp%3Aterm&page=3&per_page=40&rest_route=%2Fwp%2Fv2%2Fposts",
		ChangedURL("https://example.org/wp-json", 40, since): "https://example.org/wp-json/wp/v2/posts?_embed=author%2Cwp%3Afeaturedmedia%2Cwp%3Aterm&modified_after=2026-11-24T12%3A00%3A00&orderby=modified&per_page=40",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestSizesOfThePicture: the featured picture in WebP has its other renditions beside it.
func TestSizesOfThePicture(t *testing.T) {
	posts, err := ParsePosts([]byte(`[{"link":"https://example.org/a/","_embedded":{"wp:featuredmedia":[{"source_url":"https://example.org/a.webp","alt_text":"A pool","media_details":{"width":2000,"height":1000,"sizes":{
"large":{"source_url":"https://example.org/a-1024x512.jpg","width":1024,"height":512},"thumbnail":{"source_url":"https://example.org/a-150x150.jpg","width":150,"height":150}}}}]},"yoast_head_json":{"og_image":[{"url":"https://example.org/og.jpg","width":1200,"height":630}]}}]`), "https://example.org/")
	if err != nil || len(posts) != 1 {
		t.Fatal(posts, err)
	}
	var list []string
	for _, i := range posts[0].Pictures() {
		list = append(list, i.URL)
	}
	if got := strings.Join(list, " "); got != "https://example.org/a.webp https://example.org/a-1024x512.jpg https://example.org/a-150x150.jpg https://example.org/og.jpg" || posts[0].Images[1].Alt != "A pool" {
		t.Errorf("%s", got)
	}
}
