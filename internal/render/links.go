package render

import (
	"cmp"
	"slices"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// tag gives the links to the magazine's own sites their UTM parameters, and leads all
// that go out of the mail by way of the redirect, where the Publication counts clicks. Those to
// Masthead's own pages and to pictures stay as they are. It returns what the redirect
// must know.
func (r *Renderer) tag(d *digest, c *newsletter.IssueContent) []newsletter.Link {
	parameters, _ := newsletter.ParseUTM(c.Publication.UTM) // one that cannot be read was never stored
	if len(parameters) == 0 && !r.counts(c) {
		return nil
	}
	utm := newsletter.UTM{Parameters: parameters, Hosts: append(slices.Clone(c.Sites), c.Publication.Site)}
	var links []newsletter.Link
	d.eachLink(func(url *string, title string) {
		if *url = utm.Tag(*url, c.Issue.ID); !r.counts(c) || *url == "" {
			return
		}
		link := newsletter.Link{ID: newsletter.LinkID(*url), URL: *url, Title: title}
		links = append(links, link)
		*url = c.Publication.BaseURL + newsletter.RedirectPath + r.Redirect(c.Issue.ID, link.ID)
	})
	return links
}

// counts tells whether links lead by way of the redirect. Those of a draft, whose proofs
// editors get, do not: nobody has stored them.
func (r *Renderer) counts(c *newsletter.IssueContent) bool {
	return r.Redirect != nil && c.Publication.Clicks && c.Issue.State == newsletter.IssueApproved
}

// eachLink visits the links that lead out of the mail, with what they lead to.
func (d *digest) eachLink(visit func(url *string, title string)) {
	visit(&d.SiteURL, d.Site)
	if d.MoreURL != d.ViewURL {
		visit(&d.MoreURL, cmp.Or(d.Site, d.More))
	}
	for _, a := range d.Articles {
		visit(&a.URL, a.Title)
		visit(&a.ReplyURL, a.ReplyLabel)
		for _, by := range a.Authors {
			visit(&by.URL, by.Name)
		}
	}
	for _, line := range d.Contents {
		visit(&line.URL, line.Title)
	}
}

// Links are all of an Issue that the redirect must know before the mail is sent; none
// where nothing is counted. Several may have the same ID.
func (r *Renderer) Links(c newsletter.IssueContent) []newsletter.Link {
	if !r.counts(&c) {
		return nil
	}
	return r.tag(newDigest(&c, len(c.Articles), newMarks()), &c)
}
