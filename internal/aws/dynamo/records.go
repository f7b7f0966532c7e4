package dynamo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// listed is a query for one partition of gs1.
func listed(gpk string) *dynamodb.QueryInput {
	return &dynamodb.QueryInput{IndexName: aws.String("gs1"), KeyConditionExpression: aws.String("gpk = :gpk"),
		ExpressionAttributeValues: item{":gpk": str(gpk)}}
}

// Publication reads the magazine.
func (s *Store) Publication(ctx context.Context) (newsletter.Publication, error) {
	return publications().get(ctx, s, newsletter.Publication{})
}

// SavePublication saves the magazine.
func (s *Store) SavePublication(ctx context.Context, p *newsletter.Publication) error {
	return publications().save(ctx, s, p, &p.Rev)
}

// Source reads one source.
func (s *Store) Source(ctx context.Context, id string) (newsletter.Source, error) {
	return sources().get(ctx, s, newsletter.Source{ID: id})
}

// SaveSource saves a source.
func (s *Store) SaveSource(ctx context.Context, v *newsletter.Source) error {
	return sources().save(ctx, s, v, &v.Rev)
}

// Sources lists all sources by id.
func (s *Store) Sources(ctx context.Context) ([]newsletter.Source, error) {
	found, err := sources().list(ctx, s, 0, listed("DUE"))
	slices.SortFunc(found, func(a, b newsletter.Source) int { return cmp.Compare(a.ID, b.ID) })
	return found, err
}

// Author reads one author.
func (s *Store) Author(ctx context.Context, key string) (newsletter.Author, error) {
	return authors().get(ctx, s, newsletter.Author{Key: key})
}

// SaveAuthor saves an author.
func (s *Store) SaveAuthor(ctx context.Context, a *newsletter.Author) error {
	return authors().save(ctx, s, a, &a.Rev)
}

// Authors lists authors by place.
func (s *Store) Authors(ctx context.Context, after string, limit int) ([]newsletter.Author, error) {
	if limit <= 0 {
		return nil, nil
	}
	in := listed("AU")
	if after != "" {
		in.KeyConditionExpression = aws.String("gpk = :gpk AND gsk > :after")
		in.ExpressionAttributeValues[":after"] = str(after)
	}
	return authors().list(ctx, s, limit, in)
}

// Schedule reads one schedule.
func (s *Store) Schedule(ctx context.Context, id string) (newsletter.Schedule, error) {
	return schedules().get(ctx, s, newsletter.Schedule{ID: id})
}

// SaveSchedule saves a schedule.
func (s *Store) SaveSchedule(ctx context.Context, v *newsletter.Schedule) error {
	return schedules().save(ctx, s, v, &v.Rev)
}

// Schedules lists all schedules by id.
func (s *Store) Schedules(ctx context.Context) ([]newsletter.Schedule, error) {
	return schedules().list(ctx, s, 0, &dynamodb.QueryInput{ConsistentRead: aws.Bool(true),
		KeyConditionExpression: aws.String("pk = :pk"), ExpressionAttributeValues: item{":pk": str("SCH")}})
}

// Issue reads one issue.
func (s *Store) Issue(ctx context.Context, id string) (newsletter.Issue, error) {
	return issues().get(ctx, s, newsletter.Issue{ID: id})
}

// SaveIssue saves an issue.
func (s *Store) SaveIssue(ctx context.Context, i *newsletter.Issue) error {
	return issues().save(ctx, s, i, &i.Rev)
}

// Issues lists the newest issues.
func (s *Store) Issues(ctx context.Context, limit int) ([]newsletter.Issue, error) {
	if limit <= 0 {
		return nil, nil
	}
	newest := listed("ED")
	newest.ScanIndexForward = aws.Bool(false)
	return issues().list(ctx, s, limit, newest)
}

