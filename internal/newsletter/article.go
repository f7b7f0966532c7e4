package newsletter

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
	"time"
)

// Image is a picture a mail can show. Width and Height are pixels, zero where
// unknown.
type Image struct {
	URL           string
	Alt           string
	Width, Height int
}

// Article is one piece of the magazine.
type Article struct {
	ID         string // ArticleID of the link under which it was first seen
	URL        string // as readers open it
	Source     string // Source.ID
	GUID       string // the source's own id for it
	Title      string // plain text
	Dek        string // the subtitle; plain text
	Excerpt    string // plain text, a paragraph or two
	Image      Image
	Unshown    string // a picture that mail programs cannot show, where there is no other
	CommentURL string
	Comments   int // -1 where the source does not say
	Minutes    int // that reading it takes, about; 0: unknown
	Categories []string
	Authors    []string // Author.Key, in the order of the byline
	Language   string   // BCP 47, empty: the publication's
	Published  time.Time
	Updated    time.Time
	FirstSeen  time.Time
	Past       bool   // was there at the source's first visit: never mailed
	Gone       bool   // the site has taken it away: not mailed any more
	Hash       string // of the content, to notice edits
	Rev        int64
}

// ArticleID derives an Article's id from its link.
func ArticleID(link string) string {
	sum := sha256.Sum256([]byte(CleanURL(link)))
	return hex.EncodeToString(sum[:16])
}

// Aliases are the names under which the same Article may turn up again: its
// guid at its source, and its cleaned link from wherever.
func (a *Article) Aliases() []string {
	aliases := []string{"AL#" + CleanURL(a.URL)}
	if a.GUID != "" {
		aliases = append([]string{"AG#" + a.Source + "#" + a.GUID}, aliases...)
	}
	return aliases
}

// ContentHash sums up what readers would see, so that an edit is noticed.
func (a *Article) ContentHash() string {
	h := sha256.New()
	for _, s := range append(append([]string{a.URL, a.Title, a.Dek, a.Excerpt, a.Image.URL, a.Image.Alt, a.CommentURL, a.Language},
		a.Authors...), a.Categories...) {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// Mailable tells whether the Article may go into an Issue composed at now:
// neither from before the source was added, nor taken away, nor dated in the future,
// nor without what a reader needs.
func (a *Article) Mailable(now time.Time) bool {
	return !a.Past && !a.Gone && !a.Published.After(now) && a.Title != "" && a.URL != ""
}

// tracking parameters say where a click came from, never which page is meant.
var tracking = map[string]bool{
	"fbclid": true, "gclid": true, "dclid": true, "msclkid": true, "mc_cid": true, "mc_eid": true, "igshid": true,
	"yclid": true, "_hsenc": true, "_hsmi": true, "mkt_tok": true, "ref_src": true, "vero_id": true,
}

func tracks(parameter string) bool {
	name := strings.ToLower(parameter)
	return tracking[name] || strings.HasPrefix(name, "utm_")
}

// WithoutTracking is link without its tracking parameters, and otherwise as it was: an
// address to open.
func WithoutTracking(link string) string {
	front, fragment, anchored := strings.Cut(link, "#")
	address, query, asks := strings.Cut(front, "?")
	if !asks {
		return link
	}
	var kept []string
	for _, parameter := range strings.Split(query, "&") {
		if name, _, _ := strings.Cut(parameter, "="); !tracks(name) {
			kept = append(kept, parameter)
		}
	}
	if len(kept) > 0 {
		address += "?" + strings.Join(kept, "&")
	}
	if anchored {
		address += "#" + fragment
	}
	return address
}

// CleanURL reduces a link to what identifies the page: no scheme, no www, no
// trailing slash, no fragment, no tracking parameters, the rest sorted. It is an
// identity, not an address to open.
func CleanURL(link string) string {
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil || u.Host == "" {
		return strings.TrimSpace(link)
	}
	host := strings.TrimPrefix(strings.ToLower(u.Host), "www.")
	host = strings.TrimSuffix(strings.TrimSuffix(host, ":80"), ":443")
	query := u.Query()
	for name := range query {
		if tracks(name) {
			query.Del(name)
		}
	}
	clean := host + strings.TrimRight(u.EscapedPath(), "/")
	if q := query.Encode(); q != "" {
		clean += "?" + q
	}
	return clean
}
