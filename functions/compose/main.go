// Command compose is the Lambda function that makes Issues and starts their Runs:
// those of the schedules that are due at every tick, and one at once where the event
// is {"schedule": "weekly"}. With {"run": "weekly-…", "state": "paused"} an operator
// pauses, resumes ("sending") or cancels ("cancelled") a Run; with {"forecast": "weekly"}
// nothing is sent, and the answer tells what a Run would be like; with {"signIn":
// "ada@example.org"} the answer is a link to the desk for an address that is listed.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	_ "time/tzdata" // the runtime of Lambda has no time zones

	"github.com/aws/aws-lambda-go/lambda" // speaks Lambda's Runtime API

	"github.com/masthead-mail/masthead/internal/aws/secrets"
	"github.com/masthead-mail/masthead/internal/aws/ses"
	"github.com/masthead-mail/masthead/internal/aws/sqs"
	"github.com/masthead-mail/masthead/internal/aws/stack"
	"github.com/masthead-mail/masthead/internal/compose"
	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/hooks"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/render"
)

func main() {
	s, err := stack.Open(os.Getenv, "MASTHEAD_QUEUE", "MASTHEAD_BASE_URL", "MASTHEAD_FROM", "MASTHEAD_SECRETS")
	if err != nil {
		log.Fatal(err)
	}
	renderer, err := render.New()
	if err != nil {
		log.Fatal(err)
	}
	runs := &deliver.Engine{Store: s.Store, Queue: sqs.Open[deliver.LaneRef](s.AWS, s.Queue), Publication: s.Publication, Now: s.Now,
		Rate: s.Rate, Workers: s.Workers, Events: true, Price: stack.Price, Spread: s.Spread, Canary: s.Canary}
	f := &function{Stack: s, runs: runs, renderer: renderer, secrets: secrets.Open(s.AWS, s.Secrets, s.NotePepper),
		mailer:   &ses.Mailer{API: ses.Connect(s.AWS), ConfigurationSet: s.ConfigurationSet},
		access:   &desk.Access{Store: s.Store, Publication: s.Publication, Editors: s.Editors, Operators: s.Operators, Now: s.Now},
		composer: &compose.Composer{Store: s.Store, Publication: s.Publication, Render: renderer, Runs: runs, Pages: &fetch.Client{Now: s.Now}, Now: s.Now}}
	f.composer.Nobody = f.nobody
	f.composer.Announce = (&hooks.Hooks{Store: s.Store, Publication: s.Publication, Now: s.Now}).Announce
	lambda.Start(f.handle)
}

type function struct {
	*stack.Stack
	runs     *deliver.Engine
	composer *compose.Composer
	access   *desk.Access
	mailer   *ses.Mailer
	renderer *render.Renderer
	secrets  *secrets.Keeper
}

// event is what a person invokes the function with. The scheduler's own event has
// none of the fields: it is a tick.
type event struct {
	Schedule string              `json:"schedule"`
	Run      string              `json:"run"`
	State    newsletter.RunState `json:"state"`
	Reason   string              `json:"reason"`   // of a pause or a cancellation, in words
	Forecast string              `json:"forecast"` // schedule of a Run that is only reckoned
	SignIn   string              `json:"signIn"`   // address for which a link to the desk is made
}

// handle returns what came of each fire, or the Run that was moved.
func (f *function) handle(ctx context.Context, e event) (any, error) {
	if e.Run != "" {
		run, err := f.steer(ctx, e)
		f.Log.InfoContext(ctx, "a run was moved by hand", "run", e.Run, "to", e.State, "error", err)
		return run, err
	}
	if e.SignIn != "" {
		return f.access.Link(ctx, e.SignIn, newsletter.ByInvocation)
	}
	if e.Forecast != "" {
		forecast, err := f.runs.Forecast(ctx, e.Forecast)
		return deliver.Words(forecast), err
	}
	return f.fire(ctx, e)
}

// invoker is whoever may invoke this function: AWS has asked them who they are.
var invoker = desk.Person{Who: newsletter.ByInvocation, Role: newsletter.RoleOperator}

// steer does what the operator wishes of a Run.
func (f *function) steer(ctx context.Context, e event) (newsletter.Run, error) {
	reason := cmp.Or(e.Reason, "by hand")
	office := &desk.Desk{Store: f.Store, Runs: f.runs, Now: f.Now}
	switch e.State {
	case newsletter.RunPaused:
		return office.HoldRun(ctx, invoker, e.Run, reason)
	case newsletter.RunSending:
		return office.ResumeRun(ctx, invoker, e.Run)
	case newsletter.RunCancelled:
		return office.CancelRun(ctx, invoker, e.Run, reason)
	}
	return newsletter.Run{}, fmt.Errorf("a run can be made paused, sending or cancelled, but not %q: %w", e.State, newsletter.ErrInvalid)
}

func (f *function) fire(ctx context.Context, e event) ([]compose.Fired, error) {
	if _, err := f.EnsureSchedule(ctx); err != nil {
		return nil, err
	}
	known, err := f.secrets.Get(ctx)
	if err != nil {
		return nil, err
	}
	f.renderer.Redirect = known.Signer.SignLink
	if e.Schedule != "" {
		return f.sendNow(ctx, e.Schedule)
	}
	fired, err := f.composer.Tick(ctx)
	teller, tellErr := f.teller(ctx)
	if tellErr != nil {
		return fired, errors.Join(err, tellErr)
	}
	for i := range fired {
		if fired[i].Skipped != "" {
			err = errors.Join(err, teller.Missed(ctx, fired[i].Schedule, fired[i].At, fired[i].Skipped))
		}
		f.Log.InfoContext(ctx, "a schedule fired", "schedule", fired[i].Schedule, "at", fired[i].At, "issue", fired[i].Issue, "run", fired[i].Run, "skipped", fired[i].Skipped)
	}
	return fired, errors.Join(err, teller.Drafts(ctx))
}

// nobody is a token to unsubscribe with which preflight tries the link.
func (f *function) nobody(ctx context.Context) (string, error) {
	known, err := f.secrets.Get(ctx)
	if err != nil {
		return "", err
	}
	return known.Signer.Nobody(), nil
}

// teller mails those who work at the desk what happens without them.
func (f *function) teller(ctx context.Context) (*desk.Teller, error) {
	known, err := f.secrets.Get(ctx)
	if err != nil {
		return nil, err
	}
	single := &deliver.Singles{Store: f.Store, Mail: f.mailer, Now: f.Now, Sleep: stack.Sleep}
	return &desk.Teller{To: f.access.Everybody(), Store: f.Store, Preflight: f.composer, Mail: single, Render: f.renderer, Publication: f.Publication,
		Tokens: known.Signer, Now: f.Now}, nil
}

func (f *function) sendNow(ctx context.Context, schedule string) ([]compose.Fired, error) {
	fired := compose.Fired{Schedule: schedule, At: f.Now()}
	run, err := f.composer.SendNow(ctx, schedule)
	switch {
	case errors.Is(err, compose.ErrNothingNew):
		fired.Skipped, err = "there are no new articles", nil
	case err != nil:
		return nil, err
	}
	fired.Issue, fired.Run = run.Issue, run.ID
	if run.ID != "" {
		err = f.access.Note(ctx, invoker, "sent an issue at once", "issue "+run.Issue, "")
	}
	f.Log.InfoContext(ctx, "asked to send now", "schedule", schedule, "issue", run.Issue, "skipped", fired.Skipped)
	return []compose.Fired{fired}, err
}
