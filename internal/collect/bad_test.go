package collect_test

import (
	"compress/gzip"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestABrokenSourceStopsNoOther visits one good source among all kinds of bad ones:
// each says clearly what is wrong, and the good one is collected.
func TestABrokenSourceStopsNoOther(t *testing.T) {
	good, bad := newSite(t), newSite(t)
	good.set("/feed", "application/rss+xml", rss("/a|All is well in Example|1"))
	megabyte := make([]byte, 1<<20)
	bad.handle("/500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	bad.handle("/huge", func(w http.ResponseWriter, _ *http.Request) {
		for range 200 {
			if _, err := w.Write(megabyte); err != nil {
				return
			}
		}
	})
	bad.handle("/bomb", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		defer z.Close()
		for range 200 {
			if _, err := z.Write(megabyte); err != nil {
				return
			}
		}
	})
	bad.handle("/metadata", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
	})
	bad.set("/page", html, "<html><head><title>Under construction</title></head><body><p>Soon.</p></body></html>")
	bad.set("/deep", "text/xml", "<rss><channel>"+strings.Repeat("<a>", 100_000))
	bad.set("/empty", "text/xml", "")
	bad.set("/binary", "image/png", "\x89PNG\r\n\x1a\n\x00\x00")
	dead := httptest.NewServer(nil)
	dead.Close()

	c, store := collector(t, good, bad)
	c.Fetch.(*fetch.Client).Allow = append(c.Fetch.(*fetch.Client).Allow, strings.TrimPrefix(dead.URL, "http://"))
	words := map[string]string{
		dead.URL:              "connection refused",
		bad.URL + "/500":      "the site has a fault of its own (500",
		bad.URL + "/missing":  "there is no such page",
		bad.URL + "/huge":     "larger than 5 MiB",
		bad.URL + "/bomb":     "larger than 5 MiB",
		bad.URL + "/metadata": "169.254.169.254, which is no public internet address",
		bad.URL + "/page":     "is a web page on which we found no feed",
		bad.URL + "/deep":     "nests its elements",
		bad.URL + "/empty":    "the answer is empty",
		bad.URL + "/binary":   "neither RSS nor Atom",
	}
	for address := range words {
		if _, err := c.Add(t.Context(), address); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Add(t.Context(), good.URL+"/feed"); err != nil {
		t.Fatal(err)
	}
	reports, err := c.Due(t.Context())
	if err != nil || len(reports) != len(words)+1 {
		t.Fatalf("%d reports, %v", len(reports), err)
	}
	for _, r := range reports {
		want, isBad := words[r.Source.URL]
		switch {
		case !isBad && (r.Err != nil || r.New != 1):
			t.Errorf("the good source: %+v", r)
		case isBad && (r.Err == nil || !strings.Contains(r.Err.Error(), want) || r.Source.Reason != r.Err.Error() || r.Source.Failures != 1):
			t.Errorf("%s: %v, reason %q; want %q", r.Source.URL, r.Err, r.Source.Reason, want)
		}
	}
	if list := articles(t, store); len(list) != 1 {
		t.Errorf("%d articles", len(list))
	}
	if reports, err := c.Due(t.Context()); err != nil || len(reports) != 0 {
		t.Errorf("visited again at once: %+v, %v", reports, err)
	}
}

func TestHostileTextsComeOutAsPlainText(t *testing.T) {
	s := newSite(t)
	s.set("/feed", "text/xml", `<rss><channel>
<item><title>Free {{.Subject}} &lt;script&gt;alert(1)&lt;/script&gt;today</title><link>SITE/1</link></item>
<item><title><![CDATA[<b>Bold</b> & {{template "x"}} <img src=x onerror=alert(1)>]]></title><link>SITE/2</link><description><![CDATA[<p onclick="x()">Hi</p><script>alert(2)</script><iframe src="//evil"></iframe>]]></description></item>
<item><title>How the &amp;lt;script&amp;gt; tag was invented</title><link>SITE/3</link></item>
<item><title>Line one&#10;Bcc: everybody@example.org&#0;&#8238;</title><link>SITE/4</link></item>
<item><title>Bad link</title><link>javascript:alert(1)</link></item>
</channel></rss>`)
	c, store := collector(t, s)
	if r := visit(t, c, s.URL+"/feed"); r.Err != nil || r.New != 4 {
		t.Fatalf("%+v", r)
	}
	titles := map[string]string{}
	for _, a := range articles(t, store) {
		titles[a.URL[len(s.URL):]] = a.Title
		if strings.ContainsAny(a.Excerpt, "<>") || strings.Contains(a.Excerpt, "alert") {
			t.Errorf("excerpt %q", a.Excerpt)
		}
	}
	for path, want := range map[string]string{
		"/1": "Free {{.Subject}} today", "/2": `Bold & {{template "x"}}`, "/3": "How the <script> tag was invented", "/4": "Line one Bcc: everybody@example.org",
	} {
		if titles[path] != want {
			t.Errorf("%s: %q, want %q", path, titles[path], want)
		}
	}
}

