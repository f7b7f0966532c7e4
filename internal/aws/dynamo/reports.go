package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// The Reports of a batch are sets of numbers, to which DynamoDB adds without their
// being read, and tells what was there before. One add for all reports of a batch
// costs one write unit; two, where they come in two parts.

func reportFields(r *newsletter.Reports) []field {
	return []field{
		{"accepted", members{&r.Accepted}}, {"refused", members{&r.Refused}}, {"bounced", members{&r.Bounced}}, {"complained", members{&r.Complained}},
		{"delivered", members{&r.Delivered}},
	}
}

const reportSK = "E#"

func reportKey(r *newsletter.Reports) key {
	return key{lanePK(r.Run, r.Lane), fmt.Sprintf("%s%09d", reportSK, r.Seq)}
}

// AddReports adds to the sets of a batch.
func (s *Store) AddReports(ctx context.Context, r newsletter.Reports) (newsletter.Reports, error) {
	fresh := newsletter.Reports{Run: r.Run, Lane: r.Lane, Seq: r.Seq}
	if r.Seen() == 0 {
		return fresh, nil
	}
	var add []string
	values := item{}
	for _, f := range reportFields(&r) {
		if value := f.encode(); value != nil {
			add, values[":"+f.name] = append(add, f.name+" :"+f.name), value
		}
	}
	before, err := s.add(ctx, "note reports", reportKey(&r), strings.Join(add, ", "), values)
	if err != nil {
		return fresh, err
	}
	var known newsletter.Reports
	if err := decodeMap(reportFields(&known), &types.AttributeValueMemberM{Value: before}); err != nil {
		return fresh, s.explain("note reports", err)
	}
	fresh = r.Without(known)
	return fresh, s.count(ctx, fresh)
}

// count adds the new bounces and complaints to those of the run.
func (s *Store) count(ctx context.Context, fresh newsletter.Reports) error {
	bounced, complained := fresh.Returned()
	if bounced+complained == 0 {
		return nil
	}
	_, err := s.add(ctx, "count bounces", returnedKey(fresh.Run), "bounced :bounced, complained :complained",
		item{":bounced": num(int64(bounced)), ":complained": num(int64(complained))})
	return err
}

// add adds to an item, which need not be there, and returns what was there before
// of what it changed.
func (s *Store) add(ctx context.Context, what string, k key, expression string, values item) (item, error) {
	values[":ttl"] = num(s.Now().Add(batchTTL).Unix())
	out, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: &s.table, Key: k.item(),
		UpdateExpression: aws.String("ADD " + expression + " SET #ttl = :ttl"), ExpressionAttributeNames: map[string]string{"#ttl": "ttl"},
		ExpressionAttributeValues: values, ReturnValues: types.ReturnValueUpdatedOld})
	if err != nil {
		return nil, s.explain(what, err)
	}
	return out.Attributes, nil
}

// Reports reads those of one batch.
func (s *Store) Reports(ctx context.Context, run string, lane, seq int) (newsletter.Reports, error) {
	r := newsletter.Reports{Run: run, Lane: lane, Seq: seq}
	it, err := s.get(ctx, "reports", reportKey(&r))
	if errors.Is(err, newsletter.ErrNotFound) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	return r, decodeMap(reportFields(&r), &types.AttributeValueMemberM{Value: it})
}

// LaneReports goes through those of a lane.
func (s *Store) LaneReports(ctx context.Context, run string, lane int, yield func(newsletter.Reports) error) error {
	return s.query(ctx, "reports", inLane(run, lane, reportSK), func(it item) (bool, error) {
		r := newsletter.Reports{Run: run, Lane: lane}
		var sk string
		err := errors.Join(textAt(&sk).decode(it["sk"]), decodeMap(reportFields(&r), &types.AttributeValueMemberM{Value: it}))
		if err == nil {
			r.Seq, err = strconv.Atoi(strings.TrimPrefix(sk, reportSK))
		}
		if err != nil {
			return true, s.explain("read reports", err)
		}
		return false, yield(r)
	})
}

func returnedKey(run string) key { return key{"RUN#" + run, "RETURNED"} }

// Returned reads the counts of a run.
func (s *Store) Returned(ctx context.Context, run string) (bounced, complained int, err error) {
	it, err := s.get(ctx, "count of bounces", returnedKey(run))
	if errors.Is(err, newsletter.ErrNotFound) {
		return 0, 0, nil
	}
	if err == nil {
		err = decodeMap([]field{{"bounced", intAt(&bounced)}, {"complained", intAt(&complained)}}, &types.AttributeValueMemberM{Value: it})
	}
	return bounced, complained, err
}
