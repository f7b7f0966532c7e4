package newsletter

import (
	"strings"
	"testing"
)

func TestSplice(t *testing.T) {
	reader := Recipient{Name: "Ada & <Co>", Unsubscribe: "u-token", Preferences: "p-token"}
	for _, c := range []struct{ name, in, want string }{
		{"no placeholder", "plain", "plain"},
		{"each placeholder", "{{unsub}} {{prefs}} {{nameText}} {{nameHTML}} {{lb}}x}}", "u-token p-token  Ada & <Co>  Ada &amp; &lt;Co&gt; {{x}}"},
		{"at both ends and side by side", "{{unsub}}{{prefs}}", "u-tokenp-token"},
		{"an unknown name gives nothing", "a{{other}}b", "ab"},
		{"one that is not closed stays", "a {{unsub", "a {{unsub"},
		{"braces of style sheets stay", "a{color:red}", "a{color:red}"},
		{"nothing", "", ""},
	} {
		if got := Splice(c.in, reader.Value); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestWhatIsSplicedInIsNotRead(t *testing.T) {
	reader := Recipient{Name: "{{unsub}}", Unsubscribe: "secret"}
	if got := Splice("Dear{{nameText}}", reader.Value); got != "Dear {{unsub}}" {
		t.Errorf("a reader's name is read as a placeholder: %q", got)
	}
}

func FuzzSegments(f *testing.F) {
	for _, seed := range []string{"", "a{{b}}c", "{{}}", "{{{{}}}}", "}}{{", "{{a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		parts := Segments(s)
		if len(parts)%2 != 1 {
			t.Fatalf("%q has %d segments", s, len(parts))
		}
		var b strings.Builder
		for i, part := range parts {
			if i%2 == 1 {
				part = "{{" + part + "}}"
			}
			b.WriteString(part)
		}
		if b.String() != s {
			t.Errorf("%q is put together as %q", s, b.String())
		}
	})
}
