package words

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestOverride(t *testing.T) {
	t.Cleanup(func() { overrides.Store(nil) })
	taken, refused := Override(fstest.MapFS{
		"words/de.json": {Data: []byte(`{"learnMore": "Weiterlesen", "newArticles": {"one": "Ein Text", "other": "{n} Texte"}}`)},
		"words/nl.json": {Data: []byte(`{"learnMore": "Lees verder"}`)},
	})
	if len(taken) != 2 || len(refused) > 0 {
		t.Fatal(taken, refused)
	}
	for tag, want := range map[string]string{"de": "Weiterlesen", "de-AT": "Weiterlesen", "nl": "Lees verder", "fr": "En savoir plus"} {
		if got := For(tag).Say("learnMore"); got != want {
			t.Errorf("%s: %q, want %q", tag, got, want)
		}
	}
	if got := strings.Join(Languages(), " "); got != "ar de en es fr nl ru" || Match("nl-BE, de;q=0.5") != "nl" || For("nl").Name() != "nl" {
		t.Errorf("a new file is not offered: %s", got)
	}
	if de, nl := For("de"), For("nl"); de.Count("newArticles", 2) != "2 Texte" || de.Say("unsubscribe") == "Unsubscribe" || nl.Say("unsubscribe") != "Unsubscribe" || len(nl.months) != 12 {
		t.Errorf("%q, %q, %q, %d months", de.Count("newArticles", 2), de.Say("unsubscribe"), nl.Say("unsubscribe"), len(nl.months))
	}
}

func TestABrokenLanguageFileIsRefused(t *testing.T) {
	t.Cleanup(func() { overrides.Store(nil) })
	for name, c := range map[string]struct{ file, content, want string }{
		"no JSON":              {"de.json", "{\n\"learnMore\": \"a\",\n}", "line 3"},
		"a number":             {"de.json", `{"learnMore": 7}`, "line 1"},
		"a word nobody says":   {"de.json", "{\n\n\"learnMoar\": \"a\"}", `line 3: nobody says "learnMoar"`},
		"no text":              {"de.json", `{"learnMore": ""}`, "needs a text"},
		"no text for others":   {"de.json", `{"newArticles": {"one": "Ein Text"}}`, `"other"`},
		"a form that is not":   {"de.json", `{"newArticles": {"single": "Ein", "other": "{n}"}}`, `no plural form "single"`},
		"a name that is not":   {"de.json", `{"because": "Wegen {sight}"}`, "{sight} is not known here"},
		"a name left open":     {"de.json", `{"because": "Wegen {site"}`, ""},
		"eleven months":        {"de.json", `{"months": "a b c d e f g h i j k"}`, "twelve"},
		"no language":          {"german words.json", `{}`, "named after its language"},
		"another kind of file": {"de.yaml", `{}`, "named after its language"},
		"a list":               {"de.json", `[]`, "line 1"},
		"nothing":              {"de.json", ``, "line 1"},
	} {
		taken, refused := Override(fstest.MapFS{"words/" + c.file: {Data: []byte(c.content)}})
		if c.want != "" && (len(taken) > 0 || len(refused) != 1 || !strings.Contains(refused[0].Error(), c.want) || !strings.Contains(refused[0].Error(), c.file)) {
			t.Errorf("%s: %v, %v, want %q", name, taken, refused, c.want)
		}
		if got := For("de").Say("learnMore"); got != "Mehr erfahren" {
			t.Errorf("%s: %q", name, got)
		}
	}
}
