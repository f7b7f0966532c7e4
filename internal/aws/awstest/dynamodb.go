// Package awstest starts the stand-ins for AWS that tests run against. It answers
// on the loopback interface only, and what it starts ends with the test.
package awstest

import (
	"context"
	"crypto/rand"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config" // reads the account that AWS_ENDPOINT_URL_DYNAMODB belongs to
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"
	"github.com/masthead-mail/masthead/internal/aws/dynamo"
	"github.com/masthead-mail/masthead/internal/aws/wire"
)

// Dynalite is the stand-in for DynamoDB: an npm package, Apache-2.0.
const Dynalite = "dynalite@4.0.0"

// DynamoDB is a client of the endpoint that AWS_ENDPOINT_URL_DYNAMODB names, or
// of a Dynalite started for this test. Where Node is missing, the test is
// skipped, unless CI=true.
func DynamoDB(t testing.TB) *dynamodb.Client {
	t.Helper()
	if os.Getenv("AWS_ENDPOINT_URL_DYNAMODB") != "" {
		named, err := config.LoadDefaultConfig(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return dynamodb.NewFromConfig(named)
	}
	return Client(StartDynalite(t))
}

// StartDynalite serves an empty Dynalite until the test ends.
func StartDynalite(t testing.TB) (endpoint string) {
	t.Helper()
	return start(t, serveDynalite, Dynalite, "dynalite")
}

// Client is a client of a stand-in.
func Client(endpoint string) *dynamodb.Client { return dynamodb.NewFromConfig(Config(endpoint)) }

// Config is that of a stand-in, which takes any credentials.
func Config(endpoint string) aws.Config {
	return aws.Config{Region: "eu-central-1", BaseEndpoint: aws.String(endpoint), APIOptions: []func(*middleware.Stack) error{wire.WholeBodies},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		})}
}

// Table makes an empty table and removes it after the test.
func Table(t testing.TB, client *dynamodb.Client) string {
	t.Helper()
	name := "masthead-test-" + rand.Text()
	if err := dynamo.CreateTable(t.Context(), client, name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &name}); err != nil {
			t.Error(err)
		}
	})
	return name
}

// serveDynalite tells the port it got.
const serveDynalite = `
const server = require(process.argv[1])({createTableMs: 0, deleteTableMs: 0})
server.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port))`
