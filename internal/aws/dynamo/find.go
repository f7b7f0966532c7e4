package dynamo

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"golang.org/x/sync/errgroup"
)

// FindSubscribers reads a page of a search: by address from the index, else bucket by
// bucket.
func (s *Store) FindSubscribers(ctx context.Context, q newsletter.Search) ([]newsletter.Subscriber, string, error) {
	if err := q.Check(); err != nil {
		return nil, "", err
	}
	if q.Address == "" {
		return s.findByWalking(ctx, &q)
	}
	prefix := strings.ToLower(q.Address)
	low := prefix
	if q.After != "" {
		low = q.After + "\x01"
	}
	in := listed(addressIndex(newsletter.Address(prefix)).pk)
	in.KeyConditionExpression = aws.String("gpk = :gpk AND gsk BETWEEN :low AND :high")
	in.ExpressionAttributeValues[":low"], in.ExpressionAttributeValues[":high"] = str(low), str(prefix+"\U0010FFFF")
	if low > prefix+"\U0010FFFF" { // DynamoDB refuses a range that is the wrong way round
		return nil, "", nil
	}
	var page []newsletter.Subscriber
	err := s.query(ctx, "subscribers", in, func(it item) (bool, error) {
		v, err := subscribers().decode(it)
		if err == nil && q.Matches(&v) {
			page = append(page, v)
		}
		return len(page) == q.Limit, err
	})
	if err != nil || len(page) < q.Limit {
		return page, "", err
	}
	return page, page[len(page)-1].Address.Normal(), nil
}

// bucketsASearch is how many buckets a page without an address looks through at most:
// the twentieth part of an audience, a second at a million. Then the page is handed
// out as it is.
const bucketsASearch = 13

// findByWalking lets DynamoDB drop whoever does not match, at the price of a walk.
func (s *Store) findByWalking(ctx context.Context, q *newsletter.Search) ([]newsletter.Subscriber, string, error) {
	first, after := 0, ""
	if q.After != "" {
		bucket, err := strconv.ParseUint(q.After[:min(2, len(q.After))], 16, 8)
		if err != nil {
			return nil, "", fmt.Errorf("search after %q: %w", q.After, newsletter.ErrInvalid)
		}
		first, after = int(bucket), q.After
	}
	found := make([][]newsletter.Subscriber, min(bucketsASearch, 256-first))
	group, ctx := errgroup.WithContext(ctx)
	for i := range found {
		group.Go(func() (err error) {
			found[i], err = s.findInBucket(ctx, q, byte(first+i), after, q.Limit)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, "", err
	}
	page := slices.Concat(found...)
	switch next := first + len(found); {
	case len(page) >= q.Limit:
		return page[:q.Limit], page[q.Limit-1].ID.String(), nil
	case next < 256:
		return page, fmt.Sprintf("%02x", next), nil
	}
	return page, "", nil
}

func (s *Store) findInBucket(ctx context.Context, q *newsletter.Search, bucket byte, after string, limit int) ([]newsletter.Subscriber, error) {
	in := &dynamodb.QueryInput{ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk AND sk > :after"),
		ExpressionAttributeValues: item{":pk": str(bucketPK(bucket)), ":after": str(max(after, "0"))}}
	var filter []string
	if q.Status != "" {
		filter, in.ExpressionAttributeNames = append(filter, "#status = :status"), map[string]string{"#status": "status"} // a reserved word
		in.ExpressionAttributeValues[":status"] = str(string(q.Status))
	}
	if q.Tag != "" {
		filter = append(filter, "contains(tags, :tag)")
		in.ExpressionAttributeValues[":tag"] = str(q.Tag)
	}
	if len(filter) > 0 {
		in.FilterExpression = aws.String(strings.Join(filter, " AND "))
	}
	var found []newsletter.Subscriber
	err := s.query(ctx, "subscribers", in, func(it item) (bool, error) {
		v, err := subscribers().decode(it)
		if err == nil && q.Matches(&v) {
			found = append(found, v)
		}
		return len(found) == limit, err
	})
	return found, err
}
