package feed

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/mmcdole/gofeed" // the measure: the feed parser that most Go programs use
)

// magazine is a feed of forty full articles.
func magazine() []byte {
	var document bytes.Buffer
	document.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>X</title><link>https://example.org/</link>`)
	for i := range 40 {
		fmt.Fprintf(&document, `<item><title>Article &amp;#8211; %d</title><link>https://example.org/%d/</link><dc:creator><![CDATA[Ada Byron]]></dc:creator><pubDate>Tue, 24 Nov 2026 12:00:00 +0000</pubDate><description><![CDATA[<p>It begins [&hellip;]</p>]]></description><content:encoded><![CDATA[%s]]></content:encoded></item>`,
			i, i, strings.Repeat("<p>It begins with a sentence of <em>some</em> length, as sentences go &#8211; and it ends.</p>\n", 100))
	}
	document.WriteString("</channel></rss>")
	return document.Bytes()
}

// escaped is the same feed with its texts escaped rather than in CDATA.
func escaped() []byte {
	text := string(magazine())
	for {
		before, rest, found := strings.Cut(text, "<![CDATA[")
		if !found {
			return []byte(text)
		}
		inside, after, _ := strings.Cut(rest, "]]>")
		text = before + strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(inside) + after
	}
}

// BenchmarkParse reads a feed as the collect stage does, and BenchmarkGofeed as gofeed
// alone does, which makes neither excerpts nor bylines of it.
func BenchmarkParse(b *testing.B) {
	for name, body := range map[string][]byte{"cdata": magazine(), "escaped": escaped()} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if feed, err := Parse(body, "text/xml", base); err != nil || len(feed.Articles) != 40 {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkGofeed(b *testing.B) {
	for name, body := range map[string][]byte{"cdata": magazine(), "escaped": escaped()} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if feed, err := gofeed.NewParser().Parse(bytes.NewReader(body)); err != nil || len(feed.Items) != 40 {
					b.Fatal(err)
				}
			}
		})
	}
}
