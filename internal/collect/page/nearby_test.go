package page

import (
	"strings"
	"testing"
)

func TestBiosOutsideKnownBoxes(t *testing.T) {
	const bio = "Ada Byron is a staff writer who covers rivers and machines."
	text := strings.Repeat(`<p>The pool opened on the first warm Sunday of the year, and by noon there was no water left in it.</p>`, 6)
	signed := func(inner string) string { return `<meta name="author" content="Ada Byron">` + inner }
	for name, tt := range map[string]struct{ document, want string }{
		"a class that a build tool made":     {signed(`<article>` + text + `</article><div class="ContributorBioContent-x7"><div class="ContributorBioBio-y8"><a href="/ada">Ada Byron</a> is a staff writer who covers rivers and machines.</div><div class="ContributorBioFooter-z9"><ul><li>Twitter</li></ul></div></div>`), bio},
		"a box of the theme's own":           {signed(`<div class="article-author-bio"><div class="article-author-bio__header"><a href="/ada">Ada Byron</a> <a href="https://example.net/ada">@ada</a></div><div class="article-author-bio__body"><p>` + bio + `</p></div></div>` + text), bio},
		"the first name alone":               {signed(`<section id="about-the-author"><p>Ada writes about rivers and machines for us.</p></section>` + text), "Ada writes about rivers and machines for us."},
		"a bio of two paragraphs":            {signed(`<div class="writer-profile"><p>` + bio + `</p><p>She lives by the sea with two dogs.</p></div>` + text), bio + " She lives by the sea with two dogs."},
		"the end of the text":                {signed(`<article>` + text + `<p><em>` + bio + `</em></p></article>`), bio},
		"the middle of the text":             {signed(`<article><p>` + bio + `</p>` + text + `</article>`), ""},
		"a sentence on what she did":         {signed(`<article>` + text + `<p>Ada Byron said on Sunday that she had never seen so many towels.</p></article>`), ""},
		"another person's box":               {signed(`<div class="article-author-bio"><p>Grace Hopper is a staff writer who covers machines.</p></div>` + text), ""},
		"a box of a comment's author":        {signed(text + `<div id="comments"><div class="comment-author-info"><p>` + bio + `</p></div></div>`), ""},
		"a name with one word is too little": {`<meta name="author" content="Ada"><article>` + text + `<p>Ada is a town in the south of the country.</p></article>`, ""},
		"where to follow is no bio":          {signed(`<div class="author-card-x"><p>Ada Byron is on Twitter at adabyron.</p></div>` + text), ""},
	} {
		byline := parse(t, tt.document).Article().Byline
		if len(byline) != 1 || byline[0].Bio != tt.want {
			t.Errorf("%s: %+v, want %q", name, byline, tt.want)
		}
	}
}