func TestAFailingPageNeverLosesTheArticle(t *testing.T) {
	s := newSite(t)
	s.set("/feed", "text/xml", rss("/gone|The page of this one is gone|1", "/broken|The page of this one is broken|2"))
	s.handle("/broken", func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) })
	c, store := collector(t, s)
	if r := visit(t, c, s.URL+"/feed"); r.Err != nil || r.New != 2 || r.WithoutBio != 1 {
		t.Fatalf("%+v", r)
	}
	if list := articles(t, store); len(list) != 2 || len(list[0].Authors) != 1 {
		t.Errorf("%+v", list)
	}
}

// TestHugePagesAreReadOnlySoOften: each page within its own bounds, they may not cost
// more than so many together.
func TestHugePagesAreReadOnlySoOften(t *testing.T) {
	s := newSite(t)
	var items []string
	huge := strings.Repeat("<i>x</i>", 20_000)
	for i := range 15 {
		path := fmt.Sprintf("/%d", i)
		items = append(items, fmt.Sprintf("%s|The news of number %d in full length|%d", path, i, i+1))
		s.set(path, html, huge)
	}
	s.set("/feed", "text/xml", rss(items...))
	c, _ := collector(t, s)
	if r := visit(t, c, s.URL+"/feed"); r.Err != nil || r.New != 15 {
		t.Fatalf("%+v", r)
	}
	if first, last := s.times("/0"), s.times("/14"); first != 1 || last != 0 {
		t.Errorf("the first page was read %d times, the last %d", first, last)
	}
}

func TestFailuresAreRemembered(t *testing.T) {
	s := newSite(t)
	now := noon
	c, store := collector(t, s)
	c.Now = func() time.Time { return now }
	s.set("/feed", "text/xml", rss("/a|All is well in Example|1"))
	source := visit(t, c, s.URL+"/feed").Source
	s.handle("/feed", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7200")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	now = now.Add(2 * time.Hour)
	r := c.Visit(t.Context(), source.ID)
	if r.Err == nil || !r.Source.FailingSince.Equal(now) || r.Source.NextAt.Sub(now) != 2*time.Hour {
		t.Errorf("Retry-After: %+v", r)
	}
	s.set("/feed", html, "<html><body>Maintenance</body></html>")
	now = now.Add(3 * time.Hour)
	if r = c.Visit(t.Context(), source.ID); r.Err == nil || !strings.Contains(r.Err.Error(), "expected a feed at "+s.URL+"/feed, but this is a web page") || r.Source.Failures != 2 {
		t.Errorf("a page instead of a feed: %+v", r)
	}
	s.set("/feed", "text/xml", rss("/a|All is well in Example|1"))
	if r = c.Visit(t.Context(), source.ID); r.Err != nil || r.Source.Failures != 0 || r.Source.Reason != "" {
		t.Errorf("healed: %+v", r)
	}
	s.handle("/feed", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	if r = c.Visit(t.Context(), source.ID); r.Err == nil || !r.Source.Disabled {
		t.Errorf("gone: %+v", r)
	}
	stored, err := store.Source(t.Context(), source.ID)
	if err != nil || !stored.Disabled || !strings.Contains(stored.Reason, "gone for good") {
		t.Errorf("stored: %+v, %v", stored, err)
	}
}

func TestAddressesOfSources(t *testing.T) {
	c, _ := collector(t)
	for address, want := range map[string]string{
		"example.org": "https://example.org", " https://example.org/feed/#top ": "https://example.org/feed/", "feed://example.org/rss": "https://example.org/rss",
		"feed:https://example.org/2": "https://example.org/2", "localhost:8080": "http://localhost:8080", "127.0.0.1:81/feed": "http://127.0.0.1:81/feed", "HTTP://example.org/x": "http://example.org/x",
	} {
		if s, err := c.Add(t.Context(), address); err != nil || s.URL != want {
			t.Errorf("%q: %q, %v; want %q", address, s.URL, err, want)
		}
	}
	for _, address := range []string{"", "hello", "two words.org", "ftp://example.org", "file:///etc/passwd", "https://", "https://user:pw@example.org", "javascript:alert(1)", "https://example.org/\r\nX: y", "mailto:a@example.org"} {
		if s, err := c.Add(t.Context(), address); !errors.Is(err, newsletter.ErrInvalid) || !strings.Contains(err.Error(), "https://example.org/feed/") {
			t.Errorf("%q: %+v, %v", address, s, err)
		}
	}
	one, err := c.Add(t.Context(), "https://example.org/feed/")
	two, err2 := c.Add(t.Context(), "http://www.example.org/feed")
	if err != nil || err2 != nil || one.ID != two.ID {
		t.Errorf("the same address twice: %v, %v", err, err2)
	}
}
