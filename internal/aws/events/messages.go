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
	return func(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
		response := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
		for i := range batch.Records {
			m := &batch.Records[i]
			err := ctx.Err()
			if err == nil {
				err = handle(ctx, m.Body)
			}
			if err != nil {
				log.ErrorContext(ctx, "a message was not handled and comes back", "error", err, "message", m.MessageId)
				response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
			}
		}
		return response, nil
	}
}
