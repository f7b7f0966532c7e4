package editor

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"golang.org/x/sync/errgroup" // bounded concurrency without a pool of our own

	"github.com/masthead-mail/masthead/internal/feedback"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// With how many Runs, and how old ones, a Run is compared.
const (
	comparedRuns  = 12
	comparedSince = 400 * 24 * time.Hour
	comparedAsks  = 4 // at once
)

// compared are the last Runs of the same schedule, the latest first; none where there is
// only this one. Repeats to a few are not among them.
func (p *Pages) compared(ctx context.Context, run *newsletter.Run) ([]newsletter.Run, error) {
	runs, err := p.Store.RunsSince(ctx, p.Now().Add(-comparedSince), comparedRuns)
	var list []newsletter.Run
	for i := range runs {
		if runs[i].Schedule == run.Schedule && runs[i].Parent == "" {
			list = append(list, runs[i])
		}
	}
	if len(list) < 2 {
		return nil, err
	}
	return list, err
}

// responseRow is how an Issue was received, in words.
type responseRow struct {
	Day, URL                                             string
	Sent                                                 int
	Delivered, Bounced, Complained, Unsubscribed, Clicks string
	This                                                 bool
}

func (p *Pages) responses(ctx context.Context, runs []newsletter.Run, this *newsletter.Run, zone *time.Location) ([]responseRow, error) {
	rows := make([]responseRow, len(runs))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(comparedAsks)
	for i := range runs {
		run := &runs[i]
		group.Go(func() error {
			r, err := feedback.ResponseTo(ctx, p.Store, run)
			of := func(n int) string { return portion(n, run.Counts.Sent) }
			rows[i] = responseRow{day(run.StartedAt, zone), "/desk/runs/" + url.PathEscape(run.ID), run.Counts.Sent,
				of(r.Delivered), of(r.Bounced), of(r.Complained), of(r.Unsubscribed), of(r.Clicks), run.ID == this.ID}
			return err
		})
	}
	return rows, group.Wait()
}

// portion is a number with its share of all, which tells more.
func portion(n, of int) string {
	if n == 0 || of == 0 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d (%.1f%%)", n, float64(n)*100/float64(of))
}

// chart compares a Run with earlier ones, as bars.
type chart struct {
	Bars          []bar
	Width, Height int
}

type bar struct {
	X, Y, W, H, FailedY, FailedH int
	Label, Title                 string
	This                         bool
}

const (
	chartHeight = 120
	barWidth    = 34
	barGap      = 14
)

func newChart(runs []newsletter.Run, run *newsletter.Run, zone *time.Location) *chart {
	if len(runs) == 0 {
		return nil
	}
	most := 1
	for i := range runs {
		most = max(most, runs[i].Counts.Sent+runs[i].Counts.Failed)
	}
	c := &chart{Width: len(runs) * (barWidth + barGap), Height: chartHeight + 24}
	for i := range runs {
		r := &runs[len(runs)-1-i] // the latest to the right
		h, failed := r.Counts.Sent*chartHeight/most, r.Counts.Failed*chartHeight/most
		c.Bars = append(c.Bars, bar{X: i * (barWidth + barGap), Y: chartHeight - h, W: barWidth, H: h, FailedY: chartHeight - h - failed, FailedH: failed,
			Label: r.StartedAt.In(zone).Format("2 Jan"), Title: fmt.Sprintf("%s: %d sent, %d failed", day(r.StartedAt, zone), r.Counts.Sent, r.Counts.Failed), This: r.ID == run.ID})
	}
	return c
}
