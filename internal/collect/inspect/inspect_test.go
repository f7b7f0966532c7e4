package inspect

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const atom = `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>The Example</title><subtitle>Daily</subtitle><link href="/"/><id>urn:feed</id><updated>2026-11-24T12:00:00+01:00</updated>
<author><name>The Staff</name><email>staff@example.org</email></author><category term="news"/>
<entry><title type="html">Fish &amp;amp; &lt;b&gt;chips&lt;/b&gt;</title><link href="a"/><id>urn:a</id><published>2026-11-24T12:00:00+01:00</published><updated>2026-11-24T13:00:00Z</updated>
<summary type="html">&lt;p onclick="x()"&gt;In &lt;a href="b"&gt;short&lt;/a&gt;&lt;script&gt;x&lt;/script&gt;&lt;/p&gt;</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><img src="c.jpg" alt="A boat"/> At length.</div></content>
<link rel="enclosure" href="d.mp3" type="audio/mpeg" length="123"/><link rel="replies" type="text/html" href="a#comments"/></entry>
<entry><id>urn:b</id><link href="b"/><author><name>Ada Byron</name><uri>/ada</uri></author><content>It rained.</content></entry></feed>`

func TestReadFeed(t *testing.T) {
	r := Read(Feed, []byte(atom), "https://example.org/feed/", nil)
	if !r.OK || r.Article != nil || len(r.Entries) != 2 {
		t.Fatalf("%+v", r)
	}
	feed, err := json.Marshal(r.Feed)
	want := `{"title":"The Example","link":"https://example.org/","subtitle":"Daily","language":"en","id":"urn:feed","authors":[{"name":"The Staff","email":"staff@example.org","url":"","avatar":"","bio":""}],"updated":"2026-11-24T11:00:00Z","published":"","image":"","tags":["news"]}`
	if err != nil || string(feed) != want {
		t.Errorf("feed\n%s, want\n%s", feed, want)
	}
	a, b := r.Entries[0], r.Entries[1]
	if a.Title != "Fish & chips" || a.Link != "https://example.org/a" || a.ID != "urn:a" || a.Published != "2026-11-24T11:00:00Z" || a.Updated != "2026-11-24T13:00:00Z" ||
		a.Summary != `<p>In <a href="https://example.org/b">short</a></p>` || a.Content != `<img src="https://example.org/c.jpg" alt="A boat"> At length.` ||
		a.Authors[0].Email != "staff@example.org" || a.Enclosures[0] != (Enclosure{"https://example.org/d.mp3", "audio/mpeg", 123}) || a.Comments != "https://example.org/a#comments" ||
		a.Image != "https://example.org/c.jpg" {
		t.Errorf("%+v", a)
	}
	if b.Title != "It rained." || b.Authors[0] != (Person{Name: "Ada Byron", URL: "https://example.org/ada"}) || b.Published != "" || b.Tags[0] != "news" {
		t.Errorf("%+v", b)
	}
}

const article = `<html lang="en"><head><title>A Town Learns to Swim – The Example</title><meta property="og:site_name" content="The Example"><meta name="description" content="Nobody had asked for a pool.">
<meta property="article:published_time" content="2026-11-24T12:00:00+01:00"><link rel="canonical" href="/swim/"><meta property="og:image" content="/pool.jpg"></head><body><nav><a href=/>Home</a></nav>
<article><h1>A Town Learns to Swim</h1><p class="byline">By <a rel="author" href="/author/ada/">Ada Byron</a></p><div class="entry-content">
<p>The pool opened on the first warm Sunday of the year, and by noon there was no water left in it, nor anybody who minded.</p><p>The <b>mayor</b>, a careful man, had counted on forty visitors, and forty towels, and had been wrong by a thousand of either.</p></div>
<div class="author-box"><h4>Ada Byron</h4><p class="author-bio">Ada writes about rivers and machines from a small house by the sea.</p></div></article></body></html>`

func TestReadPage(t *testing.T) {
	r := Read(Page, []byte(article), "https://example.org/swim/?x", nil)
	if !r.OK || r.Feed != nil || r.Article == nil {
		t.Fatalf("%+v", r)
	}
	d := r.Article
	if d.Title != "A Town Learns to Swim" || d.SiteName != "The Example" || d.URL != "https://example.org/swim/" || d.Description != "Nobody had asked for a pool." ||
		d.Published != "2026-11-24T11:00:00Z" || d.Image != "https://example.org/pool.jpg" || d.Language != "en" ||
		len(d.Authors) != 1 || d.Authors[0] != (Author{"Ada Byron", "Ada writes about rivers and machines from a small house by the sea.", "https://example.org/author/ada/"}) {
		t.Errorf("%+v", d)
	}
	if !strings.Contains(d.Text, "by noon there was no water left") || !strings.Contains(d.HTML, "<b>mayor</b>") || strings.Contains(d.HTML, "<nav") {
		t.Errorf("text %q, html %q", d.Text, d.HTML)
	}
}