// IssuesBefore lists the newest issues before a place.
func (s *Store) IssuesBefore(ctx context.Context, before string, limit int) ([]newsletter.Issue, error) {
	if before == "" {
		return s.Issues(ctx, limit)
	}
	if _, _, err := newsletter.ParseIssuePlace(before); err != nil || limit <= 0 {
		return nil, err
	}
	in := listed("ED")
	in.ScanIndexForward = aws.Bool(false)
	in.KeyConditionExpression = aws.String("gpk = :gpk AND gsk < :before")
	in.ExpressionAttributeValues[":before"] = str(before)
	return issues().list(ctx, s, limit, in)
}

// Mail reads the rendered mail of an issue.
func (s *Store) Mail(ctx context.Context, issue, variant string) (newsletter.Mail, error) {
	return mails().get(ctx, s, newsletter.Mail{Issue: issue, Variant: variant})
}

// SaveMail saves the rendered mail of an issue, in place of an earlier one. HTML
// and text are one item, so that they are never of two renderings.
func (s *Store) SaveMail(ctx context.Context, m *newsletter.Mail) error {
	if _, err := s.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: mails().encode(m)}); err != nil {
		return s.explain("save mail", err)
	}
	return nil
}

// Quota reads what the mail provider said last.
func (s *Store) Quota(ctx context.Context) (newsletter.Quota, error) {
	return quotas().get(ctx, s, newsletter.Quota{})
}

// SaveQuota saves it.
func (s *Store) SaveQuota(ctx context.Context, q *newsletter.Quota) error {
	return quotas().save(ctx, s, q, &q.Rev)
}

// Suppression reads one suppression.
func (s *Store) Suppression(ctx context.Context, id newsletter.SubscriberID) (newsletter.Suppression, error) {
	return suppressions().get(ctx, s, newsletter.Suppression{ID: id})
}

// SaveSuppression saves a suppression.
func (s *Store) SaveSuppression(ctx context.Context, v *newsletter.Suppression) error {
	return suppressions().save(ctx, s, v, &v.Rev)
}

// SaveSuppressed saves one after the other; the calls at once.
func (s *Store) SaveSuppressed(ctx context.Context, sup *newsletter.Suppression, sub *newsletter.Subscriber, note *newsletter.Action, issue string, calls []newsletter.Call) error {
	told := make(chan error, len(calls))
	for i := range calls {
		go func() { told <- s.SaveCall(ctx, &calls[i]) }()
	}
	err := s.SaveSuppression(ctx, sup)
	var untold error
	for range calls {
		if err := <-told; err != nil && !errors.Is(err, newsletter.ErrConflict) {
			untold = errors.Join(untold, err)
		}
	}
	if err != nil {
		return err
	}
	if err := s.SaveSubscriber(ctx, sub); err != nil {
		return err
	}
	if issue != "" {
		err = s.Count(ctx, issue, newsletter.MetricUnsubscribed, 1)
	}
	return errors.Join(s.AddAction(ctx, note), err, untold)
}

// AddSuppressions adds those that are not there yet.
func (s *Store) AddSuppressions(ctx context.Context, list []newsletter.Suppression) (added int, err error) {
	return addAll(ctx, list, func(ctx context.Context, v *newsletter.Suppression) error {
		v.Rev = 0
		return s.SaveSuppression(ctx, v)
	})
}

// SuppressionsAfter reads the next page of a walk. It is a list: what was written in
// the last second may be missing.
func (s *Store) SuppressionsAfter(ctx context.Context, from, to byte, after newsletter.SubscriberID, limit int) ([]newsletter.Suppression, error) {
	return walk(from, to, after, limit, func(bucket byte, limit int) ([]newsletter.Suppression, error) {
		in := listed(fmt.Sprintf("SUP#%02x", bucket))
		in.KeyConditionExpression = aws.String("gpk = :gpk AND gsk > :after")
		in.ExpressionAttributeValues[":after"] = str(after.String())
		return suppressions().list(ctx, s, limit, in)
	})
}

// LiftSuppression removes a suppression if there is one.
func (s *Store) LiftSuppression(ctx context.Context, id newsletter.SubscriberID) error {
	k := suppressions().key(&newsletter.Suppression{ID: id})
	if _, err := s.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.table, Key: k.item()}); err != nil {
		return s.explain("lift suppression", err)
	}
	return nil
}
