package newsletter

import (
	"errors"
	"net/mail"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestParseAddress(t *testing.T) {
	long := strings.Repeat("x", 64)
	for _, c := range []struct{ name, in, want string }{ // want "": refused
		{"as it was typed, the domain in lower case", "Ada.Lovelace@Example.ORG", "Ada.Lovelace@example.org"},
		{"white space around", "  ada@example.org\t", "ada@example.org"},
		{"a plus", "ada+news@example.org", "ada+news@example.org"},
		{"an apostrophe", "o'brien@example.org", "o'brien@example.org"},
		{"letters outside ASCII before the @", "jürgen@example.org", "jürgen@example.org"},
		{"letters outside ASCII after it: package address knows how", "ada@bücher.example", ""},
		{"the longest local part", long + "@example.org", long + "@example.org"},
		{"one letter more", long + "x@example.org", ""},
		{"too long as a whole", "a@" + strings.Repeat("x.", 130) + "org", ""},
		{"nothing", " ", ""},
		{"no @", "ada.example.org", ""},
		{"two @", "ada@lovelace@example.org", ""},
		{"a name before it", "Ada <ada@example.org>", ""},
		{"angle brackets", "<ada@example.org>", ""},
		{"two addresses", "ada@example.org, bob@example.org", ""},
		{"a comment", "ada@example.org (Ada)", ""},
		{"a line break at the end", "ada@example.org\r\n", ""},
		{"a header after it", "ada@example.org\r\nBcc: bob@example.org", ""},
		{"a zero byte", "ada\x00@example.org", ""},
		{"a control character", "ada\x07@example.org", ""},
		{"a control character outside ASCII", "ada\u0085@example.org", ""},
		{"a quoted local part", `"ada lovelace"@example.org`, ""},
		{"a host that is no domain", "ada@localhost", ""},
		{"an address of a machine", "ada@[127.0.0.1]", ""},
		{"a domain that ends in a dot", "ada@example.org.", ""},
		{"an empty label", "ada@example..org", ""},
		{"a label that begins with a hyphen", "ada@-example.org", ""},
		{"a sign that no domain has", "ada@exa_mple.org", ""},
		{"a letter that grows when folded", "ada@" + strings.Repeat("Ⱥ", 20) + ".org", ""},
	} {
		got, err := ParseAddress(c.in)
		if string(got) != c.want || (err != nil) != (c.want == "") || err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, seed := range []string{"ada@example.org", "Ada <ada@example.org>", "a@b.c\r\nBcc: x@y.z", "ü@ü.de", "İ@İ.org", "a@[::1]", "=?utf-8?q?a?=@example.org", "\"a\"@b.org", "a\u2028b@c.de", strings.Repeat("Ⱥ", 60) + "@Ⱥ.org"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAddress(s)
		if err != nil {
			if !errors.Is(err, ErrInvalid) || a != "" {
				t.Errorf("%q: %q, %v", s, a, err)
			}
			return
		}
		if again, err := ParseAddress(string(a)); err != nil || again != a {
			t.Errorf("%q is accepted as %q, which is then %q, %v", s, a, again, err)
		}
		if len(a) > MaxAddressLength || !utf8.ValidString(string(a)) || strings.ContainsFunc(string(a), func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) ||
			strings.ContainsAny(string(a), "<>(),;:\"[]\\") || strings.Count(string(a), "@") != 1 {
			t.Errorf("%q is accepted as %q, which is not safe in a header", s, a)
		}
		if !strings.Contains(a.Domain(), ".") {
			t.Errorf("%q has the domain %q", s, a.Domain())
		}
	})
}

func TestIdentify(t *testing.T) {
	pepper := []byte("0123456789abcdef")
	id := Identify(pepper, "Ada@example.org")
	if id != Identify(pepper, "ada@example.org") {
		t.Error("one reader has two ids")
	}
	if id == Identify(pepper, "bob@example.org") || id == Identify([]byte("another pepper"), "ada@example.org") || id.IsZero() {
		t.Error("two have the same id")
	}
	if id.Bucket() != id[0] {
		t.Errorf("the bucket of %s is %x", id, id.Bucket())
	}
	if parsed, err := ParseSubscriberID(id.String()); err != nil || parsed != id {
		t.Errorf("%s is read as %s, %v", id, parsed, err)
	}
	for _, s := range []string{"", "ab", id.String() + "00", strings.Repeat("x", 32)} {
		if _, err := ParseSubscriberID(s); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q is read as an id: %v", s, err)
		}
	}
}

func TestAddressASCII(t *testing.T) {
	for a, want := range map[Address]bool{"ada@example.org": true, "ada@bücher.example": true, "jürgen@example.org": false} {
		if a.ASCII() != want {
			t.Errorf("%s: %v", a, a.ASCII())
		}
	}
}

// TestPlainAddressesNeedNoParser: what is taken without net/mail, net/mail takes.
func TestPlainAddressesNeedNoParser(t *testing.T) {
	for _, s := range []string{"ada@example.org", "a.b+c@example.org", "a..b@example.org", ".a@example.org", "a.@example.org", "a@.org", "a@b@example.org", "a b@example.org",
		"@example.org", "ada@", "ada", "!#$%&'*+-/=?^_`{|}~@example.org", "zoë@example.org", "ada@example..org", `"a"@example.org`, "a(b)@example.org", "ada@[127.0.0.1]", "a,b@example.org", "<a@example.org>"} {
		parsed, err := mail.ParseAddress(s)
		if takes := err == nil && parsed.Address == s; dotAtom(s) && !takes {
			t.Errorf("%q is taken, net/mail says %v, %v", s, parsed, err)
		}
	}
	if !dotAtom("Ada.Lovelace+news@mail.example.org") {
		t.Error("an ordinary address goes the long way")
	}
}
