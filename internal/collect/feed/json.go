package feed

import (
	"bytes"
	"encoding/json"
	"html"
	"strconv"
	"strings"
	"unicode"

	"github.com/masthead-mail/masthead/internal/collect/plain"
)

// jsonFeed is a JSON Feed (jsonfeed.org, version 1.1) read leniently: one value of another
// type than expected must not cost the whole feed.
type jsonFeed struct {
	Version     loose      `json:"version"`
	Title       loose      `json:"title"`
	Home        loose      `json:"home_page_url"`
	Self        loose      `json:"feed_url"`
	Description loose      `json:"description"`
	Icon        loose      `json:"icon"`
	Favicon     loose      `json:"favicon"`
	Language    loose      `json:"language"`
	Author      jsonPeople `json:"author"`
	Authors     jsonPeople `json:"authors"`
	Hubs        jsonHubs   `json:"hubs"`
	Items       *jsonItems `json:"items"`
}

type jsonItem struct {
	ID          loose      `json:"id"`
	URL         loose      `json:"url"`
	ExternalURL loose      `json:"external_url"`
	Title       loose      `json:"title"`
	HTML        loose      `json:"content_html"`
	Text        loose      `json:"content_text"`
	Summary     loose      `json:"summary"`
	Image       loose      `json:"image"`
	Banner      loose      `json:"banner_image"`
	Published   loose      `json:"date_published"`
	Modified    loose      `json:"date_modified"`
	Language    loose      `json:"language"`
	Author      jsonPeople `json:"author"`
	Authors     jsonPeople `json:"authors"`
	Tags        jsonList   `json:"tags"`
	Attachments jsonFiles  `json:"attachments"`
}

type jsonAttached struct {
	URL  loose `json:"url"`
	Type loose `json:"mime_type"`
	Size loose `json:"size_in_bytes"`
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

// jsonItems are the items; one of another shape is left out.
type jsonItems []jsonItem

func (items *jsonItems) UnmarshalJSON(data []byte) error {
	*items = lenient[jsonItem](data)
	return nil
}

// jsonHubs are those who tell of new items at once.
type jsonHubs []jsonHub

type jsonHub struct {
	Type loose `json:"type"`
	URL  loose `json:"url"`
}

func (hubs *jsonHubs) UnmarshalJSON(data []byte) error {
	*hubs = lenient[jsonHub](data)
	return nil
}

// jsonFiles are attachments.
type jsonFiles []jsonAttached

func (files *jsonFiles) UnmarshalJSON(data []byte) error {
	*files = lenient[jsonAttached](data)
	return nil
}

// lenient reads a list without the elements of another shape.
func lenient[T any](data []byte) []T {
	var raw []json.RawMessage
	if json.Unmarshal(data, &raw) != nil {
		return nil
	}
	list := make([]T, 0, len(raw))
	for _, r := range raw {
		var element T
		if json.Unmarshal(r, &element) == nil {
			list = append(list, element)
		}
	}
	return list
}

func readJSON(body []byte, url string) (Document, error) {
	var in jsonFeed
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(&in); err != nil {
		return Document{}, notFeed("this is broken JSON, not a feed: " + err.Error())
	}
	if in.Items == nil && !strings.Contains(string(in.Version), "jsonfeed") {
		return Document{}, notFeed("this is JSON, but not a JSON Feed")
	}
	d := Document{Title: jsonLine(in.Title), Subtitle: plain.Line(string(in.Description)), Link: plain.Link(url, string(in.Home)), ID: string(in.Self), Language: language(string(in.Language))}
	d.Image = firstOf(plain.Link(url, string(in.Icon)), plain.Link(url, string(in.Favicon)))
	for _, hub := range in.Hubs {
		if strings.EqualFold(string(hub.Type), "WebSub") {
			d.Hub, d.Self = plain.Link(url, string(hub.URL)), plain.Link(url, string(in.Self))
		}
	}
	home := firstOf(d.Link, url)
	d.Authors = jsonPersons(append(in.Authors, in.Author...), home)
	if in.Items == nil {
		return d, nil
	}
	for _, item := range (*in.Items)[:min(len(*in.Items), mostArticles)] {
		d.Entries = append(d.Entries, item.entry(home, &d))
	}
	return d, nil
}

// jsonLine is a title: text by the specification, in which many write entities.
func jsonLine(text loose) string { return plain.Literal(html.UnescapeString(string(text))) }

func (item *jsonItem) entry(home string, d *Document) Entry {
	e := Entry{ID: string(item.ID), Title: jsonLine(item.Title), Language: language(string(item.Language)), Replies: -1}
	e.Link = firstOf(plain.Link(home, string(item.URL)), plain.Link(home, string(item.ExternalURL)), plain.Link("", e.ID))
	e.home = firstOf(e.Link, home)
	e.Published, e.Updated = firstDate(string(item.Published), string(item.Modified)), firstDate(string(item.Modified))
	e.Summary = Text{value: string(item.Summary), base: e.home, plain: true}
	if e.Content = (Text{value: string(item.HTML), base: e.home}); e.Content.empty() {
		e.Content = Text{value: string(item.Text), base: e.home, plain: true}
	}
	if e.Authors = jsonPersons(append(item.Authors, item.Author...), home); len(e.Authors) == 0 { // the feed's authors are the item's
		e.Authors = d.Authors
	}
	for _, tag := range item.Tags {
		if tag = plain.Line(tag); tag != "" && !contains(e.Tags, tag) {
			e.Tags = append(e.Tags, tag)
		}
	}
	for _, image := range []loose{item.Image, item.Banner} {
		e.media = append(e.media, picture{url: plain.Link(e.home, string(image)), kind: "image/"})
	}
	for _, file := range item.Attachments {
		size, _ := strconv.ParseFloat(string(file.Size), 64) // absent: 0
		if at := plain.Link(e.home, string(file.URL)); at != "" {
			e.Enclosures = append(e.Enclosures, Enclosure{Href: at, Type: string(file.Type), Length: int64(max(0, min(size, 1<<50)))})
		}
	}
	e.media = append(e.media, enclosed(e.Enclosures)...)
	return e
}

func jsonPersons(in jsonPeople, base string) []Person {
	var list []Person
	for _, p := range in {
		found := Person{Name: plain.Line(string(p.Name)), URL: plain.Link(base, string(p.URL)), Avatar: plain.Link(base, string(p.Avatar))}
		if names := plain.Names(found.Name); len(names) > 1 {
			for _, name := range names {
				list = addTo(list, Person{Name: name})
			}
			continue
		}
		if strings.ContainsFunc(found.Name, unicode.IsLetter) || found.Name == "" {
			list = addTo(list, found)
		}
	}
	return list
}
