package feed

import (
	"strings"

	"github.com/mmcdole/gofeed/atom"

	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/collect/plain"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

func fromAtom(in *atom.Feed, base string) Feed {
	home := alternate(in.Links, base)
	feed := Feed{Title: plain.Line(in.Title), Tagline: plain.Line(in.Subtitle), Home: home, Language: language(in.Language)}
	for _, entry := range in.Entries[:min(len(in.Entries), mostArticles)] {
		a := fromEntry(entry, firstOf(home, base))
		if len(a.Byline) == 0 { // RFC 4287, 4.2.1: the feed's authors are the entry's
			a.Byline = persons(in.Authors, base)
		}
		feed.Articles = append(feed.Articles, a)
	}
	return feed
}

func fromEntry(entry *atom.Entry, base string) found.Article {
	x := entry.Extensions
	a := found.Article{Article: newsletter.Article{
		URL:  firstOf(plain.Link(base, value(x, "feedburner", "origLink")), alternate(entry.Links, base), plain.Link("", entry.ID)),
		GUID: plain.Literal(entry.ID), Comments: count(value(x, "thr", "total"), value(x, "slash", "comments")),
		Title:      plain.Line(firstOf(entry.Title, value(x, "media", "title"))),
		CommentURL: related(entry.Links, base, "replies"), Language: language(value(x, "dc", "language")),
		Published: firstDate(entry.Published, value(x, "atom03", "issued"), value(x, "dc", "date"), entry.Updated),
		Updated:   firstDate(entry.Updated, value(x, "atom03", "modified")),
	}}
	content := entryContent(entry)
	setText(&a, firstOf(entry.Summary, value(x, "media", "description"), groupDescription(x)), content)
	a.Title = titleFrom(&a)
	a.Byline = persons(entry.Authors, base)
	if len(a.Byline) == 0 && entry.Source != nil {
		a.Byline = persons(entry.Source.Authors, base)
	}
	if len(a.Byline) == 0 {
		a.Byline = people(values(x, "dc", "creator")...)
	}
	a.Categories = topics(terms(entry.Categories))
	a.Image = picture(x, linkedMedia(entry.Links), firstOf(content, entry.Summary), firstOf(a.URL, base))
	return a
}

func entryContent(entry *atom.Entry) string {
	if entry.Content == nil || strings.HasPrefix(entry.Content.Type, "image/") {
		return ""
	}
	return entry.Content.Value
}

// alternate finds the page that a feed or entry stands for: HTML before other types.
func alternate(links []*atom.Link, base string) string {
	other := ""
	for _, link := range links {
		target := plain.Link(base, link.Href)
		if target == "" || link.Rel != "" && link.Rel != "alternate" {
			continue
		}
		if link.Type == "" || strings.Contains(link.Type, "html") {
			return target
		}
		other = firstOf(other, target)
	}
	return other
}

// related finds a page of another relation.
func related(links []*atom.Link, base, rel string) string {
	for _, link := range links {
		if link.Rel == rel && (link.Type == "" || strings.Contains(link.Type, "html")) {
			return plain.Link(base, link.Href)
		}
	}
	return ""
}

func linkedMedia(links []*atom.Link) []media {
	var list []media
	for _, link := range links {
		if link.Rel == "enclosure" {
			list = append(list, media{url: link.Href, kind: link.Type})
		}
	}
	return list
}

func persons(in []*atom.Person, base string) []found.Author {
	var list []found.Author
	for _, p := range in {
		names := plain.Names(p.Name)
		for _, name := range names {
			a := found.Author{}
			if len(names) == 1 {
				a.Page = plain.Link(base, p.URI)
				a.URL = a.Page
			}
			list = addPerson(list, a, name)
		}
	}
	return list
}

func terms(in []*atom.Category) []string {
	var names []string
	for _, c := range in {
		names = append(names, firstOf(c.Label, c.Term))
	}
	return names
}
