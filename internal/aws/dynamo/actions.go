package dynamo

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

func actionFields(a *newsletter.Action) []field {
	return []field{
		{"id", textAt(&a.ID)}, {"at", instant{&a.At}}, {"who", textAt(&a.Who)}, {"what", textAt(&a.What)}, {"record", textAt(&a.Record)}, {"detail", textAt(&a.Detail)},
	}
}

func actions() *kind[newsletter.Action] {
	return &kind[newsletter.Action]{name: "action", fields: actionFields,
		key:   func(v *newsletter.Action) key { return key{"AUD#" + v.ID, "META"} },
		index: func(v *newsletter.Action) key { return key{"AUD", v.ID} }}
}

// AddAction writes an entry of the audit trail, if it is not there.
func (s *Store) AddAction(ctx context.Context, a *newsletter.Action) error {
	_, err := s.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: actions().encode(a),
		ConditionExpression: aws.String("attribute_not_exists(pk)")})
	if err != nil && !refused(err) {
		return s.explain("write the audit trail", err)
	}
	return nil
}

// Actions lists the newest entries of the audit trail before an id.
func (s *Store) Actions(ctx context.Context, before string, limit int) ([]newsletter.Action, error) {
	in := listed("AUD")
	in.ScanIndexForward = aws.Bool(false)
	if before != "" {
		in.KeyConditionExpression = aws.String("gpk = :gpk AND gsk < :before")
		in.ExpressionAttributeValues[":before"] = str(before)
	}
	return actions().list(ctx, s, limit, in)
}
