package dynamo_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/masthead-mail/masthead/internal/aws/awstest"
	"github.com/masthead-mail/masthead/internal/aws/dynamo"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/storetest"
)

func TestContract(t *testing.T) {
	client := awstest.DynamoDB(t)
	storetest.Run(t, func(t *testing.T) storetest.Store {
		return dynamo.Open(consistent{Client: client, t: t}, awstest.Table(t, client))
	})
}

// consistent fails the test at a read that may miss an earlier write, except of
// the index, which knows no other. The stand-in would always return the newest.
type consistent struct {
	*dynamodb.Client
	t *testing.T
}

func (c consistent) GetItem(ctx context.Context, in *dynamodb.GetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	if !aws.ToBool(in.ConsistentRead) {
		c.t.Errorf("read of %v may be outdated", in.Key)
	}
	return c.Client.GetItem(ctx, in, o...)
}

func (c consistent) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	if in.IndexName == nil && !aws.ToBool(in.ConsistentRead) {
		c.t.Errorf("query %q may be outdated", *in.KeyConditionExpression)
	}
	return c.Client.Query(ctx, in, o...)
}

func BenchmarkSubscribers(b *testing.B) {
	client := awstest.DynamoDB(b)
	readers := make([]newsletter.Subscriber, 5_000)
	for i := range readers {
		readers[i] = storetest.Reader(i)
	}
	for b.Loop() {
		storetest.MeasureAudience(b, dynamo.Open(client, awstest.Table(b, client)), readers, len(readers))
	}
}

func BenchmarkClaimAndRecord(b *testing.B) {
	client := awstest.DynamoDB(b)
	storetest.MeasureClaims(b, dynamo.Open(client, awstest.Table(b, client)))
}
