package newsletter

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// UTM are the parameters that tell a site's own statistics which issue a visit came
// from. The zero value adds none: links stay clean.
type UTM struct {
	Parameters []Parameter
	Hosts      []string // of the sources, or their addresses; links elsewhere stay as they are
}

// Parameter is one of a link's query.
type Parameter struct{ Name, Value string }

// utmNames are those that statistics programs read
// (https://support.google.com/analytics/answer/10917952).
var utmNames = []string{"source", "medium", "campaign", "term", "content", "id"}

// issuePlaceholder stands for Issue.ID in the values of UTM parameters.
const issuePlaceholder = "{issue}"

// ParseUTM reads "source=newsletter medium=email campaign={issue}".
func ParseUTM(s string) ([]Parameter, error) {
	var parameters []Parameter
	for word := range strings.FieldsSeq(s) {
		name, value, _ := strings.Cut(word, "=")
		name = strings.TrimPrefix(name, "utm_")
		known := slices.Contains(utmNames, name)
		twice := slices.ContainsFunc(parameters, func(p Parameter) bool { return p.Name == "utm_"+name })
		if rest := strings.ReplaceAll(value, issuePlaceholder, ""); !known || twice || value == "" || strings.ContainsAny(rest, "{}") {
			return nil, fmt.Errorf("%q; write them like source=newsletter medium=email campaign={issue}, with the names %s, each once: %w",
				word, strings.Join(utmNames, ", "), ErrInvalid)
		}
		parameters = append(parameters, Parameter{"utm_" + name, value})
	}
	return parameters, nil
}

// Tag is the link with the parameters, if it leads to one of the hosts. What the link
// says already stays, its fragment too.
func (u *UTM) Tag(link, issue string) string {
	if len(u.Parameters) == 0 || !u.own(link) {
		return link
	}
	address, fragment, anchored := strings.Cut(link, "#")
	_, query, asks := strings.Cut(address, "?")
	for _, p := range u.Parameters {
		if asks && has(query, p.Name) {
			continue
		}
		separator := "?"
		if strings.Contains(address, "?") {
			separator = "&"
		}
		if strings.HasSuffix(address, "?") || strings.HasSuffix(address, "&") {
			separator = ""
		}
		address += separator + p.Name + "=" + url.QueryEscape(strings.ReplaceAll(p.Value, issuePlaceholder, issue))
	}
	if anchored {
		address += "#" + fragment
	}
	return address
}

func (u *UTM) own(link string) bool {
	host := hostOf(link)
	return host != "" && slices.ContainsFunc(u.Hosts, func(of string) bool {
		if !strings.Contains(of, "://") { // as people write sites
			of = "https://" + of
		}
		return hostOf(of) == host
	})
}

// hostOf is the host of a web address, without port and www.
func hostOf(link string) string {
	parsed, err := url.Parse(link)
	if err != nil || parsed.Scheme != "https" && parsed.Scheme != "http" {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(parsed.Hostname()), "www.")
}

// has tells whether a query holds a parameter, in whatever case.
func has(query, name string) bool {
	for part := range strings.SplitSeq(query, "&") {
		if key, _, _ := strings.Cut(part, "="); strings.EqualFold(key, name) {
			return true
		}
	}
	return false
}
