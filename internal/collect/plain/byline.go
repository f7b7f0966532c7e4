package plain

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Names reads a byline: "By Ada Lovelace and Grace Hopper" names two. Accounts that
// are no people, addresses and links name nobody.
func Names(byline string) []string {
	line := strings.TrimSpace(by.ReplaceAllString(Line(byline), ""))
	line = homepage.ReplaceAllString(line, "")
	line = byElsewhere.ReplaceAllString(line, "$1")
	var names []string
	for _, name := range split(cutRest(line)) {
		if name = strings.Trim(name, " ,;|·•–—:"); isName(name) {
			names = append(names, name)
		}
	}
	return names
}

// cutRest takes off what pages write behind a name: when, where and as what.
func cutRest(line string) string {
	if at := when.FindStringIndex(line); at != nil && at[0] > 0 {
		line = strings.TrimSpace(line[:at[0]])
	}
	line = cutRole(line)
	if at := place.FindStringSubmatchIndex(line); at != nil {
		line = line[:at[4]]
	}
	return once(line)
}

// cutRole takes off as what somebody writes. People are called Writer and Editor too: a
// role needs a comma before it, or words around it that only a role has.
func cutRole(line string) string {
	for _, at := range roles.FindAllStringSubmatchIndex(line, -1) {
		set, qualified := strings.ContainsAny(line[at[0]:at[3]], ",|"), at[4] >= 0
		if at[0] > 0 && (set || qualified || len(strings.Fields(line[:at[0]])) > 1) {
			return strings.TrimSpace(line[:at[0]])
		}
	}
	return line
}

// once takes a name that stands there twice, as of a picture and of a link, for one.
func once(line string) string {
	words := strings.Fields(line)
	for k := 2; 2*k <= len(words); k++ {
		if slices.Equal(words[:k], words[k:2*k]) {
			return strings.Join(words[:k], " ")
		}
	}
	return line
}

var (
	by = regexp.MustCompile(`^((?i:(written|posted|words|text|story|more stories)\s+)?(?i:by)|[Pp]ar|[Pp]or)(\s*:\s*|\s+)`)
	// byElsewhere is lower case before two capitals, so that nobody's "von" or "di" is lost.
	byElsewhere = regexp.MustCompile(`^(?:(?:[Gg]eschrieben |[Vv]erfasst |[Tt]ext )?von|(?:[Ss]critto )?di|[Dd]oor|[Ee]scrito por|[Éé]crit par|[Pp]ubli(?:é|cado) p(?:ar|or)|[Rr]édigé par)\s+(\p{Lu}\S+\s+\p{Lu})|^(?:بقلم\s*:?\s+|(?:文|作者|著者|撰文|글)\s*[:：・]\s*)`)
	homepage    = regexp.MustCompile(`\s*[(<]https?://[^\s)>]+[)>]$`)
	mail        = regexp.MustCompile(`^\S+@\S+\s*\(([^()]+)\)$`)
	mailAfter   = regexp.MustCompile(`^([^<(]+?)\s*[<(]\S+@\S+[>)]$`)
	when        = regexp.MustCompile(`(?i)[\s,|•·]+((updated|published|posted)\b|(on |at )?((mon|tues|wednes|thurs|fri|satur|sun)day,? )?((jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d|\d{1,2}[./: ]|\d{4}\b|\d+ min)).*$`)
	roles       = regexp.MustCompile(`(?i)([\s,|]+)((?:(?:staff|senior|contributing|associate|managing|executive|freelance|special|national|political|chief) )+)?(?:writer|reporter|editor|correspondent|contributor|columnist|journalist|ceo)s?\b`)
	place       = regexp.MustCompile(`^\S+ \S+( \S+)?( in \p{Lu}.*)$`)
	nobody      = regexp.MustCompile(`(?i)^(by|follow|see full bio|read more|new|none|updated|more stories|advertisement)$|\b(comments?|min(ute)? read|illustration|photographs?|photo) ?(by|/|$)|^(mon|tues|wednes|thurs|fri|satur|sun)day\b|^(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d|^\d+\b`)
	separator   = regexp.MustCompile(`\s*(;|\||,? (?:and|und|et|y|e|&) |, | / )\s*`)
	account     = regexp.MustCompile(`(?i)^((site|web|super)?[ -]?admin(istrator)?|webmaster|root|user\d*|editor(ial)?|author|none|n/?a|unknown|anonymous|guest|staff|wordpress|noreply|no-reply|contributor|system|test|ceo|cto|founder|publisher)$`)
	suffix      = regexp.MustCompile(`(?i)^(ph\.?d|m\.?d|m\.?a|b\.?a|jr|sr|ii|iii|iv|esq|mba|rn|msc|dds|cpa)\.?$`)
)

// split takes a list of names apart, and drops what a mark sets off from them, but leaves "Ada Lovelace, PhD", "Hopper,
// Grace" and "Bed and Breakfast Weekly" whole: every part must look like a person's
// first and last name.
func split(line string) []string {
	if m := mail.FindStringSubmatch(line); m != nil {
		line = m[1] // RSS: mail (Name)
	} else if m := mailAfter.FindStringSubmatch(line); m != nil {
		line = m[1]
	}
	line, _, _ = strings.Cut(strings.ReplaceAll(line, " • ", " · "), " · ")
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
	return name != "" && utf8.RuneCountInString(name) <= longestName && !account.MatchString(name) && !nobody.MatchString(name) &&
		!strings.Contains(name, "@") && !strings.Contains(name, "://") && strings.ContainsFunc(name, unicode.IsLetter)
}
