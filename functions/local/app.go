package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/masthead-mail/masthead/internal/collect"
	"github.com/masthead-mail/masthead/internal/compose"
	"github.com/masthead-mail/masthead/internal/config"
	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/feedback"
	"github.com/masthead-mail/masthead/internal/hooks"
	"github.com/masthead-mail/masthead/internal/local/dkim"
	"github.com/masthead-mail/masthead/internal/local/outbox"
	"github.com/masthead-mail/masthead/internal/local/queue"
	"github.com/masthead-mail/masthead/internal/local/smtp"
	"github.com/masthead-mail/masthead/internal/local/sqlite"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/render"
	"github.com/masthead-mail/masthead/internal/subscribe"
	"github.com/masthead-mail/masthead/internal/token"
)

// app is all stages over one data folder, filled in once.
type app struct {
	config.Settings
	schedule    string // id of the schedule that the settings describe
	baseURL     string // of links, where none is set
	secrets     secrets
	signer      *token.Signer
	store       *sqlite.Store
	outbox      *outbox.Outbox
	mailer      mailer
	queue       *queue.Queue[deliver.LaneRef]
	renderer    *render.Renderer
	collector   *collect.Collector
	composer    *compose.Composer
	engine      *deliver.Engine
	subscribers *subscribe.Subscribers
	access      *desk.Access
	office      *desk.Desk
	hooks       *hooks.Hooks
	unavailable atomic.Bool // the mail system cannot be reached
}

// mailer sends digests and single mails.
type mailer interface {
	deliver.Mailer
	Post(ctx context.Context, m *newsletter.Message) error
}

// open makes an app of the settings. Links in mails lead to baseURL where no
// public address is set.
func open(ctx context.Context, s config.Settings, baseURL string) (*app, error) {
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return nil, fmt.Errorf("the data folder cannot be made: %w; choose another with -data", err)
	}
	a := &app{Settings: s, baseURL: cmp.Or(s.BaseURL, baseURL), queue: &queue.Queue[deliver.LaneRef]{}}
	var err error
	if a.secrets, err = loadSecrets(s.Data); err != nil {
		return nil, err
	}
	if a.store, err = sqlite.Open(ctx, filepath.Join(s.Data, "masthead.db")); err != nil {
		return nil, err
	}
	if err := a.prepare(ctx); err != nil {
		_ = a.close()
		return nil, err
	}
	return a, nil
}

func (a *app) prepare(ctx context.Context) error {
	if err := a.ensurePublication(ctx); err != nil {
		return err
	}
	if err := a.ensureSchedule(ctx); err != nil {
		return err
	}
	return a.equip(ctx)
}

// equip makes the stages, and stores nothing.
func (a *app) equip(ctx context.Context) error {
	renderer, err := newRenderer(&a.Settings, os.Stderr)
	if err != nil {
		return err
	}
	a.renderer = renderer
	if err := a.chooseMailer(ctx); err != nil {
		return err
	}
	a.wire(renderer)
	return nil
}

func (a *app) wire(renderer *render.Renderer) {
	a.signer = &token.Signer{Keys: a.secrets.Keys}
	renderer.Redirect = a.signer.SignLink
	a.engine = &deliver.Engine{
		Store: a.store, Mailer: a.mailer, Queue: a.queue, Publication: a.publication, Tokens: a.signer, Now: time.Now, Sleep: sleep,
		Owner: owner(), Rate: a.Rate, Workers: a.Workers, Spread: a.Spread, Canary: a.Canary, BatchSize: a.batchSize(), SendTimeout: 45 * time.Second,
	}
	a.composer = &compose.Composer{Store: a.store, Publication: a.publication, Render: renderer, Runs: a.engine, Now: time.Now,
		Identity: a.identity, Forecast: a.engine.Forecast}
	if public, err := url.Parse(a.BaseURL); err == nil && a.BaseURL != "" && !loopbackName(public.Hostname()) {
		a.composer.Nobody = func(context.Context) (string, error) { return a.signer.Nobody(), nil }
	}
	single := &deliver.Singles{Store: a.store, Mail: a.mailer, Now: time.Now, Sleep: sleep}
	a.office = &desk.Desk{Store: a.store, Composer: a.composer, Runs: a.engine, Mail: single, Publication: a.publication, Now: time.Now, Fixed: a.Fixed()}
	a.access = &desk.Access{Store: a.store, Mail: single, Render: renderer, Publication: a.publication, Editors: a.Editors, Operators: a.Operators,
		Token: a.EditorToken, Now: time.Now}
	a.subscribers = &subscribe.Subscribers{Store: a.store, Mail: single, Render: renderer, Publication: a.publication,
		Tokens: a.signer, Pepper: a.secrets.Pepper, Now: time.Now, Trouble: func(err error) { fmt.Fprintln(os.Stderr, sentence(err)) }}
	a.subscribers.Books = a.engine
	a.hooks = a.newHooks()
	a.engine.Announce, a.composer.Announce, a.subscribers.Hooks = a.hooks.Announce, a.hooks.Announce, a.hooks
	if a.Welcome {
		a.subscribers.Greeter = a.composer
	}
}

