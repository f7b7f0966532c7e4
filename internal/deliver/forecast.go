package deliver

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Forecast says what a Run of the schedule would be like that started now.
func (e *Engine) Forecast(ctx context.Context, schedule string) (newsletter.Forecast, error) {
	readers, err := e.Store.Audience(ctx, schedule, e.Now())
	if err != nil {
		return newsletter.Forecast{}, err
	}
	return e.Reckon(ctx, readers)
}

// Reckon says what a Run of so many readers would be like that started now.
func (e *Engine) Reckon(ctx context.Context, readers int) (newsletter.Forecast, error) {
	quota, err := storedQuota(ctx, e.Store)
	return newsletter.NewForecast(readers, &quota, e.Rate, e.Price, e.Now()), err
}

// prepare makes the Run of an approved Issue. One that the day's quota does not hold
// waits for a person, who lets it be spread over days by Resume, unless the settings
// say that it may.
func (e *Engine) prepare(ctx context.Context, issue *newsletter.Issue) (newsletter.Run, error) {
	if len(issue.Variants) >= newsletter.MaxVariants {
		return newsletter.Run{}, fmt.Errorf("issue %s is rendered in %d variants, and %d are the most: %w", issue.ID, len(issue.Variants)+1, newsletter.MaxVariants, newsletter.ErrInvalid)
	}
	quota, err := storedQuota(ctx, e.Store)
	if err != nil {
		return newsletter.Run{}, err
	}
	readers, err := e.Store.Audience(ctx, issue.Schedule, e.Now())
	if err != nil {
		return newsletter.Run{}, err
	}
	forecast := newsletter.NewForecast(readers, &quota, e.Rate, e.Price, e.Now())
	lanes := laneCount(forecast.PerSecond, min(e.batchSize(), quota.BatchSize()), e.Workers)
	run := newsletter.NewRun(issue, lanes, e.Now())
	run.Readers, run.Canary = readers, e.Canary.For(readers, lanes)
	if !forecast.Fits() && !e.Spread {
		err = run.Hold(tooMany(forecast), e.Now())
	}
	return run, err
}

func tooMany(f newsletter.Forecast) string {
	return fmt.Sprintf("%d readers, but today's quota has room for %d and a day's for %d, so that sending takes %d days; "+
		"resume lets it be spread over them, and a higher quota can be asked for at the mail provider", f.Readers, f.Left, f.PerDay, f.Days)
}

// Words tells a Forecast in a sentence.
func Words(f newsletter.Forecast) string {
	said := []string{readers(f.Readers)}
	if f.PerSecond > 0 {
		said = append(said, fmt.Sprintf("at %s a second", number(f.PerSecond)))
	}
	if f.Takes > 0 {
		said = append(said, "in about "+roughly(f.Takes))
	}
	if f.PerDay > 0 {
		said = append(said, fmt.Sprintf("%.0f%% of a day's quota (%d are left of it now)", 100*f.Share(), f.Left))
	}
	if f.Cost > 0 {
		said = append(said, fmt.Sprintf("for about $%.2f", f.Cost))
	}
	return strings.Join(said, ", ")
}

func readers(n int) string {
	if n == 1 {
		return "1 reader"
	}
	return fmt.Sprintf("%d readers", n)
}

// number is a rate with as many digits as are of use.
func number(f float64) string {
	switch {
	case f >= 10:
		return fmt.Sprintf("%.0f", f)
	case f >= 0.1:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", f), ".0")
	}
	return fmt.Sprintf("%.2g", f)
}

// roughly is a duration as people say it.
func roughly(d time.Duration) string {
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		n := int((d + unit.length/2) / unit.length)
		switch {
		case n == 1 && d >= unit.length/2:
			return "1 " + unit.name
		case n > 1:
			return fmt.Sprintf("%d %ss", n, unit.name)
		}
	}
	return "a moment"
}
