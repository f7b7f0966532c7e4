// Command sweep is the Lambda function that looks after open Runs every few
// minutes: it queues lanes that nobody works on, lets Runs that waited for quota go
// on, settles what is in doubt, and closes the books.
package main

import (
	"context"
	"errors"
	"log"
	"os"
	"time"
	_ "time/tzdata" // the runtime of Lambda has no time zones

	"github.com/aws/aws-lambda-go/lambda" // speaks Lambda's Runtime API

	"github.com/masthead-mail/masthead/internal/aws/secrets"
	"github.com/masthead-mail/masthead/internal/aws/ses"
	"github.com/masthead-mail/masthead/internal/aws/sqs"
	"github.com/masthead-mail/masthead/internal/aws/stack"
	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/feedback"
	"github.com/masthead-mail/masthead/internal/hooks"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

func main() {
	s, err := stack.Open(os.Getenv, "MASTHEAD_QUEUE", "MASTHEAD_FROM", "MASTHEAD_CONFIGURATION_SET", "MASTHEAD_SECRETS")
	if err != nil {
		log.Fatal(err)
	}
	account := &ses.Mailer{API: ses.Connect(s.AWS), ConfigurationSet: s.ConfigurationSet}
	f := &function{Stack: s, account: account, blocked: ses.ConnectSuppressed(s.AWS), secrets: secrets.Open(s.AWS, s.Secrets, s.NotePepper),
		engine: &deliver.Engine{Store: s.Store, Mailer: account, Queue: sqs.Open[deliver.LaneRef](s.AWS, s.Queue), Publication: s.Publication, Now: s.Now, Events: true}}
	f.engine.Announce = (&hooks.Hooks{Store: s.Store, Publication: s.Publication, Now: s.Now}).Announce
	lambda.Start(f.tick)
}

type function struct {
	*stack.Stack
	account *ses.Mailer
	blocked *ses.Suppressed
	secrets *secrets.Keeper
	engine  *deliver.Engine
}

// tick sweeps, and tells the log how much of the day's quota is spent: an alarm of
// template.yaml reads that.
func (f *function) tick(ctx context.Context) error {
	quota, err := f.account.Quota(ctx, f.Now())
	if err == nil {
		err = f.engine.NoteQuota(ctx, quota)
		f.Log.InfoContext(ctx, "quota of Amazon SES", "quotaUsed", quota.Used(), "perSecond", quota.PerSecond)
	}
	if err := f.learn(ctx); err != nil {
		f.Log.WarnContext(ctx, "the suppression list of Amazon SES was not read; it is tried again later", "error", err) // runs need nothing of it
	}
	return errors.Join(err, f.engine.Sweep(ctx), f.watch(ctx))
}

// watch tells the log what a person should look at: alarms of template.yaml read its
// messages.
func (f *function) watch(ctx context.Context) error {
	stuck, err := f.engine.Stuck(ctx)
	for i := range stuck {
		f.Log.ErrorContext(ctx, "a run is stuck", "run", stuck[i].Run, "why", stuck[i].Words(f.Now()))
	}
	schedules, listErr := f.Store.Schedules(ctx)
	for i := range schedules {
		if fire, overdue := schedules[i].Overdue(f.Now()); overdue {
			f.Log.ErrorContext(ctx, "a schedule is overdue", "schedule", schedules[i].ID, "fire", fire)
		}
	}
	return errors.Join(err, listErr)
}

// How often the list of the account is read, and how far back: SES may have put
// somebody on it whose event was lost.
const (
	learnEvery = 6 * time.Hour
	learnBack  = 8 * 24 * time.Hour
)

// learn suppresses whom SES delivers nothing to.
func (f *function) learn(ctx context.Context) error {
	due, err := f.Store.Allow(ctx, "suppression-list", "read", 1, learnEvery, f.Now())
	if err != nil || !due {
		return err
	}
	known, err := f.secrets.Get(ctx)
	if err != nil {
		return err
	}
	handler := &feedback.Handler{Store: f.Store, Pepper: known.Pepper, Now: f.Now, Announce: f.engine.Announce}
	return f.blocked.Each(ctx, f.Now().Add(-learnBack), func(b ses.Blocked) error {
		e := feedback.Event{Kind: feedback.Bounced, At: b.At, Address: b.Address, Detail: "on the suppression list of Amazon SES"}
		if b.Reason == newsletter.Complained {
			e.Kind = feedback.Complaint
		}
		return handler.Blocked(ctx, e)
	})
}
