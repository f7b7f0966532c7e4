package wire_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/masthead-mail/masthead/internal/aws/wire"
)

// closing is a transport that does what net/http may come to: it looks for more of a
// body that has been closed.
type closing struct{ seen error }

func (c *closing) Do(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	_ = r.Body.Close()
	if _, fault := io.Copy(io.Discard, r.Body); fault != nil {
		c.seen = fault
	}
	return answer, err
}

func TestAClosedBodyHasItsEndAndNoFault(t *testing.T) {
	text := strings.Repeat("x", 100_000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err != nil || !strings.Contains(string(body), text) || r.ContentLength != int64(len(body)) {
			t.Errorf("%d bytes came of %d, %v", len(body), r.ContentLength, err)
		}
		fmt.Fprint(w, `{"MessageId":"m"}`)
	}))
	t.Cleanup(server.Close)
	client := &closing{}
	send := func(options ...func(*middleware.Stack) error) error {
		client.seen = nil
		ses := sesv2.New(sesv2.Options{Region: "eu-central-1", BaseEndpoint: &server.URL, HTTPClient: client, APIOptions: options,
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
			})})
		_, err := ses.SendEmail(t.Context(), &sesv2.SendEmailInput{Content: &types.EmailContent{Simple: &types.Message{
			Subject: &types.Content{Data: &text}, Body: &types.Body{Text: &types.Content{Data: &text}}}}})
		return err
	}
	if err := send(wire.WholeBodies); err != nil || client.seen != nil {
		t.Errorf("%v, %v", err, client.seen)
	}
	if err := send(); err != nil || client.seen == nil {
		t.Errorf("the SDK needs no mending any more: %v", err)
	}
}
