package words

import (
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// Match is the first language of an Accept-Language header (RFC 9110, 12.5.4), by how
// much its sender likes it, that there are words for; empty: there are for none.
func Match(accept string) string {
	const longest = 200 // nobody speaks more
	if len(accept) > longest {
		return ""
	}
	wanted, weights, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return ""
	}
	for i, tag := range wanted {
		if name := tag.String(); weights[i] > 0 && Has(name) {
			return For(name).Tag
		}
	}
	return ""
}

// Languages are the tags of all languages that there are words for, sorted: the
// built-in ones, and those of a magazine's own files.
func Languages() []string {
	var tags []string
	for tag := range known() {
		tags = append(tags, tag)
	}
	if own := overrides.Load(); own != nil {
		for _, w := range *own {
			if !slices.Contains(tags, w.Tag) {
				tags = append(tags, w.Tag)
			}
		}
	}
	slices.Sort(tags)
	return tags
}

// Spoken are the tags of the words in which a publication speaks: first its own
// language, then the others that are offered, with spaces between, as far as there are
// words for them.
func Spoken(own, others string) []string {
	spoken := []string{For(own).Tag}
	for _, wanted := range strings.Fields(others) {
		if tag := For(wanted).Tag; Has(wanted) && !slices.Contains(spoken, tag) {
			spoken = append(spoken, tag)
		}
	}
	return spoken
}

// Dir is the direction in which the language is written, as HTML's dir attribute.
func (w *Words) Dir() string {
	script, _ := w.tag.Script()
	if slices.Contains([]string{"Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm"}, script.String()) {
		return "rtl"
	}
	return "ltr"
}

// Name is what the language calls itself; its tag, where a magazine's own file does
// not say.
func (w *Words) Name() string {
	if m := w.messages["languageName"]; m != nil && (w.Tag == fallback || !strings.EqualFold(m["other"], For(fallback).Say("languageName"))) {
		return m["other"]
	}
	return w.Tag
}
