package desk

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// HookStore is what hooks need of a store; storetest.Store is the contract of each
// method.
type HookStore interface {
	Trail
	Hook(ctx context.Context, id string) (newsletter.Hook, error)
	SaveHook(ctx context.Context, h *newsletter.Hook) error
	DeleteHook(ctx context.Context, h *newsletter.Hook) error
	Hooks(ctx context.Context) ([]newsletter.Hook, error)
	Call(ctx context.Context, hook, id string) (newsletter.Call, error)
	SaveCall(ctx context.Context, c *newsletter.Call) error
	Calls(ctx context.Context, hook, before string, limit int) ([]newsletter.Call, error)
	Allow(ctx context.Context, kind, key string, limit int, window time.Duration, now time.Time) (bool, error)
}

// Caller makes calls while a person waits for what comes of them; *hooks.Hooks does.
type Caller interface {
	// Test calls a hook about nothing.
	Test(ctx context.Context, hook string) (newsletter.Call, error)
	// Make makes a call that waits; where another worker has it, it is as that one has
	// left it.
	Make(ctx context.Context, hook, id string) (newsletter.Call, error)
	// Forget is told that a hook was changed.
	Forget()
}

// Hooks is what operators do with hooks, and nobody else: calls hold readers'
// addresses, and the address of a hook is often a secret by itself. What is changed by
// its Rev fails with newsletter.ErrConflict where somebody was faster.
type Hooks struct {
	Store    HookStore
	Caller   Caller
	Loopback bool // hooks may lead to this machine: on a laptop
	Now      func() time.Time
}

// callsByHand is how many calls people may have made in an hour, of all hooks.
const callsByHand = 100

// switchedOff is why a hook is off that a person has switched off.
const switchedOff = "switched off by "

// List lists all hooks, the oldest first.
func (h *Hooks) List(ctx context.Context, p Person) ([]newsletter.Hook, error) {
	if err := p.May(newsletter.RoleOperator); err != nil {
		return nil, err
	}
	list, err := h.Store.Hooks(ctx)
	slices.SortStableFunc(list, func(a, b newsletter.Hook) int { return a.Since.Compare(b.Since) })
	return list, err
}

// lookedAt is how many of a hook's newest calls show how its receiver is doing.
const lookedAt = 50

// Trouble lists in words what an operator should look at; for others, nothing.
func (h *Hooks) Trouble(ctx context.Context, p Person) (words []string, err error) {
	list, err := h.List(ctx, p)
	if errors.Is(err, ErrForbidden) {
		return nil, nil
	}
	for i := range list {
		calls, err := h.Store.Calls(ctx, list[i].ID, "", lookedAt)
		if err != nil {
			return words, err
		}
		if trouble := list[i].Trouble(calls, h.Now()); trouble != "" {
			words = append(words, fmt.Sprintf("The hook at %s %s.", host(&list[i]), trouble))
		}
	}
	return words, err
}

// host names a hook: the rest of its address is often a secret.
func host(hook *newsletter.Hook) string {
	if u, err := url.Parse(hook.URL); err == nil {
		return u.Host
	}
	return hook.URL
}

// One reads a hook.
func (h *Hooks) One(ctx context.Context, p Person, id string) (newsletter.Hook, error) {
	if err := p.May(newsletter.RoleOperator); err != nil {
		return newsletter.Hook{}, err
	}
	return h.Store.Hook(ctx, id)
}

// New makes a hook. Its Secret is to be shown now, and never again.
func (h *Hooks) New(ctx context.Context, p Person, link string, events []string) (newsletter.Hook, error) {
	list, err := h.List(ctx, p)
	if err != nil {
		return newsletter.Hook{}, err
	}
	if len(list) >= newsletter.MaxHooks {
		return newsletter.Hook{}, &newsletter.Fault{Field: "url", Text: fmt.Sprintf("there are %d hooks, which is as many as can be; delete one first", len(list))}
	}
	hook, err := newsletter.NewHook(link, events, h.Loopback, p.Who, h.Now())
	if err != nil {
		return hook, err
	}
	return hook, h.save(ctx, p, &hook, "made a hook", strings.Join(hook.Events, ", "))
}

// Change sets where a hook leads and what it is told of.
func (h *Hooks) Change(ctx context.Context, p Person, id string, rev int64, link string, events []string) (newsletter.Hook, error) {
	return h.change(ctx, p, id, rev, "changed a hook", func(hook *newsletter.Hook) (string, error) {
		before := *hook
		err := hook.Change(link, events, h.Loopback)
		moved := ""
		if hook.URL != before.URL {
			moved = "its address"
		}
		return newsletter.Changes(moved, newsletter.Change("events", strings.Join(before.Events, ", "), strings.Join(hook.Events, ", "))), err
	})
}

// Set is Change and Switch at once.
func (h *Hooks) Set(ctx context.Context, p Person, id string, rev int64, link string, events []string, off bool) (newsletter.Hook, error) {
	hook, err := h.at(ctx, p, id, rev)
	if err != nil {
		return hook, err
	}
	if hook.URL != link || !slices.Equal(hook.Events, events) {
		if hook, err = h.Change(ctx, p, id, rev, link, events); err != nil {
			return hook, err
		}
	}
	if (hook.Off != "") != off {
		return h.Switch(ctx, p, id, hook.Rev, !off)
	}
	return hook, nil
}

