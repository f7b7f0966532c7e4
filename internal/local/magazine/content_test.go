package magazine

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func stored(t *testing.T) content {
	t.Helper()
	c, err := load(files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestArticlesAreWhole(t *testing.T) {
	e := edited(t)
	seen := map[int]bool{}
	for i, a := range e.Articles {
		s := stored(t).Articles[i]
		if seen[a.ID] || a.Title == "" || a.Dek == "" || len(a.Authors) == 0 || len(a.Authors) != len(s.Authors) || len(a.Categories) == 0 || len(a.Categories) != len(s.Categories) {
			t.Errorf("%s lacks a title, a dek, an id of its own, a known author or a known category", a.Slug)
		}
		seen[a.ID] = true
		if n := strings.Count(string(a.Body), "<p>"); n < 3 || !utf8.ValidString(string(a.Body)) {
			t.Errorf("%s has %d paragraphs, want at least 3", a.Slug, n)
		}
		if i > 0 && !a.Published.Before(e.Articles[i-1].Published) {
			t.Errorf("%s is not older than the article before it", a.Slug)
		}
	}
}

// TestEverythingIsInvented keeps links in the content on reserved names (RFC 2606).
func TestEverythingIsInvented(t *testing.T) {
	link := regexp.MustCompile(`https?://([^/"]+)`)
	err := fs.WalkDir(files, "content", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(files, name)
		for _, m := range link.FindAllStringSubmatch(string(raw), -1) {
			if !strings.HasSuffix(m[1], ".example") {
				t.Errorf("%s links to %s", name, m[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