func TestReadWordPress(t *testing.T) {
	const post = `{"link":"https://example.org/a/","guid":{"rendered":"https://example.org/?p=1"},"title":{"rendered":"Fish &#038; chips"},"excerpt":{"rendered":"<p>In short.</p>"},"content":{"rendered":"<p onclick=x>At length.</p>"},"date_gmt":"2026-11-24T12:00:00",
"_embedded":{"author":[{"name":"Ada Byron","description":"Ada writes about rivers and machines from a small house.","link":"https://example.org/author/ada/"}]}}`
	for _, body := range []string{post, "[" + post + "]"} {
		r := Read(WordPress, []byte(body), "https://example.org/wp-json/wp/v2/posts", nil)
		if !r.OK || len(r.Entries) != 1 || r.Entries[0].Title != "Fish & chips" || r.Entries[0].Content != "<p>At length.</p>" || r.Entries[0].Authors[0].Bio == "" || r.Entries[0].Published != "2026-11-24T12:00:00Z" {
			t.Errorf("%+v", r)
		}
	}
}

func TestHeadersCount(t *testing.T) {
	header := http.Header{"Content-Type": {"application/rss+xml; charset=koi8-r"}, "Content-Location": {"/elsewhere/"}, "Content-Language": {"ru"}}
	r := Read(Feed, []byte("<rss><channel><title>\xf0\xd2\xc9\xd7\xc5\xd4</title><item><link>a</link></item></channel></rss>"), "https://example.org/feed", header)
	if r.Feed.Title != "Привет" || r.Feed.Language != "ru" || r.Entries[0].Link != "https://example.org/elsewhere/a" {
		t.Errorf("%+v", r)
	}
}

// cases runs the lines and decodes what came.
func cases(t *testing.T, lines, dir string) []Result {
	t.Helper()
	var out bytes.Buffer
	if err := Cases(t.Context(), strings.NewReader(lines), dir, &out); err != nil {
		t.Fatal(err)
	}
	var results []Result
	for decoder := json.NewDecoder(&out); decoder.More(); {
		var r Result
		if err := decoder.Decode(&r); err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	return results
}

func TestABadCaseStopsNoOther(t *testing.T) {
	dir := t.TempDir()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write([]byte(atom))
	w.Close()
	for name, body := range map[string][]byte{"a.xml": []byte(atom), "a.xml.gz": packed.Bytes(), "bad.gz": []byte("no"), "page.html": []byte(article), "bad.html": []byte(strings.Repeat("<p>", 200_000))} {
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	results := cases(t, `{"id":"plain","kind":"feed","path":"a.xml","url":"https://example.org/","headers":{"content-type":["text/xml"]}}
{"id":"packed","kind":"feed","path":"`+filepath.Join(dir, "a.xml.gz")+`"}

not a case
{"id":5,"kind":"feed","path":"none.xml"}
{"id":"bad gzip","kind":"feed","path":"bad.gz"}
{"id":"no page","kind":"page","path":"bad.html"}
{"id":"no feed","kind":"feed","path":"page.html"}
{"id":"no kind","kind":"x","path":"a.xml"}
{"id":"page","kind":"page","path":"page.html","url":"::"}`, dir)
	var got []string
	for _, r := range results {
		word := "ok"
		if !r.OK {
			word = strings.Join(strings.Fields(r.Err)[:3], " ")
		}
		got = append(got, fmt.Sprint(r.ID, ": ", word))
	}
	if results[0].Entries[0].Link != "https://example.org/a" || len(results[1].Entries) != 2 {
		t.Errorf("%+v", results[:2])
	}
	want := []string{"plain: ok", "packed: ok", ": line 4 is", "5: open " + filepath.Join(dir, "none.xml: no"), "bad gzip: the file is", "no page: the page has", "no feed: this is a", "no kind: there is no", "page: ok"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestPrintNamesWhatIsMissing(t *testing.T) {
	var out bytes.Buffer
	for _, r := range []Result{Read(Feed, []byte(atom), "", nil), Read(Page, []byte(article), "https://example.org/swim/", nil), Read(Feed, nil, "", nil)} {
		if err := Print(&out, r); err != nil {
			t.Fatal(err)
		}
	}
	for _, words := range []string{"The Example", "- missing", "Ada writes about rivers", "error", "the answer is empty"} {
		if !strings.Contains(out.String(), words) {
			t.Errorf("%q is not in\n%s", words, out.String())
		}
	}
}
