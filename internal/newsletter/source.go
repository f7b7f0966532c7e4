package newsletter

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// SourceKind says how a Source is read. It is found out at the first visit.
type SourceKind string

const (
	SourceUnknown   SourceKind = ""          // not visited yet
	SourceFeed      SourceKind = "feed"      // RSS, Atom or JSON Feed
	SourceWordPress SourceKind = "wordpress" // the WordPress REST API
	SourceGhost     SourceKind = "ghost"     // the Ghost Content API
	SourceSitemap   SourceKind = "sitemap"   // a sitemap, where there is no feed
	SourcePage      SourceKind = "page"      // an article, or a page that lists some
)

// Source is where articles come from.
type Source struct {
	ID       string
	URL      string     // as the operator gave it
	Kind     SourceKind // how it is read
	Endpoint string     // what is polled: the feed or the API root, once found
	Title    string     // the site's own name for itself
	Tagline  string
	Home     string // the site's home page
	Language string
	Disabled bool // the site answered 410 Gone, or an operator switched it off

	// How it is asked, where the site does not like how others are.
	UserAgent string // instead of the program's own
	HTTP1     bool   // no HTTP/2

	// A hub tells of new articles at once (WebSub); polling goes on all the same.
	Hub      string
	HubTopic string    // the feed's own name for itself, by which the hub knows it
	HubKey   string    // part of the address that the hub calls: whoever knows it is the hub
	HubUntil time.Time // the subscription has to be renewed before

	// Validators of the last good answer, verbatim (RFC 9110, 8.8).
	ETag         string
	LastModified string

	Primed       bool      // the first visit is done: what was there then is the past
	NextAt       time.Time // do not poll before
	LastGood     time.Time
	FailingSince time.Time // zero while healthy
	Failures     int       // in a row
	Reason       string    // why it is failing, in words an editor understands
	LastNew      time.Time // when a new article came last
	HeldSince    time.Time // since when its list is not taken in, see Hold; zero while it is
	Warning      string    // what an editor should look at though the source can be read
	// Bios tells of the newest article pages read, oldest first, whether they told an
	// author's bio: "1" or "0" each.
	Bios string
	Rev  int64
}

// NewSource makes a Source that is due at once.
func NewSource(url string) Source { return Source{ID: SourceID(url), URL: url} }

// SourceID derives a Source's id from its URL.
func SourceID(url string) string {
	sum := sha256.Sum256([]byte(CleanURL(url)))
	return hex.EncodeToString(sum[:8])
}

// Due tells whether the Source may be polled now.
func (s *Source) Due(now time.Time) bool { return !s.Disabled && !now.Before(s.NextAt) }

// PollInterval is the pause between two visits of a healthy Source.
const PollInterval = time.Hour

// maxBackOff is the longest pause between two visits of a failing Source.
const maxBackOff = 24 * time.Hour

// Succeeded notes a good visit; the next one is due after PollInterval.
func (s *Source) Succeeded(at time.Time) {
	s.LastGood, s.FailingSince, s.Failures, s.Reason = at, time.Time{}, 0, ""
	s.NextAt, s.Primed = at.Add(PollInterval), true
}

// Failed notes a bad visit. The pause doubles with each failure in a row, up to
// a day; retryAfter (from the server, zero if none) makes it longer, never shorter.
func (s *Source) Failed(at time.Time, reason string, retryAfter time.Duration) {
	if s.Failures == 0 {
		s.FailingSince = at
	}
	s.Failures++
	s.Reason = reason
	pause := maxBackOff
	if s.Failures < 8 {
		pause = min(maxBackOff, 5*time.Minute<<(s.Failures-1))
	}
	s.NextAt = at.Add(max(pause, min(retryAfter, 7*24*time.Hour)))
}

// SwitchOff ends all visits until somebody switches the Source on again.
func (s *Source) SwitchOff() { s.Disabled = true }

// SwitchOn has the Source visited again, as if it had never failed.
func (s *Source) SwitchOn() {
	s.Disabled, s.NextAt, s.FailingSince, s.Failures, s.Reason = false, time.Time{}, time.Time{}, 0, ""
}

// VisitSoon makes the Source due, whatever it was to wait for.
func (s *Source) VisitSoon() { s.NextAt = time.Time{} }

// maxUserAgent is the longest one, in bytes.
const maxUserAgent = 200

// Ask sets how the Source is asked. A Fault says why it cannot be asked like that.
func (s *Source) Ask(userAgent string, http1 bool) error {
	userAgent = strings.TrimSpace(userAgent)
	if len(userAgent) > maxUserAgent || strings.ContainsFunc(userAgent, func(r rune) bool { return r < ' ' || r > '~' }) {
		return &Fault{"userAgent", fmt.Sprintf("a User-Agent has up to %d letters, digits and signs of ASCII, like Reader/7 (+https://example.org)", maxUserAgent)}
	}
	s.UserAgent, s.HTTP1 = userAgent, http1
	return nil
}

// Heed takes over what others have changed while the Source was visited: before is how
// the visit found it, now how it is stored.
func (s *Source) Heed(before, now *Source) {
	s.Rev, s.UserAgent, s.HTTP1 = now.Rev, now.UserAgent, now.HTTP1
	if now.Disabled != before.Disabled {
		s.Disabled = now.Disabled
	}
	if now.HubKey == s.HubKey && now.HubUntil.After(s.HubUntil) { // the hub has confirmed
		s.HubUntil = now.HubUntil
	}
	if !before.HeldSince.IsZero() && now.HeldSince.IsZero() {
		s.Release()
	}
}
