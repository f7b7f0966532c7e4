package newsletter

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

func TestTag(t *testing.T) {
	parameters, err := ParseUTM("source=newsletter utm_medium=email  campaign={issue}")
	if err != nil {
		t.Fatal(err)
	}
	u := UTM{Parameters: parameters, Hosts: []string{"https://www.example.org/feed/", "blog.example.net"}}
	const all = "utm_source=newsletter&utm_medium=email&utm_campaign=weekly-1"
	for _, c := range []struct{ name, link, want string }{
		{"an article", "https://example.org/a/", "https://example.org/a/?" + all},
		{"www or not, with a port", "http://www.Example.org:8080/a", "http://www.Example.org:8080/a?" + all},
		{"a source without a scheme", "https://blog.example.net/", "https://blog.example.net/?" + all},
		{"a query stays", "https://example.org/?p=12", "https://example.org/?p=12&" + all},
		{"an empty query", "https://example.org/?", "https://example.org/?" + all},
		{"a fragment stays last", "https://example.org/a#comments", "https://example.org/a?" + all + "#comments"},
		{"what is set stays", "https://example.org/a?UTM_source=own&utm_campaign=", "https://example.org/a?UTM_source=own&utm_campaign=&utm_medium=email"},
		{"another site", "https://example.com/a", "https://example.com/a"},
		{"a subdomain that is no source", "https://shop.example.org/a", "https://shop.example.org/a"},
		{"a name that only ends the same", "https://notexample.org/", "https://notexample.org/"},
		{"no link", "", ""},
		{"no web address", "mailto:desk@example.org", "mailto:desk@example.org"},
	} {
		if got := u.Tag(c.link, "weekly-1"); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if got := (&UTM{Hosts: u.Hosts}).Tag("https://example.org/a", "weekly-1"); got != "https://example.org/a" {
		t.Errorf("without parameters: %s", got)
	}
}

func TestParseUTM(t *testing.T) {
	for _, bad := range []string{"source", "source=", "color=red", "source=a source=b", "campaign={isue}", "=x", "source=news letter"} {
		if _, err := ParseUTM(bad); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "campaign={issue}") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if got, err := ParseUTM(" "); got != nil || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// FuzzTag: whatever a link is, what it asked for stays, and tagging twice is tagging once.
func FuzzTag(f *testing.F) {
	for _, seed := range []string{"https://example.org/a?b=c#d", "https://example.org?utm_source=x", "https://example.org/%zz?&&=", "://", "https://example.org/#a?b#c"} {
		f.Add(seed)
	}
	u := UTM{Parameters: []Parameter{{"utm_source", "a b&c"}, {"utm_campaign", "{issue}"}}, Hosts: []string{"example.org"}}
	f.Fuzz(func(t *testing.T, link string) {
		tagged := u.Tag(link, "weekly-1")
		if again := u.Tag(tagged, "weekly-1"); again != tagged {
			t.Errorf("%q, then %q", tagged, again)
		}
		before, err := url.Parse(link)
		after, fault := url.Parse(tagged)
		if err != nil {
			return
		}
		if fault != nil || after.Host != before.Host || after.Path != before.Path || after.Fragment != before.Fragment || !strings.HasPrefix(after.RawQuery, before.RawQuery) {
			t.Errorf("%q became %q (%v)", link, tagged, fault)
		}
	})
}
