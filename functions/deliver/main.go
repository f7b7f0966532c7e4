// Command deliver is the Lambda function that mails: each message of the lane queue
// lets it walk one Lane of a Run until its time is nearly up; then it puts the Lane
// back on the queue.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"time"
	_ "time/tzdata" // the runtime of Lambda has no time zones

	"github.com/aws/aws-lambda-go/lambda" // speaks Lambda's Runtime API

	"github.com/masthead-mail/masthead/internal/aws/events"
	"github.com/masthead-mail/masthead/internal/aws/secrets"
	"github.com/masthead-mail/masthead/internal/aws/ses"
	"github.com/masthead-mail/masthead/internal/aws/sqs"
	"github.com/masthead-mail/masthead/internal/aws/stack"
	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

func main() {
	s, err := stack.Open(context.Background(), os.Getenv, "MASTHEAD_QUEUE", "MASTHEAD_BASE_URL", "MASTHEAD_FROM", "MASTHEAD_SECRETS", "MASTHEAD_CONFIGURATION_SET")
	if err != nil {
		log.Fatal(err)
	}
	f := &function{
		Stack:   s,
		mailer:  &ses.Mailer{API: ses.Connect(s.AWS), ConfigurationSet: s.ConfigurationSet},
		queue:   sqs.Open[deliver.LaneRef](s.AWS, s.Queue),
		secrets: secrets.Open(s.AWS, s.Secrets, s.NotePepper),
	}
	lambda.Start(events.Messages(s.Log, f.walk))
}

type function struct {
	*stack.Stack
	mailer  *ses.Mailer
	queue   *sqs.Queue[deliver.LaneRef]
	secrets *secrets.Keeper

	quota ses.Quota
	asked time.Time // when the quota was read
}

// walk works the Lane that a message names. Lambda's deadline is in ctx: the walk
// ends before it.
func (f *function) walk(ctx context.Context, body string) error {
	var ref deliver.LaneRef
	if err := json.Unmarshal([]byte(body), &ref); err != nil || ref.Run == "" {
		return fmt.Errorf("the message names no lane: %w", newsletter.ErrInvalid)
	}
	engine, err := f.engine(ctx)
	if err != nil {
		return err
	}
	return engine.Walk(ctx, ref)
}

func (f *function) engine(ctx context.Context) (*deliver.Engine, error) {
	known, err := f.secrets.Get(ctx)
	if err != nil {
		return nil, err
	}
	if err := f.refreshQuota(ctx); err != nil {
		return nil, err
	}
	return &deliver.Engine{
		Store: f.Store, Mailer: f.mailer, Queue: f.queue, Publication: f.Publication, Tokens: known.Signer, Now: f.Now, Sleep: stack.Sleep,
		Owner: stack.Owner(), Rate: f.quota.Rate(f.Rate), BatchSize: f.quota.BatchSize(),
		Trouble: func(err error) { f.Log.ErrorContext(ctx, "sending is in trouble", "error", err) },
	}, nil
}

// quotaLife is how long a quota counts; SES raises it by itself from day to day.
const quotaLife = 5 * time.Minute

// refreshQuota asks SES again from time to time. While SES does not say, what it
// said last counts.
func (f *function) refreshQuota(ctx context.Context) error {
	if !f.asked.IsZero() && f.Now().Sub(f.asked) < quotaLife {
		return nil
	}
	quota, err := f.mailer.Quota(ctx)
	if err != nil && f.asked.IsZero() {
		return err
	}
	if err == nil {
		f.quota = quota
	}
	f.asked = f.Now()
	return nil
}