// clicks counts how often links of mails are followed.
func (a *app) clicks() *feedback.Clicks {
	return &feedback.Clicks{Store: a.store, Tokens: a.signer, Pepper: a.secrets.Pepper, Now: time.Now}
}

func (a *app) chooseMailer(ctx context.Context) error {
	if err := a.checkBounces(); err != nil {
		return err
	}
	keys, err := dkim.Load(a.DKIM)
	if err != nil {
		return err
	}
	a.outbox = &outbox.Outbox{Dir: a.Out, Now: time.Now, Sign: keys}
	a.mailer = a.outbox
	if a.SMTP == "" {
		return nil
	}
	relay, err := smtp.ParseRelay(a.SMTP)
	if err != nil {
		return err
	}
	if err := a.readyForStrangers(ctx, relay); err != nil {
		return err
	}
	a.mailer = &smtp.Mailer{Relay: relay, Now: time.Now, ReturnPath: a.returnPath(), Sign: keys, Notes: smtp.NewNotes(filepath.Join(a.Data, "sending"))}
	return nil
}

// readyForStrangers refuses to hand mail to a server elsewhere while its sender
// and its links are placeholders: no reader could answer or unsubscribe. A server
// on this machine is a trial.
func (a *app) readyForStrangers(ctx context.Context, relay smtp.Relay) error {
	host, _, _ := net.SplitHostPort(relay.Host)
	if loopbackName(host) {
		return nil
	}
	stored, err := a.store.Publication(ctx)
	if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
		return err
	}
	var missing []error
	if a.From == "" && stored.From == "" {
		missing = append(missing, fmt.Errorf("set MASTHEAD_FROM, or the sender at the desk, to the sender of the mails before they leave this machine: %w", newsletter.ErrInvalid))
	}
	if a.BaseURL == "" {
		missing = append(missing, fmt.Errorf("set MASTHEAD_BASE_URL to the public address of this server before mail leaves this machine: unsubscribe links lead there: %w", newsletter.ErrInvalid))
	}
	return errors.Join(missing...)
}

// batchSize is what is sent within a second, so that a slow pace is an even one. And
// it is small over SMTP where there are no notes of what is being sent: what a killed
// process leaves in doubt there can never be settled, so it shall be few.
func (a *app) batchSize() int {
	size := newsletter.MaxBatch
	if m, ok := a.mailer.(*smtp.Mailer); ok && m.Notes == nil {
		size = 10
	}
	if a.Rate > 0 && a.Rate < float64(size) {
		size = max(1, int(a.Rate))
	}
	return size
}

// close ends the connections and the store.
func (a *app) close() error {
	var err error
	if m, ok := a.mailer.(*smtp.Mailer); ok {
		err = m.Close()
	}
	return errors.Join(err, a.store.Close())
}

// publication is the stored one with the settings over it.
func (a *app) publication(ctx context.Context) (newsletter.Publication, error) {
	p, err := a.store.Publication(ctx)
	if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
		return p, err
	}
	p = a.Apply(p)
	p.BaseURL = a.baseURL
	p.Name = cmp.Or(p.Name, "Masthead")
	return p, nil
}

// ensurePublication keeps the data folder to its first pepper.
func (a *app) ensurePublication(ctx context.Context) error {
	return a.changePublication(ctx, func(p *newsletter.Publication) (bool, error) {
		noted, err := p.NotePepper(a.secrets.Pepper)
		if err != nil {
			err = fmt.Errorf("secrets.json does not belong to masthead.db: %w", err)
		}
		return noted, err
	})
}

// adopt lets the publication take what it lacks from what a source says of
// itself.
func (a *app) adopt(ctx context.Context, s *newsletter.Source) error {
	return a.changePublication(ctx, func(p *newsletter.Publication) (bool, error) { return p.Adopt(s), nil })
}

// changePublication saves the stored publication where change says so. It does
// not mind losing against another process, which does the same.
func (a *app) changePublication(ctx context.Context, change func(*newsletter.Publication) (bool, error)) error {
	p, err := a.store.Publication(ctx)
	if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
		return err
	}
	changed, err := change(&p)
	if err != nil || !changed {
		return err
	}
	err = a.store.SavePublication(ctx, &p)
	if errors.Is(err, newsletter.ErrConflict) {
		return nil
	}
	return err
}

func (a *app) ensureSchedule(ctx context.Context) error {
	wanted := a.MainSchedule(time.Now())
	a.schedule = wanted.ID
	stored, err := a.store.Schedule(ctx, wanted.ID)
	if err == nil {
		if !stored.Reseed(wanted) {
			return nil
		}
		wanted = stored
	} else if !errors.Is(err, newsletter.ErrNotFound) {
		return err
	}
	err = a.store.SaveSchedule(ctx, &wanted)
	if errors.Is(err, newsletter.ErrConflict) {
		return nil // another process was faster
	}
	return err
}

// owner names this process in leases, see freeDeadLanes.
func owner() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s process %d", host, os.Getpid())
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
