package dynamo

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

func hookFields(h *newsletter.Hook) []field {
	return []field{
		{"id", textAt(&h.ID)}, {"url", textAt(&h.URL)}, {"events", words{&h.Events}}, {"secret", textAt(&h.Secret)}, {"old_secret", textAt(&h.OldSecret)},
		{"old_until", instant{&h.OldUntil}}, {"off", textAt(&h.Off)}, {"made_by", textAt(&h.By)}, {"since", instant{&h.Since}}, {"rev", intAt(&h.Rev)},
	}
}

func callFields(c *newsletter.Call) []field {
	return []field{
		{"hook", textAt(&c.Hook)}, {"id", textAt(&c.ID)}, {"event", textAt(&c.Event)}, {"about", textAt(&c.About)}, {"why", textAt(&c.Why)}, {"at", instant{&c.At}},
		{"body", textAt(&c.Body)}, {"state", textAt(&c.State)}, {"begun", instant{&c.Begun}}, {"tries", intAt(&c.Tries)}, {"tried_at", instant{&c.TriedAt}},
		{"next_try", instant{&c.NextTry}}, {"answer", textAt(&c.Answer)}, {"rev", intAt(&c.Rev)},
	}
}

func hooks() *kind[newsletter.Hook] {
	return &kind[newsletter.Hook]{name: "hook", fields: hookFields,
		key: func(v *newsletter.Hook) key { return key{"HOOK", v.ID} }}
}

func callsPK(hook string) string { return "HOOK#" + hook }

// dueCalls is a partition of each hook's own: one whose receiver is away for days shall
// not hide the calls of the others.
func dueCalls(hook string) string { return "CALLS#" + hook }

func calls() *kind[newsletter.Call] {
	return &kind[newsletter.Call]{name: "call", fields: callFields,
		key: func(v *newsletter.Call) key { return key{callsPK(v.Hook), v.ID} },
		index: func(v *newsletter.Call) key {
			if v.State != newsletter.CallWaiting {
				return key{}
			}
			return key{dueCalls(v.Hook), sortable(v.NextTry) + "#" + v.ID}
		},
		ttl: func(v *newsletter.Call) time.Time {
			if v.Begun.IsZero() {
				return time.Time{}
			}
			return v.Begun.Add(newsletter.CallTTL)
		}}
}

// Hook reads one hook.
func (s *Store) Hook(ctx context.Context, id string) (newsletter.Hook, error) {
	return hooks().get(ctx, s, newsletter.Hook{ID: id})
}

// SaveHook saves one.
func (s *Store) SaveHook(ctx context.Context, v *newsletter.Hook) error {
	return hooks().save(ctx, s, v, &v.Rev)
}

// Hooks lists all hooks by id.
func (s *Store) Hooks(ctx context.Context) ([]newsletter.Hook, error) {
	return hooks().list(ctx, s, 0, &dynamodb.QueryInput{ConsistentRead: aws.Bool(true),
		KeyConditionExpression: aws.String("pk = :pk"), ExpressionAttributeValues: item{":pk": str("HOOK")}})
}

// DeleteHook forgets a hook. Where the first answer was lost, the client's repetition
// finds none, which is fine.
func (s *Store) DeleteHook(ctx context.Context, v *newsletter.Hook) error {
	_, err := s.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.table, Key: hooks().key(v).item(),
		ConditionExpression: aws.String("attribute_not_exists(pk) OR rev = :rev"), ExpressionAttributeValues: item{":rev": num(v.Rev)}})
	switch {
	case refused(err):
		return fmt.Errorf("delete hook: somebody else has changed it: %w", newsletter.ErrConflict)
	case err != nil:
		return s.explain("delete hook", err)
	}
	return nil
}

// Call reads one call.
func (s *Store) Call(ctx context.Context, hook, id string) (newsletter.Call, error) {
	return calls().get(ctx, s, newsletter.Call{Hook: hook, ID: id})
}

// SaveCall saves one.
func (s *Store) SaveCall(ctx context.Context, v *newsletter.Call) error {
	return calls().save(ctx, s, v, &v.Rev)
}

// Calls lists the newest calls of a hook before an id.
func (s *Store) Calls(ctx context.Context, hook, before string, limit int) ([]newsletter.Call, error) {
	in := &dynamodb.QueryInput{ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(false),
		KeyConditionExpression: aws.String("pk = :pk"), ExpressionAttributeValues: item{":pk": str(callsPK(hook))}}
	if before != "" {
		in.KeyConditionExpression = aws.String("pk = :pk AND sk < :before")
		in.ExpressionAttributeValues[":before"] = str(before)
	}
	return calls().list(ctx, s, limit, in)
}

// DueCalls lists the calls of a hook whose time has come, the longest due first.
func (s *Store) DueCalls(ctx context.Context, hook string, now time.Time, limit int) ([]newsletter.Call, error) {
	in := listed(dueCalls(hook))
	in.KeyConditionExpression = aws.String("gpk = :gpk AND gsk < :now")
	in.ExpressionAttributeValues[":now"] = str(sortable(now) + "~") // after every id of that very moment
	return calls().list(ctx, s, limit, in)
}
