package render

import "strings"

// escape makes text harmless in HTML text and in quoted attributes: the two
// places where the templates put what strangers wrote. (Links have been through
// link first.) It replaces what html/template replaces there.
var escape = strings.NewReplacer("\x00", "\uFFFD", `"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;").Replace

// escaped is a copy of the view for the HTML template.
func (d *digest) escaped() *digest {
	e := *d
	for _, s := range []*string{&e.Subject, &e.Preheader, &e.Intro, &e.Site, &e.SiteURL, &e.Tagline, &e.Headline, &e.Date, &e.More, &e.MoreURL,
		&e.Reason, &e.PostalAddress, &e.UnsubURL, &e.ViewURL, &e.JoinURL} {
		*s = escape(*s)
	}
	e.Articles = make([]*article, len(d.Articles))
	for i, a := range d.Articles {
		e.Articles[i] = a.clone()
		for _, s := range e.Articles[i].fields() {
			*s = escape(*s)
		}
	}
	return &e
}

// clone is a deep copy.
func (a *article) clone() *article {
	c := *a
	if a.Image != nil {
		image := *a.Image
		c.Image = &image
	}
	c.Authors = make([]*author, len(a.Authors))
	for i, by := range a.Authors {
		copied := *by
		c.Authors[i] = &copied
	}
	return &c
}

// fields are the texts of an article that its templates write but do not decide
// by.
func (a *article) fields() []*string {
	fields := make([]*string, 0, 16+5*len(a.Authors))
	fields = append(fields, &a.Lang, &a.MailLang, &a.Accent, &a.URL, &a.Kicker, &a.Title, &a.Dek, &a.Excerpt, &a.ReplyURL, &a.Reply, &a.ReplyLabel)
	if a.Image != nil {
		fields = append(fields, &a.Image.URL, &a.Image.Alt, &a.Image.Width, &a.Image.Height)
	}
	for _, by := range a.Authors {
		fields = append(fields, &by.Name, &by.Initials, &by.Bio, &by.URL, &by.Photo)
	}
	return fields
}
