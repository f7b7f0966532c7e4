package collect

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/temoto/robotstxt" // RFC 9309, wildcards and longest match included

	"github.com/masthead-mail/masthead/internal/fetch"
)

// robot is the name by which a robots.txt may speak to this program.
const robot = "Masthead"

// rulesFor is how long a site's robots.txt counts (RFC 9309, 2.4).
const rulesFor = 24 * time.Hour

// rules are the robots.txt of sites, by scheme and host.
type rules struct {
	mu    sync.Mutex
	sites map[string]site
}

// site is what a site allows; nil: everything.
type site struct {
	robots *robotstxt.RobotsData
	until  time.Time
}

// mostSites are remembered at once.
const mostSites = 1000

func (r *rules) get(name string, now time.Time) (site, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, known := r.sites[name]
	return s, known && now.Before(s.until)
}

func (r *rules) set(name string, s site) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sites == nil || len(r.sites) >= mostSites {
		r.sites = map[string]site{}
	}
	r.sites[name] = s
}

// allowed tells whether the site lets programs read a page. Feeds and programming
// interfaces are there for programs and not asked about.
func (v *visit) allowed(ctx context.Context, link string) bool {
	u, err := url.Parse(link)
	if err != nil {
		return false
	}
	name := u.Scheme + "://" + u.Host
	s, known := v.robots.get(name, v.at)
	if !known {
		s = site{robots: v.askRules(ctx, name), until: v.at.Add(rulesFor)}
		if ctx.Err() == nil {
			v.robots.set(name, s)
		}
	}
	return s.robots == nil || s.robots.TestAgent(u.RequestURI(), robot)
}

// namedMaps are the sitemaps that a site's robots.txt names.
func (v *visit) namedMaps(ctx context.Context, link string) []string {
	if !v.allowed(ctx, link) {
		return nil
	}
	u, err := url.Parse(link)
	if err != nil {
		return nil
	}
	if s, known := v.robots.get(u.Scheme+"://"+u.Host, v.at); known && s.robots != nil {
		return s.robots.Sitemaps
	}
	return nil
}

// askRules fetches a site's robots.txt. Where there is none, or it cannot be read, all is
// allowed; a site with a fault of its own allows nothing (RFC 9309, 2.3.1).
func (v *visit) askRules(ctx context.Context, name string) *robotstxt.RobotsData {
	resp, err := v.Fetch.Get(ctx, name+"/robots.txt", fetch.Validators{})
	status, body := http.StatusOK, []byte(nil)
	if failed := (*fetch.StatusError)(nil); errors.As(err, &failed) {
		status = failed.Code
	} else if err != nil || isHTML(resp) { // a page in its place says nothing
		return nil
	} else {
		body = resp.Body
	}
	parsed, err := robotstxt.FromStatusAndBytes(status, body)
	if err != nil {
		return nil
	}
	return parsed
}
