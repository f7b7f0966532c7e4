package magazine

import (
	"encoding/json"
	"regexp"
	"testing"
)

var structure = regexp.MustCompile(`(?s)<script type="application/ld\+json">(.*?)</script>`)

func TestStructuredDataNamesBothAuthors(t *testing.T) {
	base := serve(t).URL
	found := structure.FindStringSubmatch(expect(t, base+"/two-cyclists-one-map-and-a-river-that-moved/", 200))
	if found == nil {
		t.Fatal("no JSON-LD")
	}
	var n newsArticle
	if err := json.Unmarshal([]byte(found[1]), &n); err != nil {
		t.Fatal(err)
	}
	if n.Type != "NewsArticle" || len(n.Authors) != 2 || n.Authors[1].URL != base+"/author/tam-odderby/" || n.Comments != 5 || n.Image.Width != 1200 {
		t.Errorf("%+v", n)
	}
}
