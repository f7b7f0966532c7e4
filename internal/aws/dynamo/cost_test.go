package dynamo_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/masthead-mail/masthead/internal/aws/awstest"
	"github.com/masthead-mail/masthead/internal/aws/dynamo"
	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/local/queue"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/storetest"
	"github.com/masthead-mail/masthead/internal/token"
)

// The price of a million units on demand, in US dollars, us-east-1
// (https://aws.amazon.com/dynamodb/pricing/on-demand/).
const (
	writePrice = 0.625
	readPrice  = 0.125
)

// metered adds up the capacity that the table says each call took. A write whose
// condition did not hold counts as one unit.
type metered struct {
	*dynamodb.Client
	mu            sync.Mutex
	reads, writes float64
	by            map[string]float64
}

func (m *metered) count(total *float64, call string, c *types.ConsumedCapacity, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	units := 0.0
	var refused *types.ConditionalCheckFailedException
	if errors.As(err, &refused) {
		units = 1
	}
	if c != nil {
		units = *c.CapacityUnits
	}
	*total += units
	m.by[call] += units
}

func (m *metered) GetItem(ctx context.Context, in *dynamodb.GetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	in.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
	out, err := m.Client.GetItem(ctx, in, o...)
	if err == nil {
		m.count(&m.reads, "get", out.ConsumedCapacity, nil)
	}
	return out, err
}

func (m *metered) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	in.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
	out, err := m.Client.Query(ctx, in, o...)
	if err == nil {
		m.count(&m.reads, "query", out.ConsumedCapacity, nil)
	}
	return out, err
}

func (m *metered) PutItem(ctx context.Context, in *dynamodb.PutItemInput, o ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	in.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
	out, err := m.Client.PutItem(ctx, in, o...)
	call := "put lane or run"
	if _, batch := in.Item["entries"]; batch {
		call = "put batch"
	}
	if out == nil {
		out = &dynamodb.PutItemOutput{}
	}
	m.count(&m.writes, call, out.ConsumedCapacity, err)
	return out, err
}

func (m *metered) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	in.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
	out, err := m.Client.UpdateItem(ctx, in, o...)
	if out == nil {
		out = &dynamodb.UpdateItemOutput{}
	}
	m.count(&m.writes, "update", out.ConsumedCapacity, err)
	return out, err
}

// accepting is Amazon SES as far as the store sees it: each message gets an id of
// its form.
type accepting struct{}

func (accepting) Send(_ context.Context, m *newsletter.Mailing) ([]newsletter.Result, error) {
	results := make([]newsletter.Result, len(m.Recipients))
	for i := range results {
		results[i] = newsletter.Result{Outcome: newsletter.OutcomeSent, MessageID: sesMessageID()}
	}
	return results, nil
}

func sesMessageID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	h := hex.EncodeToString(b[:])
	return fmt.Sprintf("0100%012x-%s-%s-%s-%s-%s-000000", time.Now().UnixMilli(), h[:8], h[8:12], h[12:16], h[16:20], h[20:])
}

// BenchmarkCost is what the store of a whole run costs, from the capacity of the
// calls it makes, scaled to ten million readers.
func BenchmarkCost(b *testing.B) {
	const readers = 5_000
	client := awstest.DynamoDB(b)
	for b.Loop() {
		meter := &metered{Client: client, by: map[string]float64{}}
		store := dynamo.Open(meter, awstest.Table(b, client))
		all := make([]newsletter.Subscriber, readers)
		for i := range all {
			all[i] = storetest.Reader(i)
		}
		issue := newsletter.Issue{ID: "weekly-20260302-070000", Schedule: "weekly", State: newsletter.IssueApproved}
		mail := newsletter.Mail{Issue: issue.ID, Subject: "s", HTML: "<p>h</p>", Text: "t"}
		_, err := store.AddSubscribers(b.Context(), all)
		if err = errors.Join(err, store.SaveIssue(b.Context(), &issue), store.SaveMail(b.Context(), &mail)); err != nil {
			b.Fatal(err)
		}
		lanes := &queue.Queue[deliver.LaneRef]{}
		e := &deliver.Engine{Store: store, Mailer: accepting{}, Queue: lanes, Owner: "benchmark", Now: time.Now, Rate: 1e6, Workers: 4,
			Publication: func(context.Context) (newsletter.Publication, error) { return newsletter.Publication{}, nil },
			Tokens:      &token.Signer{Keys: []token.Key{{ID: "a", Secret: []byte("secret")}}},
			Sleep:       func(context.Context, time.Duration) error { return nil }}
		meter.reads, meter.writes, meter.by = 0, 0, map[string]float64{}
		if _, err := e.Start(b.Context(), &issue); err != nil {
			b.Fatal(err)
		}
		for {
			ref, ok := lanes.Take()
			if !ok {
				break
			}
			if err := e.Walk(b.Context(), ref); err != nil {
				b.Fatal(err)
			}
		}
		run, err := store.Run(b.Context(), issue.ID)
		if err != nil || run.Counts.Sent != readers {
			b.Fatalf("%+v, %v", run, err)
		}
		const scale = 10e6 / readers
		b.ReportMetric(meter.writes*scale/1e6, "M-writes/10M")
		b.ReportMetric(meter.reads*scale/1e6, "M-reads/10M")
		b.ReportMetric(meter.writes*scale/1e6*writePrice, "$-writes/10M")
		b.ReportMetric(meter.reads*scale/1e6*readPrice, "$-reads/10M")
		for call, units := range meter.by {
			b.Logf("%-16s %.3f units a reader", call, units/readers)
		}
	}
}
