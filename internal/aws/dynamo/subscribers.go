package dynamo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"golang.org/x/sync/errgroup" // so many calls at once, the first error ends them
)

// Subscriber reads one subscriber.
func (s *Store) Subscriber(ctx context.Context, id newsletter.SubscriberID) (newsletter.Subscriber, error) {
	return subscribers().get(ctx, s, newsletter.Subscriber{ID: id})
}

// SaveSubscriber saves a subscriber.
func (s *Store) SaveSubscriber(ctx context.Context, v *newsletter.Subscriber) error {
	return subscribers().save(ctx, s, v, &v.Rev)
}

// DeleteSubscriber forgets a subscriber. Where the first answer was lost, the
// client's repetition finds nobody, which is fine.
func (s *Store) DeleteSubscriber(ctx context.Context, v *newsletter.Subscriber) error {
	_, err := s.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.table, Key: subscribers().key(v).item(),
		ConditionExpression: aws.String("attribute_not_exists(pk) OR rev = :rev"), ExpressionAttributeValues: item{":rev": num(v.Rev)}})
	switch {
	case refused(err):
		return fmt.Errorf("delete subscriber: somebody else has changed it: %w", newsletter.ErrConflict)
	case err != nil:
		return s.explain("delete subscriber", err)
	}
	return nil
}

// addingAtOnce is how many writes of AddSubscribers are under way together. A
// BatchWriteItem would be quicker but knows no conditions.
const addingAtOnce = 16

// AddSubscribers adds whoever is not there yet.
func (s *Store) AddSubscribers(ctx context.Context, list []newsletter.Subscriber) (added int, err error) {
	return addAll(ctx, list, func(ctx context.Context, v *newsletter.Subscriber) error {
		v.Rev = 0
		return s.SaveSubscriber(ctx, v)
	})
}

// addAll saves copies of many records at once, and counts those that were not there.
func addAll[T any](ctx context.Context, list []T, save func(context.Context, *T) error) (added int, err error) {
	var fresh atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(addingAtOnce)
	for _, v := range list {
		group.Go(func() error {
			err := save(ctx, &v)
			if errors.Is(err, newsletter.ErrConflict) {
				return nil
			}
			if err == nil {
				fresh.Add(1)
			}
			return err
		})
	}
	err = group.Wait()
	return int(fresh.Load()), err
}

// SubscribersOf reads those of the ids who are on record.
func (s *Store) SubscribersOf(ctx context.Context, ids []newsletter.SubscriberID) (map[newsletter.SubscriberID]newsletter.Subscriber, error) {
	found := make([]newsletter.Subscriber, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(addingAtOnce)
	for i, id := range ids {
		group.Go(func() (err error) {
			found[i], err = s.Subscriber(ctx, id)
			if errors.Is(err, newsletter.ErrNotFound) {
				err = nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	known := map[newsletter.SubscriberID]newsletter.Subscriber{}
	for i, id := range ids {
		if found[i].Rev != 0 {
			known[id] = found[i]
		}
	}
	return known, nil
}

// Known tells what is known of many addresses, two reads for each.
func (s *Store) Known(ctx context.Context, ids []newsletter.SubscriberID) (map[newsletter.SubscriberID]newsletter.Known, error) {
	found := make([]newsletter.Known, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(addingAtOnce)
	for i, id := range ids {
		group.Go(func() error {
			sub, err := s.Subscriber(ctx, id)
			if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
				return err
			}
			sup, err := s.Suppression(ctx, id)
			if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
				return err
			}
			found[i] = newsletter.Known{Status: sub.Status, Suppressed: sup.Reason}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	known := map[newsletter.SubscriberID]newsletter.Known{}
	for i, id := range ids {
		if found[i] != (newsletter.Known{}) {
			known[id] = found[i]
		}
	}
	return known, nil
}

// bucketsAtOnce is how many buckets a walk reads together at most.
const bucketsAtOnce = 16

// SubscribersAfter reads the next page of a walk, bucket by bucket.
func (s *Store) SubscribersAfter(ctx context.Context, from, to byte, after newsletter.SubscriberID, limit int) ([]newsletter.Subscriber, error) {
	return walk(from, to, after, limit, func(bucket byte, limit int) ([]newsletter.Subscriber, error) {
		return subscribers().list(ctx, s, limit, &dynamodb.QueryInput{ConsistentRead: aws.Bool(true),
			KeyConditionExpression:    aws.String("pk = :pk AND sk > :after"),
			ExpressionAttributeValues: item{":pk": str(bucketPK(bucket)), ":after": str(after.String())},
		})
	})
}

// RecipientsAfter is SubscribersAfter: DynamoDB charges for whole items whatever is
// asked of them.
func (s *Store) RecipientsAfter(ctx context.Context, from, to byte, after newsletter.SubscriberID, limit int) ([]newsletter.Subscriber, error) {
	return s.SubscribersAfter(ctx, from, to, after, limit)
}

// walk reads a page from buckets in their order. Where many are read, the first one
// fills the page; where they are nearly empty, more and more are read at once.
func walk[T any](from, to byte, after newsletter.SubscriberID, limit int, read func(bucket byte, limit int) ([]T, error)) ([]T, error) {
	var page []T
	next := int(max(from, after.Bucket()))
	for width := 1; next <= int(to) && len(page) < limit; width = min(2*width, bucketsAtOnce) {
		found := make([][]T, min(width, int(to)-next+1))
		var group errgroup.Group
		for i := range found {
			group.Go(func() (err error) {
				found[i], err = read(byte(next+i), limit-len(page))
				return err
			})
		}
		if err := group.Wait(); err != nil {
			return nil, err
		}
		page, next = append(page, slices.Concat(found...)...), next+len(found)
	}
	return page[:min(limit, len(page))], nil
}

// Audience counts whom a Run of the schedule would mail. It reads everybody, at the
// price of a walk: $0.02 for a million.
func (s *Store) Audience(ctx context.Context, schedule string, now time.Time) (int, error) {
	var readers atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(bucketsAtOnce)
	for bucket := range 256 {
		group.Go(func() error {
			n, err := s.found(ctx, "the audience", &dynamodb.QueryInput{
				ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk"),
				FilterExpression:         aws.String("#status = :active AND (attribute_not_exists(confirmed_at) OR confirmed_at <= :now) AND (attribute_not_exists(paused_until) OR paused_until <= :now) AND (attribute_not_exists(schedules) OR contains(schedules, :schedule))"),
				ExpressionAttributeNames: map[string]string{"#status": "status"}, // a reserved word
				ExpressionAttributeValues: item{":pk": str(bucketPK(byte(bucket))), ":active": str(string(newsletter.Active)),
					":now": str(sortable(now)), ":schedule": str(schedule)},
			})
			readers.Add(int64(n))
			return err
		})
	}
	err := group.Wait()
	return int(readers.Load()), err
}
