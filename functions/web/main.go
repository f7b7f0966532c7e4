// Command web is the Lambda function behind API Gateway: the reader's pages, the
// archive, the editor's desk and the API.
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	_ "time/tzdata" // the runtime of Lambda has no time zones

	"github.com/aws/aws-lambda-go/lambda" // speaks Lambda's Runtime API

	"github.com/masthead-mail/masthead/internal/aws/events"
	"github.com/masthead-mail/masthead/internal/aws/secrets"
	"github.com/masthead-mail/masthead/internal/aws/ses"
	"github.com/masthead-mail/masthead/internal/aws/sqs"
	"github.com/masthead-mail/masthead/internal/aws/stack"
	"github.com/masthead-mail/masthead/internal/collect"
	"github.com/masthead-mail/masthead/internal/compose"
	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/feedback"
	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/hooks"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/render"
	"github.com/masthead-mail/masthead/internal/subscribe"
	"github.com/masthead-mail/masthead/internal/token"
	"github.com/masthead-mail/masthead/internal/web"
	"github.com/masthead-mail/masthead/internal/web/editor"
)

func main() {
	s, err := stack.Open(os.Getenv, "MASTHEAD_QUEUE", "MASTHEAD_FROM", "MASTHEAD_SECRETS")
	if err != nil {
		log.Fatal(err)
	}
	renderer, err := render.New()
	if err != nil {
		log.Fatal(err)
	}
	f := &function{Stack: s, renderer: renderer,
		blocked: ses.ConnectSuppressed(s.AWS),
		mailer:  &ses.Mailer{API: ses.Connect(s.AWS), ConfigurationSet: s.ConfigurationSet},
		queue:   sqs.Open[deliver.LaneRef](s.AWS, s.Queue),
		secrets: secrets.Open(s.AWS, s.Secrets, s.NotePepper),
	}
	lambda.Start(events.HTTP(s.Log, f))
}

type function struct {
	*stack.Stack
	renderer *render.Renderer
	mailer   *ses.Mailer
	blocked  *ses.Suppressed
	queue    *sqs.Queue[deliver.LaneRef]
	secrets  *secrets.Keeper

	site http.Handler
	made *token.Signer // the site was made with
}

// ServeHTTP serves the site with the secrets that hold now. Lambda sends one
// request at a time.
func (f *function) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := context.WithValue(r.Context(), domain{}, r.Host)
	if err := f.ready(ctx); err != nil {
		f.Log.ErrorContext(ctx, "the site is not ready", "error", err)
		http.Error(w, "We cannot answer right now. Please try again in a few minutes.", http.StatusServiceUnavailable)
		return
	}
	f.site.ServeHTTP(w, r.WithContext(ctx))
}

func (f *function) ready(ctx context.Context) error {
	known, err := f.secrets.Get(ctx)
	if err != nil || known.Signer == f.made {
		return err
	}
	schedule, err := f.EnsureSchedule(ctx)
	if err != nil {
		return err
	}
	runs := &deliver.Engine{Store: f.Store, Queue: f.queue, Publication: f.publication, Now: f.Now,
		Rate: f.Rate, Workers: f.Workers, Events: true, Price: stack.Price, Spread: f.Spread, Canary: f.Canary}
	single := &deliver.Singles{Store: f.Store, Mail: f.mailer, Now: f.Now, Sleep: stack.Sleep}
	access := &desk.Access{Store: f.Store, Mail: single, Render: f.renderer, Publication: f.publication, Editors: f.Editors, Operators: f.Operators,
		Token: f.EditorToken, Now: f.Now}
	client := &fetch.Client{Now: f.Now}
	composer := &compose.Composer{Store: f.Store, Publication: f.publication, Render: f.renderer, Runs: runs, Pages: client, Now: f.Now,
		Identity: ses.NewIdentity(f.AWS).Of, Forecast: runs.Forecast,
		Nobody: func(context.Context) (string, error) { return known.Signer.Nobody(), nil }}
	subscribers := &subscribe.Subscribers{Store: f.Store, Provider: f.blocked, Mail: single, Render: f.renderer, Publication: f.publication,
		Tokens: known.Signer, Pepper: known.Pepper, Now: f.Now, Trouble: func(err error) { f.Log.Error("beside a reader's request", "error", err) }}
	subscribers.Books = runs
	told := &hooks.Hooks{Store: f.Store, Caller: &fetch.Client{Loopback: f.AllowPrivate, Timeout: hooks.Timeout, Now: f.Now}, Publication: f.publication, Now: f.Now}
	composer.Announce, subscribers.Hooks = told.Announce, told
	atHooks := &desk.Hooks{Store: f.Store, Caller: told, Loopback: f.AllowPrivate, Now: f.Now} // AllowPrivate is for tests; stack.Open refuses it on Lambda
	if f.Welcome {
		subscribers.Greeter = composer
	}
	office := &desk.Desk{Store: f.Store, Composer: composer, Runs: runs, Collect: &collect.Collector{Store: f.Store, Fetch: client, Now: f.Now},
		Mail: single, Publication: f.publication, Now: f.Now, Fixed: f.Fixed()}
	clicks := &feedback.Clicks{Store: f.Store, Tokens: known.Signer, Pepper: known.Pepper, Now: f.Now}
	pages := &editor.Pages{Access: access, Clicks: clicks, Desk: office, Composer: composer, Runs: runs, Subscribers: subscribers, Hooks: atHooks, Store: f.Store, Tokens: known.Signer,
		Publication: f.publication, Now: f.Now, Sleep: stack.Sleep, Log: f.Log, Collects: stack.CollectEvery}
	atDesk, err := pages.Handler()
	if err != nil {
		return err
	}
	f.renderer.Redirect = known.Signer.SignLink
	site := &web.Site{
		Proxies: f.Proxies, Challenge: web.Challenge{Challenge: f.Settings.Challenge, Keys: known.Signer.Secrets(), Call: (&fetch.Client{Now: f.Now}).Call},
		Returns: &feedback.Returns{Tokens: known.Signer, Now: f.Now}, Feedback: &feedback.Handler{Store: f.Store, Pepper: known.Pepper, Now: f.Now, Brake: runs.Brake, Announce: told.Announce},
		Publication: f.publication, Store: f.Store, Schedule: schedule, Access: access, Desk: atDesk, Office: office, Hooks: atHooks, Log: f.Log, Runs: runs,
		Clicks:   clicks,
		Composer: composer, Subscribers: subscribers, Unlisted: f.Unlisted, BackupDays: f.BackupDays,
	}
	f.site, err = site.Handler()
	if err == nil {
		f.made = known.Signer
	}
	return err
}

// domain is the key of the request's own domain in its context.
type domain struct{}

// publication answers at the request's domain where no public address is set: the
// template cannot know the API's own before the function is there.
func (f *function) publication(ctx context.Context) (newsletter.Publication, error) {
	p, err := f.Publication(ctx)
	if host, ok := ctx.Value(domain{}).(string); ok && f.BaseURL == "" && host != "" {
		p.BaseURL = "https://" + host
	}
	return p, err
}
