package stack

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware" // mends the SDK's requests
	"github.com/masthead-mail/masthead/internal/aws/wire"
)

// fromLambda are the variables that Lambda sets in every function
// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html).
var fromLambda = []string{"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}

// account is what a function calls AWS with: its region, and the keys of its role,
// which hold for longer than Lambda keeps a process. The SDK's own loader
// (aws-sdk-go-v2/config) would do the same and bring the clients of single sign-on and
// of other accounts' roles along, which a function never asks: 2 MB in a binary with
// html/template, and 2 ms of every start.
func account(getenv func(string) string) aws.Config {
	keys := aws.Credentials{AccessKeyID: getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken: getenv("AWS_SESSION_TOKEN"), Source: "Lambda"}
	return aws.Config{
		Region:        getenv("AWS_REGION"),
		Credentials:   aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return keys, nil }),
		ConfigSources: []any{endpoints(getenv)},
		APIOptions:    []func(*middleware.Stack) error{wire.WholeBodies},
	}
}

// endpoints are those of stand-ins, by the name of the service, such as
// AWS_ENDPOINT_URL_DYNAMODB (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html).
type endpoints func(string) string

// GetServiceBaseEndpoint is what clients of the SDK look for in their sources.
func (e endpoints) GetServiceBaseEndpoint(_ context.Context, service string) (string, bool, error) {
	url := e("AWS_ENDPOINT_URL_" + strings.ToUpper(strings.ReplaceAll(service, " ", "_")))
	return url, url != "", nil
}
