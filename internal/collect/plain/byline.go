package plain

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Names reads a byline: "By Ada Lovelace and Grace Hopper" names two. Accounts that
// are no people, addresses and links name nobody.
func Names(byline string) []string {
	line := strings.TrimSpace(by.ReplaceAllString(Line(byline), ""))
	var names []string
	for _, name := range split(line) {
		if name = strings.Trim(name, " ,;|·"); isName(name) {
			names = append(names, name)
		}
	}
	return names
}

var (
	by        = regexp.MustCompile(`^((?i:(written|posted|words|text|story)\s+)?(?i:by)|[Pp]ar|[Pp]or)(\s*:\s*|\s+)`)
	mail      = regexp.MustCompile(`^\S+@\S+\s*\(([^()]+)\)$`)
	mailAfter = regexp.MustCompile(`^([^<(]+?)\s*[<(]\S+@\S+[>)]$`)
	separator = regexp.MustCompile(`\s*(;|\||,? (?:and|und|et|y|e|&) |, | / )\s*`)
	account   = regexp.MustCompile(`(?i)^((site|web|super)?[ -]?admin(istrator)?|webmaster|root|user\d*|editor(ial)?|author|none|n/?a|unknown|anonymous|guest|staff|wordpress|noreply|no-reply|contributor|system|test)$`)
	suffix    = regexp.MustCompile(`(?i)^(ph\.?d|m\.?d|m\.?a|b\.?a|jr|sr|ii|iii|iv|esq|mba|rn|msc|dds|cpa)\.?$`)
)

// split takes a list of names apart, but leaves "Ada Lovelace, PhD", "Hopper,
// Grace" and "Bed and Breakfast Weekly" whole: every part must look like a person's
// first and last name.
func split(line string) []string {
	if m := mail.FindStringSubmatch(line); m != nil {
		line = m[1] // RSS: mail (Name)
	} else if m := mailAfter.FindStringSubmatch(line); m != nil {
		line = m[1]
	}
	parts := separator.Split(line, -1)
	for _, part := range parts {
		if !fullName(part) {
			return []string{line}
		}
	}
	return parts
}

// fullName tells whether part is two to five words of which the first and last are
// capitalised.
func fullName(part string) bool {
	words := strings.Fields(part)
	if len(words) < 2 || len(words) > 5 || suffix.MatchString(words[len(words)-1]) && len(words) == 2 {
		return false
	}
	return capital(words[0]) && capital(words[len(words)-1])
}

func capital(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return unicode.IsUpper(r) || unicode.Is(unicode.Lo, r)
}

// longestName is in characters; what is longer is a sentence.
const longestName = 100

func isName(name string) bool {
	return name != "" && utf8.RuneCountInString(name) <= longestName && !account.MatchString(name) &&
		!strings.Contains(name, "@") && !strings.Contains(name, "://") && strings.ContainsFunc(name, unicode.IsLetter)
}
