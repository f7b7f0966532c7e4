package editor

import (
	"net/url"
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// cured is a finding of preflight with the place at the desk where it is mended; empty:
// it is mended elsewhere.
type cured struct {
	newsletter.Finding
	URL string
}

// cures leads from each finding of an Issue to its cure.
func cures(issue string, found []newsletter.Finding) []cured {
	list := make([]cured, len(found))
	for i, f := range found {
		list[i] = cured{f, cureURL(issue, f)}
	}
	return list
}

// places of the desk where the findings are mended that are about no article and no
// author, and those about an article that no words of ours mend.
var places = map[string]string{
	"empty-subject": "#subject", "long-subject": "#subject", "spam-like-subject": "#subject", "same-subject": "#subject", "empty-preheader": "#preheader",
	"no-articles": "#articles", "too-large": "#articles", "large": "#articles", "heavy-images": "#articles", "dead-link": "#intro", "unreached-link": "#intro", "redirected-link": "#intro",
	"no-postal-address": "/desk/settings", "dead-image": "/desk/settings", "webp-image": "/desk/settings", "large-image": "/desk/settings", "no-readers": "/desk/subscribers/",
}

// fields are those of an article's page that mend it.
var fields = map[string]string{"missing-alt": "#alt", "missing-excerpt": "#dek", "unshown-image": "#image", "webp-image": "#image", "dead-image": "#image", "large-image": "#image"}

func cureURL(issue string, f newsletter.Finding) string {
	switch place := places[f.Rule]; {
	case f.Author != "":
		return "/desk/authors/" + url.PathEscape(f.Author) + "?back=" + url.QueryEscape(issueURL(issue)+"#flight")
	case f.Article != "" && fields[f.Rule] != "":
		return issueURL(issue) + "/articles/" + url.PathEscape(f.Article) + fields[f.Rule]
	case f.Article != "":
		return issueURL(issue) + "#a-" + f.Article
	case strings.HasPrefix(place, "#"):
		return issueURL(issue) + place
	default:
		return place
	}
}
