package ses

import (
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/masthead-mail/masthead/internal/mime"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// maxRequest is the largest request that SES takes, in bytes of JSON.
const maxRequest = 1_000_000

// template is the part of a request that all readers of a Mail share. A Mail has
// the form of an SES inline template already.
type template struct {
	content *types.BulkEmailContent
	size    int // in bytes of JSON, at most
}

// defaults are the values of the placeholders that no reader's own data replaces.
const defaults = `{"` + newsletter.PlaceholderBraces + `":"{{"}`

func newTemplate(p *newsletter.Publication, m *newsletter.Mail) template {
	headers := make([]types.MessageHeader, 0, 8)
	for _, h := range mime.ListHeaders(p, m.Issue) {
		headers = append(headers, header(h.Name, h.Value))
	}
	if m.Language != "" {
		headers = append(headers, header("Content-Language", m.Language))
	}
	return template{
		content: &types.BulkEmailContent{Template: &types.Template{
			TemplateContent: &types.EmailTemplateContent{Subject: &m.Subject, Html: &m.HTML, Text: &m.Text},
			TemplateData:    aws.String(defaults),
			Headers:         headers,
		}},
		size: jsonSize(m.Subject) + jsonSize(m.HTML) + jsonSize(m.Text) + 4096, // the rest: names, headers, tags
	}
}

func header(name, value string) types.MessageHeader {
	return types.MessageHeader{Name: &name, Value: &value}
}

// jsonSize is how long a text is in JSON, every way of escaping considered.
func jsonSize(s string) int {
	encoded, _ := json.Marshal(s) // a string always has a form
	return len(encoded)
}

// request makes the one call of a Mailing to the readers that chosen names by
// their place in it. size is that of its JSON, at most.
func (m *Mailer) request(mailing *newsletter.Mailing, chosen []int) (in *sesv2.SendBulkEmailInput, size int) {
	shared := m.templates.Get(mailing, func() template { return newTemplate(mailing.Publication, mailing.Mail) })
	in = &sesv2.SendBulkEmailInput{
		FromEmailAddress:     aws.String(mime.From(mailing.Publication)),
		ReplyToAddresses:     replyTo(mailing.Publication),
		ConfigurationSetName: optional(m.ConfigurationSet),
		DefaultContent:       shared.content,
		BulkEmailEntries:     make([]types.BulkEmailEntry, len(chosen)),
	}
	size = shared.size
	base := tags(mailing)
	for i, at := range chosen {
		r := &mailing.Recipients[at]
		data := values(r)
		in.BulkEmailEntries[i] = types.BulkEmailEntry{
			Destination:             &types.Destination{ToAddresses: []string{mime.Address(r.Address)}},
			ReplacementEmailContent: &types.ReplacementEmailContent{ReplacementTemplate: &types.ReplacementTemplate{ReplacementTemplateData: &data}},
			ReplacementHeaders:      []types.MessageHeader{header("List-Unsubscribe", "<"+mailing.Publication.UnsubscribeURL(r.Unsubscribe)+">")},
			ReplacementTags:         append(base[:len(base):len(base)], tag(tagIndex, r.Index)),
		}
		size += jsonSize(data) + len(mailing.Publication.BaseURL) + len(r.Unsubscribe) + 1024
	}
	return in, size
}

func replyTo(p *newsletter.Publication) []string {
	if p.ReplyTo == "" {
		return nil
	}
	return []string{mime.Address(p.ReplyTo)}
}

// values are a reader's own fields. SES puts them in as they are.
func values(r *newsletter.Recipient) string {
	own := map[string]string{}
	for _, name := range []string{newsletter.PlaceholderUnsubscribe, newsletter.PlaceholderPreferences,
		newsletter.PlaceholderNameHTML, newsletter.PlaceholderNameText} {
		own[name] = r.Value(name)
	}
	data, _ := json.Marshal(own) // a map of strings always has a form
	return string(data)
}
