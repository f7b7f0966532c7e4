package collect

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/url"
	"regexp"

	"github.com/masthead-mail/masthead/internal/collect/found"
	"github.com/masthead-mail/masthead/internal/collect/plain"
	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Poster sends a form; *fetch.Client does.
type Poster interface {
	Post(ctx context.Context, url string, form url.Values) error
}

var hubLink = regexp.MustCompile(`<([^>]*)>\s*;[^,]*rel="?(hub|self)"?`)

// offered adds what the answer's Link header says of a hub, which counts more than the
// feed (WebSub, 4).
func offered(list *found.List, resp *fetch.Response) {
	for _, value := range resp.Header.Values("Link") {
		for _, m := range hubLink.FindAllStringSubmatch(value, -1) {
			switch link := plain.Link(resp.URL, m[1]); m[2] {
			case "hub":
				list.Hub = cmp.Or(link, list.Hub)
			case "self":
				list.Self = cmp.Or(link, list.Self)
			}
		}
	}
	list.Self = cmp.Or(list.Self, resp.URL)
}

// askHub asks the source's hub to tell of new articles, where one is offered and there is
// an address that it can call. What becomes of that shows when it confirms; that it
// refuses is no fault of the source, which is polled as ever.
func (v *visit) askHub(ctx context.Context) {
	if v.Hub == nil || v.HubBase == "" || !v.source.WantsHub(v.at) {
		return
	}
	v.source.HubKey = cmp.Or(v.source.HubKey, rand.Text())
	v.source.AskedHub(v.at)
	if v.saveSource(ctx) != nil { // the hub may call before the visit ends, and must find its key
		return
	}
	_ = v.Hub.Post(ctx, v.source.Hub, url.Values{"hub.mode": {"subscribe"}, "hub.topic": {v.source.HubTopic}, "hub.lease_seconds": {"864000"},
		"hub.callback": {v.HubBase + newsletter.HubPath + v.source.ID + "/" + v.source.HubKey}})
}
