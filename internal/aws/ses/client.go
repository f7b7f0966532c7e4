package ses

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
)

// Connect makes a client of Amazon SES. It does not call SES yet.
func Connect(cfg aws.Config) API {
	client := sesv2.NewFromConfig(cfg)
	return &operations{client.SendBulkEmail, client.SendEmail, client.GetAccount}
}

// operations are the three that the package calls. A client that became an API
// itself would bring all of its hundred into every binary with html/template, in
// which the linker cannot tell which methods are used.
type operations struct {
	sendBulkEmail func(context.Context, *sesv2.SendBulkEmailInput, ...func(*sesv2.Options)) (*sesv2.SendBulkEmailOutput, error)
	sendEmail     func(context.Context, *sesv2.SendEmailInput, ...func(*sesv2.Options)) (*sesv2.SendEmailOutput, error)
	getAccount    func(context.Context, *sesv2.GetAccountInput, ...func(*sesv2.Options)) (*sesv2.GetAccountOutput, error)
}

func (o *operations) SendBulkEmail(ctx context.Context, in *sesv2.SendBulkEmailInput, with ...func(*sesv2.Options)) (*sesv2.SendBulkEmailOutput, error) {
	return o.sendBulkEmail(ctx, in, with...)
}

func (o *operations) SendEmail(ctx context.Context, in *sesv2.SendEmailInput, with ...func(*sesv2.Options)) (*sesv2.SendEmailOutput, error) {
	return o.sendEmail(ctx, in, with...)
}

func (o *operations) GetAccount(ctx context.Context, in *sesv2.GetAccountInput, with ...func(*sesv2.Options)) (*sesv2.GetAccountOutput, error) {
	return o.getAccount(ctx, in, with...)
}
