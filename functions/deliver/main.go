// Command deliver is the Lambda function that mails: each message of the lane queue
// lets it walk one Lane of a Run until its time is nearly up; then it puts the Lane
// back on the queue.
package main

import (
	"context"
	"encoding/json"
	"errors"
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
	"github.com/masthead-mail/masthead/internal/hooks"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

func main() {
	s, err := stack.Open(os.Getenv, "MASTHEAD_QUEUE", "MASTHEAD_BASE_URL", "MASTHEAD_FROM", "MASTHEAD_SECRETS", "MASTHEAD_CONFIGURATION_SET")
	if err != nil {
		log.Fatal(err)
	}
	f := &function{
		Stack:   s,
		mailer:  &ses.Mailer{API: ses.Connect(s.AWS), ConfigurationSet: s.ConfigurationSet},
		queue:   sqs.Open[deliver.LaneRef](s.AWS, s.Queue),
		secrets: secrets.Open(s.AWS, s.Secrets, s.NotePepper),
		hooks:   &hooks.Hooks{Store: s.Store, Publication: s.Publication, Now: s.Now},
	}
	lambda.Start(events.Messages(s.Log, f.walk))
}

type function struct {
	*stack.Stack
	mailer  *ses.Mailer
	queue   *sqs.Queue[deliver.LaneRef]
	secrets *secrets.Keeper
	hooks   *hooks.Hooks
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
	engine := &deliver.Engine{
		Store: f.Store, Mailer: f.mailer, Queue: f.queue, Publication: f.Publication, Tokens: known.Signer, Now: f.Now, Sleep: stack.Sleep,
		Owner: stack.Owner(), Rate: f.Rate, Events: true, Announce: f.hooks.Announce,
		Trouble: func(err error) { f.Log.ErrorContext(ctx, "sending is in trouble", "error", err) },
	}
	return engine, f.ensureQuota(ctx, engine)
}

// quotaLife is how long the stored quota counts. sweep stores it anew every five
// minutes; before its first time, or while it fails, this function asks for itself.
const quotaLife = 15 * time.Minute

// ensureQuota keeps a new stack from sending as if there were no limit. While SES does
// not say, what it said last counts.
func (f *function) ensureQuota(ctx context.Context, engine *deliver.Engine) error {
	stored, err := f.Store.Quota(ctx)
	if err == nil && f.Now().Sub(stored.AskedAt) < quotaLife {
		return nil
	}
	known := err == nil
	if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
		return err
	}
	quota, err := f.mailer.Quota(ctx, f.Now())
	if err != nil && known {
		return nil
	}
	if err != nil {
		return err
	}
	return engine.NoteQuota(ctx, quota)
}
