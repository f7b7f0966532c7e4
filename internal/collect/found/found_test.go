package found

import (
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func person(name, page, bio, url string) Author {
	return Author{Profile: newsletter.Profile{Name: name, Bio: bio, URL: url}, Page: page}
}

func TestCompleteFillsInWhatIsMissing(t *testing.T) {
	list := Article{Article: newsletter.Article{Title: "T", Excerpt: "It begins", Comments: -1, Image: newsletter.Image{URL: "https://example.org/a.jpg"}}, Short: true}
	page := Article{Article: newsletter.Article{Title: "Other", Dek: "A dek.", Excerpt: "It begins and goes on.", Comments: 3, CommentURL: "https://example.org/#respond",
		Image: newsletter.Image{URL: "https://example.org/a.jpg", Alt: "A", Width: 9, Height: 8}, Language: "de"}}
	list.Complete(page)
	if list.Title != "T" || list.Dek != "A dek." || list.Excerpt != "It begins and goes on." || list.Comments != 3 || list.CommentURL == "" || list.Image.Alt != "A" || list.Image.Width != 9 || list.Language != "de" {
		t.Errorf("%+v", list)
	}
}

func TestCompleteKeepsTheListsWord(t *testing.T) {
	list := Article{Article: newsletter.Article{Dek: "Of the list.", Excerpt: "Whole.", Comments: 0, Image: newsletter.Image{URL: "https://example.org/a.jpg"}, Categories: []string{"News"}}, Closed: true}
	list.Complete(Article{Article: newsletter.Article{Dek: "Of the page.", Excerpt: "Other.", Comments: 3, CommentURL: "https://example.org/#respond", Image: newsletter.Image{URL: "https://example.org/b.jpg", Alt: "B"}, Categories: []string{"x"}}})
	if list.Dek != "Of the list." || list.Excerpt != "Whole." || list.Comments != 0 || list.CommentURL != "" || list.Image.Alt != "" || list.Categories[0] != "News" {
		t.Errorf("%+v", list)
	}
}

func TestADekThatRepeatsIsNone(t *testing.T) {
	for _, dek := range []string{"T", "It begins", "It begins…"} {
		a := Article{Article: newsletter.Article{Title: "T", Excerpt: "It begins and goes on.", Dek: dek}}
		if a.Complete(Article{}); a.Dek != "" {
			t.Errorf("%q stayed", a.Dek)
		}
	}
}

func TestASummaryThatBeginsTheTextStaysTheExcerpt(t *testing.T) {
	for _, summary := range []string{"It begins.", "and goes on"} {
		a := Article{Article: newsletter.Article{Title: "T", Excerpt: summary}, Summary: true}
		if a.Complete(Article{Article: newsletter.Article{Excerpt: "It begins and goes on."}}); a.Excerpt != summary || a.Dek != "" {
			t.Errorf("%+v", a)
		}
	}
}

func TestABoxIsTheFeedsSecondAuthors(t *testing.T) {
	a := Article{Byline: []Author{person("Ada", "", "", ""), person("Grace", "", "", "")}}
	a.Complete(Article{Byline: []Author{person("Ada", "", "Bio", "")}, Others: []Author{person("Grace", "", "Hers", ""), person("Mary", "", "None", "")}})
	if len(a.Byline) != 2 || a.Byline[1].Bio != "Hers" {
		t.Errorf("%+v", a.Byline)
	}
}

func TestBylines(t *testing.T) {
	for name, tt := range map[string]struct {
		list, page []Author
		want       string
	}{
		"the page's where the list has none":          {nil, []Author{person("Ada", "/a", "Bio", "")}, "Ada|/a|Bio|"},
		"a bio for the same name":                     {[]Author{person("Ada  Byron", "", "", "")}, []Author{person("ada byron", "/a", "Bio", "/more")}, "Ada  Byron|/a|Bio|/more"},
		"nobody else's bio":                           {[]Author{person("Ada", "", "", "")}, []Author{person("Grace", "/g", "Bio", "")}, "Ada|||"},
		"the second author whom the list left out":    {[]Author{person("Ada", "", "", "")}, []Author{person("Ada", "", "", ""), person("Grace", "", "", "")}, "Ada||| Grace|||"},
		"the bio of the list before that of the page": {[]Author{person("Ada", "/a", "First", "/a")}, []Author{person("Ada", "/a", "Second", "/more")}, "Ada|/a|First|/more"},
		"the same page under another name":            {[]Author{person("A. Byron", "https://example.org/a/", "", "")}, []Author{person("Ada Byron", "http://www.example.org/a", "Bio", "")}, "A. Byron|https://example.org/a/|Bio|"},
	} {
		var got []string
		for _, a := range mergeBylines(tt.list, tt.page) {
			got = append(got, strings.Join([]string{a.Name, a.Page, a.Bio, a.URL}, "|"))
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
