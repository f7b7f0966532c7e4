package feed

import (
	"bytes"
	"encoding/json"
	"html"
	"strings"

	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/collect/plain"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// jsonFeed is a JSON Feed (jsonfeed.org, version 1.1) read leniently: gofeed refuses a
// whole feed for one value of another type than expected.
type jsonFeed struct {
	Version     loose       `json:"version"`
	Title       loose       `json:"title"`
	Home        loose       `json:"home_page_url"`
	Description loose       `json:"description"`
	Language    loose       `json:"language"`
	Author      jsonPeople  `json:"author"`
	Authors     jsonPeople  `json:"authors"`
	Items       *[]jsonItem `json:"items"`
}

type jsonItem struct {
	ID          loose          `json:"id"`
	URL         loose          `json:"url"`
	ExternalURL loose          `json:"external_url"`
	Title       loose          `json:"title"`
	HTML        loose          `json:"content_html"`
	Text        loose          `json:"content_text"`
	Summary     loose          `json:"summary"`
	Image       loose          `json:"image"`
	Banner      loose          `json:"banner_image"`
	Published   loose          `json:"date_published"`
	Modified    loose          `json:"date_modified"`
	Language    loose          `json:"language"`
	Author      jsonPeople     `json:"author"`
	Authors     jsonPeople     `json:"authors"`
	Tags        jsonList       `json:"tags"`
	Attachments []jsonAttached `json:"attachments"`
}

type jsonAttached struct {
	URL  loose `json:"url"`
	Type loose `json:"mime_type"`
}

type jsonPerson struct {
	Name   loose `json:"name"`
	URL    loose `json:"url"`
	Avatar loose `json:"avatar"`
}

// loose is a text that may have been written as a number or as something that says
// nothing.
type loose string

func (l *loose) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*l = loose(text)
	} else if len(data) > 0 && (data[0] == '-' || digit(data[0])) {
		*l = loose(data)
	}
	return nil
}

// jsonPeople are authors: a list, one object, or a bare name.
type jsonPeople []jsonPerson

func (p *jsonPeople) UnmarshalJSON(data []byte) error {
	var many []jsonPerson
	var one jsonPerson
	var name loose
	switch {
	case json.Unmarshal(data, &many) == nil:
		*p = many
	case json.Unmarshal(data, &one) == nil:
		*p = jsonPeople{one}
	default:
		var names []loose
		if json.Unmarshal(data, &names) != nil && json.Unmarshal(data, &name) == nil && name != "" {
			names = []loose{name}
		}
		for _, n := range names {
			*p = append(*p, jsonPerson{Name: n})
		}
	}
	return nil
}

// jsonList is a list of texts, or one with commas.
type jsonList []string

func (l *jsonList) UnmarshalJSON(data []byte) error {
	var many []loose
	var one loose
	if json.Unmarshal(data, &many) == nil {
		for _, text := range many {
			*l = append(*l, string(text))
		}
	} else if json.Unmarshal(data, &one) == nil && one != "" {
		*l = strings.Split(string(one), ",")
	}
	return nil
}

func parseJSON(body []byte, base string) (Feed, error) {
	var in jsonFeed
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(&in); err != nil {
		return Feed{}, notFeed("this is broken JSON, not a feed: " + err.Error())
	}
	if in.Items == nil && !strings.Contains(string(in.Version), "jsonfeed") {
		return Feed{}, notFeed("this is JSON, but not a JSON Feed")
	}
	home := plain.Link(base, string(in.Home))
	feed := Feed{Title: plain.Literal(html.UnescapeString(string(in.Title))), Tagline: plain.Line(string(in.Description)), Home: home, Language: language(string(in.Language))}
	if in.Items == nil {
		return feed, nil
	}
	for _, item := range (*in.Items)[:min(len(*in.Items), mostArticles)] {
		a := fromJSON(item, firstOf(home, base))
		if len(a.Byline) == 0 { // the feed's authors are the item's
			a.Byline = jsonAuthors(append(in.Authors, in.Author...), base)
		}
		feed.Articles = append(feed.Articles, a)
	}
	return feed, nil
}

func fromJSON(item jsonItem, base string) found.Article {
	a := found.Article{Article: newsletter.Article{
		URL:  firstOf(plain.Link(base, string(item.URL)), plain.Link(base, string(item.ExternalURL)), plain.Link("", string(item.ID))),
		GUID: plain.Literal(string(item.ID)), Title: plain.Literal(html.UnescapeString(string(item.Title))), Comments: -1, Language: language(string(item.Language)),
		Published: firstDate(string(item.Published), string(item.Modified)), Updated: firstDate(string(item.Modified)),
	}}
	content := string(item.HTML)
	if content == "" {
		content = html.EscapeString(string(item.Text))
	}
	setText(&a, html.EscapeString(string(item.Summary)), content)
	a.Title = titleFrom(&a)
	a.Byline = jsonAuthors(append(item.Authors, item.Author...), base)
	a.Categories = topics(item.Tags)
	var attached []media
	for _, image := range []loose{item.Image, item.Banner} {
		if image != "" {
			attached = append(attached, media{url: string(image), kind: "image/"})
		}
	}
	for _, file := range item.Attachments {
		attached = append(attached, media{url: string(file.URL), kind: string(file.Type)})
	}
	a.Image = picture(nil, attached, content, firstOf(a.URL, base))
	return a
}

func jsonAuthors(in jsonPeople, base string) []found.Author {
	var list []found.Author
	for _, p := range in {
		for _, name := range plain.Names(string(p.Name)) {
			a := found.Author{Page: plain.Link(base, string(p.URL))}
			a.URL, a.Photo = a.Page, plain.Link(base, string(p.Avatar))
			list = addPerson(list, a, name)
		}
	}
	return list
}
