package newsletter

import (
	"cmp"
	"time"
)

// Publication is the magazine that mails: one per stack.
type Publication struct {
	Name          string
	Tagline       string
	Site          string  // home page URL
	From          Address // sender; its domain carries SPF, DKIM and DMARC
	FromName      string  // shown beside it; empty: Name
	ReplyTo       Address // empty: replies go to From
	PostalAddress string  // shown in the footer, as anti-spam laws ask
	Language      string  // BCP 47
	Languages     string  // in which the mail's own words are offered as well, with spaces between; readers get theirs
	Topics        string  // categories that readers may choose among, with commas between; empty: none
	Zone          string  // IANA time zone name
	Accent        string  // #rrggbb
	Theme         Theme   // empty: Editorial
	Logo          string  // URL of a picture that is shown in place of the name, 40 px high; empty: none
	LogoDark      string  // the same for dark surfaces; empty: Logo
	UTM           string  // parameters of links to the magazine's own sites, as ParseUTM reads them; empty: they stay clean
	Clicks        bool    // links of mails lead by way of our own redirect, which counts
	BaseURL       string  // where Masthead's own pages answer, without a trailing slash
	PepperPrint   string  // fingerprint of the pepper, so that a wrong one is noticed at start
	Rev           int64
}

// Theme is the look of the mails.
type Theme string

// The themes.
const (
	Editorial Theme = "editorial" // serif titles on paper, cards for authors
	Modern    Theme = "modern"    // sans, the name on a band in the accent colour
	Compact   Theme = "compact"   // a list with small pictures
)

// Themes are all there are.
func Themes() []Theme { return []Theme{Editorial, Modern, Compact} }

// Location is the publication's time zone; UTC where it is not set or unknown.
func (p Publication) Location() *time.Location {
	if loc, err := time.LoadLocation(p.Zone); err == nil && p.Zone != "" {
		return loc
	}
	return time.UTC
}

// UnsubscribeURL is where a signed token lets a reader leave. A GET shows a
// page, a POST is the one click of RFC 8058.
func (p Publication) UnsubscribeURL(token string) string { return p.BaseURL + UnsubscribePath + token }

// PreferencesURL is where a signed token lets a reader choose.
func (p Publication) PreferencesURL(token string) string { return p.BaseURL + PreferencesPath + token }

// IssueURL is where an Issue can be read on the web.
func (p Publication) IssueURL(issue string) string { return p.BaseURL + IssuePath + issue }

// The paths that mails link to; the web serves them.
const (
	UnsubscribePath = "/unsubscribe/"
	ConfirmPath     = "/confirm/"
	PreferencesPath = "/preferences/"
	MovePath        = "/move/"
	UndoPath        = "/undo/"
	ExportPath      = "/data/"
	ErasePath       = "/erase/"
	SubscribePath   = "/subscribe"
	IssuePath       = "/issues/"
)

// Adopt fills what nobody has set from what a Source says of itself. It tells
// whether anything changed.
func (p *Publication) Adopt(s *Source) bool {
	before := *p
	p.Name, p.Tagline = cmp.Or(p.Name, s.Title), cmp.Or(p.Tagline, s.Tagline)
	p.Site, p.Language = cmp.Or(p.Site, s.Home, s.URL), cmp.Or(p.Language, s.Language)
	return *p != before
}
