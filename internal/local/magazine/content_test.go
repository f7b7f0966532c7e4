package magazine

import (
	"bytes"
	"image/jpeg"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"time"
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

func edited(t *testing.T) *edition {
	t.Helper()
	c := stored(t)
	return c.edition("http://127.0.0.1:8081", newest)
}

// TestNothingIsFromTheFuture holds Morning and the content's distances together.
func TestNothingIsFromTheFuture(t *testing.T) {
	latest := newest.Add(settled)
	for _, c := range edited(t).LatestComments {
		if c.At.After(latest) || c.At.Before(c.Article.Published) {
			t.Errorf("comment %d on %s is of %s", c.ID, c.Article.Slug, c.At)
		}
	}
	if e := edited(t); e.Updated.After(latest) {
		t.Errorf("the last edit is of %s, later than %s", e.Updated, latest)
	}
}

// TestTheHardCasesAreThere names what the sample magazine is there to show.
func TestTheHardCasesAreThere(t *testing.T) {
	e := edited(t)
	count := func(fits func(*article) bool) (n int) {
		for _, a := range e.Articles {
			if fits(a) {
				n++
			}
		}
		return n
	}
	for name, test := range map[string]struct{ got, want int }{
		"articles":               {len(e.Articles), 12},
		"without a picture":      {count(func(a *article) bool { return a.Picture == nil }), 1},
		"with two authors":       {count(func(a *article) bool { return len(a.Authors) == 2 }), 1},
		"by an author sans bio":  {count(func(a *article) bool { return a.Authors[0].Bio == "" && a.Authors[0].Photo == "" }), 1},
		"with a hole in the bio": {count(func(a *article) bool { return strings.Contains(string(a.Authors[0].Bio), "writer at, ") }), 2},
		"in German":              {count(func(a *article) bool { return a.Language == "de" }), 1},
		"in Arabic":              {count(func(a *article) bool { return a.Language == "ar" && a.Dir == "rtl" }), 1},
		"with closed comments":   {count(func(a *article) bool { return a.CommentsClosed }), 1},
		"without comments":       {count(func(a *article) bool { return len(a.Comments) == 0 }), 3},
		"with an ampersand":      {count(func(a *article) bool { return strings.Contains(a.Title, "& ") }), 1},
		"edited later":           {count(func(a *article) bool { return a.Modified.After(a.Published) }), 1},
	} {
		if test.got != test.want {
			t.Errorf("articles %s: %d, want %d", name, test.got, test.want)
		}
	}
}

func TestPicturesAreWhatTheyAreSaidToBe(t *testing.T) {
	e, size := edited(t), int64(0)
	check := func(file string, width, height, most int) {
		raw, err := fs.ReadFile(files, "uploads/"+file)
		if err != nil {
			t.Error(err)
			return
		}
		size += int64(len(raw))
		config, err := jpeg.DecodeConfig(bytes.NewReader(raw))
		if err != nil || config.Width != width || config.Height != height || len(raw) > most {
			t.Errorf("%s: %d×%d, %d bytes (%v), want %d×%d and %d bytes at most", file, config.Width, config.Height, len(raw), err, width, height, most)
		}
	}
	for _, a := range e.Articles {
		if p := a.Picture; p != nil {
			check(p.Full.File, 1200, 675, 60<<10)
			check(p.Card.File, 600, 338, 24<<10)
		}
	}
	for _, a := range e.Authors {
		if a.Photo != "" {
			check(a.Slug+".jpg", 192, 192, 12<<10)
		}
	}
	if size > 700<<10 {
		t.Errorf("the pictures take %d bytes of every binary that holds them", size)
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

func TestMorningIsFreshAndStaysAllDay(t *testing.T) {
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 12, day, hour, minute, 0, 0, time.UTC) }
	for _, test := range []struct {
		name      string
		now, want time.Time
	}{
		{"in the afternoon it is this morning", at(2, 15, 0), at(2, 6, 0)},
		{"late at night too", at(2, 23, 59), at(2, 6, 0)},
		{"before the comments are in it is yesterday", at(2, 7, 59), at(1, 6, 0)},
		{"two hours later it is today", at(2, 8, 0), at(2, 6, 0)},
		{"over the end of a month", at(1, 3, 0), time.Date(2026, 11, 30, 6, 0, 0, 0, time.UTC)},
		{"wherever the clock is", at(2, 15, 0).In(time.FixedZone("", 14*3600)), at(2, 6, 0)},
	} {
		if got := Morning(test.now); !got.Equal(test.want) {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}
