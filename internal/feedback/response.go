package feedback

import (
	"context"
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// ResponseStore is what ResponseTo needs of a store; storetest.Store is the contract of
// each method.
type ResponseStore interface {
	Returned(ctx context.Context, run string) (bounced, complained int, err error)
	Counts(ctx context.Context, issue string) (map[string]int, error)
}

// ResponseTo is what is known by now of how a Run was received. Who left and what was
// followed goes by Issue, and stands with its first Run only.
func ResponseTo(ctx context.Context, store ResponseStore, run *newsletter.Run) (r newsletter.Response, err error) {
	if r.Bounced, r.Complained, err = store.Returned(ctx, run.ID); err != nil {
		return r, err
	}
	counts, err := store.Counts(ctx, run.ID) // the first Run of an Issue has its id
	r.Bounced += counts[newsletter.MetricBounced]
	r.Complained += counts[newsletter.MetricComplained]
	r.Delivered, r.Unsubscribed = counts[newsletter.MetricDelivered], max(0, counts[newsletter.MetricUnsubscribed])
	for metric, n := range counts {
		if strings.HasPrefix(metric, newsletter.ClickMetric("")) {
			r.Clicks += n
		}
	}
	return r, err
}
