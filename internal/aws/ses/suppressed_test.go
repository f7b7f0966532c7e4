package ses_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/masthead-mail/masthead/internal/aws/ses"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// account is the suppression list of an account, two entries a page.
type account struct {
	list []types.SuppressedDestinationSummary
	down error
}

func (a *account) DeleteSuppressedDestination(_ context.Context, in *sesv2.DeleteSuppressedDestinationInput, _ ...func(*sesv2.Options)) (*sesv2.DeleteSuppressedDestinationOutput, error) {
	before := len(a.list)
	a.list = slices.DeleteFunc(a.list, func(d types.SuppressedDestinationSummary) bool { return *d.EmailAddress == *in.EmailAddress })
	if a.down != nil {
		return nil, a.down
	}
	if len(a.list) == before {
		return nil, &types.NotFoundException{}
	}
	return &sesv2.DeleteSuppressedDestinationOutput{}, nil
}

func (a *account) ListSuppressedDestinations(_ context.Context, in *sesv2.ListSuppressedDestinationsInput, _ ...func(*sesv2.Options)) (*sesv2.ListSuppressedDestinationsOutput, error) {
	if a.down != nil {
		return nil, a.down
	}
	var fitting []types.SuppressedDestinationSummary
	for _, d := range a.list {
		if !d.LastUpdateTime.Before(*in.StartDate) {
			fitting = append(fitting, d)
		}
	}
	from := 0
	if in.NextToken != nil {
		from = int((*in.NextToken)[0] - '0')
	}
	out := &sesv2.ListSuppressedDestinationsOutput{SuppressedDestinationSummaries: fitting[from:min(from+2, len(fitting))]}
	if from+2 < len(fitting) {
		out.NextToken = aws.String(string(rune('0' + from + 2)))
	}
	return out, nil
}

func TestTheListOfTheAccount(t *testing.T) {
	day := time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
	on := func(address string, reason types.SuppressionListReason, days int) types.SuppressedDestinationSummary {
		return types.SuppressedDestinationSummary{EmailAddress: &address, Reason: reason, LastUpdateTime: aws.Time(day.AddDate(0, 0, days))}
	}
	a := &account{list: []types.SuppressedDestinationSummary{on("old@example.org", "BOUNCE", -9), on("ada@example.org", "BOUNCE", 0), on("bob@xn--bcher-kva.example.org", "COMPLAINT", 1),
		on("no address", "BOUNCE", 1), on("eve@example.org", "BOUNCE", 2)}}
	s := &ses.Suppressed{API: a}
	var got []ses.Blocked
	err := s.Each(t.Context(), day, func(b ses.Blocked) error { got = append(got, b); return nil })
	want := []ses.Blocked{{Address: "ada@example.org", Reason: newsletter.Bounced, At: day}, {Address: "bob@xn--bcher-kva.example.org", Reason: newsletter.Complained, At: day.AddDate(0, 0, 1)}, {Address: "eve@example.org", Reason: newsletter.Bounced, At: day.AddDate(0, 0, 2)}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, address := range []newsletter.Address{"bob@bücher.example.org", "bob@bücher.example.org", "ada@example.org"} {
		if err := s.Unblock(t.Context(), address); err != nil {
			t.Error(err)
		}
	}
	if len(a.list) != 3 {
		t.Errorf("left on the list: %d", len(a.list))
	}
	a.down = errors.New("throttled")
	if err := s.Unblock(t.Context(), "eve@example.org"); !errors.Is(err, a.down) {
		t.Error(err)
	}
}
