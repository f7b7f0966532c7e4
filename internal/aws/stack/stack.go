// Package stack is what the Lambda functions have in common: the settings, the AWS
// configuration, the table, and the publication as the settings and the table
// describe it. It opens no connection before it has to, so that a function is ready
// at once, and it holds no client of a service that only some functions use: each
// binary is as small as its work.
package stack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext" // logs in Lambda's own format
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/masthead-mail/masthead/internal/aws/dynamo"
	"github.com/masthead-mail/masthead/internal/config"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Price is what Amazon SES asks for 1,000 messages, in US dollars
// (https://aws.amazon.com/ses/pricing/, 2026).
const Price = 0.10

// Stack is the part of the system that every function needs.
type Stack struct {
	config.Settings
	AWS   aws.Config
	Store *dynamo.Store
	Log   *slog.Logger // never of addresses
	Now   func() time.Time
}

// CollectEvery is how often the template has due sources looked after.
const CollectEvery = 15 * time.Minute

// Open reads the settings; those with the given names must be set, and the table
// always. It calls no service yet.
func Open(getenv func(string) string, needs ...string) (*Stack, error) {
	settings, err := config.Load(getenv)
	if settings.AllowPrivate && getenv("AWS_LAMBDA_FUNCTION_NAME") != "" {
		err = errors.Join(err, errPrivate)
	}
	if err := errors.Join(err, config.Require(getenv, slices.Concat(needs, fromLambda, []string{"MASTHEAD_TABLE"})...)); err != nil {
		return nil, err
	}
	cfg := account(getenv)
	return &Stack{Settings: settings, AWS: cfg, Store: dynamo.Open(dynamo.Connect(cfg), settings.Table),
		Log: lambdacontext.NewLogger(), Now: time.Now}, nil
}

// errPrivate keeps what runs beside a function, such as the Runtime API on its loopback
// address, out of reach of sources and hooks. The tests run these programs elsewhere.
var errPrivate = fmt.Errorf("MASTHEAD_ALLOW_PRIVATE is for a laptop; remove it from the function's environment: %w", newsletter.ErrInvalid)

// Publication is the stored one with the settings over it.
func (s *Stack) Publication(ctx context.Context) (newsletter.Publication, error) {
	p, err := s.stored(ctx)
	if err != nil {
		return p, err
	}
	p = s.Apply(p)
	p.Name = cmp.Or(p.Name, "Masthead")
	return p, nil
}

// parameters are the stack's, by the variables that template.yaml makes of them.
var parameters = map[string]string{
	"MASTHEAD_NAME": "PublicationName", "MASTHEAD_POSTAL_ADDRESS": "PostalAddress", "MASTHEAD_FROM": "FromAddress", "MASTHEAD_REPLY_TO": "ReplyTo", "MASTHEAD_ZONE": "TimeZone", "MASTHEAD_THEME": "Theme",
	"MASTHEAD_ACCENT": "Accent", "MASTHEAD_LOGO": "Logo", "MASTHEAD_LOGO_DARK": "LogoDark", "MASTHEAD_LANGUAGE": "Language", "MASTHEAD_LANGUAGES": "Languages", "MASTHEAD_UTM": "Utm", "MASTHEAD_CLICKS": "Clicks",
	"MASTHEAD_TOPICS": "Topics",
}

// Fixed are the settings of the publication that stand above what is stored, with the
// parameters of the stack that they come from.
func (s *Stack) Fixed() map[newsletter.Setting]string {
	fixed := s.Settings.Fixed()
	for setting, variable := range fixed {
		if parameter := parameters[variable]; parameter != "" {
			fixed[setting] = fmt.Sprintf("the stack’s parameter %s (%s)", parameter, variable)
		}
	}
	return fixed
}

// stored is the publication as the table has it; a fresh table has an empty one.
func (s *Stack) stored(ctx context.Context) (newsletter.Publication, error) {
	p, err := s.Store.Publication(ctx)
	if errors.Is(err, newsletter.ErrNotFound) {
		err = nil
	}
	return p, err
}

// NotePepper keeps the stack to its first pepper.
func (s *Stack) NotePepper(ctx context.Context, pepper []byte) error {
	p, err := s.stored(ctx)
	if err != nil {
		return err
	}
	noted, err := p.NotePepper(pepper)
	if err != nil || !noted {
		return err
	}
	return s.save(ctx, &p)
}

// Adopt lets the publication take what it lacks from what a source says of itself.
func (s *Stack) Adopt(ctx context.Context, source *newsletter.Source) error {
	p, err := s.stored(ctx)
	if err != nil || !p.Adopt(source) {
		return err
	}
	return s.save(ctx, &p)
}

// save does not mind losing against another function: the next event tries again.
func (s *Stack) save(ctx context.Context, p *newsletter.Publication) error {
	err := s.Store.SavePublication(ctx, p)
	if errors.Is(err, newsletter.ErrConflict) {
		return nil
	}
	return err
}

// EnsureSchedule stores the schedule that the settings describe and returns its id.
// When it fired last stays as it is.
func (s *Stack) EnsureSchedule(ctx context.Context) (string, error) {
	wanted := s.MainSchedule(s.Now())
	stored, err := s.Store.Schedule(ctx, wanted.ID)
	switch {
	case err == nil:
		if !stored.Reseed(wanted) {
			return wanted.ID, nil
		}
		wanted = stored
	case !errors.Is(err, newsletter.ErrNotFound):
		return "", err
	}
	err = s.Store.SaveSchedule(ctx, &wanted)
	if errors.Is(err, newsletter.ErrConflict) {
		err = nil // another function was faster
	}
	return wanted.ID, err
}

// Owner names this execution environment in leases.
func Owner() string {
	return cmp.Or(os.Getenv("AWS_LAMBDA_LOG_STREAM_NAME"), "lambda")
}

// Sleep waits for d, or returns early, with its error, when ctx ends.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
