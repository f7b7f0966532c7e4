package newsletter

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// languageTag is the form of one (RFC 5646), whether there are words in it or not: a folder
// of templates may bring them.
var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

// Check looks at what an operator may set, each by itself; an empty one is what the
// publication has without it. The error is a *Fault with the name of the setting.
func (p *Publication) Check() error {
	for _, check := range []func() *Fault{p.checkLengths, p.checkAddresses, p.checkLinks, p.checkLooks, p.checkZone, p.checkLanguages, p.checkTopics, p.checkUTM} {
		if fault := check(); fault != nil {
			return fault
		}
	}
	return nil
}

// longest is how many characters a setting may have; 500 where nothing is said. A name
// stands in the header of each mail.
var longest = map[Setting]int{SettingName: 120, SettingFromName: 120, SettingTagline: 300, SettingSite: 2000, SettingLogo: 2000, SettingLogoDark: 2000}

func (p *Publication) checkLengths() *Fault {
	for _, s := range settings {
		if n, most := utf8.RuneCountInString(s.name.Of(p)), cmp.Or(longest[s.name], 500); n > most {
			return &Fault{string(s.name), fmt.Sprintf("the %s has %d characters; %d are the most", s.words, n, most)}
		}
	}
	return nil
}

func (p *Publication) checkAddresses() *Fault {
	for _, s := range []Setting{SettingFrom, SettingReplyTo} {
		typed := s.Of(p)
		if _, err := ParseAddress(typed); typed != "" && err != nil {
			return &Fault{string(s), fmt.Sprintf("the %s %q is no address of mail; write it like letters@example.org", s.Words(), typed)}
		}
	}
	return nil
}

func (p *Publication) checkLinks() *Fault {
	for _, link := range []struct{ field, what, address string }{
		{"logo", "logo", p.Logo}, {"logoDark", "logo on dark surfaces", p.LogoDark}, {"site", "home page", p.Site},
	} {
		u, err := url.Parse(link.address)
		if link.address != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
			return &Fault{link.field, fmt.Sprintf("the %s %q is no web address; write it like https://www.example.org/logo.png", link.what, link.address)}
		}
	}
	return nil
}

func (p *Publication) checkLooks() *Fault {
	if p.Theme != "" && !slices.Contains(Themes(), p.Theme) {
		return &Fault{"theme", fmt.Sprintf("there is no theme %q; use editorial, modern or compact", p.Theme)}
	}
	if p.Accent == "" {
		return nil
	}
	if err := CheckAccent(p.Accent); err != nil {
		return &Fault{"accent", strings.TrimSuffix(err.Error(), ": "+ErrInvalid.Error())}
	}
	return nil
}

func (p *Publication) checkZone() *Fault {
	if _, err := time.LoadLocation(p.Zone); err != nil || p.Zone == "Local" {
		return &Fault{"zone", fmt.Sprintf("time zone %q is unknown; use a name like Europe/Berlin", p.Zone)}
	}
	return nil
}

func (p *Publication) checkLanguages() *Fault {
	for _, list := range []struct{ field, tags string }{{"language", p.Language}, {"languages", p.Languages}} {
		for _, tag := range strings.Fields(list.tags) {
			if !languageTag.MatchString(tag) {
				return &Fault{list.field, fmt.Sprintf("%q is no language; write them like de fr", tag)}
			}
		}
	}
	return nil
}

func (p *Publication) checkTopics() *Fault {
	if languages := 1 + len(strings.Fields(p.Languages)); p.Topics != "" && p.TopicSets(languages) == nil {
		return &Fault{"topics", fmt.Sprintf("%d topics in %d languages; name 2 at least, as Science, Food & Drink, and %d at most in one language, 4 in two, 3 in up to four",
			len(p.TopicList()), languages, MaxTopics)}
	}
	return nil
}

func (p *Publication) checkUTM() *Fault {
	if _, err := ParseUTM(p.UTM); err != nil {
		return &Fault{"utm", strings.TrimSuffix(err.Error(), ": "+ErrInvalid.Error())}
	}
	return nil
}
