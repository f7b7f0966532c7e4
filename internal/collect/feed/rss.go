package feed

import (
	"strconv"
	"strings"

	ext "github.com/mmcdole/gofeed/extensions"
	"github.com/mmcdole/gofeed/rss"

	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/collect/plain"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

func fromRSS(in *rss.Feed, base string) Feed {
	home := plain.Link(base, firstOf(in.Links...))
	feed := Feed{
		Title:   plain.Line(firstOf(in.Title, value(in.Extensions, "dc", "title"))),
		Tagline: plain.Line(firstOf(in.Description, value(in.Extensions, "itunes", "subtitle"), value(in.Extensions, "dc", "description"))), Home: home,
		Language: language(firstOf(in.Language, value(in.Extensions, "dc", "language"))),
	}
	for _, item := range in.Items[:min(len(in.Items), mostArticles)] {
		feed.Articles = append(feed.Articles, fromItem(item, firstOf(home, base)))
	}
	return feed
}

func fromItem(item *rss.Item, base string) found.Article {
	x := item.Extensions
	a := found.Article{Article: newsletter.Article{
		URL: itemLink(item, base), GUID: guid(item), Comments: count(value(x, "slash", "comments"), value(x, "thr", "total")),
		Title:      plain.Line(firstOf(item.Title, value(x, "media", "title"), value(x, "dc", "title"))),
		CommentURL: plain.Link(base, item.Comments), Language: language(value(x, "dc", "language")),
		Published: firstDate(item.PubDate, value(x, "dc", "date"), value(x, "dcterms", "created"), value(x, "dcterms", "issued"), item.Custom["date"],
			value(x, "atom", "published"), value(x, "atom", "updated")),
		Updated: firstDate(value(x, "atom", "updated"), value(x, "dcterms", "modified")),
	}}
	content := firstOf(item.Content, item.Custom["encoded"], value(x, "xhtml", "body"))
	setText(&a, firstOf(item.Description, value(x, "itunes", "summary"), value(x, "media", "description")), content)
	if subtitle := plain.Line(value(x, "itunes", "subtitle")); a.Dek == "" && subtitle != "" && !plain.Repeats(subtitle, a.Excerpt) {
		a.Dek = subtitle
	}
	a.Title = titleFrom(&a)
	a.Byline = itemAuthors(item)
	a.Categories = topics(append(categories(item.Categories), values(x, "dc", "subject")...))
	a.Image = picture(x, enclosures(item.Enclosures), firstOf(content, item.Description), firstOf(a.URL, base))
	return a
}

// itemLink is where the article is read: FeedBurner's original link before the
// counting one, then link, atom:link, and a guid that says that it is one.
func itemLink(item *rss.Item, base string) string {
	candidates := []string{value(item.Extensions, "feedburner", "origLink"), item.Link}
	candidates = append(candidates, item.Links...)
	for _, link := range item.Extensions["atom"]["link"] {
		if rel := link.Attrs["rel"]; rel == "" || rel == "alternate" {
			candidates = append(candidates, link.Attrs["href"])
		}
	}
	if item.GUID != nil && !strings.EqualFold(item.GUID.IsPermalink, "false") && strings.Contains(item.GUID.Value, "://") {
		candidates = append(candidates, item.GUID.Value)
	}
	for _, candidate := range candidates {
		if link := plain.Link(base, candidate); link != "" {
			return link
		}
	}
	return ""
}

func guid(item *rss.Item) string {
	if item.GUID != nil && item.GUID.Value != "" {
		return plain.Literal(item.GUID.Value)
	}
	return plain.Literal(firstOf(value(item.Extensions, "atom", "id"), value(item.Extensions, "dc", "identifier")))
}

// itemAuthors lists the byline: all of dc:creator, else author, and so on down.
func itemAuthors(item *rss.Item) []found.Author {
	x := item.Extensions
	for _, bylines := range [][]string{values(x, "dc", "creator"), {item.Author}, atomPeople(x), values(x, "itunes", "author"), credits(x), values(x, "dc", "author"), {item.Custom["creator"]}} {
		if list := people(bylines...); len(list) > 0 {
			return list
		}
	}
	return nil
}

func atomPeople(x ext.Extensions) []string {
	var names []string
	for _, author := range x["atom"]["author"] {
		for _, name := range author.Children["name"] {
			names = append(names, name.Value)
		}
	}
	return names
}

func credits(x ext.Extensions) []string {
	var names []string
	for _, credit := range x["media"]["credit"] {
		if strings.EqualFold(credit.Attrs["role"], "author") {
			names = append(names, credit.Value)
		}
	}
	return names
}

func categories(in []*rss.Category) []string {
	var names []string
	for _, c := range in {
		names = append(names, c.Value)
	}
	return names
}

func enclosures(in []*rss.Enclosure) []media {
	var list []media
	for _, e := range in {
		list = append(list, media{url: e.URL, kind: e.Type})
	}
	return list
}

// values lists the texts of an extension's elements.
func values(x ext.Extensions, prefix, name string) []string {
	var list []string
	for _, e := range x[prefix][name] {
		if e.Value != "" {
			list = append(list, e.Value)
		}
	}
	return list
}

func value(x ext.Extensions, prefix, name string) string {
	if list := values(x, prefix, name); len(list) > 0 {
		return list[0]
	}
	return ""
}

// count reads a number of comments, -1 where there is none.
func count(texts ...string) int {
	for _, text := range texts {
		if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && n >= 0 {
			return n
		}
	}
	return -1
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if strings.TrimSpace(text) != "" {
			return text
		}
	}
	return ""
}
