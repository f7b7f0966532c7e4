package render

import (
	"regexp"
	"strings"
	"testing"
)

var (
	anchors = regexp.MustCompile(`href="([^"]*)"`)
	pasted  = regexp.MustCompile(`https?://[^\s>]+`)
)

func TestUTMOnTheMagazinesOwnLinksOnly(t *testing.T) {
	const tags = "utm_source=newsletter&utm_campaign=weekly-1"
	r := renderer(t)
	c := content(12)
	c.Publication.UTM, c.Sites = "source=newsletter campaign={issue}", []string{"https://blog.example.net/feed"}
	c.Articles[1].URL, c.Articles[2].URL = "https://blog.example.net/a?p=1", "https://elsewhere.example/a"
	m, err := r.Issue(c)
	if err != nil {
		t.Fatal(err)
	}
	var links []string
	for _, found := range anchors.FindAllStringSubmatch(m.HTML, -1) {
		links = append(links, strings.ReplaceAll(found[1], "&amp;", "&"))
	}
	links = append(links, pasted.FindAllString(m.Text, -1)...)
	tagged := 0
	for _, link := range links {
		own := strings.HasPrefix(link, "https://magazine.example.org/") || strings.HasPrefix(link, "https://blog.example.net/")
		if strings.Contains(link, tags) != own {
			t.Errorf("%s: tagged %t, want %t", link, !own, own)
		}
		if own {
			tagged++
		}
	}
	if tagged < 40 {
		t.Errorf("only %d links of the magazine were found", tagged)
	}
	for _, want := range []string{"/a?p=1&amp;" + strings.ReplaceAll(tags, "&", "&amp;"), "#respond", "article-5/?" + strings.ReplaceAll(tags, "&", "&amp;") + "#respond", `src="https://magazine.example.org/uploads/0.jpg"`} {
		if !strings.Contains(m.HTML, want) {
			t.Errorf("the HTML lacks %s", want)
		}
	}
}

func TestWithoutUTMLinksStayClean(t *testing.T) {
	if m := render(t, content(12)); strings.Contains(m.HTML+m.Text, "utm_") {
		t.Error("there is utm_ in the mail")
	}
}

// TestUTMNeverOnOurOwnPages, where they are on the magazine's host too.
func TestUTMNeverOnOurOwnPages(t *testing.T) {
	r := renderer(t)
	c := content(3)
	c.Publication.UTM, c.Sites = "source=mail", []string{"magazine.example.org"}
	c.Publication.Site, c.Publication.BaseURL, c.Issue.Rest = "", "https://magazine.example.org/mail", []string{"more"}
	m, err := r.Issue(c)
	if err != nil || !strings.Contains(m.HTML, "utm_source=mail") || !strings.Contains(m.HTML, "one more on our site") {
		t.Fatal(err, m.HTML)
	}
	for _, link := range append(pasted.FindAllString(m.Text, -1), pasted.FindAllString(strings.ReplaceAll(m.HTML, `"`, " "), -1)...) {
		if strings.HasPrefix(link, c.Publication.BaseURL) && strings.Contains(link, "utm_") {
			t.Error(link)
		}
	}
}