// Switch switches a hook on or off. While it is off nothing is noted for it; what
// waits is given up.
func (h *Hooks) Switch(ctx context.Context, p Person, id string, rev int64, on bool) (newsletter.Hook, error) {
	what, off := "switched a hook on", ""
	if !on {
		what, off = "switched a hook off", switchedOff+p.Who
	}
	return h.change(ctx, p, id, rev, what, func(hook *newsletter.Hook) (string, error) {
		hook.Off = off
		return "", nil
	})
}

// Rotate replaces the secret of a hook; see newsletter.Hook. It is to be shown now.
func (h *Hooks) Rotate(ctx context.Context, p Person, id string, rev int64) (newsletter.Hook, error) {
	return h.change(ctx, p, id, rev, "replaced the secret of a hook", func(hook *newsletter.Hook) (string, error) {
		hook.Rotate(h.Now())
		return "", nil
	})
}

// Delete ends a hook. Its calls are made no more.
func (h *Hooks) Delete(ctx context.Context, p Person, id string, rev int64) error {
	hook, err := h.at(ctx, p, id, rev)
	if err != nil {
		return err
	}
	if err := h.Store.DeleteHook(ctx, &hook); err != nil {
		return err
	}
	h.Caller.Forget()
	return h.note(ctx, p, "deleted a hook", &hook, "")
}

// Test calls a hook now, about nothing. ErrTooMany: see callsByHand.
func (h *Hooks) Test(ctx context.Context, p Person, id string) (newsletter.Call, error) {
	hook, err := h.One(ctx, p, id)
	if err == nil {
		err = h.admit(ctx)
	}
	if err != nil {
		return newsletter.Call{}, err
	}
	call, err := h.Caller.Test(ctx, id)
	return call, errors.Join(err, h.note(ctx, p, "tested a hook", &hook, call.Answer))
}

// Calls lists the newest calls of a hook before an id; empty: from the newest on.
func (h *Hooks) Calls(ctx context.Context, p Person, id, before string, limit int) ([]newsletter.Call, error) {
	if _, err := h.One(ctx, p, id); err != nil {
		return nil, err
	}
	return h.Store.Calls(ctx, id, before, limit)
}

// Retry makes a call now that was given up or waits. ErrConflict: it has come to its
// end, or the hook is off.
func (h *Hooks) Retry(ctx context.Context, p Person, id, call string) (newsletter.Call, error) {
	hook, err := h.One(ctx, p, id)
	if err != nil {
		return newsletter.Call{}, err
	}
	if hook.Off != "" {
		return newsletter.Call{}, fmt.Errorf("the hook is off (%s); switch it on first: %w", hook.Off, newsletter.ErrConflict)
	}
	if err := h.admit(ctx); err != nil {
		return newsletter.Call{}, err
	}
	c, err := h.Store.Call(ctx, id, call)
	if err != nil {
		return c, err
	}
	if err := c.Again(h.Now()); err != nil {
		return c, err
	}
	if err := h.Store.SaveCall(ctx, &c); err != nil {
		return c, err
	}
	c, err = h.Caller.Make(ctx, id, call)
	return c, errors.Join(err, h.note(ctx, p, "tried a call again", &hook, c.Event+": "+c.Answer))
}

func (h *Hooks) admit(ctx context.Context) error {
	ok, err := h.Store.Allow(ctx, "hook-call", "by hand", callsByHand, time.Hour, h.Now())
	if err == nil && !ok {
		err = fmt.Errorf("calls by hand: %w", ErrTooMany)
	}
	return err
}

// at is the hook as the person has seen it.
func (h *Hooks) at(ctx context.Context, p Person, id string, rev int64) (newsletter.Hook, error) {
	hook, err := h.One(ctx, p, id)
	if err == nil && hook.Rev != rev {
		err = fmt.Errorf("hook %s was changed meanwhile: %w", id, newsletter.ErrConflict)
	}
	return hook, err
}

func (h *Hooks) change(ctx context.Context, p Person, id string, rev int64, what string, do func(hook *newsletter.Hook) (detail string, err error)) (newsletter.Hook, error) {
	hook, err := h.at(ctx, p, id, rev)
	if err != nil {
		return hook, err
	}
	detail, err := do(&hook)
	if err != nil {
		return hook, err
	}
	return hook, h.save(ctx, p, &hook, what, detail)
}

func (h *Hooks) save(ctx context.Context, p Person, hook *newsletter.Hook, what, detail string) error {
	if err := h.Store.SaveHook(ctx, hook); err != nil {
		return err
	}
	h.Caller.Forget()
	return h.note(ctx, p, what, hook, detail)
}

func (h *Hooks) note(ctx context.Context, p Person, what string, hook *newsletter.Hook, detail string) error {
	action := newsletter.NewAction(p.Who, what, "hook "+hook.ID, newsletter.Changes("at "+host(hook), detail), h.Now())
	return h.Store.AddAction(ctx, &action)
}
