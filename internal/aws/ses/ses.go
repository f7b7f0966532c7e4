// Package ses mails through Amazon SES: digests fifty readers a call, and single
// mails one a call. It tells what each answer of SES means for each reader, and it
// never lets the SDK repeat a send, since SES has no way to tell a repetition from
// a second mail. When to send, how fast, and what to do about an answer is the
// caller's business.
package ses

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2" // the mail provider of the AWS twin
	"github.com/masthead-mail/masthead/internal/mime"
)

// API is what the package calls of Amazon SES.
type API interface {
	SendBulkEmail(context.Context, *sesv2.SendBulkEmailInput, ...func(*sesv2.Options)) (*sesv2.SendBulkEmailOutput, error)
	SendEmail(context.Context, *sesv2.SendEmailInput, ...func(*sesv2.Options)) (*sesv2.SendEmailOutput, error)
	GetAccount(context.Context, *sesv2.GetAccountInput, ...func(*sesv2.Options)) (*sesv2.GetAccountOutput, error)
}

// Mailer sends through one configuration set. It keeps the contract of
// deliver.Mailer and may be used by several goroutines at once. It must not be
// copied.
type Mailer struct {
	API              API
	ConfigurationSet string // empty: none, and so no events

	templates mime.Prepared[template]
}

// once keeps the SDK from repeating a call that may have been accepted: its default
// does so three times, after a reset too.
func once(o *sesv2.Options) { o.Retryer = aws.NopRetryer{} }

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
