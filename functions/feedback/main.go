// Command feedback is the Lambda function that takes what SES reports: bounces and
// complaints suppress readers, and every report settles its delivery.
package main

import (
	"context"
	"errors"
	"log"
	"os"
	_ "time/tzdata" // the runtime of Lambda has no time zones

	"github.com/aws/aws-lambda-go/lambda" // speaks Lambda's Runtime API

	"github.com/masthead-mail/masthead/internal/aws/events"
	"github.com/masthead-mail/masthead/internal/aws/secrets"
	"github.com/masthead-mail/masthead/internal/aws/stack"
	"github.com/masthead-mail/masthead/internal/feedback"
)

func main() {
	s, err := stack.Open(context.Background(), os.Getenv, "MASTHEAD_SECRETS")
	if err != nil {
		log.Fatal(err)
	}
	f := &function{Stack: s, secrets: secrets.Open(s.AWS, s.Secrets, s.NotePepper)}
	lambda.Start(events.Messages(s.Log, f.report))
}

type function struct {
	*stack.Stack
	secrets *secrets.Keeper
}

// report handles all that one report says. What is ahead of its batch comes back
// with the message.
func (f *function) report(ctx context.Context, body string) error {
	reported, err := feedback.Parse([]byte(body))
	if err != nil {
		return err
	}
	known, err := f.secrets.Get(ctx)
	if err != nil {
		return err
	}
	handler := &feedback.Handler{Store: f.Store, Pepper: known.Pepper, Now: f.Now}
	var faults []error
	for _, e := range reported {
		faults = append(faults, handler.Handle(ctx, e))
	}
	return errors.Join(faults...)
}
