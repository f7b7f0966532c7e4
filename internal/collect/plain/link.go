package plain

import (
	"net/url"
	"strings"
	"unicode"
)

// maxLink is longer than any link that mail clients still open.
const maxLink = 2000

// Link resolves ref against base and returns an absolute http or https URL, or ""
// where it is none: a script, a local file, an anchor, nonsense.
func Link(base, ref string) string {
	ref = strings.TrimSpace(ref)
	if ref == "" || len(ref) > maxLink || strings.HasPrefix(ref, "#") || strings.ContainsFunc(ref, unicode.IsControl) {
		return ""
	}
	u, err := url.Parse(strings.ReplaceAll(strings.ReplaceAll(ref, "&amp;", "&"), " ", "%20"))
	if err != nil {
		return ""
	}
	if on, err := url.Parse(base); err == nil && !u.IsAbs() && on.Host != "" {
		u = on.ResolveReference(u)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil {
		return ""
	}
	u.RawQuery = strings.Map(querySafe, u.RawQuery)
	absolute := u.String()
	if len(absolute) > maxLink || Clean(absolute) != absolute {
		return ""
	}
	return absolute
}

// querySafe keeps quotes and brackets, which no query needs unescaped, out of a link.
func querySafe(r rune) rune {
	if strings.ContainsRune(`"'<>`+"`", r) {
		return -1
	}
	return r
}
