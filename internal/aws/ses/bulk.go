package ses

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4" // takes the hash of a body
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go/middleware"                // puts the body in
	smithyhttp "github.com/aws/smithy-go/transport/http" // knows the request
	"github.com/masthead-mail/masthead/internal/aws/wire"
	"github.com/masthead-mail/masthead/internal/mime"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// maxRequest is the largest request that SES takes, in bytes of JSON.
const maxRequest = 1_000_000

// template is the part of a request that all readers of a Mail share, as JSON up to
// the first reader
// (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendBulkEmail.html).
// It is most of the request, and encoded once for a Mail: the SDK would encode it
// anew for every fifty readers, with six letters for each < and >, which HTML is
// full of. A Mail has the form of an SES inline template already.
type template struct {
	head   []byte
	sum    hash.Cloner // SHA-256 of head
	values []string    // the placeholders that the Mail has
}

type (
	requestForm struct {
		FromEmailAddress     string
		ReplyToAddresses     []string `json:",omitempty"`
		ConfigurationSetName string   `json:",omitempty"`
		DefaultContent       struct{ Template templateForm }
	}
	templateForm struct {
		TemplateContent struct{ Subject, Html, Text string }
		TemplateData    string
		Headers         []mime.Header
	}
)

// defaults are the values of the placeholders that no reader's own data replaces.
const defaults = `{"` + newsletter.PlaceholderBraces + `":"{{"}`

func newTemplate(p *newsletter.Publication, m *newsletter.Mail, configurationSet string) template {
	form := requestForm{FromEmailAddress: mime.From(p), ConfigurationSetName: configurationSet}
	if p.ReplyTo != "" {
		form.ReplyToAddresses = []string{mime.Address(p.ReplyTo)}
	}
	t := &form.DefaultContent.Template
	t.TemplateContent.Subject, t.TemplateContent.Html, t.TemplateContent.Text = m.Subject, m.HTML, m.Text
	t.TemplateData, t.Headers = defaults, mime.ListHeaders(p, m.Issue)
	if m.Language != "" {
		t.Headers = append(t.Headers, mime.Header{Name: "Content-Language", Value: m.Language})
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(form) // strings always have a form
	head := bytes.TrimSuffix(b.Bytes(), []byte("}\n"))
	head = append(head, `,"BulkEmailEntries":[`...)
	sum := sha256.New()
	sum.Write(head)
	return template{head: head, sum: sum.(hash.Cloner), values: placeholders(m)}
}

// placeholders are those of a Mail that a reader's own fields replace.
func placeholders(m *newsletter.Mail) (names []string) {
	for _, text := range []string{m.Subject, m.HTML, m.Text} {
		for i, name := range newsletter.Segments(text) {
			if i%2 == 1 && name != newsletter.PlaceholderBraces && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// body is a request: what all readers share is in memory once, however many calls
// are under way.
type body struct {
	template
	entries []byte
}

func (b *body) size() int { return len(b.head) + len(b.entries) }

// ReadAt reads both parts as one.
func (b *body) ReadAt(p []byte, at int64) (n int, err error) {
	if at < int64(len(b.head)) {
		n = copy(p, b.head[at:])
	}
	n += copy(p[n:], b.entries[max(0, int(at)+n-len(b.head)):])
	if n < len(p) {
		err = io.EOF
	}
	return n, err
}

// hash is the SHA-256 of the whole, in hexadecimal.
func (b *body) hash() (string, error) {
	sum, err := b.sum.Clone()
	if err != nil {
		return "", err
	}
	sum.Write(b.entries)
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// bytesPerEntry is about what an entry takes in a request.
const bytesPerEntry = 768

// request is the body of the one call of a Mailing to the readers that chosen names by
// their place in it.
func (m *Mailer) request(mailing *newsletter.Mailing, chosen []int) *body {
	shared := m.templates.Get(mailing, func() template { return newTemplate(mailing.Publication, mailing.Mail, m.ConfigurationSet) })
	tags := appendTags(nil, mailing)
	b := make([]byte, 0, len(chosen)*bytesPerEntry)
	var data []byte
	for i, at := range chosen {
		r := &mailing.Recipients[at]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"Destination":{"ToAddresses":[`...)
		b = appendText(b, mime.Address(r.Address))
		b = append(b, `]},"ReplacementEmailContent":{"ReplacementTemplate":{"ReplacementTemplateData":`...)
		data = appendValues(data[:0], shared.values, r)
		b = appendText(b, string(data))
		b = append(b, `}},"ReplacementHeaders":[{"Name":"List-Unsubscribe","Value":`...)
		b = appendText(b, "<"+mailing.Publication.UnsubscribeURL(r.Unsubscribe)+">")
		b = append(append(b, `}],"ReplacementTags":[`...), tags...)
		b = append(appendTag(b, tagIndex, strconv.Itoa(r.Index)), `]}`...)
	}
	return &body{shared, append(b, "]}"...)}
}

// appendValues adds a reader's own fields as an object. SES puts them in as they are.
func appendValues(dst []byte, names []string, r *newsletter.Recipient) []byte {
	dst = append(dst, '{')
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendText(dst, name), ':')
		dst = appendText(dst, r.Value(name))
	}
	return append(dst, '}')
}

// appendText adds a text as JSON. Most need no escapes, or only those of quotes.
func appendText(dst []byte, s string) []byte {
	begin := len(dst)
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ' || c > '~':
			escaped, _ := json.Marshal(s) // a string always has a form
			return append(dst[:begin], escaped...)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

// envelope is what the SDK wants to see of a request whose body is ready.
var envelope = &sesv2.SendBulkEmailInput{DefaultContent: &types.BulkEmailContent{}, BulkEmailEntries: []types.BulkEmailEntry{}}

// withBody lets a call have that body in place of the one that the SDK makes. The hash of
// it, which the signature needs, is at hand: the SDK would read the body for it.
func withBody(b *body) func(*sesv2.Options) {
	put := middleware.SerializeMiddlewareFunc("MastheadBody", func(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (out middleware.SerializeOutput, metadata middleware.Metadata, err error) {
		request, ok := in.Request.(*smithyhttp.Request)
		if !ok {
			return out, metadata, fmt.Errorf("a request of the SDK is a %T", in.Request)
		}
		sum, err := b.hash()
		if err != nil {
			return out, metadata, err
		}
		if in.Request, err = request.SetStream(wire.Body(io.NewSectionReader(b, 0, int64(b.size())))); err != nil {
			return out, metadata, err
		}
		return next.HandleSerialize(v4.SetPayloadHash(ctx, sum), in)
	})
	return func(o *sesv2.Options) {
		o.APIOptions = append(slices.Clip(o.APIOptions), func(stack *middleware.Stack) error { return stack.Serialize.Add(put, middleware.After) })
	}
}
