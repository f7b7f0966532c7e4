package words

import (
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	for header, want := range map[string]string{
		"": "", "*": "", "de": "de", "DE-at": "de", "tlh, nl": "", "tlh, ar-EG;q=0.8, de;q=0.9": "de", "en-GB,en;q=0.9,de;q=0.8": "en", "ru;q=0, fr;q=0.1": "fr", "zh-Hant-TW, es-419": "es",
		"<script>": "", "de;q=x": "", strings.Repeat("de,", 100): "",
	} {
		if got := Match(header); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}

func TestDirAndName(t *testing.T) {
	for tag, want := range map[string]string{"en": "ltr English", "ar": "rtl العربية", "ru": "ltr Русский"} {
		if got := For(tag).Dir() + " " + For(tag).Name(); got != want {
			t.Errorf("%s: %s, want %s", tag, got, want)
		}
	}
}

func FuzzMatch(f *testing.F) {
	for _, seed := range []string{"de", "en-GB,en;q=0.9", "*", "x-private", "de;q=1.5", ",,", "ar-EG-u-nu-latn;q=0.001"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if got := Match(header); got != "" && !Has(got) {
			t.Errorf("%q speaks %q", header, got)
		}
	})
}
