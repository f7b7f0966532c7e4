package feed

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// entryOf reads a feed of one entry.
func entryOf(t *testing.T, document string) (Document, Entry) {
	t.Helper()
	d, err := Read([]byte(document), "", base)
	if err != nil || len(d.Entries) != 1 {
		t.Fatalf("%d entries, %v in %s", len(d.Entries), err, document)
	}
	return d, d.Entries[0]
}

// TestFaultsOfFeeds has each fault that feeds in the wild were seen with in its
// smallest form.
func TestFaultsOfFeeds(t *testing.T) {
	rss := func(inner string) string {
		return `<rss xmlns:a="http://purl.org/dc/elements/1.1/" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><item>` + inner + `</item></channel></rss>`
	}
	atom := func(inner string) string {
		return `<feed xmlns="http://www.w3.org/2005/Atom"><entry>` + inner + `</entry></feed>`
	}
	atom03 := func(inner string) string {
		return `<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry>` + inner + `</entry></feed>`
	}
	for name, tt := range map[string]struct{ document, field, want string }{
		"a prefix of its own":                     {rss(`<a:creator>Ada Byron</a:creator>`), "authors", "Ada Byron  "},
		"a prefix that nobody declared":           {`<rss><channel><item><dc:creator>Ada Byron</dc:creator></item></channel></rss>`, "authors", "Ada Byron  "},
		"Atom with a prefix":                      {`<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:title>T</a:title></a:entry></a:feed>`, "title", "T"},
		"a namespace of an unknown address":       {`<feed xmlns="https://example.org/atom"><entry><title>T</title></entry></feed>`, "title", "T"},
		"an element of somebody else's":           {`<rss xmlns:x="https://example.org/x"><channel><item><x:title>X</x:title><title>T</title></item></channel></rss>`, "title", "T"},
		"a document of one entry":                 {`<entry xmlns="http://www.w3.org/2005/Atom"><title>T</title></entry>`, "title", "T"},
		"xml:base inside xml:base":                {`<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://example.net/a/"><entry xml:base="b/"><link href="c"/></entry></feed>`, "link", "https://example.net/a/b/c"},
		"xml:base of a content":                   {atom(`<content type="html" xml:base="https://example.net/">&lt;a href="x"&gt;y&lt;/a&gt;</content>`), "content", `<a href="https://example.net/x">y</a>`},
		"inline XHTML":                            {atom(`<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A <b>b</b> &amp; &lt;c></div></content>`), "content", "A <b>b</b> &amp; &lt;c&gt;"},
		"XHTML with a prefix":                     {`<feed xmlns="http://www.w3.org/2005/Atom" xmlns:h="http://www.w3.org/1999/xhtml"><entry><content type="xhtml"><h:div>A <h:b>b</h:b></h:div></content></entry></feed>`, "content", "A <b>b</b>"},
		"text that is no markup":                  {atom(`<content type="text">1 &lt; 2</content>`), "content", "1 &lt; 2"},
		"base64 of Atom 0.3":                      {atom03(`<content mode="base64" type="text/html">PGI+YjwvYj4=</content>`), "content", "<b>b</b>"},
		"base64 of Atom 1.0":                      {atom(`<content type="application/octet-stream">PGI+ YjwvYj4=</content>`), "content", "<b>b</b>"},
		"a picture in base64 is no text":          {atom(`<content type="image/gif">R0lGODlhAQAB</content>`), "content", ""},
		"a title in base64":                       {atom03(`<title mode="base64" type="text/html">PGI+YjwvYj4=</title>`), "title", "b"},
		"a title with brackets":                   {atom(`<title type="text">A &lt;blink> tag</title>`), "title", "A <blink> tag"},
		"an id below the site":                    {atom(`<id>/a</id>`), "id", "https://example.org/a"},
		"the id of RSS 1.0":                       {`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><item rdf:about="urn:a"><title>T</title></item></rdf:RDF>`, "id", "urn:a"},
		"a second description is the text":        {rss(`<description>Short</description><description>Long</description>`), "texts", "Short|Long"},
		"the original file of a counter":          {rss(`<enclosure url="https://example.net/~r/f.mp3" type="audio/mpeg" length="12"/><feedburner:origEnclosureLink>https://example.org/f.mp3</feedburner:origEnclosureLink>`), "enclosures", "https://example.org/f.mp3 audio/mpeg 12"},
		"a picture is no page":                    {rss(`<media:thumbnail url="/t.jpg"/><enclosure url="/e.png" type="image/png"/>`), "link", ""},
		"files of Media RSS":                      {rss(`<media:group><media:content url="/f.mp4" type="video/mp4" fileSize="7"/></media:group><media:thumbnail url="/t.jpg"/><media:peerLink type="application/x-bittorrent" href="/f.torrent"/>`), "enclosures", "https://example.org/t.jpg  0|https://example.org/f.mp4 video/mp4 7|https://example.org/f.torrent application/x-bittorrent 0"},
		"an episode without a page":               {rss(`<enclosure url="https://example.org/f.mp3"/>`), "link", "https://example.org/f.mp3"},
		"a number in the place of comments":       {rss(`<comments>12</comments>`), "comments", ""},
		"words in the place of comments":          {rss(`<comments>Leave a reply</comments>`), "comments", ""},
		"a feed of replies is no page":            {atom(`<link rel="replies" href="/a/feed"/>`), "comments", ""},
		"mail, then name":                         {rss(`<author>ada@example.org (Ada Byron)</author>`), "authors", "Ada Byron ada@example.org "},
		"name, then mail":                         {rss(`<author>Ada Byron &lt;ada@example.org></author>`), "authors", "Ada Byron ada@example.org "},
		"name, then a link to mail":               {rss(`<a:creator>Ada Byron (mailto:ada@example.org)</a:creator>`), "authors", "Ada Byron ada@example.org "},
		"mail alone":                              {rss(`<author>ada@example.org</author>`), "authors", " ada@example.org "},
		"a person of Atom":                        {atom(`<author><name>Ada Byron</name><uri>/ada</uri><email>ada@example.org</email></author>`), "authors", "Ada Byron ada@example.org https://example.org/ada"},
		"keywords":                                {rss(`<itunes:keywords>Tea, Rain</itunes:keywords><category>News</category>`), "tags", "Tea|Rain|News"},
		"a category of a catalogue":               {rss(`<media:category scheme="https://example.org/c">A/B/C</media:category><media:category label="Art">art</media:category>`), "tags", "Art"},
		"a comment inside a text":                 {rss(`<title>A<!-- b --> c</title>`), "title", "A c"},
		"an unclosed line break":                  {rss(`<description>A<br>b</description><title>T</title>`), "texts", "A<br>b|"},
		"a title without its end":                 {rss(`<title>T<link>/a</link><description>D</description>`), "title", "T"},
		"a link without its end":                  {rss(`<link>https://example.org/a<title>T</title>`), "link", "https://example.org/a"},
		"no title":                                {rss(`<description>It rained.</description>`), "title", ""},
		"the date of last change alone":           {atom(`<updated>2026-11-24T12:00:00Z</updated>`), "dates", "2026-11-24T12:00:00Z 2026-11-24T12:00:00Z"},
		"created, issued and modified (Atom 0.3)": {atom03(`<created>2026-11-22T12:00:00Z</created><issued>2026-11-23T12:00:00Z</issued><modified>2026-11-24T12:00:00Z</modified>`), "dates", "2026-11-23T12:00:00Z 2026-11-24T12:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			_, e := entryOf(t, tt.document)
			var authors, files []string
			for _, p := range e.Authors {
				authors = append(authors, p.Name+" "+p.Email+" "+p.URL)
			}
			for _, f := range e.Enclosures {
				files = append(files, fmt.Sprint(f.Href, " ", f.Type, " ", f.Length))
			}
			got := map[string]string{"title": e.Title, "link": e.Link, "id": e.ID, "authors": strings.Join(authors, "|"), "content": e.Content.Safe(), "texts": e.Summary.Safe() + "|" + e.Content.Safe(),
				"enclosures": strings.Join(files, "|"), "comments": e.Comments, "tags": strings.Join(e.Tags, "|"), "dates": e.Published.Format(time.RFC3339) + " " + e.Updated.Format(time.RFC3339)}[tt.field]
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWhatAFeedSaysOfItself(t *testing.T) {
	d, _ := entryOf(t, `<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel xml:lang="en-gb"><title>The &amp;amp; Example</title><link>/</link><description>Daily &lt;b&gt;news&lt;/b&gt;</description>
<managingEditor>editor@example.org (The Editor)</managingEditor><lastBuildDate>Tue, 24 Nov 2026 12:00:00 GMT</lastBuildDate><pubDate>Mon, 23 Nov 2026 12:00:00 GMT</pubDate>
<image><url>/logo.png</url><title>x</title></image><category>News</category><item><title>T</title></item></channel></rss>`)
	if d.Title != "The & Example" || d.Link != "https://example.org/" || d.Subtitle != "Daily news" || d.Language != "en-GB" || d.Image != "https://example.org/logo.png" ||
		d.Updated.Day() != 24 || d.Published.Day() != 23 || d.Tags[0] != "News" || d.Authors[0] != (Person{Name: "The Editor", Email: "editor@example.org"}) {
		t.Errorf("%+v", d)
	}
	if len(d.Entries[0].Authors) != 0 {
		t.Errorf("an editor signs an entry: %v", d.Entries[0].Authors)
	}
}
