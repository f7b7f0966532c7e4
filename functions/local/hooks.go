package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/hooks"
)

// hooksEvery is how often calls that are due are looked for. Nobody waits for them, and
// where there is no hook it is one look at an empty table.
const hooksEvery = 2 * time.Second

// newHooks makes the stage that tells programs elsewhere.
func (a *app) newHooks() *hooks.Hooks {
	return &hooks.Hooks{Store: a.store, Publication: a.publication, Now: time.Now,
		Caller: &fetch.Client{Loopback: a.loopbackHooks(), Timeout: hooks.Timeout, UserAgent: a.userAgent(), Now: time.Now}}
}

// loopbackHooks tells whether hooks may lead to programs on this machine: where its
// pages are for this machine alone, in a pass as well. Never on a server for others,
// whose operators shall not reach what runs beside it.
func (a *app) loopbackHooks() bool { return a.private() || a.baseURL == placeholderURL }

// hooksAtDesk is what operators do with them.
func (a *app) hooksAtDesk() *desk.Hooks {
	return &desk.Hooks{Store: a.store, Caller: a.hooks, Loopback: a.loopbackHooks(), Now: time.Now}
}

// callHooks makes the calls that are due.
func (a *app) callHooks(ctx context.Context) error {
	made, err := a.hooks.Tick(ctx)
	if made.GivenUp > 0 {
		err = errors.Join(err, fmt.Errorf("%d calls of hooks were given up; at the desk, under Access, Hooks, is why", made.GivenUp))
	}
	return err
}
