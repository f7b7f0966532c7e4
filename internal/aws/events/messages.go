// Package events stands between what Lambda invokes a function with and what a
// stage offers: a batch of an SQS queue becomes one call a message, a request of
// API Gateway becomes one to an http.Handler. It knows no stage.
package events

import (
	"context"
	"log/slog"

	"github.com/aws/aws-lambda-go/events" // AWS's own types of the events
)

// Messages handles the messages of an SQS batch one after the other. Those whose
// handling fails, and those that ctx leaves no time for, are reported one by one,
// so that only they come back (ReportBatchItemFailures). A message body never goes
// to the log: it may hold addresses.
func Messages(log *slog.Logger, handle func(ctx context.Context, body string) error) func(context.Context, events.SQSEvent) (events.SQSEventResponse, error) {
	return Batches(log, func(ctx context.Context, bodies []string) []error {
		faults := make([]error, len(bodies))
		for i, body := range bodies {
			if faults[i] = ctx.Err(); faults[i] == nil {
				faults[i] = handle(ctx, body)
			}
		}
		return faults
	})
}

// Batches is like Messages for a handler that takes all messages of the batch at
// once, and says of each, in their order, what went wrong.
func Batches(log *slog.Logger, handle func(ctx context.Context, bodies []string) []error) func(context.Context, events.SQSEvent) (events.SQSEventResponse, error) {
	return func(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
		response := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
		bodies := make([]string, len(batch.Records))
		for i := range batch.Records {
			bodies[i] = batch.Records[i].Body
		}
		for i, err := range handle(ctx, bodies) {
			if err != nil {
				id := batch.Records[i].MessageId
				log.ErrorContext(ctx, "a message was not handled and comes back", "error", err, "message", id)
				response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: id})
			}
		}
		return response, nil
	}
}
