package feed

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/masthead-mail/masthead/internal/collect/found"
)

const base = "https://example.org/feed/"

// item parses an RSS feed that holds one item.
func item(t *testing.T, inner string) found.Article {
	t.Helper()
	return one(t, `<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/" `+
		`xmlns:media="http://search.yahoo.com/mrss/" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:wfw="http://wellformedweb.org/CommentAPI/">`+
		`<channel><title>The Example</title><link>https://example.org/</link><item>`+inner+`</item></channel></rss>`)
}

func one(t *testing.T, document string) found.Article {
	t.Helper()
	feed, err := Parse([]byte(document), "", base)
	if err != nil || len(feed.Articles) != 1 {
		t.Fatalf("%d articles, %v", len(feed.Articles), err)
	}
	return feed.Articles[0]
}

func names(a found.Article) string {
	var list []string
	for _, author := range a.Byline {
		list = append(list, author.Name)
	}
	return strings.Join(list, "|")
}

func TestRSSItems(t *testing.T) {
	for name, tt := range map[string]struct{ inner, got, want string }{
		"link":                               {"<link>https://example.org/a</link>", "url", "https://example.org/a"},
		"relative link":                      {"<link>/a</link>", "url", "https://example.org/a"},
		"link with a bare ampersand":         {"<link>https://example.org/?p=1&cat=2</link>", "url", "https://example.org/?p=1&cat=2"},
		"guid as link":                       {"<guid>https://example.org/a</guid>", "url", "https://example.org/a"},
		"guid that is no permalink":          {`<guid isPermaLink="false">https://example.org/?p=1</guid>`, "url", ""},
		"atom:link inside RSS":               {`<atom:link rel="self" href="/feed"/><atom:link href="https://example.org/a"/>`, "url", "https://example.org/a"},
		"FeedBurner's original link":         {"<link>https://feeds.example/~r/1</link><feedburner:origLink>https://example.org/a</feedburner:origLink>", "url", "https://example.org/a"},
		"a script is no link":                {"<link>javascript:alert(1)</link>", "url", ""},
		"guid":                               {`<guid isPermaLink="false"> urn:7 </guid>`, "guid", "urn:7"},
		"several creators":                   {"<dc:creator>Ada Byron</dc:creator><dc:creator>Grace Hopper</dc:creator>", "names", "Ada Byron|Grace Hopper"},
		"two in one creator":                 {"<dc:creator><![CDATA[Ada Byron and Grace Hopper]]></dc:creator>", "names", "Ada Byron|Grace Hopper"},
		"the same creator twice":             {"<dc:creator>Ada Byron</dc:creator><dc:creator>ada  byron</dc:creator>", "names", "Ada Byron"},
		"author as mail and name":            {"<author>ada@example.org (Ada Byron)</author>", "names", "Ada Byron"},
		"author as a bare name":              {"<author>Ada Byron</author>", "names", "Ada Byron"},
		"a bare address is no name":          {"<author>ada@example.org</author>", "names", ""},
		"the admin account is nobody":        {"<dc:creator>admin</dc:creator>", "names", ""},
		"atom:author inside RSS":             {"<atom:author><atom:name>Ada Byron</atom:name></atom:author>", "names", "Ada Byron"},
		"escaped title":                      {"<title>Bronze &amp; Patience</title>", "title", "Bronze & Patience"},
		"title escaped twice":                {"<title>Bronze &amp;amp; Patience &amp;#8211; &amp;lt;em&amp;gt;now&amp;lt;/em&amp;gt;</title>", "title", "Bronze & Patience – now"},
		"title with HTML entities":           {"<title>Caf&eacute; &nbsp;Noir&hellip; &unknown; AT&T</title>", "title", "Café Noir… &unknown; AT&T"},
		"title in CDATA":                     {"<title><![CDATA[<b>Bold</b> & brave]]></title>", "title", "Bold & brave"},
		"title with real markup":             {"<title>A <i>very</i> good<br>day</title>", "title", "A very good day"},
		"no title":                           {"<description>It rained all day. Nobody minded.</description>", "title", "It rained all day. Nobody minded."},
		"comments":                           {"<link>/a</link><comments>/a#comments</comments><slash:comments>7</slash:comments>", "comments", "https://example.org/a#comments 7"},
		"no word on comments":                {"<link>/a</link>", "comments", " -1"},
		"the widest picture":                 {`<media:thumbnail url="/t.jpg" width="150"/><media:content url="/b.jpg" medium="image" width="1200" height="800"><media:title>A boat</media:title></media:content>`, "image", "https://example.org/b.jpg 1200 800 A boat"},
		"a thumbnail is better than nothing": {`<media:thumbnail url="/t.jpg"/>`, "image", "https://example.org/t.jpg 0 0 "},
		"a picture in a group":               {`<media:group><media:content url="/v.mp4" type="video/mp4"/><media:thumbnail url="/t.jpg"/></media:group>`, "image", "https://example.org/t.jpg 0 0 "},
		"an enclosed picture":                {`<enclosure url="/e.png" type="image/png" length="1"/>`, "image", "https://example.org/e.png 0 0 "},
		"an enclosed sound is none":          {`<enclosure url="/e.mp3" type="audio/mpeg"/>`, "image", " 0 0 "},
		"a picture in the text":              {`<link>/2026/a/</link><description><![CDATA[<img src="https://pixel.wp.com/b.gif" width=1 height=1><img src="b.jpg" alt="A boat" width="640" height="480">]]></description>`, "image", "https://example.org/2026/a/b.jpg 640 480 A boat"},
		"a lazy picture":                     {`<description>&lt;img src="data:image/gif;base64,x" data-src="/b.jpg"&gt;</description>`, "image", "https://example.org/b.jpg 0 0 "},
		"the text is the excerpt":            {"<description>Short [&amp;hellip;]</description><content:encoded><![CDATA[<p>Short and sweet.</p>]]></content:encoded>", "text", "|Short and sweet."},
		"a summary of its own is the dek":    {"<description>What it is about.</description><content:encoded><![CDATA[<p>Short and sweet.</p>]]></content:encoded>", "text", "What it is about.|Short and sweet."},
		"categories":                         {"<category>News</category><category><![CDATA[Food &amp; Drink]]></category><category>News</category><category>Uncategorized</category>", "topics", "News|Food & Drink"},
		"date":                               {"<pubDate>Tue, 24 Nov 2026 12:00:00 MET</pubDate>", "date", "2026-11-24T11:00:00Z"},
		"dc:date":                            {"<dc:date>2026-11-24T12:00:00+01:00</dc:date>", "date", "2026-11-24T11:00:00Z"},
		"unescaped HTML in the description":  {"<description><p>Hello<br>dear reader</p></description>", "text", "|Hello dear reader"},
		"CDATA that is never closed":         {"<title><![CDATA[Open end</title><link>/a</link>", "title", "Open end"},
		"attributes without quotes":          {"<guid isPermaLink=false>7</guid><link>/a</link>", "guid", "7"},
		"stray end tags":                     {"<title>Stray</b></p></title></div><link>/a</link>", "title", "Stray"},
		"a bare angle bracket":               {"<title>1 < 2 and 3 > 2</title>", "title", "1 < 2 and 3 > 2"},
		"control characters":                 {"<title>Be\x00ep\x08 it\xc2\x92s</title>", "title", "Beep it’s"},
	} {
		t.Run(name, func(t *testing.T) {
			a := item(t, tt.inner)
			got := map[string]string{
				"url": a.URL, "guid": a.GUID, "names": names(a), "title": a.Title, "comments": fmt.Sprint(a.CommentURL, " ", a.Comments), "topics": strings.Join(a.Categories, "|"),
				"image": fmt.Sprint(a.Image.URL, " ", a.Image.Width, " ", a.Image.Height, " ", a.Image.Alt), "text": a.Dek + "|" + a.Excerpt, "date": a.Published.Format(time.RFC3339),
			}[tt.got]
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAtom(t *testing.T) {
	feed, err := Parse([]byte(`<?xml version="1.0" encoding="utf-8"?><!-- hello --><feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0" xml:lang="de-at">
<title type="html">The &amp;lt;Example&amp;gt; &lt;b&gt;Times&lt;/b&gt;</title><subtitle>Daily</subtitle><link rel="self" href="/feed"/><link href="https://example.org/"/>
<author><name>The Staff of Example</name></author>
<entry xml:base="https://example.org/2026/"><id>tag:1</id><title type="text">R&amp;D &lt;is&gt; fun</title><link rel="replies" type="text/html" href="a#c"/><link rel="enclosure" type="image/jpeg" href="/e.jpg"/><link rel="alternate" type="text/html" href="a"/>
<author><name>Ada Byron</name><uri>/author/ada</uri><email>ada@example.org</email></author><author><name>Grace Hopper</name></author>
<updated>2026-11-24T12:00:00Z</updated><published>2026-11-23T12:00:00Z</published><summary>About it.</summary><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>It <b>begins</b> here.</p></div></content><category term="news" label="News"/><thr:total>4</thr:total></entry>
<entry><id>https://example.org/b</id><title>B</title><updated>2026-11-22T12:00:00Z</updated></entry></feed>`), "application/atom+xml", base)
	if err != nil || feed.Title != "The <Example> Times" || feed.Tagline != "Daily" || feed.Home != "https://example.org/" || len(feed.Articles) != 2 {
		t.Fatalf("%+v, %v", feed, err)
	}
	a, b := feed.Articles[0], feed.Articles[1]
	if a.URL != "https://example.org/2026/a" || a.Title != "R&D <is> fun" || names(a) != "Ada Byron|Grace Hopper" || !strings.HasSuffix(a.Byline[0].Page, "/author/ada") ||
		a.CommentURL != "https://example.org/2026/a#c" || a.Comments != 4 || !strings.HasSuffix(a.Image.URL, "/e.jpg") || a.Dek != "About it." || a.Excerpt != "It begins here." ||
		a.Categories[0] != "News" || a.Published.Day() != 23 || a.Updated.Day() != 24 {
		t.Errorf("%+v", a)
	}
	if b.URL != "https://example.org/b" || names(b) != "The Staff of Example" || b.Published.Day() != 22 {
		t.Errorf("%+v", b)
	}
}

func TestJSONFeedIsReadLeniently(t *testing.T) {
	for name, tt := range map[string]struct{ item, names string }{
		"authors as a list":     {`"authors":[{"name":"Ada Byron"},{"name":"Grace Hopper"}]`, "Ada Byron|Grace Hopper"},
		"authors as an object":  {`"authors":{"name":"Ada Byron"}`, "Ada Byron"},
		"authors as a name":     {`"authors":"Ada Byron"`, "Ada Byron"},
		"authors as names":      {`"authors":["Ada Byron","Grace Hopper"]`, "Ada Byron|Grace Hopper"},
		"author of version 1":   {`"author":{"name":"Ada Byron","avatar":"/a.png"}`, "Ada Byron"},
		"the feed's author":     {`"authors":null`, "The Staff"},
		"an author of nonsense": {`"author":7.5`, "The Staff"},
	} {
		a := one(t, `{"version":"https://jsonfeed.org/version/1.1","title":"X &amp; Y","author":{"name":"The Staff"},"items":[{"id":12,"url":"/a","title":"1 < 2","content_text":"a < b & c","tags":"x, y","image":null,"date_published":"2026-11-24T12:00:00Z",`+tt.item+`}]}`)
		if names(a) != tt.names || a.GUID != "12" || a.URL != "https://example.org/a" || a.Title != "1 < 2" || a.Excerpt != "a < b & c" || strings.Join(a.Categories, "|") != "x|y" || a.Published.IsZero() {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func TestOldFormats(t *testing.T) {
	for name, document := range map[string]string{
		"RSS 0.91":          `<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://example.org/rss.dtd"><rss version="0.91"><channel><title>X</title><item><title>T</title><link>/a</link></item></channel></rss>`,
		"RSS 1.0":           `<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel rdf:about="x"><title>X</title></channel><item rdf:about="/a"><title>T</title><link>/a</link></item></rdf:RDF>`,
		"RSS 0.90":          `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>X</title></channel><item><title>T</title><link>/a</link></item></rdf:RDF>`,
		"Atom 0.3":          `<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>X</title><entry><title>T</title><link rel="alternate" type="text/html" href="/a"/><issued>2026-11-24T12:00:00Z</issued></entry></feed>`,
		"upper case":        `<RSS><CHANNEL><TITLE>X</TITLE><ITEM><TITLE>T</TITLE><LINK>/a</LINK></ITEM></CHANNEL></RSS>`,
		"no root":           `<channel><title>X</title><item><title>T</title><link>/a</link></item></channel>`,
		"text in front":     "\n\nWarning: something in php\n<?xml version=\"1.0\"?><rss><channel><title>X</title><item><title>T</title><link>/a</link></item></channel></rss>",
		"something behind":  `<rss><channel><title>X</title><item><title>T</title><link>/a</link></item></channel></rss><script>track()</script>`,
		"an Atom namespace": `<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>X</a:title><a:entry><a:title>T</a:title><a:link href="/a"/></a:entry></a:feed>`,
	} {
		feed, err := Parse([]byte(document), "", base)
		if err != nil || feed.Title != "X" || len(feed.Articles) != 1 || feed.Articles[0].Title != "T" || feed.Articles[0].URL != "https://example.org/a" {
			t.Errorf("%s: %+v, %v", name, feed, err)
		}
	}
}

func TestTheIdOfAnRDFItem(t *testing.T) {
	a := one(t, `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><item rdf:about="urn:7&8"><title>T</title><link>/a</link></item></rdf:RDF>`)
	if a.GUID != "urn:7&8" || a.URL != "https://example.org/a" {
		t.Errorf("%+v", a)
	}
}

func TestEncodings(t *testing.T) {
	const title = "Schöne “Grüße” – 日本"
	document := func(encoding, title string) string {
		return `<?xml version="1.0" encoding="` + encoding + `"?><rss><channel><item><title>` + title + `</title></item></channel></rss>`
	}
	latin, err := charmap.Windows1252.NewEncoder().String(document("x", "Schöne “Grüße”"))
	if err != nil {
		t.Fatal(err)
	}
	koi, err := charmap.KOI8R.NewEncoder().String(document("koi8-r", "Привет"))
	if err != nil {
		t.Fatal(err)
	}
	wide := func(text string, littleEndian bool) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(text)) {
			if littleEndian {
				b.Write([]byte{byte(u), byte(u >> 8)})
			} else {
				b.Write([]byte{byte(u >> 8), byte(u)})
			}
		}
		return b.String()
	}
	for name, tt := range map[string]struct{ body, contentType, want string }{
		"UTF-8":                        {document("utf-8", title), "", title},
		"UTF-8 with a mark":            {"\xef\xbb\xbf" + document("utf-8", title), "", title},
		"UTF-8 that claims Latin-1":    {document("iso-8859-1", title), "text/xml; charset=iso-8859-1", title},
		"UTF-16 with a mark":           {wide("\ufeff"+document("utf-16", title), true), "", title},
		"UTF-16 without a mark":        {wide(document("utf-16", title), false), "", title},
		"Windows that claims Latin-1":  {strings.Replace(latin, `"x"`, `"iso-8859-1"`, 1), "", "Schöne “Grüße”"},
		"Windows that claims UTF-8":    {strings.Replace(latin, `"x"`, `"utf-8"`, 1), "", "Schöne “Grüße”"},
		"Windows that claims nothing":  {strings.Replace(latin, `encoding="x"`, "", 1), "", "Schöne “Grüße”"},
		"an unknown claim":             {latin, "text/xml; charset=nonsense", "Schöne “Grüße”"},
		"a declared encoding":          {koi, "", "Привет"},
		"the server's word":            {strings.Replace(koi, ` encoding="koi8-r"`, "", 1), "application/rss+xml; charset=koi8-r", "Привет"},
		"UTF-8 that claims UTF-16":     {document("utf-16", title), "", title},
		"UTF-8 with one Windows quote": {document("utf-8", "日本\x93x\x94"), "", "日本“x”"},
	} {
		feed, err := Parse([]byte(tt.body), tt.contentType, base)
		if err != nil || len(feed.Articles) != 1 || feed.Articles[0].Title != tt.want {
			t.Errorf("%s: %+v, %v", name, feed.Articles, err)
		}
	}
}

func TestEntitiesOfADTD(t *testing.T) {
	feed, err := Parse([]byte(`<!DOCTYPE rss [<!ENTITY mag "The Example"><!ENTITY a "&b;&b;"><!ENTITY b "&a;&a;">]><rss><channel><title>&mag; &a;</title></channel></rss>`), "", base)
	if err != nil || feed.Title != "The Example &b;&b;" {
		t.Errorf("%q, %v", feed.Title, err)
	}
	bomb := `<!DOCTYPE rss [<!ENTITY a "` + strings.Repeat("x", 500) + `">]><rss><channel><title>` + strings.Repeat("&a;", 500_000) + `</title></channel></rss>`
	if tree, _, err := scan(bomb, ""); err != nil || len(tree.markup()) > 8<<20 {
		t.Errorf("%d bytes came of %d, %v", len(tree.markup()), len(bomb), err)
	}
}

func TestWhatIsNoFeedSaysWhatItIs(t *testing.T) {
	for body, words := range map[string]string{
		"": "empty", "<!DOCTYPE html><html><body>": "web page (HTML)", "<!doctype HTML>\n<HTML>": "web page (HTML)", "<urlset>": "sitemap", "<opml>": "OPML", "{}": "not a JSON Feed", "{broken": "broken JSON",
		"hello": "neither RSS nor Atom", "\x89PNG\x00": "neither RSS nor Atom", "<x/>": "neither RSS nor Atom", "[]": "neither RSS",
	} {
		if _, err := Parse([]byte(body), "", base); !errors.Is(err, ErrNotAFeed) || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", body, err)
		}
	}
	if _, err := Parse([]byte("<rss>"+strings.Repeat("<a>", 1000)), "", base); err == nil || errors.Is(err, ErrNotAFeed) {
		t.Errorf("deep: %v", err)
	}
}

func TestAHostileFeedCostsLittle(t *testing.T) {
	many := "<rss><channel><item><title>T</title>" + strings.Repeat("<author>Ada Byron</author>", 10) + strings.Repeat("<category>x</category>", 1000) + "</item>" + strings.Repeat("<item/>", 5000) + "</channel></rss>"
	if feed, err := Parse([]byte(many), "", base); err != nil || len(feed.Articles) != mostArticles {
		t.Errorf("%d articles, %v", len(feed.Articles), err)
	}
}

func TestABrokenOffFeedKeepsItsWholeArticles(t *testing.T) {
	whole := `<rss><channel><title>X</title><item><title>One</title><link>/1</link></item><item><title>Two is long</title><link>/2</link></item></channel></rss>`
	for cut := strings.Index(whole, "Two") + 5; cut < strings.Index(whole, "</item></channel>"); cut++ {
		feed, err := Parse([]byte(whole[:cut]), "", base)
		if err != nil || !feed.Truncated || len(feed.Articles) != 1 || feed.Articles[0].Title != "One" {
			t.Fatalf("cut at %d: %+v, %v", cut, feed, err)
		}
	}
	if feed, err := Parse([]byte(whole), "", base); err != nil || feed.Truncated || len(feed.Articles) != 2 {
		t.Errorf("whole: %+v, %v", feed, err)
	}
}

// check fails where a feed holds anything that must not reach a reader.
func check(t *testing.T, feed Feed) {
	t.Helper()
	for _, a := range feed.Articles {
		texts := append([]string{a.Title, a.Dek, a.Excerpt, a.Image.Alt, a.GUID, a.Language}, a.Categories...)
		links := []string{a.URL, a.CommentURL, a.Image.URL}
		for _, author := range a.Byline {
			texts = append(texts, author.Name, author.Bio)
			links = append(links, author.URL, author.Photo, author.Page)
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
		if !a.Published.IsZero() && a.Published.Location() != time.UTC {
			t.Errorf("time %v", a.Published)
		}
	}
}

// checkDocument fails where a document holds what it must not: links that are none, times
// of another zone, titles with control characters.
func checkDocument(t *testing.T, d *Document) {
	t.Helper()
	texts, links := append([]string{d.Title, d.Subtitle}, d.Tags...), []string{d.Link, d.Image}
	for i := range d.Entries {
		e := &d.Entries[i]
		texts, links = append(append(texts, e.Title, e.Subtitle, e.Heading()), e.Tags...), append(links, e.Link, e.Comments, e.Image().URL)
		for _, p := range e.Authors {
			texts, links = append(texts, p.Name, p.Email), append(links, p.URL, p.Avatar)
		}
		for _, f := range e.Enclosures {
			links = append(links, f.Href)
		}
		if safe := e.Summary.Safe() + e.Content.Safe(); strings.Contains(strings.ToLower(safe), "<script") || !utf8.ValidString(safe) {
			t.Errorf("content %q", safe)
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

func FuzzReadSitemap(f *testing.F) {
	for _, seed := range []string{`<urlset><url><loc>https://example.org/a</loc><lastmod>2026</lastmod></url></urlset>`, `<sitemapindex><sitemap><loc>x</loc>`, "https://example.org/a\nhttps://example.org/b", "<urlset><url><news:news><news:title>&lt;b>"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := ReadSitemap(body, "", base)
		if err != nil {
			return
		}
		for _, l := range append(s.Pages, s.Maps...) {
			if !strings.HasPrefix(l.URL, "http") || !utf8.ValidString(l.Title) || !l.Published.IsZero() && l.Published.Location() != time.UTC {
				t.Errorf("%+v", l)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`<rss><channel><title>X</title><item><title><![CDATA[T]]></title><link>/a</link><description>&lt;p&gt;x&lt;script&gt;</description><guid isPermaLink=false>7</guid></item></channel></rss>`,
		`<feed xmlns="http://www.w3.org/2005/Atom"><entry><title type="html">&lt;b&gt;</title><link href="javascript:x"/><author><name>A</name><uri>x</uri></author></entry></feed>`,
		`{"version":"https://jsonfeed.org/version/1","items":[{"id":1,"url":"/a","content_html":"<p>x","authors":[{"name":"A","avatar":"data:x"}]}]}`,
		`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><item rdf:about="x"><title>&x;</title></item>`, "<!DOCTYPE rss [<!ENTITY a '&#x80;'>]><rss><channel><item><title>&a;&#0;&#xD800;</title>",
		"\xff\xfe<\x00r\x00s\x00s\x00>\x00", "<rss><channel><item><title><![CDATA[ ]]]]><![CDATA[>", "<rss a='<' b=\"><channel>",
		base64.StdEncoding.EncodeToString([]byte("x")),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := Read(body, "", base)
		if err != nil {
			return
		}
		check(t, d.List())
		checkDocument(t, &d)
	})
}

func TestHostileFeedsAreRefusedOrCutShort(t *testing.T) {
	const most = 5 << 20
	unique := func() string {
		var b strings.Builder
		for i := 0; b.Len() < most; i++ {
			b.WriteString(" x" + strconv.Itoa(i) + "='1'")
		}
		return b.String()
	}()
	for name, tt := range map[string]struct {
		item    string
		refused bool
	}{
		"bare angle brackets":    {strings.Repeat("<", most), true},
		"bare ampersands":        {strings.Repeat("&", most), true},
		"references to nothing":  {strings.Repeat("&;", most/2), true},
		"tiny elements":          {strings.Repeat("<a/>", most/4), true},
		"nested elements":        {strings.Repeat("<a>", most/3), true},
		"attributes":             {"<a" + unique + "/>", false},
		"some mistakes are none": {strings.Repeat("Fish & chips < 5 ", 500), false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Parse([]byte("<rss><channel><item><title>T</title><link>https://example.org/a</link><description>"+tt.item+"</description></item></channel></rss>"), "", "")
			if refused := err != nil && strings.Contains(err.Error(), "hostile"); refused != tt.refused || !refused && len(got.Articles) != 1 {
				t.Errorf("%v, %d articles", err, len(got.Articles))
			}
		})
	}
}
