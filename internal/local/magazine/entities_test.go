package magazine

import "testing"

func TestEntities(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"an ampersand has three digits", "Bronze & Patience", "Bronze &#038; Patience"},
		{"typographic quotes and dashes are numbers", "“It’s” – …", "&#8220;It&#8217;s&#8221; &#8211; &#8230;"},
		{"markup is not markup", `<b a="1">`, "&#060;b a=&#034;1&#034;&#062;"},
		{"other scripts stay", "Öffnet الوقت", "Öffnet الوقت"},
	} {
		if got := entities(test.text); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestForeignTextSaysItsLanguage(t *testing.T) {
	for language, want := range map[string]string{"en": "<p>x</p>\n", "ar": "<div lang=\"ar\" dir=\"rtl\">\n<p>x</p>\n</div>\n"} {
		a := article{Language: language, Dir: "rtl", Body: "<p>x</p>\n"}
		if got := a.markup("en"); got != want {
			t.Errorf("%s: %q, want %q", language, got, want)
		}
	}
}
