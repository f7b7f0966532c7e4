// Package dynamo keeps everything in one DynamoDB table: the twin, on AWS, of the
// SQLite file on a laptop. layout.go says which item lies where.
//
// Each write is one conditional write of one item, so the package needs no
// transaction. Where a record has more items than one (an Article and its
// aliases), they are written in an order in which a crash leaves nothing that
// reads wrong. It differs from its twin in that lists may lag behind by a second
// (they come from an index), and in that DynamoDB deletes batches after 90 days,
// spent allowances, and sign-ups that nobody confirmed.
//
// The package holds no rules of the domain and makes no table; CreateTable is for
// tests, template.yaml makes the real one.
package dynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb" // the store that costs nothing while idle
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Client is what the store calls of DynamoDB. Its own retries are welcome: a
// repeated write is recognised as one's own.
type Client interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
}

// Store is the table. It keeps the contract of storetest.Store.
type Store struct {
	Now func() time.Time // tells how old a dangling alias is

	client Client
	table  string
}

// Open makes a store of a table that is there. It does not call DynamoDB yet.
func Open(client Client, table string) *Store {
	return &Store{Now: time.Now, client: client, table: table}
}

// item is an item as DynamoDB sees it.
type item = map[string]types.AttributeValue

// key names one item.
type key struct{ pk, sk string }

func (k key) item() item { return item{"pk": str(k.pk), "sk": str(k.sk)} }

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func num(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: fmt.Sprint(n)}
}

// get reads one item, as it is after every earlier write.
func (s *Store) get(ctx context.Context, what string, k key) (item, error) {
	out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table, Key: k.item(), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, s.explain("read "+what, err)
	}
	if len(out.Item) == 0 {
		return nil, fmt.Errorf("%s %s: %w", what, k.pk, newsletter.ErrNotFound)
	}
	return out.Item, nil
}

// query calls each for every item that the input finds, until it says that this
// is enough.
func (s *Store) query(ctx context.Context, what string, in *dynamodb.QueryInput, each func(item) (enough bool, err error)) error {
	in.TableName = &s.table
	for {
		out, err := s.client.Query(ctx, in)
		if err != nil {
			return s.explain("list "+what, err)
		}
		for _, found := range out.Items {
			if enough, err := each(found); enough || err != nil {
				return err
			}
		}
		if len(out.LastEvaluatedKey) == 0 {
			return nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

// found is how many items the query finds. None is sent.
func (s *Store) found(ctx context.Context, what string, in *dynamodb.QueryInput) (int, error) {
	in.TableName, in.Select = &s.table, types.SelectCount
	n := 0
	for {
		out, err := s.client.Query(ctx, in)
		if err != nil {
			return n, s.explain("count "+what, err)
		}
		if n += int(out.Count); len(out.LastEvaluatedKey) == 0 {
			return n, nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

// refused tells whether an error is that of a condition that did not hold.
func refused(err error) bool {
	var failed *types.ConditionalCheckFailedException
	return errors.As(err, &failed)
}

// explain adds the operation, and what to do where that is known.
func (s *Store) explain(what string, err error) error {
	var missing *types.ResourceNotFoundException
	if errors.As(err, &missing) {
		return fmt.Errorf("%s: there is no table %s in this region and account; check MASTHEAD_TABLE: %w", what, s.table, err)
	}
	return fmt.Errorf("%s in table %s: %w", what, s.table, err)
}
