package render

import (
	"slices"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// tag gives the links to the magazine's own sites their UTM parameters. Those to
// Masthead's own pages and to pictures stay as they are.
func (d *digest) tag(u newsletter.UTM, c *newsletter.IssueContent) {
	if len(u.Parameters) == 0 {
		return
	}
	u.Hosts = append(slices.Clone(u.Hosts), c.Publication.Site)
	links := []*string{&d.SiteURL}
	if d.MoreURL != d.ViewURL {
		links = append(links, &d.MoreURL)
	}
	for _, line := range d.Contents {
		links = append(links, &line.URL)
	}
	for _, a := range d.Articles {
		links = append(links, &a.URL, &a.ReplyURL)
		for _, by := range a.Authors {
			links = append(links, &by.URL)
		}
	}
	for _, link := range links {
		*link = u.Tag(*link, c.Issue.ID)
	}
}
