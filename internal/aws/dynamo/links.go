package dynamo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"golang.org/x/sync/errgroup" // all shards at once

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Links reads those of one issue.
func (s *Store) Links(ctx context.Context, issue string) (newsletter.Links, error) {
	return issueLinks().get(ctx, s, newsletter.Links{Issue: issue})
}

// SaveLinks saves those of one issue.
func (s *Store) SaveLinks(ctx context.Context, l *newsletter.Links) error {
	return issueLinks().save(ctx, s, l, &l.Rev)
}

// counterShards is over how many partitions the counters of an issue are spread: each
// takes a thousand writes a second.
const counterShards = 16

func counterPK(issue string, shard int) string { return fmt.Sprintf("CNT#%s#%d", issue, shard) }

// Count adds to one of the shards of a counter.
func (s *Store) Count(ctx context.Context, issue, metric string, n int) error {
	_, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: &s.table, Key: key{counterPK(issue, rand.IntN(counterShards)), metric}.item(),
		UpdateExpression: aws.String("ADD n :n"), ExpressionAttributeValues: item{":n": num(int64(n))}})
	if err != nil {
		return s.explain("count", err)
	}
	return nil
}

// Counts reads all shards.
func (s *Store) Counts(ctx context.Context, issue string) (map[string]int, error) {
	counts, mu := map[string]int{}, sync.Mutex{}
	group, ctx := errgroup.WithContext(ctx)
	for shard := range counterShards {
		group.Go(func() error {
			return s.query(ctx, "counters", &dynamodb.QueryInput{ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk"),
				ExpressionAttributeValues: item{":pk": str(counterPK(issue, shard))}}, func(it item) (bool, error) {
				var metric string
				var n int
				if err := textAt(&metric).decode(it["sk"]); err != nil {
					return false, err
				}
				err := intAt(&n).decode(it["n"])
				mu.Lock()
				defer mu.Unlock()
				counts[metric] += n
				return false, err
			})
		})
	}
	return counts, group.Wait()
}
