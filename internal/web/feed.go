package web

import (
	"encoding/xml"
	"net/http"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Where the feeds of the archive are.
const (
	atomPath = newsletter.IssuePath + "atom.xml"
	rssPath  = newsletter.IssuePath + "rss.xml"
)

// inFeed is how many issues a feed has.
const inFeed = 30

// atomFeed is RFC 4287.
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr,omitempty"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Sub     string      `xml:"subtitle,omitempty"`
	Updated string      `xml:"updated"`
	Author  atomAuthor  `xml:"author"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string   `xml:"id"`
	Title     string   `xml:"title"`
	Updated   string   `xml:"updated"`
	Published string   `xml:"published"`
	Link      atomLink `xml:"link"`
	Summary   string   `xml:"summary,omitempty"`
}

// rssFeed is RSS 2.0 (https://www.rssboard.org/rss-specification).
type rssFeed struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Channel rssChannel `xml:"channel"`
}

type rssChannel struct {
	Title       string    `xml:"title"`
	Link        string    `xml:"link"`
	Description string    `xml:"description"`
	Language    string    `xml:"language,omitempty"`
	Items       []rssItem `xml:"item"`
}

type rssItem struct {
	Title       string `xml:"title"`
	Link        string `xml:"link"`
	GUID        string `xml:"guid"`
	Published   string `xml:"pubDate"`
	Description string `xml:"description,omitempty"`
}

func (s *Site) atom(w http.ResponseWriter, r *http.Request) {
	s.feed(w, r, "application/atom+xml; charset=utf-8", func(p *newsletter.Publication, found []newsletter.Issue, changed time.Time) any {
		home := p.BaseURL + newsletter.IssuePath
		f := atomFeed{Lang: p.Language, ID: home, Title: p.Name, Sub: p.Tagline, Updated: changed.UTC().Format(time.RFC3339), Author: atomAuthor{p.Name},
			Links: []atomLink{{"self", "application/atom+xml", p.BaseURL + atomPath}, {"alternate", "text/html", home}}}
		for i := range found {
			at, when := p.IssueURL(found[i].ID), found[i].ApprovedAt.UTC().Format(time.RFC3339)
			f.Entries = append(f.Entries, atomEntry{ID: at, Title: found[i].Subject, Updated: when, Published: when, Link: atomLink{"alternate", "text/html", at}, Summary: found[i].Preheader})
		}
		return f
	})
}

func (s *Site) rss(w http.ResponseWriter, r *http.Request) {
	s.feed(w, r, "application/rss+xml; charset=utf-8", func(p *newsletter.Publication, found []newsletter.Issue, _ time.Time) any {
		c := rssChannel{Title: p.Name, Link: p.BaseURL + newsletter.IssuePath, Description: p.Tagline, Language: p.Language}
		for i := range found {
			at := p.IssueURL(found[i].ID)
			c.Items = append(c.Items, rssItem{found[i].Subject, at, at, found[i].ApprovedAt.UTC().Format(time.RFC1123Z), found[i].Preheader})
		}
		return rssFeed{Version: "2.0", Channel: c}
	})
}

// feed answers with the newest issues in the form that lay makes.
func (s *Site) feed(w http.ResponseWriter, r *http.Request, contentType string, lay func(*newsletter.Publication, []newsletter.Issue, time.Time) any) {
	p, err := s.Publication(r.Context())
	var found []newsletter.Issue
	if err == nil {
		found, err = s.mailed(r.Context(), inFeed)
	}
	var body []byte
	var changed time.Time
	if err == nil {
		for i := range found {
			if at := found[i].ApprovedAt; at.After(changed) {
				changed = at
			}
		}
		body, err = xml.Marshal(lay(&p, found, changed))
	}
	if err != nil {
		s.write(w, r, s.fault(w, r, err))
		return
	}
	s.publish(w, r, contentType, xml.Header+string(body), changed)
}
