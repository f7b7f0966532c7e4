// Command hooks is the Lambda function that tells programs elsewhere what happens: every
// minute it makes the calls that are due. It is a function of its own since it goes where
// operators have typed: it may use the table and nothing else, no mail, no secrets. It
// has no queue: calls lie in the table until they are made, a minute is soon enough, and
// an idle queue would be asked 650,000 times a month.
package main

import (
	"context"
	"log"
	"os"
	_ "time/tzdata" // the runtime of Lambda has no time zones

	"github.com/aws/aws-lambda-go/lambda" // speaks Lambda's Runtime API

	"github.com/masthead-mail/masthead/internal/aws/stack"
	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/hooks"
)

func main() {
	s, err := stack.Open(os.Getenv)
	if err != nil {
		log.Fatal(err)
	}
	client := &fetch.Client{Loopback: s.AllowPrivate, Timeout: hooks.Timeout, Now: s.Now} // AllowPrivate is for tests; stack.Open refuses it on Lambda
	f := &function{Stack: s, hooks: &hooks.Hooks{Store: s.Store, Caller: client, Publication: s.Publication, Now: s.Now}}
	lambda.Start(f.tick)
}

type function struct {
	*stack.Stack
	hooks *hooks.Hooks
}

// tick makes the calls that are due. An alarm of template.yaml reads what it logs of
// those that were given up.
func (f *function) tick(ctx context.Context) (hooks.Made, error) {
	made, err := f.hooks.Tick(ctx)
	if made.GivenUp > 0 {
		f.Log.ErrorContext(ctx, "calls of hooks were given up", "calls", made.GivenUp)
	}
	return made, err
}
