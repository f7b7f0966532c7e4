package feed

import (
	"fmt"
	"strings"
	"testing"
)

// TestFeedsOfPlatforms: the feeds that the makers of small magazines get from their
// tools, in the shape that each gives them.
func TestFeedsOfPlatforms(t *testing.T) {
	for name, tt := range map[string]struct{ document, want string }{
		"Substack": {`<?xml version="1.0" encoding="UTF-8"?><rss xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:googleplay="http://www.google.com/schemas/play-podcasts/1.0" version="2.0">
<channel><title><![CDATA[The Example]]></title><description><![CDATA[Letters from a small town]]></description><link>https://example.org</link><atom:link href="https://example.org/feed" rel="self" type="application/rss+xml"/><itunes:owner><itunes:email><![CDATA[example@example.org]]></itunes:email><itunes:name><![CDATA[Ada Byron]]></itunes:name></itunes:owner><itunes:author><![CDATA[Ada Byron]]></itunes:author>
<item><title><![CDATA[A Town Learns to Swim]]></title><description><![CDATA[Nobody had asked for a pool.]]></description><link>https://example.org/p/swim</link><guid isPermaLink="false">https://example.org/p/swim</guid><dc:creator><![CDATA[Ada Byron]]></dc:creator><pubDate>Tue, 24 Nov 2026 12:00:00 GMT</pubDate>
<enclosure url="https://cdn.example.net/image/fetch/f_auto,q_auto/pool.jpeg" length="0" type="image/jpeg"/><content:encoded><![CDATA[<div class="captioned-image-container"><figure><a class="image-link" href="x"><img src="https://cdn.example.net/inner.png" width="1456"><figcaption>The pool</figcaption></a></figure></div><p>The pool opened on Sunday.</p><p class="button-wrapper"><a class="button primary" href="x"><span>Subscribe now</span></a></p>]]></content:encoded></item></channel></rss>`,
			"A Town Learns to Swim|https://example.org/p/swim|Ada Byron|2026-11-24|Nobody had asked for a pool.|The pool opened on Sunday.|https://cdn.example.net/image/fetch/f_auto,q_auto/pool.jpeg|"},
		"Medium": {`<rss xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:cc="http://cyber.law.harvard.edu/rss/creativeCommonsRssModule.html" version="2.0"><channel><title><![CDATA[The Example - Medium]]></title><link>https://example.org?source=rss----1---4</link><webMaster><![CDATA[yourfriends@example.net]]></webMaster>
<item><title><![CDATA[A Town Learns to Swim]]></title><link>https://example.org/swim-1a2b?source=rss----1---4</link><guid isPermaLink="false">https://example.org/p/1a2b</guid><category><![CDATA[swimming]]></category><dc:creator><![CDATA[Ada Byron]]></dc:creator><pubDate>Tue, 24 Nov 2026 12:00:00 GMT</pubDate><atom:updated>2026-11-24T13:00:00.000Z</atom:updated>
<content:encoded><![CDATA[<h4>Nobody had asked for a pool.</h4><figure><img alt="A pool" src="https://cdn.example.net/max/1024/pool.jpeg" /></figure><p>The pool opened on Sunday.</p><img src="https://medium.com/_/stat?event=post.clientViewed&referrerSource=full_rss&postId=1a2b" width="1" height="1" alt=""><hr>]]></content:encoded></item></channel></rss>`,
			"A Town Learns to Swim|https://example.org/swim-1a2b?source=rss----1---4|Ada Byron|2026-11-24||The pool opened on Sunday.|https://cdn.example.net/max/1024/pool.jpeg|swimming"},
		"Hugo": {`<?xml version="1.0" encoding="utf-8" standalone="yes"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Posts on The Example</title><link>https://example.org/posts/</link><description>Recent content in Posts on The Example</description><generator>Hugo</generator><language>en-us</language><managingEditor>ada@example.org (Ada Byron)</managingEditor><lastBuildDate>Tue, 24 Nov 2026 12:00:00 +0000</lastBuildDate><atom:link href="https://example.org/posts/index.xml" rel="self" type="application/rss+xml"/>
<item><title>A Town Learns to Swim</title><link>https://example.org/posts/swim/</link><pubDate>Tue, 24 Nov 2026 12:00:00 +0000</pubDate><author>ada@example.org (Ada Byron)</author><guid>https://example.org/posts/swim/</guid><description>&lt;p&gt;The pool opened on Sunday.&lt;/p&gt;</description></item></channel></rss>`,
			"A Town Learns to Swim|https://example.org/posts/swim/|Ada Byron|2026-11-24||The pool opened on Sunday.||"},
		"Jekyll": {`<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" ><generator uri="https://jekyllrb.com/" version="4.3.2">Jekyll</generator><link href="https://example.org/feed.xml" rel="self" type="application/atom+xml" /><link href="https://example.org/" rel="alternate" type="text/html" /><updated>2026-11-24T12:00:00+00:00</updated><id>https://example.org/feed.xml</id><title type="html">The Example</title><author><name>Ada Byron</name></author>
<entry><title type="html">A Town Learns to Swim</title><link href="https://example.org/2026/swim.html" rel="alternate" type="text/html" title="A Town Learns to Swim" /><published>2026-11-24T00:00:00+00:00</published><updated>2026-11-24T00:00:00+00:00</updated><id>https://example.org/2026/swim</id><content type="html" xml:base="https://example.org/2026/swim.html">&lt;p&gt;The pool opened on Sunday.&lt;/p&gt;&lt;img src="pool.jpg"&gt;</content><category term="news" /><summary type="html">Nobody had asked for a pool.</summary><media:thumbnail xmlns:media="http://search.yahoo.com/mrss/" url="https://example.org/pool-thumb.jpg" /></entry></feed>`,
			"A Town Learns to Swim|https://example.org/2026/swim.html|Ada Byron|2026-11-24|Nobody had asked for a pool.|The pool opened on Sunday.|https://example.org/pool-thumb.jpg|news"},
		"Ghost": {`<rss xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/" version="2.0"><channel><title><![CDATA[The Example]]></title><link>https://example.org/</link><image><url>https://example.org/favicon.png</url></image>
<item><title><![CDATA[A Town Learns to Swim]]></title><description><![CDATA[Nobody had asked for a pool.]]></description><link>https://example.org/swim/</link><guid isPermaLink="false">5f00</guid><category><![CDATA[News]]></category><dc:creator><![CDATA[Ada Byron]]></dc:creator><pubDate>Tue, 24 Nov 2026 12:00:00 GMT</pubDate><media:content url="https://example.org/content/images/pool.jpg" medium="image"/><content:encoded><![CDATA[<img src="https://example.org/content/images/pool.jpg" alt="Nobody"/><p>The pool opened on Sunday.</p>]]></content:encoded></item></channel></rss>`,
			"A Town Learns to Swim|https://example.org/swim/|Ada Byron|2026-11-24|Nobody had asked for a pool.|The pool opened on Sunday.|https://example.org/content/images/pool.jpg|News"},
	} {
		a := one(t, tt.document)
		got := fmt.Sprintf("%s|%s|%s|%s|%s|%s|%s|%s", a.Title, a.URL, names(a), a.Published.Format("2006-01-02"), a.Dek, a.Excerpt, a.Image.URL, strings.Join(a.Categories, ","))
		if got != tt.want {
			t.Errorf("%s:\n%s, want\n%s", name, got, tt.want)
		}
	}
}
