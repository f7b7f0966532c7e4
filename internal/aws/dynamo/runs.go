package dynamo

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Run reads one run.
func (s *Store) Run(ctx context.Context, id string) (newsletter.Run, error) {
	return runs().get(ctx, s, newsletter.Run{ID: id})
}

// SaveRun saves a run.
func (s *Store) SaveRun(ctx context.Context, r *newsletter.Run) error {
	return runs().save(ctx, s, r, &r.Rev)
}

// OpenRuns lists the runs that are not finished, by id.
func (s *Store) OpenRuns(ctx context.Context) ([]newsletter.Run, error) {
	open := listed("RUNS")
	open.KeyConditionExpression = aws.String("gpk = :gpk AND begins_with(gsk, :open)")
	open.ExpressionAttributeValues[":open"] = str("open#")
	return runs().list(ctx, s, 0, open)
}

// RunsSince lists the runs that finished last.
func (s *Store) RunsSince(ctx context.Context, since time.Time, limit int) ([]newsletter.Run, error) {
	finished := listed("RUNS")
	finished.KeyConditionExpression = aws.String("gpk = :gpk AND gsk BETWEEN :from AND :to")
	finished.ExpressionAttributeValues[":from"], finished.ExpressionAttributeValues[":to"] = str("finished#"+sortable(since)), str("finished#~")
	finished.ScanIndexForward = aws.Bool(false)
	return runs().list(ctx, s, limit, finished)
}

// Lane reads one lane of a run.
func (s *Store) Lane(ctx context.Context, run string, n int) (newsletter.Lane, error) {
	return lanes().get(ctx, s, newsletter.Lane{Run: run, N: n})
}

// SaveLane saves a lane.
func (s *Store) SaveLane(ctx context.Context, l *newsletter.Lane) error {
	return lanes().save(ctx, s, l, &l.Rev)
}

// Batch reads one batch of a lane.
func (s *Store) Batch(ctx context.Context, run string, lane, seq int) (newsletter.Batch, error) {
	return batches().get(ctx, s, newsletter.Batch{Run: run, Lane: lane, Seq: seq})
}

// SaveBatch saves a batch.
func (s *Store) SaveBatch(ctx context.Context, b *newsletter.Batch) error {
	return batches().save(ctx, s, b, &b.Rev)
}

// Batches goes through the batches of a lane.
func (s *Store) Batches(ctx context.Context, run string, lane int, yield func(newsletter.Batch) error) error {
	return s.eachBatch(ctx, inLane(run, lane, "B#"), yield)
}

// DoubtfulBatches goes through the batches of a run that have an ambiguous entry.
func (s *Store) DoubtfulBatches(ctx context.Context, run string, yield func(newsletter.Batch) error) error {
	return s.eachBatch(ctx, listed("AMB#"+run), yield)
}

func (s *Store) eachBatch(ctx context.Context, in *dynamodb.QueryInput, yield func(newsletter.Batch) error) error {
	all := batches()
	return s.query(ctx, "batches", in, func(it item) (bool, error) {
		b, err := all.decode(it)
		if err != nil {
			return true, err
		}
		return false, yield(b)
	})
}

// inLane asks for the items of a lane whose sort key begins like that.
func inLane(run string, lane int, sk string) *dynamodb.QueryInput {
	return &dynamodb.QueryInput{ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("pk = :pk AND begins_with(sk, :sk)"),
		ExpressionAttributeValues: item{":pk": str(lanePK(run, lane)), ":sk": str(sk)},
	}
}
