package newsletter

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"time"
)

// RedirectPath is where links of mails begin that are counted on their way.
const RedirectPath = "/r/"

// Link is one that leads out of an Issue's mail by way of our own redirect, which
// counts it and can be led elsewhere after the mail has been sent.
type Link struct {
	ID    string // LinkID of URL
	URL   string // as it was sent
	Title string // what it leads to
	To    string // where it leads now; empty: URL
	Since time.Time
}

// LinkID is the name of a link within its Issue: eight characters that tell nothing of
// who follows it.
func LinkID(url string) string {
	sum := sha256.Sum256([]byte(url))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

// Target is where the Link leads.
func (l *Link) Target() string {
	if l.To != "" {
		return l.To
	}
	return l.URL
}

// Links are all of an Issue that are counted.
type Links struct {
	Issue string // Issue.ID
	List  []Link
	Rev   int64
}

// Add takes links in that are not there yet. It tells whether there were any.
func (l *Links) Add(links []Link) bool {
	before := len(l.List)
	for _, link := range links {
		if _, known := l.Find(link.ID); !known {
			l.List = append(l.List, link)
		}
	}
	return len(l.List) > before
}

// Find is the Link of that name.
func (l *Links) Find(id string) (Link, bool) {
	at := slices.IndexFunc(l.List, func(link Link) bool { return link.ID == id })
	if at < 0 {
		return Link{}, false
	}
	return l.List[at], true
}

// Retarget leads a Link elsewhere from now on, in mails that were sent too; to the
// address it was sent with: back. It fails with ErrNotFound and ErrInvalid.
func (l *Links) Retarget(id, to string, now time.Time) error {
	at := slices.IndexFunc(l.List, func(link Link) bool { return link.ID == id })
	if at < 0 {
		return fmt.Errorf("issue %s has no link %s: %w", l.Issue, id, ErrNotFound)
	}
	if hostOf(to) == "" {
		return fmt.Errorf("%q is no address of a page; write it like https://example.org/page: %w", to, ErrInvalid)
	}
	link := &l.List[at]
	if to == link.Target() {
		return nil
	}
	link.To, link.Since = to, now
	if to == link.URL {
		link.To, link.Since = "", time.Time{}
	}
	return nil
}

// Corrected are the links that lead elsewhere now.
func (l *Links) Corrected() []Link {
	return slices.DeleteFunc(slices.Clone(l.List), func(link Link) bool { return link.To == "" })
}

// What is counted of an Issue, or of one Run of it.
const (
	MetricDelivered    = "delivered"    // messages of the Run that their readers' own servers took
	MetricUnsubscribed = "unsubscribed" // readers who left and had got the Issue last
	MetricBounced      = "bounced"      // readers whose mail came back without telling of which Run it was; the others are in Returned
	MetricComplained   = "complained"   // the same of complaints
)

// ClickMetric is what the clicks on a link are counted under.
func ClickMetric(link string) string { return "click " + link }
