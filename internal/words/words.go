// Package words says what Masthead says of its own, in the languages of
// templates/words: one file each, named by its BCP 47 tag, which a translator can
// add to without reading code. A message is a text with {names} in it, or one text
// for each plural form that the language has
// (https://www.unicode.org/cldr/charts/latest/supplemental/language_plural_rules.html).
package words

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/feature/plural" // the plural rules of all languages
	"golang.org/x/text/language"

	"github.com/masthead-mail/masthead/templates"
)

// fallback is the language that has every message.
const fallback = "en"

// Words are the messages of one language. They are safe for concurrent use.
type Words struct {
	Tag      string // BCP 47
	tag      language.Tag
	messages map[string]message
	months   []string
}

// message is a text for each plural form; one without a number has just "other".
type message map[string]string

// UnmarshalJSON takes a text, or an object of them.
func (m *message) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		var text string
		err := json.Unmarshal(b, &text)
		*m = message{"other": text}
		return err
	}
	return json.Unmarshal(b, (*map[string]string)(m))
}

// known are the languages that have a file, each read when it is first needed.
var known = sync.OnceValue(func() map[string]func() *Words {
	found := map[string]func() *Words{}
	files, _ := fs.Glob(templates.Words, "words/*.json")
	for _, file := range files {
		tag := strings.TrimSuffix(strings.TrimPrefix(file, "words/"), ".json")
		found[tag] = sync.OnceValue(func() *Words { return read(file, tag) })
	}
	return found
})

// read reads an embedded file; a test has read every one of them before.
func read(file, tag string) *Words {
	w := &Words{Tag: tag, tag: language.Make(tag)}
	b, err := fs.ReadFile(templates.Words, file)
	if err == nil {
		err = json.Unmarshal(b, &w.messages)
	}
	if err != nil {
		panic(fmt.Sprintf("templates/%s: %v", file, err))
	}
	w.months = strings.Fields(w.messages["months"]["other"])
	return w
}

// For finds the words for a language (BCP 47): its own, or those of the language
// without region; else English.
func For(tag string) *Words {
	for tag = strings.ToLower(tag); tag != ""; {
		if own := overrides.Load(); own != nil && (*own)[tag] != nil {
			return (*own)[tag]
		}
		if load := known()[tag]; load != nil {
			return load()
		}
		cut := strings.LastIndexByte(tag, '-')
		tag = tag[:max(0, cut)]
	}
	return known()[fallback]()
}

// Has tells whether there are words for the language, region apart.
func Has(tag string) bool {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	return For(tag).Tag == primary || For(tag).Tag == strings.ToLower(tag)
}

// Say is the message, with the values in place of their {names}: Say("because",
// "site", "The Lantern Post").
func (w *Words) Say(key string, values ...string) string {
	return fill(w.message(key)["other"], values)
}

// Count is the message in the plural form that n takes, with n in place of {n}.
func (w *Words) Count(key string, n int, values ...string) string {
	m := w.message(key)
	form, ok := m[w.form(n)]
	if !ok {
		form = m["other"]
	}
	return fill(form, append([]string{"n", strconv.Itoa(n)}, values...))
}

// Date is a day as it is written.
func (w *Words) Date(t time.Time) string {
	return w.Say("date", "d", strconv.Itoa(t.Day()), "month", w.months[t.Month()-1], "year", strconv.Itoa(t.Year()))
}

// message is that of the language, or the English one.
func (w *Words) message(key string) message {
	if m := w.messages[key]; m != nil {
		return m
	}
	return known()[fallback]().messages[key]
}

var forms = map[plural.Form]string{plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other"}

func (w *Words) form(n int) string {
	return forms[plural.Cardinal.MatchPlural(w.tag, n, 0, 0, 0, 0)]
}

// fill puts the values in place of {names}. What a value holds stays as it is.
func fill(text string, values []string) string {
	if strings.IndexByte(text, '{') < 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 64)
	for {
		before, rest, found := strings.Cut(text, "{")
		name, after, closed := strings.Cut(rest, "}")
		b.WriteString(before)
		if !found || !closed {
			return b.String()
		}
		for i := 0; i+1 < len(values); i += 2 {
			if values[i] == name {
				b.WriteString(values[i+1])
			}
		}
		text = after
	}
}
