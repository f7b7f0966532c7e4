// Command feedback is the Lambda function that takes what SES reports: bounces and
// complaints suppress readers, every report settles its delivery, and a run of which
// too much comes back is stopped.
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
	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/feedback"
	"github.com/masthead-mail/masthead/internal/hooks"
)

func main() {
	s, err := stack.Open(os.Getenv, "MASTHEAD_SECRETS")
	if err != nil {
		log.Fatal(err)
	}
	f := &function{Stack: s, hooks: &hooks.Hooks{Store: s.Store, Publication: s.Publication, Now: s.Now}, secrets: secrets.Open(s.AWS, s.Secrets, s.NotePepper)}
	lambda.Start(events.Batches(s.Log, f.report))
}

type function struct {
	*stack.Stack
	secrets *secrets.Keeper
	hooks   *hooks.Hooks
}

// report handles all that a batch of messages says. What one message says is
// handled when all of it is: else the message comes back.
func (f *function) report(ctx context.Context, bodies []string) []error {
	faults := make([]error, len(bodies))
	var all []feedback.Event
	var from []int // the message of each event
	for i, body := range bodies {
		told, err := feedback.Parse([]byte(body))
		faults[i] = err
		for _, e := range told {
			all, from = append(all, e), append(from, i)
		}
	}
	handler, err := f.handler(ctx)
	for i := range all {
		faults[from[i]] = errors.Join(faults[from[i]], err)
	}
	if err != nil {
		return faults
	}
	for i, err := range handler.Handle(ctx, all) {
		faults[from[i]] = errors.Join(faults[from[i]], err)
	}
	return faults
}

func (f *function) handler(ctx context.Context) (*feedback.Handler, error) {
	known, err := f.secrets.Get(ctx)
	if err != nil {
		return nil, err
	}
	engine := &deliver.Engine{Store: f.Store, Now: f.Now, Events: true, Trouble: func(err error) {
		f.Log.ErrorContext(ctx, "a run has stopped by itself", "error", err)
	}}
	return &feedback.Handler{Store: f.Store, Pepper: known.Pepper, Now: f.Now, Brake: engine.Brake, Announce: f.hooks.Announce,
		Trouble: func(err error) { f.Log.WarnContext(ctx, "a figure is too low", "error", err) }}, nil
}
