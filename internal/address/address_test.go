package address

import (
	"errors"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{ // want "": refused
		{"an ordinary one", " Ada.Lovelace@Example.ORG ", "Ada.Lovelace@example.org"},
		{"a domain in Unicode", "ada@bücher.example", "ada@xn--bcher-kva.example"},
		{"the same in capitals", "ada@BÜCHER.Example", "ada@xn--bcher-kva.example"},
		{"the same with the dots apart", "ada@bu\u0308cher.example", "ada@xn--bcher-kva.example"},
		{"the same in ASCII", "ada@XN--BCHER-KVA.example", "ada@xn--bcher-kva.example"},
		{"a wide full stop", "ada@bücher。example", "ada@xn--bcher-kva.example"},
		{"wide letters", "ada@ｅｘａｍｐｌｅ.org", "ada@example.org"},
		{"a letter that others take for two", "ada@straße.example", "ada@xn--strae-oqa.example"},
		{"from right to left", "ada@مثال.example", "ada@xn--mgbh0fb.example"},
		{"a local part outside ASCII, as typed", "Zoe\u0308@example.org", "Zoë@example.org"},
		{"both", "jürgen@bücher.example", "jürgen@xn--bcher-kva.example"},
		{"a heart: such domains exist", "ada@♥.example", "ada@xn--g6h.example"},
		{"a sign that no domain has", "ada@bü_cher.example", ""},
		{"a mixture of directions", "ada@مثالa.example", ""},
		{"a soft line break in a domain is nothing", "ada@exam\u00adple.org", "ada@example.org"},
		{"a line break after it", "ada@bücher.example\r\nBcc: eve@example.org", ""},
		{"a line break outside ASCII", "ada@bücher.example\u2028", "ada@xn--bcher-kva.example"},
		{"one within", "ada@büc\u2028her.example", ""},
		{"two", "ada@bücher.example, eve@bücher.example", ""},
		{"a name", "Zoë <ada@example.org>", ""},
		{"no @", "bücher.example", ""},
		{"a wide @", "ada＠bücher.example", ""},
		{"nothing after it", "ü@", ""},
		{"a book", "ü@" + strings.Repeat("ü", 2000) + ".org", ""},
		{"a label too long for DNS", "a@" + strings.Repeat("ü", 60) + ".example", ""},
	} {
		got, err := Parse(c.in)
		if string(got) != c.want || (err != nil) != (c.want == "") || err != nil && !errors.Is(err, newsletter.ErrInvalid) {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

// FuzzParse: what is read is safe in a header, has a domain that DNS knows, and reads as
// itself.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"ada@example.org", "ada@bücher.example", "ü@ü.de", "a@xn--a.org", "İ@İ.org", "a@ß.de", "a\u2028b@c.de", "a@b\u200d.org", "a@。.org", "＠@＠.org", "a@1.١.example"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := Parse(s)
		if err != nil {
			if !errors.Is(err, newsletter.ErrInvalid) || a != "" {
				t.Errorf("%q: %q, %v", s, a, err)
			}
			return
		}
		if again, err := Parse(string(a)); err != nil || again != a {
			t.Errorf("%q is read as %q, which reads as %q, %v", s, a, again, err)
		}
		if !ascii(a.Domain()) || a.Domain() != strings.ToLower(a.Domain()) || strings.ContainsAny(string(a), "\r\n\x00 <>,;\"") {
			t.Errorf("%q is read as %q", s, a)
		}
	})
}
