package page

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/masthead-mail/masthead/internal/collect/found"
)

const at = "https://example.org/2026/swim/"

func parse(t *testing.T, document string) *Page {
	t.Helper()
	p, err := Parse([]byte(document), "text/html; charset=utf-8", at)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// people writes a byline as "Name/Bio/URL/Photo/BioFrom".
func people(byline []found.Author) string {
	var list []string
	for _, a := range byline {
		list = append(list, strings.Join([]string{a.Name, a.Bio, a.URL, a.Photo, a.BioFrom}, "/"))
	}
	return strings.Join(list, " ")
}

func ld(data string) string { return `<script type="application/ld+json">` + data + `</script>` }

func TestArticle(t *testing.T) {
	const body = `<article><h1>A Town Learns to Swim</h1><div class="entry-content"><p>The pool opened on the first warm Sunday of the year, and by noon there was no water left.</p></div></article>`
	for name, tt := range map[string]struct{ document, got, want string }{
		"title from the heading":                {`<title>X | Y</title><h1 class="entry-title">A &amp; B</h1>`, "title", "A & B"},
		"title without the site's name":         {`<title>A Town – The Example</title><meta property="og:site_name" content="The Example">`, "title", "A Town"},
		"a title with a dash keeps it":          {`<meta property="og:title" content="Paris - a guide">`, "title", "Paris - a guide"},
		"a dek that the theme shows":            {body + `<h2 class="entry-subtitle">Nobody had asked for a pool.</h2><meta name="description" content="Other words entirely.">`, "dek", "Nobody had asked for a pool."},
		"a dek in the description":              {body + `<meta property="og:description" content="Nobody had asked for a pool.">`, "dek", "Nobody had asked for a pool."},
		"a description that repeats the text":   {body + `<meta property="og:description" content="The pool opened on the first warm Sunday of the year, and">`, "dek", ""},
		"a description that is cut off":         {body + `<meta property="og:description" content="Nobody had asked for a [&hellip;]">`, "dek", ""},
		"a dek in the sidebar is another's":     {body + `<aside><p class="dek">Another article's dek.</p></aside>`, "dek", ""},
		"the text":                              {body, "excerpt", "The pool opened on the first warm Sunday of the year, and by noon there was no water left."},
		"canonical address":                     {`<link rel="canonical" href="/2026/swim/?x=1">`, "url", "https://example.org/2026/swim/?x=1"},
		"canonical of another host":             {`<link rel="canonical" href="https://example.net/">`, "url", at},
		"canonical that is the home page":       {`<link rel="canonical" href="https://example.org/">`, "url", at},
		"time from the data":                    {ld(`{"@type":"NewsArticle","headline":"T","datePublished":"2026-11-24T12:00:00+01:00"}`), "date", "2026-11-24T11:00:00Z"},
		"time from the page":                    {`<article><time class="entry-date published" datetime="2026-11-24T12:00:00Z">x</time></article>`, "date", "2026-11-24T12:00:00Z"},
		"language":                              {`<html lang="de_AT">`, "language", "de-AT"},
		"no language":                           {`<html lang="">`, "language", ""},
		"image for sharing":                     {`<meta property="og:image" content="/a.jpg"><meta property="og:image:width" content="1200"><meta property="og:image:height" content="630"><article><img src="/a-300x200.jpg" alt="A boat"></article>`, "image", "https://example.org/a.jpg 1200 630 A boat"},
		"image from the data":                   {ld(`{"@type":"Article","headline":"T","image":{"@type":"ImageObject","url":"/a.jpg","width":"800","height":600,"caption":"A boat"}}`), "image", "https://example.org/a.jpg 800 600 A boat"},
		"a logo is no image":                    {`<meta property="og:image" content="/site-logo.png"><article><img class=avatar src=/x.jpg><img src="/a.jpg" width="640" height="480" alt="A boat"></article>`, "image", "https://example.org/a.jpg 640 480 A boat"},
		"an image in renditions":                {`<article><img srcset="/a-600.jpg 600w, /a-1200.jpg 1200w" alt="A boat"></article>`, "image", "https://example.org/a-1200.jpg 0 0 A boat"},
		"an image without scripts":              {`<article><img class="lazy" src="data:image/svg+xml,x"><noscript><img src="/a.jpg" alt="A boat"></noscript></article>`, "image", "https://example.org/a.jpg 0 0 "},
		"a form to reply":                       {`<div id="respond"><h3>Leave a Reply</h3></div>`, "comments", at + "#respond 0"},
		"a heading to reply":                    {`<section id="talk"><h3>Leave a Reply</h3></section>`, "comments", at + "#talk 0"},
		"comments that are counted":             {`<h2 class="comments-title">1,234 thoughts on “X”</h2><div id="respond"></div>`, "comments", at + "#respond 1234"},
		"one comment":                           {`<h2 class="comments-title">One thought on “X”</h2><div id="respond"></div>`, "comments", at + "#respond 1"},
		"comments that are listed":              {`<ol class="comment-list"><li class="comment"></li><li class="comment"></li></ol><div id="respond"></div>`, "comments", at + "#respond 2"},
		"no comments":                           {`<p>Leave it.</p>`, "comments", " -1"},
		"categories":                            {`<meta property="article:section" content="News"><a rel="category tag">Food &amp; Drink</a><aside><a rel="tag">Ad</a></aside><meta property="article:tag" content="news">`, "topics", "News|Food & Drink"},
		"authors as a list":                     {ld(`{"@type":"BlogPosting","headline":"T","author":[{"@type":"Person","name":"Ada Byron","url":"/author/ada/"},{"@type":"Person","name":"Grace Hopper"}]}`), "people", "Ada Byron//https://example.org/author/ada/// Grace Hopper////"},
		"an author as a name":                   {ld(`{"@type":["Article","WebPage"],"headline":"T","author":"Ada Byron"}`), "people", "Ada Byron////"},
		"an author in the graph":                {ld(`{"@context":"https://schema.org","@graph":[{"@type":"Article","headline":"T","author":{"name":"","@id":"#ada"}},{"@type":"Person","@id":"#ada","name":"Ada Byron","description":"Ada writes about water.","image":{"@type":"ImageObject","url":"/ada.jpg"},"sameAs":["https://ada.example/"]}]}`), "people", "Ada Byron/Ada writes about water./https://ada.example//https://example.org/ada.jpg/json-ld"},
		"data with a trailing comma":            {ld("/*<![CDATA[*/{\"@type\":\"Article\",\"headline\":\"T\n\",\"author\":[\"Ada Byron\",],}/*]]>*/"), "people", "Ada Byron////"},
		"data that is broken":                   {ld(`{"@type":"Article","author":`) + `<meta name="author" content="Ada Byron">`, "people", "Ada Byron////"},
		"the publisher is no author":            {`<meta property="og:site_name" content="The Example">` + ld(`{"@type":"Article","headline":"T","author":{"@type":"Organization","name":"The Example"}}`), "people", ""},
		"a byline of the page":                  {`<p class="byline">By <a href="/author/ada/" rel="author">Ada Byron</a> and <a href="/author/grace/" rel="author">Grace Hopper</a></p>`, "people", "Ada Byron//https://example.org/author/ada/// Grace Hopper//https://example.org/author/grace///"},
		"the article's own data":                {ld(`{"@graph":[{"@type":"Article","url":"https://example.org/other","headline":"O","author":"Mary Other"},{"@type":"Article","mainEntityOfPage":"https://example.org/2026/swim/","headline":"T","author":"Ada Byron"}]}`), "people", "Ada Byron////"},
		"a commenter is no author":              {`<div id="comments"><a rel="author" href="/x">Mary Other</a></div>`, "people", ""},
		"an author box":                         {`<meta name="author" content="Ada Byron"><div class="author-bio"><img data-src="/ada.jpg" src="data:x"><h4>About <a href="/author/ada/">Ada Byron</a></h4><p class="author-description">Ada writes about water. <a href="/ada/">Learn More →</a></p></div>`, "people", "Ada Byron/Ada writes about water./https://example.org/ada//https://example.org/ada.jpg/box"},
		"Learn More beside the bio":             {`<meta name="author" content="Ada Byron"><div class="author-box"><h3 class="author-name">Ada Byron</h3><div class="author-bio"><p>Ada writes about water.</p></div><a class="btn" href="/ada/">Learn More →</a></div>`, "people", "Ada Byron/Ada writes about water./https://example.org/ada///box"},
		"a box of a plugin":                     {`<meta name="author" content="Ada Byron"><div class="saboxplugin-wrap"><div class="saboxplugin-gravatar"><img src="/ada.jpg"></div><div class="saboxplugin-authorname"><a href="/author/ada/" rel="author">Ada Byron</a></div><div class="saboxplugin-desc"><div><p>Ada writes about water.</p></div></div><div class="saboxplugin-socials"><a href="https://x.example/ada">X</a></div></div>`, "people", "Ada Byron/Ada writes about water./https://example.org/author/ada//https://example.org/ada.jpg/box"},
		"boxes of two authors":                  {`<p class="byline">By Ada Byron and Grace Hopper</p><div class="author-box"><h4>Grace Hopper</h4><p class="author-description">Grace finds moths in machines.</p></div><div class="author-box"><h4>Ada Byron</h4><p class="author-description">Ada writes about water.</p></div>`, "people", "Ada Byron/Ada writes about water.///box Grace Hopper/Grace finds moths in machines.///box"},
		"a box that a page builder made":        {`<meta name="author" content="Ada Byron"><div class="et_pb_blurb"><span><img src="/ada.jpg"></span><div><h4><span>Ada Byron</span></h4><div><p>Ada writes about water.</p><p><a href="/ada/">Learn More →</a></p></div></div></div>`, "people", "Ada Byron/Ada writes about water./https://example.org/ada//https://example.org/ada.jpg/box"},
		"a list of people is no box":            {`<meta name="author" content="Ada Byron"><div><h2>Authors</h2><ul><li><b><a href="/author/ada/">Ada Byron</a></b><p>Ada writes about water.</p></li><li><h4>Grace Hopper</h4><p>Grace finds moths.</p></li></ul></div>`, "people", "Ada Byron////"},
		"a heading that is no name of theirs":   {`<meta name="author" content="Ada Byron"><div><h3>Lemon Cake</h3><p>It wants three lemons and patience.</p></div>`, "people", "Ada Byron////"},
		"a card's author is another's":          {`<article><h1>T</h1></article><section><div><h3><a href="/x">X</a></h3><a href="/author/mary/">Mary Other</a></div></section>`, "people", ""},
		"whom the text mentions is no author":   {`<article><h1>T</h1><p>Then <a href="/author/mary/">Mary Other</a> came to see it.</p></article>`, "people", ""},
		"a link in the header of the article":   {`<article><header><h1>T</h1><div><a href="/author/ada/">Ada Byron</a></div></header></article>`, "people", "Ada Byron//https://example.org/author/ada///"},
		"a label for screen readers":            {`<p class="post-author"><span class="screen-reader-text">Post author</span> By <a href="/author/ada/">Ada Byron</a></p>`, "people", "Ada Byron//https://example.org/author/ada///"},
		"an author who lives elsewhere":         {ld(`{"@type":"NewsArticle","headline":"T","author":{"@type":"Person","name":"Ada Byron","url":"https://example.net/@ada"}}`), "people", "Ada Byron//https://example.net/@ada//"},
		"a box in German":                       {`<meta name="author" content="Ada Feder"><div class="author-box"><h4>Über Ada Feder</h4><p class="author-description">Ada Feder schreibt über das Wasser.</p></div>`, "people", "Ada Feder/Ada Feder schreibt über das Wasser.///box"},
		"comments that the data counts":         {ld(`{"@type":"Article","headline":"T","interactionStatistic":[{"@type":"InteractionCounter","interactionType":"https://schema.org/CommentAction","userInteractionCount":5}]}`), "comments", " 5"},
		"one comment in German":                 {`<h2 class="comments-title">Ein Gedanke zu „X“</h2><div id="respond"></div>`, "comments", at + "#respond 1"},
		"the box of somebody else":              {`<meta name="author" content="Ada Byron"><div class="author-box"><h4>Mary Other</h4><p class="author-description">Mary owns this magazine.</p></div>`, "people", "Ada Byron////"},
		"a box is a byline where there is none": {`<div class="author-box"><h4>Ada Byron</h4><p class="author-description">Ada writes about water.</p></div>`, "people", "Ada Byron/Ada writes about water.///box"},
		"a placeholder is no bio":               {`<meta name="author" content="Ada Byron"><div class="author-box"><h4>Ada Byron</h4><p class="author-description">Lorem ipsum dolor sit amet.</p></div>`, "people", "Ada Byron////"},
		"a card with a paragraph":               {`<meta name="author" content="Ada Byron"><div class="vcard"><span class="fn">Ada Byron</span><p>Ada writes about water.</p></div>`, "people", "Ada Byron/Ada writes about water.///box"},
		"the box's links beat the data's text":  {ld(`{"@type":"Article","headline":"T","author":{"name":"Ada Byron","description":"Ada writes about water."}}`) + `<div class="author-box"><h4>Ada Byron</h4><p class="author-description">Ada writes about <a href="/w">water</a>.</p></div>`, "html", `Ada writes about <a href="https://example.org/w">water</a>.`},
	} {
		t.Run(name, func(t *testing.T) {
			a := parse(t, tt.document).Article()
			html := ""
			if len(a.Byline) > 0 {
				html = a.Byline[0].BioHTML
			}
			got := map[string]string{
				"title": a.Title, "dek": a.Dek, "excerpt": a.Excerpt, "url": a.URL, "date": a.Published.Format(time.RFC3339), "language": a.Language, "html": html,
				"image": fmt.Sprint(a.Image.URL, " ", a.Image.Width, " ", a.Image.Height, " ", a.Image.Alt), "comments": fmt.Sprint(a.CommentURL, " ", a.Comments),
				"topics": strings.Join(a.Categories, "|"), "people": people(a.Byline),
			}[tt.got]
			if got != tt.want {
				t.Errorf("\n got %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestArticlesAreCounted(t *testing.T) {
	const text = `<p>The pool opened on the first warm Sunday of the year, and by noon there was no water left.</p>`
	const kind = `<meta property="og:type" content="article">`
	for name, tt := range map[string]struct {
		document string
		want     bool
	}{
		"one article with comments":   {kind + `<article><h1>T</h1>` + text + `</article><ol class="comment-list"><li><article class="comment-body">x</article></li></ol>`, true},
		"one with related ones":       {kind + `<article><h1>T</h1>` + text + `<div class="yarpp-related"><article>x</article><article>y</article></div></article>`, true},
		"one with ones beside it":     {kind + `<article><h1>T</h1>` + text + `</article><aside><article>x</article></aside>`, true},
		"a base says nothing":         {kind + `<base href="/"><article><h1>T</h1>` + text + `</article>`, true},
		"a list that calls itself so": {kind + `<article>` + text + `</article><article>` + text + `</article>`, false},
		"a list":                      {`<h1>News</h1><article>x</article><article>y</article>`, false},
		"no type but one text":        {`<article><h1>T</h1>` + text + text + `</article>`, true},
	} {
		if got := parse(t, tt.document).IsArticle(); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestLinksThatAreCards(t *testing.T) {
	for name, tt := range map[string]struct{ document, want string }{
		"a heading in a link":      {`<a href="/a"><img src=x><h2>A Town</h2><p>It swims.</p></a>`, "https://example.org/a A Town"},
		"a link in a heading":      {`<h2><a href="/a#x">A Town</a></h2><a href="/a">Read more</a>`, "https://example.org/a A Town"},
		"a link in the navigation": {`<nav><h2><a href="/a">A Town</a></h2></nav>`, ""},
		"another host's":           {`<h2><a href="https://example.net/a">A Town</a></h2>`, ""},
	} {
		got := ""
		for _, link := range parse(t, tt.document).Links() {
			got += link.URL + " " + link.Title
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestSite(t *testing.T) {
	p, err := Parse([]byte(`<html lang="en"><head><title>The Example – Daily</title><meta property="og:site_name" content="The Example &amp; Co"><meta name="description" content="News of a small town.">
<link rel="alternate" type="application/rss+xml" title="The Example » Comments Feed" href="/comments/feed/"><link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2"><link rel="alternate" type="application/rss+xml" href="/feed/">
<link rel="alternate" type="application/feed+json" href="/feed.json"><link rel="https://api.w.org/" href="https://example.org/wp-json/"></head>`), "text/html", "https://example.org/")
	if err != nil {
		t.Fatal(err)
	}
	site := p.Site(http.Header{})
	if site.Name != "The Example & Co" || site.Tagline != "News of a small town." || site.Language != "en" || site.API != "https://example.org/wp-json/" || strings.Join(site.Feeds, " ") != "https://example.org/feed/ https://example.org/feed.json" {
		t.Errorf("%+v", site)
	}
}

func TestAPIRoot(t *testing.T) {
	for name, tt := range map[string]struct{ at, header, link, want string }{
		"in the header":                {"https://example.org/", `<https://example.org/wp-json/>; rel="https://api.w.org/"`, "", "https://example.org/wp-json/"},
		"among other links":            {"https://example.org/", `<https://example.org/x>; rel=shortlink, <https://example.org/wp-json/>; rel="https://api.w.org/"`, "", "https://example.org/wp-json/"},
		"in a sub-folder":              {"https://example.org/blog/", "", "https://example.org/blog/wp-json/", "https://example.org/blog/wp-json/"},
		"with plain permalinks":        {"https://example.org/", "", "https://example.org/?rest_route=/", "https://example.org/?rest_route=/"},
		"a category is not the site":   {"https://example.org/category/food/", "", "https://example.org/wp-json/", ""},
		"a sub-folder of another site": {"https://example.org/blog/", "", "https://example.org/wp-json/", ""},
		"none":                         {"https://example.org/", "", "", ""},
	} {
		p, err := Parse([]byte(`<link rel="https://api.w.org/" href="`+tt.link+`">`), "text/html", tt.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Site(http.Header{"Link": {tt.header}}).API; got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestLinks(t *testing.T) {
	p, err := Parse([]byte(`<nav><h3><a href="/about">About</a></h3></nav><main><h2><a href="/a">One</a></h2><article><a href="/a#more">Read more</a><a href="/b">Two</a></article>
<h2><a href="https://example.net/">Elsewhere</a></h2><h3><a href="/tag/x">Tag</a></h3><h3><a href="/">Home</a></h3><ul><li><a href="/c">Three</a></li></ul></main><footer><h4><a href="/d">Four</a></h4></footer>`), "text/html", "https://example.org/list")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(p.Links()); got != "[{https://example.org/a One} {https://example.org/b Two} {https://example.org/c Three}]" {
		t.Error(got)
	}
}

func TestIsArticle(t *testing.T) {
	for document, want := range map[string]bool{
		`<meta property="og:type" content="article"><article><time datetime="2026-11-24">x</time></article>`:                  true,
		`<meta property="og:type" content="article"><article></article><article></article>`:                                   false,
		ld(`[{"@type":"BlogPosting","headline":"A","author":"X"},{"@type":"BlogPosting","headline":"B","author":"Y"}]`):       false,
		ld(`{"@type":"NewsArticle","headline":"T"}`):                                                                          true,
		`<article><h1>T</h1><p>` + strings.Repeat("words ", 20) + `</p><p>` + strings.Repeat("words ", 20) + `</p></article>`: true,
		`<meta property="og:type" content="website"><h1>T</h1>`:                                                               false,
		`<article></article><article></article>`:                                                                              false,
	} {
		if got := parse(t, document).IsArticle(); got != want {
			t.Errorf("%s: %v", document, got)
		}
	}
	if p, err := Parse([]byte(`<meta property="og:type" content="article">`), "", "https://example.org/"); err != nil || p.IsArticle() {
		t.Errorf("a home page is an article: %v", err)
	}
}

func TestAuthorPage(t *testing.T) {
	for name, tt := range map[string]struct{ document, bio string }{
		"under the title":              {`<h1>Author: Ada Byron</h1><div class="archive-description"><p>Ada has sailed around the harbour.</p></div>`, "Ada has sailed around the harbour."},
		"in a box":                     {`<div class="author-box"><h1 class="author-name">Ada Byron</h1><div class="author-description">Ada has sailed around the harbour.</div></div>`, "Ada has sailed around the harbour."},
		"in the data":                  {ld(`{"@type":"ProfilePage","mainEntity":{"@type":"Person","name":"Ada Byron","description":"Ada has sailed around the harbour."}}`), "Ada has sailed around the harbour."},
		"of the site, not of a person": {`<h1>News</h1><div class="archive-description"><p>All the news of our little town.</p></div>`, ""},
	} {
		if a := parse(t, tt.document).AuthorPage("Ada Byron"); a.Bio != tt.bio || (a.BioFrom == "archive") != (tt.bio != "") {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func TestAHostilePageIsNotRead(t *testing.T) {
	if _, err := Parse([]byte(strings.Repeat("<b>x</b>", 40_000)), "text/html", at); err == nil || !strings.Contains(err.Error(), "hostile") {
		t.Errorf("%v", err)
	}
}

// TestNestedBoxesCostLittle: the work that boxes in boxes make is bounded; without the
// bound this takes half a minute.
func TestNestedBoxesCostLittle(t *testing.T) {
	document := `<meta name="author" content="Ada Byron">` + strings.Repeat(`<div class="author-box">`, 400) + strings.Repeat(`<p class="author-description">Ada writes about water and boats.</p>`, 14_000)
	if got := people(parse(t, document).Article().Byline); !strings.HasPrefix(got, "Ada Byron/Ada writes about water and boats.") || len(got) > 200 {
		t.Errorf("%q", got)
	}
}

func TestEncodingOfAPage(t *testing.T) {
	p, err := Parse([]byte("<meta charset=windows-1252><h1>Sch\xf6n \x96 ja</h1>"), "text/html", at)
	if err != nil || p.Article().Title != "Schön – ja" {
		t.Errorf("%q, %v", p.Article().Title, err)
	}
}

const fullPage = `<!DOCTYPE html><html lang="en"><head><meta property="og:image" content="/a.jpg"><title>T</title>%s</head><body><nav>%s</nav><article><h1 class="entry-title">A Town</h1><p class="byline">By <a rel="author" href="/author/ada/">Ada Byron</a></p><div class="entry-content">%s</div>
<div class="author-bio"><img src="/ada.jpg"><h4><a href="/author/ada/">Ada Byron</a></h4><p class="author-description">Ada writes about <a href="/w">water</a>. <a href="/ada/">Learn More →</a></p></div></article><div id="comments"><div id="respond"></div></div></body></html>`

// BenchmarkArticle reads a page of 100 KB that has a bio.
func BenchmarkArticle(b *testing.B) {
	body := []byte(fmt.Sprintf(fullPage, ld(`{"@type":"Article","headline":"A Town","author":{"@type":"Person","name":"Ada Byron"}}`), strings.Repeat(`<li class="menu-item"><a href="/x">Entry</a></li>`, 300),
		strings.Repeat("<p>The pool opened on the first warm Sunday of the year, and by noon there was <em>no</em> water left.</p>\n<figure><img src='/b.jpg' alt='B'></figure>", 500)))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		p, err := Parse(body, "text/html; charset=utf-8", at)
		if err != nil || p.Article().Byline[0].Bio == "" {
			b.Fatal(err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		fmt.Sprintf(fullPage, ld(`{"@graph":[{"@type":"Article","headline":"<b>","author":{"@id":"#a"}},{"@id":"#a","name":"Ada Byron","description":"<script>x</script>Ada writes <a href='javascript:x'>a lot</a>"}]}`), "", "<p>x"),
		`<base href="javascript:x"><link rel=canonical href="data:x"><link rel=alternate type="application/rss+xml" href="//[">`, `<meta charset=utf-16><h1>x`, `<div class="author-box"><svg><script>alert(1)</script></svg><math><a xlink:href="javascript:x">Ada writes about things</a>`,
		`<h2 class=comments-title>99999999999999999999 thoughts</h2><div id=respond>`, ld(`[[[[{"@type":7,"author":[[{"name":["x"]}]]}]]]]`),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := Parse(body, "", at)
		if err != nil {
			return
		}
		check(t, p.Article())
		a := found.Article{Byline: []found.Author{p.AuthorPage("Ada")}}
		check(t, a)
		site := p.Site(http.Header{})
		for _, link := range append(site.Feeds, site.API, site.Ghost) {
			checkLink(t, link)
		}
		for _, link := range p.Links() {
			checkLink(t, link.URL)
		}
	})
}

func checkLink(t *testing.T, link string) {
	t.Helper()
	if link != "" && !strings.HasPrefix(link, "http://") && !strings.HasPrefix(link, "https://") {
		t.Errorf("link %q", link)
	}
}

// check fails where an article holds anything that must not reach a reader.
func check(t *testing.T, a found.Article) {
	t.Helper()
	texts := append([]string{a.Title, a.Dek, a.Excerpt, a.Image.Alt, a.Language}, a.Categories...)
	for _, link := range []string{a.URL, a.CommentURL, a.Image.URL} {
		checkLink(t, link)
	}
	for _, i := range a.Images {
		checkLink(t, i.URL)
	}
	for _, author := range a.Byline {
		texts = append(texts, author.Name, author.Bio, author.BioHTML)
		for _, link := range []string{author.URL, author.Photo, author.Page} {
			checkLink(t, link)
		}
	}
	for _, text := range texts {
		if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
			t.Errorf("text %q", text)
		}
	}
}
