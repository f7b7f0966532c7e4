package dynamo_test

import (
	"testing"

	"github.com/masthead-mail/masthead/internal/aws/awstest"
	"github.com/masthead-mail/masthead/internal/aws/dynamo"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/storetest"
)

func TestContract(t *testing.T) {
	client := awstest.DynamoDB(t)
	storetest.Run(t, func(t *testing.T) storetest.Store { return dynamo.Open(client, awstest.Table(t, client)) })
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
