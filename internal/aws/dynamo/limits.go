package dynamo

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// mistaken is how far ahead the next free instant of a pace can lie before it is
// put down to a clock that was wrong.
const mistaken = 10 * time.Minute

// Reserve hands out the next slot of a pace. tat is the next free instant, in
// microseconds: a pace that is busy moves it on from where it is, an idle one
// from now; each is one conditional write, and the condition says which it is.
func (s *Store) Reserve(ctx context.Context, pace string, cost time.Duration, now time.Time, far time.Duration) (time.Time, error) {
	p := reservation{pace: pace, cost: cost.Microseconds(), now: now.UnixMicro(), far: now.Add(min(far, mistaken)).UnixMicro(), wrong: now.Add(mistaken).UnixMicro()}
	for {
		if slot, err := s.reserveBusy(ctx, p); !refused(err) {
			return slot, err
		}
		if err := s.reserveIdle(ctx, p); !refused(err) {
			return time.UnixMicro(p.now).UTC(), err
		}
		// Too far ahead, or others moved it between the two.
		tat, err := s.tat(ctx, pace)
		switch {
		case err != nil && !errors.Is(err, newsletter.ErrNotFound):
			return time.Time{}, err
		case tat > p.far && tat <= p.wrong:
			return time.Time{}, fmt.Errorf("pace %s: the next slot is more than %v ahead: %w", pace, far, newsletter.ErrThrottled)
		}
	}
}

// reservation is a wish for a slot, in microseconds.
type reservation struct {
	pace                  string
	cost, now, far, wrong int64
}

func paceKey(pace string) key { return key{"RATE#" + pace, "META"} }

// reserveBusy takes the stored instant and moves it on.
func (s *Store) reserveBusy(ctx context.Context, p reservation) (time.Time, error) {
	out, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: &s.table, Key: paceKey(p.pace).item(),
		UpdateExpression: aws.String("SET tat = tat + :cost"), ConditionExpression: aws.String("tat > :now AND tat <= :far"),
		ExpressionAttributeValues: item{":cost": num(p.cost), ":now": num(p.now), ":far": num(p.far)}, ReturnValues: types.ReturnValueUpdatedOld})
	if err != nil {
		return time.Time{}, s.explain("reserve", err)
	}
	var tat int64
	if err := intAt(&tat).decode(out.Attributes["tat"]); err != nil {
		return time.Time{}, s.explain("reserve", err)
	}
	return time.UnixMicro(tat).UTC(), nil
}

// reserveIdle takes now, where the stored instant has passed or is a mistake.
func (s *Store) reserveIdle(ctx context.Context, p reservation) error {
	_, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: &s.table, Key: paceKey(p.pace).item(),
		UpdateExpression: aws.String("SET tat = :next"), ConditionExpression: aws.String("attribute_not_exists(tat) OR tat <= :now OR tat > :wrong"),
		ExpressionAttributeValues: item{":next": num(p.now + p.cost), ":now": num(p.now), ":wrong": num(p.wrong)}})
	if err != nil {
		return s.explain("reserve", err)
	}
	return nil
}

func (s *Store) tat(ctx context.Context, pace string) (int64, error) {
	it, err := s.get(ctx, "pace", paceKey(pace))
	if err != nil {
		return 0, err
	}
	var tat int64
	err = intAt(&tat).decode(it["tat"])
	return tat, err
}

// Allow counts an event. The key, which may be a network address, is stored as a
// hash only; DynamoDB deletes the count some time after its window.
func (s *Store) Allow(ctx context.Context, kind, limited string, limit int, window time.Duration, now time.Time) (bool, error) {
	starts := now.UnixMicro() - now.UnixMicro()%window.Microseconds()
	ends := time.UnixMicro(starts).Add(window)
	sum := sha256.Sum256([]byte(limited))
	k := key{fmt.Sprintf("RL#%s#%x", kind, sum[:16]), strconv.FormatInt(starts, 10) + "+" + window.String()}
	out, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: &s.table, Key: k.item(),
		UpdateExpression: aws.String("ADD events :one SET #ttl = :ttl"), ExpressionAttributeNames: map[string]string{"#ttl": "ttl"},
		ExpressionAttributeValues: item{":one": num(1), ":ttl": num(ends.Add(time.Hour).Unix())}, ReturnValues: types.ReturnValueUpdatedNew})
	if err != nil {
		return false, s.explain("count against a limit", err)
	}
	var events int
	if err := intAt(&events).decode(out.Attributes["events"]); err != nil {
		return false, s.explain("count against a limit", err)
	}
	return events <= limit, nil
}
