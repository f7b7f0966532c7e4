package words

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestEveryLanguageHasEveryMessage, with the same names in it and the plural forms
// that the language needs.
func TestEveryLanguageHasEveryMessage(t *testing.T) {
	if got := strings.Join(Languages(), " "); got != "ar de en es fr ru" {
		t.Errorf("languages: %s", got)
	}
	english := For("en")
	for _, tag := range Languages() {
		w := For(tag)
		if w.Tag != tag || len(w.months) != 12 {
			t.Errorf("%s: %s, %d months", tag, w.Tag, len(w.months))
		}
		needed := map[string]bool{}
		for n := range 200 {
			needed[w.form(n)] = true
		}
		for key, original := range english.messages {
			m := w.messages[key]
			if m["other"] == "" {
				t.Errorf("%s: there is no %q", tag, key)
				continue
			}
			if len(original) > 1 {
				for form := range needed {
					if _, ok := m[form]; !ok {
						t.Errorf("%s: %q has no form %q", tag, key, form)
					}
				}
			}
			if want, got := names(original["other"]), names(m["other"]); !slices.Equal(want, got) {
				t.Errorf("%s: %q has the names %v, want %v", tag, key, got, want)
			}
		}
		for key := range w.messages {
			if english.messages[key] == nil {
				t.Errorf("%s: nobody says %q", tag, key)
			}
		}
	}
}

func names(text string) []string {
	found := regexp.MustCompile(`\{\w+\}`).FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func TestFor(t *testing.T) {
	for tag, want := range map[string]string{"": "en", "de": "de", "de-AT": "de", "DE-at-1996": "de", "tlh": "en", "ar-EG": "ar", "en-GB": "en", "-": "en", "d": "en"} {
		if got := For(tag).Tag; got != want {
			t.Errorf("%q speaks %s, want %s", tag, got, want)
		}
	}
	for tag, want := range map[string]bool{"de-CH": true, "en": true, "tlh": false, "": false} {
		if Has(tag) != want {
			t.Errorf("has %q: %t", tag, !want)
		}
	}
}

func TestPlurals(t *testing.T) {
	for _, c := range []struct {
		tag  string
		n    int
		want string
	}{
		{"en", 1, "One new article"}, {"en", 0, "0 new articles"}, {"en", 21, "21 new articles"},
		{"de", 2, "2 neue Artikel"}, {"fr", 0, "Un nouvel article"}, {"fr", 2, "2 nouveaux articles"},
		{"ru", 1, "1 новая статья"}, {"ru", 3, "3 новые статьи"}, {"ru", 5, "5 новых статей"}, {"ru", 11, "11 новых статей"}, {"ru", 21, "21 новая статья"},
		{"ar", 2, "مقالان جديدان"}, {"ar", 3, "3 مقالات جديدة"}, {"ar", 11, "11 مقالًا جديدًا"}, {"ar", 100, "100 مقال جديد"},
	} {
		if got := For(c.tag).Count("newArticles", c.n); got != c.want {
			t.Errorf("%s %d: %q, want %q", c.tag, c.n, got, c.want)
		}
	}
}

func TestDates(t *testing.T) {
	at := time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC)
	for tag, want := range map[string]string{"en": "2 March 2026", "de": "2. März 2026", "fr": "2 mars 2026", "es": "2 de marzo de 2026", "ru": "2 марта 2026 г.", "ar": "2 مارس 2026"} {
		if got := For(tag).Date(at); got != want {
			t.Errorf("%s: %q, want %q", tag, got, want)
		}
	}
}

// TestValuesAreNotFilledAgain: what a stranger wrote is put in as it is.
func TestValuesAreNotFilledAgain(t *testing.T) {
	if got := For("en").Say("because", "site", "The {n} {site} Post"); got != "You get this mail because you subscribed to The {n} {site} Post." {
		t.Error(got)
	}
	if got := fill("a {b", []string{"b", "x"}); got != "a " {
		t.Error(got)
	}
}
