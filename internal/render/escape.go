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
		e.Articles[i] = a.escaped()
	}
	return &e
}

func (a *article) escaped() *article {
	e := *a
	for _, s := range []*string{&e.Lang, &e.URL, &e.Kicker, &e.Title, &e.Dek, &e.Excerpt, &e.ReplyURL, &e.Reply, &e.ReplyLabel} {
		*s = escape(*s)
	}
	if a.Image != nil {
		image := *a.Image
		image.URL, image.Alt = escape(image.URL), escape(image.Alt)
		e.Image = &image
	}
	e.Authors = make([]*author, len(a.Authors))
	for i, found := range a.Authors {
		e.Authors[i] = &author{escape(found.Name), escape(found.Initials), escape(found.Bio), escape(found.URL), escape(found.Photo)}
	}
	return &e
}
