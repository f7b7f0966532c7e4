package magazine

import (
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"html"
	"net/http"
	"time"
)

// The elements of RSS 2.0 as WordPress writes them (wp-includes/feed-rss2.php).
// Prefixes are part of the names: encoding/xml would write xmlns on each one.
type rss struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Spaces  []xml.Attr `xml:",any,attr"`
	Channel rssChannel `xml:"channel"`
}

type rssChannel struct {
	Title     cooked    `xml:"title"`
	Self      rssSelf   `xml:"atom:link"`
	Link      string    `xml:"link"`
	About     cooked    `xml:"description"`
	Built     string    `xml:"lastBuildDate"`
	Language  string    `xml:"language,omitempty"`
	Period    string    `xml:"sy:updatePeriod"`
	Frequency int       `xml:"sy:updateFrequency"`
	Generator string    `xml:"generator,omitempty"`
	Items     []rssItem `xml:"item"`
}

type rssSelf struct {
	Href string `xml:"href,attr"`
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
}

type rssItem struct {
	Title      cooked  `xml:"title"`
	Link       string  `xml:"link"`
	Comments   string  `xml:"comments,omitempty"`
	Creators   []cdata `xml:"dc:creator"`
	Published  string  `xml:"pubDate"`
	Categories []cdata `xml:"category"`
	GUID       rssGUID `xml:"guid"`
	About      cdata   `xml:"description"`
	Content    *cdata  `xml:"content:encoded"`
	CommentRSS string  `xml:"wfw:commentRss,omitempty"`
	Count      *int    `xml:"slash:comments"`
}

type rssGUID struct {
	PermaLink bool   `xml:"isPermaLink,attr"`
	Value     string `xml:",chardata"`
}

type cdata struct {
	Text string `xml:",cdata"`
}

// cooked is text whose entities are in place already.
type cooked struct {
	Text string `xml:",innerxml"`
}

var spaces = []xml.Attr{
	space("content", "http://purl.org/rss/1.0/modules/content/"),
	space("wfw", "http://wellformedweb.org/CommentAPI/"),
	space("dc", "http://purl.org/dc/elements/1.1/"),
	space("atom", "http://www.w3.org/2005/Atom"),
	space("sy", "http://purl.org/rss/1.0/modules/syndication/"),
	space("slash", "http://purl.org/rss/1.0/modules/slash/"),
}

func space(prefix, uri string) xml.Attr {
	return xml.Attr{Name: xml.Name{Local: "xmlns:" + prefix}, Value: uri}
}

// generator is how WordPress names itself in feeds and pages.
const generator = "WordPress 6.8"

func (e *edition) channel(title, path string) rssChannel {
	return rssChannel{
		Title: cooked{entities(title)},
		Self:  rssSelf{Href: e.Base + path, Rel: "self", Type: "application/rss+xml"},
		Link:  e.Base + "/", About: cooked{entities(e.Tagline)}, Built: e.Updated.Format(time.RFC1123Z),
		Language: e.Language, Period: "hourly", Frequency: 1, Generator: "https://wordpress.org/?v=6.8",
	}
}

func (m *magazine) feed(w http.ResponseWriter, r *http.Request) {
	e := m.at(r)
	channel := e.channel(e.Name, "/feed/")
	for _, a := range e.Articles {
		channel.Items = append(channel.Items, e.item(a))
	}
	sendFeed(w, r, channel, e.Updated)
}

// item names all authors of an article, as co-author plugins make WordPress do.
func (e *edition) item(a *article) rssItem {
	count := len(a.Comments)
	item := rssItem{
		Title: cooked{entities(a.Title)}, Link: a.URL, Published: a.Published.Format(time.RFC1123Z),
		GUID: rssGUID{Value: a.GUID}, About: cdata{entities(a.Dek)}, Content: &cdata{a.markup(e.Language)}, Count: &count,
	}
	if !a.CommentsClosed {
		item.Comments, item.CommentRSS = a.URL+"#respond", a.commentsFeed(e)
	}
	for _, by := range a.Authors {
		item.Creators = append(item.Creators, cdata{by.Name})
	}
	for _, in := range a.Categories {
		item.Categories = append(item.Categories, cdata{html.EscapeString(in.Name)})
	}
	return item
}

func (a *article) commentsFeed(e *edition) string {
	return fmt.Sprintf("%s/comments/feed/?p=%d", e.Base, a.ID)
}

// commentFeed lists the comments on all articles, or on the one that p names.
func (m *magazine) commentFeed(w http.ResponseWriter, r *http.Request) {
	e := m.at(r)
	p := r.URL.Query().Get("p")
	channel := e.channel("Comments on "+e.Name, r.URL.RequestURI())
	for _, c := range e.LatestComments {
		if p == "" || p == fmt.Sprint(c.Article.ID) {
			channel.Items = append(channel.Items, c.item())
		}
	}
	sendFeed(w, r, channel, e.Updated)
}

func (c *comment) item() rssItem {
	link := fmt.Sprintf("%s#comment-%d", c.Article.URL, c.ID)
	return rssItem{
		Title: cooked{entities("By: " + c.Name)}, Link: link, Creators: []cdata{{c.Name}},
		Published: c.At.Format(time.RFC1123Z), GUID: rssGUID{Value: fmt.Sprintf("%s#comment-%d", c.Article.GUID, c.ID)},
		About: cdata{html.EscapeString(c.Text)},
	}
}

// sendFeed answers with validators and, where they fit, with 304 (RFC 9110, 13).
func sendFeed(w http.ResponseWriter, r *http.Request, channel rssChannel, updated time.Time) {
	body, err := xml.MarshalIndent(rss{Version: "2.0", Spaces: spaces, Channel: channel}, "", "\t")
	if err != nil {
		http.Error(w, "The feed could not be written.", http.StatusInternalServerError)
		return
	}
	body = append([]byte(xml.Header), body...)
	w.Header().Set("Content-Type", "application/rss+xml; charset=UTF-8")
	sum := sha256.Sum256(body)
	w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sum[:16]))
	http.ServeContent(w, r, "", updated, bytes.NewReader(body))
}
