package newsletter

import (
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestCleanURL(t *testing.T) {
	for _, c := range []struct{ name, link, want string }{
		{"no scheme, no www", "https://www.example.org/a", "example.org/a"},
		{"the host in lower case, the path as it is", "HTTP://Example.ORG/A", "example.org/A"},
		{"no trailing slash", "https://example.org/a/", "example.org/a"},
		{"a bare host", "https://example.org/", "example.org"},
		{"no fragment", "https://example.org/a#comments", "example.org/a"},
		{"no tracking", "https://example.org/a?utm_source=x&UTM_Medium=y&fbclid=z", "example.org/a"},
		{"what names the page stays, sorted", "https://example.org/?p=12&lang=de&utm_id=1", "example.org?lang=de&p=12"},
		{"the usual ports", "https://example.org:443/a", "example.org/a"},
		{"an unusual port stays", "http://127.0.0.1:8081/a", "127.0.0.1:8081/a"},
		{"an escaped slash is not a slash", "https://example.org/a%2Fb", "example.org/a%2Fb"},
		{"white space around", "\n https://example.org/a ", "example.org/a"},
		{"what is no link stays", "tag:example.org,2026:1", "tag:example.org,2026:1"},
	} {
		if got := CleanURL(c.link); got != c.want {
			t.Errorf("%s: %q becomes %q, want %q", c.name, c.link, got, c.want)
		}
	}
}

func FuzzCleanURL(f *testing.F) {
	for _, seed := range []string{"www.example.org/a/?b=1&a=2", "[::1]:80/", "example.org/%zz", "a b", "?p=1", "www./", "example.org//", "example.org:443?utm_source=x&p=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, page string) {
		link := "https://" + page
		if u, err := url.Parse(link); err != nil || u.Host == "" || strings.ContainsAny(page, "#?") || strings.TrimSpace(link) != link {
			return
		}
		clean := CleanURL(link)
		for _, same := range []string{"http://" + page, "HTTPS://" + page, " " + link + "\n", link + "#comments", link + "?utm_source=mail", link + "/"} {
			if got := CleanURL(same); got != clean {
				t.Errorf("%q is %q, but %q is %q", link, clean, same, got)
			}
		}
	})
}

func TestArticleAliases(t *testing.T) {
	a := Article{Source: "s", GUID: "g", URL: "https://www.example.org/a/"}
	if got, want := a.Aliases(), []string{"AG#s#g", "AL#example.org/a"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if a.GUID = ""; len(a.Aliases()) != 1 {
		t.Errorf("without a guid: %v", a.Aliases())
	}
	if ArticleID("https://example.org/a") != ArticleID("http://www.example.org/a/?utm_source=mail") {
		t.Error("the same page has two ids")
	}
	if ArticleID("https://example.org/a") == ArticleID("https://example.org/b") {
		t.Error("two pages have the same id")
	}
}

func TestContentHashSeesWhatReadersSee(t *testing.T) {
	seen := map[string]bool{"URL": true, "Title": true, "Dek": true, "Excerpt": true, "Image": true, "CommentURL": true,
		"Categories": true, "Authors": true, "Language": true}
	original := (&Article{}).ContentHash()
	for i := range reflect.TypeFor[Article]().NumField() {
		name := reflect.TypeFor[Article]().Field(i).Name
		var a Article
		switch f := reflect.ValueOf(&a).Elem().Field(i); f.Interface().(type) {
		case string:
			f.SetString("x")
		case []string:
			f.Set(reflect.ValueOf([]string{"x"}))
		case Image:
			a.Image.URL = "x"
		case time.Time:
			f.Set(reflect.ValueOf(noon))
		case int, int64:
			f.SetInt(1)
		case bool:
			f.SetBool(true)
		}
		if changed := a.ContentHash() != original; changed != seen[name] {
			t.Errorf("a change of %s is noticed: %v", name, changed)
		}
	}
}

func TestArticleMailable(t *testing.T) {
	good := Article{Title: "T", URL: "https://example.org/a", Published: noon}
	for _, c := range []struct {
		name   string
		change func(*Article)
		want   bool
	}{
		{"published this moment", func(*Article) {}, true},
		{"without a date", func(a *Article) { a.Published = time.Time{} }, true},
		{"dated in the future", func(a *Article) { a.Published = noon.Add(1) }, false},
		{"of the past", func(a *Article) { a.Past = true }, false},
		{"without a title", func(a *Article) { a.Title = "" }, false},
		{"without a link", func(a *Article) { a.URL = "" }, false},
	} {
		a := good
		c.change(&a)
		if got := a.Mailable(noon); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestWithoutTracking(t *testing.T) {
	for link, want := range map[string]string{
		"https://Example.org/a/":                                         "https://Example.org/a/",
		"https://example.org/a?utm_source=rss&utm_medium=rss":            "https://example.org/a",
		"https://example.org/?p=7&UTM_Source=x&b=%20&fbclid=1#utm_stays": "https://example.org/?p=7&b=%20#utm_stays",
		"https://example.org/a#b?utm_source=x":                           "https://example.org/a#b?utm_source=x",
		"https://example.org/a?":                                         "https://example.org/a?",
	} {
		if got := WithoutTracking(link); got != want {
			t.Errorf("%s: %s, want %s", link, got, want)
		}
		if CleanURL(WithoutTracking(link)) != CleanURL(link) {
			t.Errorf("%s changes its identity", link)
		}
	}
}
