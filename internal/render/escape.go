package render

import "strings"

// escape makes text harmless in HTML text and in quoted attributes: the two
// places where the templates put what strangers wrote. (Links have been through
// link first.) It replaces what html/template replaces there.
var escape = strings.NewReplacer("\x00", "\uFFFD", `"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;").Replace

// escaped is a copy of the view for the HTML template.
func (d *digest) escaped() *digest {
	e := *d
	for _, s := range []*string{&e.Subject, &e.Preheader, &e.Notice, &e.Hello, &e.Intro, &e.Site, &e.SiteURL, &e.Tagline, &e.Logo, &e.LogoDark, &e.Headline, &e.Date,
		&e.InThisIssue, &e.More, &e.MoreURL, &e.Reason, &e.PostalAddress, &e.UnsubURL, &e.PrefsURL, &e.Preferences, &e.ViewURL, &e.JoinURL,
		&e.Unsubscribe, &e.ReadOnTheWeb, &e.Forwarded, &e.Subscribe} {
		*s = escape(*s)
	}
	e.Contents = make([]*entry, len(d.Contents))
	for i, line := range d.Contents {
		e.Contents[i] = &entry{escape(line.Title), escape(line.URL)}
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

// cloned is an article with what most of them have, in one piece of memory.
type cloned struct {
	article
	image  image
	author author
	by     [1]*author
}

// clone is a deep copy.
func (a *article) clone() *article {
	c := &cloned{article: *a}
	if a.Image != nil {
		c.image = *a.Image
		c.Image = &c.image
	}
	c.Authors = c.by[:0]
	for i, by := range a.Authors {
		copied := &c.author
		if i > 0 {
			copied = &author{}
		}
		*copied = *by
		c.Authors = append(c.Authors, copied)
	}
	return &c.article
}

// fields are the texts of an article that its templates write but do not decide
// by.
func (a *article) fields() []*string {
	fields := make([]*string, 0, 21+7*len(a.Authors))
	fields = append(fields, &a.Lang, &a.MailLang, &a.Accent, &a.Section, &a.URL, &a.Kicker, &a.Title, &a.Dek, &a.Excerpt, &a.LearnMore, &a.LearnMoreOf,
		&a.ReplyURL, &a.Reply, &a.ReplyLabel, &a.No, &a.ReplyNo)
	if a.Image != nil {
		fields = append(fields, &a.Image.URL, &a.Image.Alt, &a.Image.Width, &a.Image.Height)
	}
	for _, by := range a.Authors {
		fields = append(fields, &by.Name, &by.Initials, &by.Bio, &by.URL, &by.Photo, &by.LearnMoreAbout, &by.No)
	}
	return fields
}
