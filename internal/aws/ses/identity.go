package ses

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Identity tells how far mailbox providers may trust the sender: what SES knows of its
// domain, and the domain's DMARC record.
type Identity struct {
	Get     func(context.Context, *sesv2.GetEmailIdentityInput, ...func(*sesv2.Options)) (*sesv2.GetEmailIdentityOutput, error)
	Account func(context.Context, *sesv2.GetAccountInput, ...func(*sesv2.Options)) (*sesv2.GetAccountOutput, error)
	TXT     func(ctx context.Context, name string) ([]string, error)
}

// NewIdentity asks SES and the name servers.
func NewIdentity(cfg aws.Config) *Identity {
	client := sesv2.NewFromConfig(cfg)
	return &Identity{Get: client.GetEmailIdentity, Account: client.GetAccount, TXT: net.DefaultResolver.LookupTXT}
}

// Of looks at the sender of a publication. A domain that SES does not know is an
// identity that nobody has verified, and no error.
func (i *Identity) Of(ctx context.Context, p *newsletter.Publication) (newsletter.Identity, error) {
	domain := p.From.Domain()
	id := newsletter.Identity{Policy: i.policy(ctx, domain)}
	out, err := i.Get(ctx, &sesv2.GetEmailIdentityInput{EmailIdentity: &domain})
	var missing *types.NotFoundException
	switch {
	case errors.As(err, &missing):
		return id, nil
	case err != nil:
		return id, fmt.Errorf("ask Amazon SES for the identity %s: %w", domain, err)
	}
	id.Verified = out.VerifiedForSendingStatus
	id.Signed = out.DkimAttributes != nil && out.DkimAttributes.SigningEnabled && out.DkimAttributes.Status == types.DkimStatusSuccess
	account, err := i.Account(ctx, &sesv2.GetAccountInput{})
	if err != nil {
		return id, fmt.Errorf("ask Amazon SES for the account: %w", err)
	}
	id.Sandbox = !account.ProductionAccessEnabled
	return id, nil
}

// policy is the DMARC record of a domain; "?" where no name server answers.
func (i *Identity) policy(ctx context.Context, domain string) string {
	records, err := i.TXT(ctx, "_dmarc."+domain)
	var none *net.DNSError
	if errors.As(err, &none) && none.IsNotFound {
		return ""
	}
	if err != nil {
		return "?"
	}
	return strings.Join(records, " ")
}
