package magazine

import (
	"html"
	"regexp"
	"strings"
	"testing"
)

// named finds whatever an answer links to: attributes in pages, bare addresses
// in feeds and JSON.
var named = regexp.MustCompile(`(?:href|src|action|content)="([^"]+)"|srcset="([^"]+)"|(https?://127\.0\.0\.1:\d+[^\s"'<>\\]*)`)

// TestEveryLinkAnswers walks the site from its home page, over every page, feed,
// API answer and picture that it names.
func TestEveryLinkAnswers(t *testing.T) {
	base := serve(t).URL
	seen, queue := map[string]bool{base + "/": true}, []string{base + "/"}
	kinds := map[string]int{}
	for len(queue) > 0 {
		link := queue[0]
		queue = queue[1:]
		if strings.Contains(link, "wp-comments-post") {
			continue // takes a POST only
		}
		answer, body := get(t, link)
		kind, _, _ := strings.Cut(answer.Header.Get("Content-Type"), ";")
		if want := kindOf(link, base); answer.StatusCode != 200 || kind != want {
			t.Errorf("%s answers %d %s, want 200 %s", link, answer.StatusCode, kind, want)
		}
		kinds[kind]++
		if kind == "image/jpeg" || kind == "text/css" {
			continue
		}
		for _, found := range linksIn(body, base) {
			if !seen[found] {
				seen[found] = true
				queue = append(queue, found)
			}
		}
	}
	for kind, least := range map[string]int{"text/html": 12 + 12 + 8 + 6 + 1, "image/jpeg": 11 + 11 + 7, "application/rss+xml": 2 + 11, "application/json": 30, "text/css": 1} {
		if kinds[kind] < least {
			t.Errorf("the crawl met %d answers of type %s, want %d at least", kinds[kind], kind, least)
		}
	}
}

func linksIn(body, base string) []string {
	var links []string
	for _, m := range named.FindAllStringSubmatch(body, -1) {
		for _, link := range strings.FieldsFunc(m[1]+" "+m[2]+" "+m[3], func(r rune) bool { return r == ' ' || r == ',' }) {
			link, _, _ = strings.Cut(html.UnescapeString(link), "#")
			if strings.HasPrefix(link, "/") {
				link = base + link
			}
			if strings.HasPrefix(link, base+"/") {
				links = append(links, link)
			}
		}
	}
	return links
}

func kindOf(link, base string) string {
	path := strings.TrimPrefix(link, base)
	switch {
	case strings.HasPrefix(path, "/wp-json/"):
		return "application/json"
	case strings.HasSuffix(path, ".jpg"):
		return "image/jpeg"
	case strings.HasSuffix(path, ".css"):
		return "text/css"
	case strings.Contains(path, "/feed/"):
		return "application/rss+xml"
	}
	return "text/html"
}

func TestNothingIsMadeUpForUnknownAddresses(t *testing.T) {
	base := serve(t).URL
	for _, path := range []string{"/nothing/", "/nothing", "/favicon.ico", "/author/nobody/", "/category/none/", "/?p=7", "/a/b/c", "/wp-content/uploads/none.jpg",
		"/wp-content/uploads/..%2fcontent%2fmagazine.json", "/wp-json/wp/v2/posts/7", "/wp-json/wp/v2/users/99", "/wp-json/wp/v2/media/101", "/wp-json/wp/v2/pages"} {
		expect(t, base+path, 404)
	}
}

func TestTheLastSlashIsAdded(t *testing.T) {
	base := serve(t).URL
	for _, path := range []string{"/feed", "/wp-json", "/bronze-and-patience"} {
		answer, _ := get(t, base+path)
		if answer.StatusCode != 301 || answer.Header.Get("Location") != path+"/" {
			t.Errorf("%s answers %d to %q, want 301 to %s/", path, answer.StatusCode, answer.Header.Get("Location"), path)
		}
	}
}
