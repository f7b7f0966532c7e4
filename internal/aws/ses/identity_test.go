package ses

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestWhatIsKnownOfTheSender(t *testing.T) {
	down := errors.New("down")
	good := sesv2.GetEmailIdentityOutput{VerifiedForSendingStatus: true, DkimAttributes: &types.DkimAttributes{SigningEnabled: true, Status: types.DkimStatusSuccess}}
	pending := sesv2.GetEmailIdentityOutput{DkimAttributes: &types.DkimAttributes{SigningEnabled: true, Status: types.DkimStatusPending}}
	for _, c := range []struct {
		name   string
		out    *sesv2.GetEmailIdentityOutput
		err    error
		live   bool
		txt    []string
		txtErr error
		want   newsletter.Identity
		fails  bool
	}{
		{"all is well", &good, nil, true, []string{"v=DMARC1; p=none"}, nil, newsletter.Identity{Verified: true, Signed: true, Policy: "v=DMARC1; p=none"}, false},
		{"in the sandbox, without DMARC", &good, nil, false, nil, &net.DNSError{IsNotFound: true}, newsletter.Identity{Verified: true, Signed: true, Sandbox: true}, false},
		{"not verified yet, no name server", &pending, nil, true, nil, down, newsletter.Identity{Policy: "?"}, false},
		{"unknown to SES", nil, &types.NotFoundException{}, true, []string{"v=DMARC1"}, nil, newsletter.Identity{Policy: "v=DMARC1"}, false},
		{"SES does not answer", nil, down, true, nil, down, newsletter.Identity{Policy: "?"}, true},
	} {
		i := &Identity{
			Get: func(_ context.Context, in *sesv2.GetEmailIdentityInput, _ ...func(*sesv2.Options)) (*sesv2.GetEmailIdentityOutput, error) {
				if *in.EmailIdentity != "news.example.org" {
					t.Errorf("asked for %s", *in.EmailIdentity)
				}
				return c.out, c.err
			},
			Account: func(context.Context, *sesv2.GetAccountInput, ...func(*sesv2.Options)) (*sesv2.GetAccountOutput, error) {
				return &sesv2.GetAccountOutput{ProductionAccessEnabled: c.live}, nil
			},
			TXT: func(_ context.Context, name string) ([]string, error) {
				if name != "_dmarc.news.example.org" {
					t.Errorf("asked for %s", name)
				}
				return c.txt, c.txtErr
			},
		}
		got, err := i.Of(t.Context(), &newsletter.Publication{From: "digest@news.example.org"})
		if got != c.want || (err != nil) != c.fails {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
}
