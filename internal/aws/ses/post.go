package ses

import (
	"cmp"
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/masthead-mail/masthead/internal/mime"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Post sends a single mail. An error means that it was, as far as is known, not
// accepted.
func (m *Mailer) Post(ctx context.Context, msg *newsletter.Message) error {
	if !msg.To.ASCII() {
		return fmt.Errorf("%s: %w", newsletter.ReasonNotASCII, newsletter.ErrInvalid)
	}
	content := &types.Message{
		Subject: utf8(msg.Subject),
		Body:    &types.Body{Html: utf8(msg.HTML), Text: utf8(msg.Text)},
	}
	if language := cmp.Or(msg.Language, msg.Publication.Language); language != "" {
		content.Headers = append(content.Headers, header("Content-Language", language))
	}
	for _, h := range mime.SingleHeaders(msg) {
		content.Headers = append(content.Headers, header(h.Name, h.Value))
	}
	if msg.Automatic {
		content.Headers = append(content.Headers, header("Auto-Submitted", "auto-generated")) // RFC 3834: no machine shall answer
	}
	ctx, connected := watch(ctx)
	_, err := m.API.SendEmail(ctx, &sesv2.SendEmailInput{
		FromEmailAddress:     aws.String(mime.From(msg.Publication)),
		ReplyToAddresses:     replyTo(msg.Publication),
		ConfigurationSetName: optional(m.ConfigurationSet),
		Destination:          &types.Destination{ToAddresses: []string{mime.Address(msg.To)}},
		Content:              &types.EmailContent{Simple: content},
	}, once)
	if err == nil {
		return nil
	}
	v := judge(err, connected.Load())
	return cmp.Or(v.err, fmt.Errorf("%s: %w: %w", v.reason, newsletter.ErrUnavailable, err))
}

func utf8(s string) *types.Content {
	return &types.Content{Data: &s, Charset: aws.String("UTF-8")}
}

func header(name, value string) types.MessageHeader {
	return types.MessageHeader{Name: &name, Value: &value}
}

func replyTo(p *newsletter.Publication) []string {
	if p.ReplyTo == "" {
		return nil
	}
	return []string{mime.Address(p.ReplyTo)}
}
