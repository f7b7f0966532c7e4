package ses

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"golang.org/x/net/idna" // SES knows a domain by its ASCII form (RFC 5891)

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// SuppressionAPI is what Suppressed calls of SES.
type SuppressionAPI interface {
	DeleteSuppressedDestination(context.Context, *sesv2.DeleteSuppressedDestinationInput, ...func(*sesv2.Options)) (*sesv2.DeleteSuppressedDestinationOutput, error)
	ListSuppressedDestinations(context.Context, *sesv2.ListSuppressedDestinationsInput, ...func(*sesv2.Options)) (*sesv2.ListSuppressedDestinationsOutput, error)
}

// Suppressed is the list of the account: addresses that SES accepts mail for and does
// not deliver to (https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html).
type Suppressed struct{ API SuppressionAPI }

// ConnectSuppressed makes a client of two operations, see operations.
func ConnectSuppressed(cfg aws.Config) *Suppressed {
	client := sesv2.NewFromConfig(cfg)
	return &Suppressed{&suppressions{client.DeleteSuppressedDestination, client.ListSuppressedDestinations}}
}

type suppressions struct {
	remove func(context.Context, *sesv2.DeleteSuppressedDestinationInput, ...func(*sesv2.Options)) (*sesv2.DeleteSuppressedDestinationOutput, error)
	list   func(context.Context, *sesv2.ListSuppressedDestinationsInput, ...func(*sesv2.Options)) (*sesv2.ListSuppressedDestinationsOutput, error)
}

func (s *suppressions) DeleteSuppressedDestination(ctx context.Context, in *sesv2.DeleteSuppressedDestinationInput, with ...func(*sesv2.Options)) (*sesv2.DeleteSuppressedDestinationOutput, error) {
	return s.remove(ctx, in, with...)
}

func (s *suppressions) ListSuppressedDestinations(ctx context.Context, in *sesv2.ListSuppressedDestinationsInput, with ...func(*sesv2.Options)) (*sesv2.ListSuppressedDestinationsOutput, error) {
	return s.list(ctx, in, with...)
}

// Unblock takes an address off the list. One that is not on it is no error.
func (s *Suppressed) Unblock(ctx context.Context, a newsletter.Address) error {
	name := string(a)
	if domain, err := idna.Lookup.ToASCII(a.Domain()); err == nil {
		name = name[:len(name)-len(a.Domain())] + domain
	}
	_, err := s.API.DeleteSuppressedDestination(ctx, &sesv2.DeleteSuppressedDestinationInput{EmailAddress: &name})
	var missing *types.NotFoundException
	if err == nil || errors.As(err, &missing) {
		return nil
	}
	return fmt.Errorf("take an address off the suppression list of Amazon SES: %w", err)
}

// Blocked is an address on the list.
type Blocked struct {
	Address newsletter.Address
	Reason  newsletter.Status // bounced or complained
	At      time.Time
}

// Each calls yield for every address that came onto the list at or after since, until
// it returns an error.
func (s *Suppressed) Each(ctx context.Context, since time.Time, yield func(Blocked) error) error {
	in := &sesv2.ListSuppressedDestinationsInput{StartDate: &since, PageSize: aws.Int32(1000)}
	for {
		out, err := s.API.ListSuppressedDestinations(ctx, in)
		if err != nil {
			return fmt.Errorf("read the suppression list of Amazon SES: %w", err)
		}
		for _, d := range out.SuppressedDestinationSummaries {
			address, err := newsletter.ParseAddress(aws.ToString(d.EmailAddress))
			if err != nil {
				continue // another sender of the account had it
			}
			b := Blocked{address, newsletter.Bounced, aws.ToTime(d.LastUpdateTime)}
			if d.Reason == types.SuppressionListReasonComplaint {
				b.Reason = newsletter.Complained
			}
			if err := yield(b); err != nil {
				return err
			}
		}
		if aws.ToString(out.NextToken) == "" {
			return nil
		}
		in.NextToken = out.NextToken
	}
}
