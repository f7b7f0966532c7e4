package desk

import (
	"net/url"
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// places of the desk where the findings are mended that are about no article and no
// author, and those about an article that no words of ours mend.
var places = map[string]string{
	"empty-subject": "#subject", "long-subject": "#subject", "spam-like-subject": "#subject", "same-subject": "#subject", "empty-preheader": "#preheader",
	"no-articles": "#articles", "too-large": "#articles", "large": "#articles", "heavy-images": "#articles", "dead-link": "#intro", "unreached-link": "#intro", "redirected-link": "#intro",
	"no-postal-address": "/desk/settings", "dead-image": "/desk/settings", "webp-image": "/desk/settings", "large-image": "/desk/settings", "no-readers": "/desk/subscribers/",
}

// fields are those of an article's page that mend it.
var fields = map[string]string{"missing-alt": "#alt", "missing-excerpt": "#dek", "unshown-image": "#image", "webp-image": "#image", "dead-image": "#image", "large-image": "#image"}

// Path is where the desk is.
const Path = "/desk/"

// IssuePath is where an Issue is written.
func IssuePath(id string) string { return Path + "issues/" + url.PathEscape(id) }

// CurePath is the page at the desk, and the place on it, where a finding about an Issue is
// mended; empty: it is mended elsewhere.
func CurePath(issue string, f newsletter.Finding) string {
	switch place := places[f.Rule]; {
	case f.Author != "":
		return Path + "authors/" + url.PathEscape(f.Author) + "?back=" + url.QueryEscape(IssuePath(issue)+"#flight")
	case f.Article != "" && fields[f.Rule] != "":
		return IssuePath(issue) + "/articles/" + url.PathEscape(f.Article) + fields[f.Rule]
	case f.Article != "":
		return IssuePath(issue) + "#a-" + f.Article
	case strings.HasPrefix(place, "#"):
		return IssuePath(issue) + place
	default:
		return place
	}
}
