package page

import (
	"strings"
	"testing"
)

func TestBylineFaults(t *testing.T) {
	const text = `<p>The pool opened on the first warm Sunday of the year, and by noon there was no water left.</p>`
	for name, tt := range map[string]struct{ document, want string }{
		"a class in capitals":                      {`<h2>A</h2><div class="FeatureByline">By <b>Ada Byron</b></div>` + text, "Ada Byron"},
		"the bylines of other pieces":              {`<article><h2>A</h2><div class="byline">By <b>Ada Byron</b></div>` + text + `<h2>B</h2><div class="byline">By <b>Grace Hopper</b></div>` + text + `</article>`, "Ada Byron"},
		"two who sign together":                    {`<article><div class="meta"><span class="byline">By Ada Byron</span> <span class="byline">Grace Hopper</span></div>` + text + `</article>`, "Ada Byron|Grace Hopper"},
		"a name with its home page":                {`<meta name="author" content="Ada Byron (https://example.org/ada/)">` + text, "Ada Byron"},
		"an aside of the article":                  {`<article>` + text + `<aside><span itemprop="author" itemscope><span itemprop="name">Ada Byron</span></span></aside></article>`, "Ada Byron"},
		"an aside beside the article":              {`<article>` + text + `</article><aside><span itemprop="author" itemscope><span itemprop="name">Ada Byron</span></span></aside>`, ""},
		"the site is nobody":                       {`<meta property="og:site_name" content="The Example"><meta property="og:article:author" content="The Example">` + text, ""},
		"a card of a thing that the text is about": {`<article>` + text + `<table class="infobox vcard"><tr><th class="fn">Swimming</th><td><img src="/x.jpg"></td></tr></table></article>`, ""},
	} {
		p := parse(t, tt.document)
		var names []string
		for _, a := range p.Article().Byline {
			names = append(names, a.Name)
		}
		if got := strings.Join(names, "|"); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	p := parse(t, `<meta property="og:site_name" content="The Example"><meta property="og:article:author" content="The Example">`+text)
	if list := p.Publisher(); len(list) != 1 || list[0].Name != "The Example" {
		t.Errorf("the publisher is %v", list)
	}
}
