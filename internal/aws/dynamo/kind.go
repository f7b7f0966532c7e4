package dynamo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// kind says how records of one type become items. Each field is named in one
// place only, the function fields.
type kind[T any] struct {
	name   string
	key    func(*T) key
	index  func(*T) key       // in gs1; zero: not listed there
	ttl    func(*T) time.Time // when DynamoDB may delete it; zero: never
	fields func(*T) []field
}

// field ties an attribute to where its value is in a record.
type field struct {
	name string
	codec
}

// codec carries one value in and out of an attribute. encode returns nil for a
// zero value, which is not stored.
type codec interface {
	encode() types.AttributeValue
	decode(types.AttributeValue) error
}

// encode makes the item of a record, without rev.
func (k *kind[T]) encode(v *T) item {
	it := k.key(v).item()
	if k.index != nil {
		if at := k.index(v); at.pk != "" {
			it["gpk"], it["gsk"] = str(at.pk), str(at.sk)
		}
	}
	if k.ttl != nil {
		if at := k.ttl(v); !at.IsZero() {
			it["ttl"] = num(at.Unix())
		}
	}
	for _, f := range k.fields(v) {
		if value := f.encode(); value != nil {
			it[f.name] = value
		}
	}
	return it
}

func (k *kind[T]) decode(it item) (T, error) {
	var v T
	for _, f := range k.fields(&v) {
		if value, ok := it[f.name]; ok {
			if err := f.decode(value); err != nil {
				return v, fmt.Errorf("%s: attribute %s: %w", k.name, f.name, err)
			}
		}
	}
	return v, nil
}

// get reads the record that has the key of like.
func (k *kind[T]) get(ctx context.Context, s *Store, like T) (T, error) {
	it, err := s.get(ctx, k.name, k.key(&like))
	if err != nil {
		return *new(T), err
	}
	return k.decode(it)
}

// list reads what the query finds, limit at most (0: all).
func (k *kind[T]) list(ctx context.Context, s *Store, limit int, in *dynamodb.QueryInput) ([]T, error) {
	var found []T
	if limit > 0 {
		in.Limit = aws.Int32(int32(limit))
	}
	err := s.query(ctx, k.name, in, func(it item) (bool, error) {
		v, err := k.decode(it)
		found = append(found, v)
		return limit > 0 && len(found) == limit, err
	})
	return found, err
}

// save writes the record if the stored one still has its rev; 0: if there is
// none.
func (k *kind[T]) save(ctx context.Context, s *Store, v *T, rev *int64) error {
	it, mark := k.encode(v), newMark()
	it["rev"], it["mark"] = num(*rev+1), mark
	in := &dynamodb.PutItemInput{TableName: &s.table, Item: it, ConditionExpression: aws.String("attribute_not_exists(pk)")}
	if *rev != 0 {
		in.ConditionExpression = aws.String("rev = :rev")
		in.ExpressionAttributeValues = item{":rev": num(*rev)}
	}
	_, err := s.client.PutItem(ctx, in)
	return k.settle(ctx, s, v, rev, mark, err)
}

// update saves like save, but keeps attributes that are not fields. It never
// adds an item.
func (k *kind[T]) update(ctx context.Context, s *Store, v *T, rev *int64) error {
	it, mark := k.encode(v), newMark()
	it["rev"], it["mark"] = num(*rev+1), mark
	names, values := map[string]string{}, item{":rev": num(*rev)}
	var set, remove []string
	for i, name := range k.attributes(v) {
		n := strconv.Itoa(i)
		names["#"+n] = name
		if value, ok := it[name]; ok {
			set, values[":"+n] = append(set, "#"+n+" = :"+n), value
		} else {
			remove = append(remove, "#"+n)
		}
	}
	expression := "SET " + strings.Join(set, ", ")
	if len(remove) > 0 {
		expression += " REMOVE " + strings.Join(remove, ", ")
	}
	_, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: &s.table, Key: k.key(v).item(), UpdateExpression: &expression,
		ConditionExpression: aws.String("rev = :rev"), ExpressionAttributeNames: names, ExpressionAttributeValues: values})
	return k.settle(ctx, s, v, rev, mark, err)
}

// attributes are all names that a record may use, the key apart.
func (k *kind[T]) attributes(v *T) []string {
	names := []string{"gpk", "gsk", "ttl", "mark"}
	for _, f := range k.fields(v) {
		names = append(names, f.name)
	}
	return names
}

// newMark is a value that tells one write from every other.
func newMark() types.AttributeValue { return str(strconv.FormatUint(rand.Uint64(), 36)) }

// settle decides who won. The client repeats a write whose answer was lost, and
// the repetition then meets the first one's rev: the mark tells that it was our
// own.
func (k *kind[T]) settle(ctx context.Context, s *Store, v *T, rev *int64, mark types.AttributeValue, err error) error {
	if refused(err) {
		if it, readErr := s.get(ctx, k.name, k.key(v)); readErr != nil || !equal(it["mark"], mark) {
			return fmt.Errorf("save %s %s: somebody else has changed it: %w", k.name, k.key(v).pk, newsletter.ErrConflict)
		}
		err = nil
	}
	if err != nil {
		return s.explain("save "+k.name, err)
	}
	*rev++
	return nil
}

func equal(a, b types.AttributeValue) bool {
	x, ok := a.(*types.AttributeValueMemberS)
	y, okToo := b.(*types.AttributeValueMemberS)
	return ok && okToo && x.Value == y.Value
}
