package hooks

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Made is what a Tick came to.
type Made struct {
	Done, Failed, GivenUp, Dropped int
}

func (m *Made) add(c *newsletter.Call) {
	switch c.State {
	case newsletter.CallDone:
		m.Done++
	case newsletter.CallGivenUp:
		m.GivenUp++
	case newsletter.CallDropped:
		m.Dropped++
	default:
		m.Failed++
	}
}

// The limits of a Tick.
const (
	page = 100 // calls that are listed at once
	// patience is how many calls in a row may fail before the others of the hook wait for
	// the next tick: its receiver is away.
	patience = 3
)

// Tick makes the calls that are due, those of one hook one after the other and in the
// order in which they are due, all hooks at once. It ends early, leaving the rest to the
// next one, where its context has no time left for one more. A hook that fails does not
// stop the others.
func (h *Hooks) Tick(ctx context.Context) (Made, error) {
	hooks, err := h.Store.Hooks(ctx)
	if err != nil {
		return Made{}, err
	}
	sums, faults := make([]Made, len(hooks)), make([]error, len(hooks))
	var all sync.WaitGroup
	for i := range hooks {
		all.Go(func() { sums[i], faults[i] = h.work(ctx, &hooks[i]) })
	}
	all.Wait()
	var sum Made
	for _, s := range sums {
		sum = Made{sum.Done + s.Done, sum.Failed + s.Failed, sum.GivenUp + s.GivenUp, sum.Dropped + s.Dropped}
	}
	return sum, errors.Join(faults...)
}

// work makes the due calls of one hook.
func (h *Hooks) work(ctx context.Context, hook *newsletter.Hook) (sum Made, err error) {
	for failed := 0; ; {
		due, err := h.Store.DueCalls(ctx, hook.ID, h.Now(), page)
		if err != nil {
			return sum, err
		}
		made := 0
		for i := range due {
			if failed >= patience || !timeFor(ctx) {
				return sum, ctx.Err()
			}
			mine, err := h.try(ctx, hook, &due[i])
			if err != nil {
				return sum, err
			}
			if !mine {
				continue
			}
			made++
			sum.add(&due[i])
			if due[i].State == newsletter.CallWaiting && due[i].Tries > 0 {
				failed++
			} else {
				failed = 0
			}
		}
		if len(due) < page || made == 0 { // a list that lags behind shows what was made
			return sum, nil
		}
	}
}

// timeFor tells whether one more call can be made before ctx ends.
func timeFor(ctx context.Context) bool {
	end, limited := ctx.Deadline()
	return ctx.Err() == nil && (!limited || time.Until(end) > Timeout+5*time.Second)
}

// Make makes one call now, whether it is due or not: a person is watching.
func (h *Hooks) Make(ctx context.Context, hook, id string) (newsletter.Call, error) {
	to, err := h.Store.Hook(ctx, hook)
	if err != nil {
		return newsletter.Call{}, err
	}
	c, err := h.Store.Call(ctx, hook, id)
	if err != nil || c.State != newsletter.CallWaiting {
		return c, err
	}
	if mine, err := h.try(ctx, &to, &c); mine || err != nil {
		return c, err
	}
	return h.Store.Call(ctx, hook, id)
}

// Test calls a hook about nothing, also one that is off: a person wants to see whether
// it works.
func (h *Hooks) Test(ctx context.Context, hook string) (newsletter.Call, error) {
	to, err := h.Store.Hook(ctx, hook)
	if err != nil {
		return newsletter.Call{}, err
	}
	e := newsletter.Event{Type: newsletter.EventTest, At: h.Now()}
	body, err := h.body(ctx, &e)
	if err != nil {
		return newsletter.Call{}, err
	}
	c := newsletter.NewCall(&to, &e, body, e.At)
	if err := h.Store.SaveCall(ctx, &c); err != nil {
		return c, err
	}
	return h.Make(ctx, hook, c.ID)
}

// try makes a call, if what it tells of is so. mine is false where another worker has
// it. c is then as it was.
func (h *Hooks) try(ctx context.Context, hook *newsletter.Hook, c *newsletter.Call) (mine bool, err error) {
	so, err := h.holds(ctx, c)
	switch {
	case err != nil:
		return false, err
	case hook.Off != "" && c.Event != newsletter.EventTest:
		c.GiveUp("the hook is off: " + hook.Off)
		return h.save(ctx, c)
	case !so:
		c.Untrue(h.Now())
		return h.save(ctx, c)
	}
	c.Begin(h.Now())
	if mine, err := h.save(ctx, c); !mine || err != nil {
		return mine, err
	}
	answer, err := h.send(ctx, hook, c)
	if ctx.Err() != nil {
		return true, ctx.Err() // nobody knows; after its lease it is tried again
	}
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := h.judge(after, hook, c, answer, err); err != nil {
		return true, err
	}
	_, err = h.save(after, c) // lost: a person has pressed "try again" meanwhile
	return true, err
}

// save tells whether the call is ours: false, where somebody else has changed it.
func (h *Hooks) save(ctx context.Context, c *newsletter.Call) (mine bool, err error) {
	err = h.Store.SaveCall(ctx, c)
	if errors.Is(err, newsletter.ErrConflict) {
		return false, nil
	}
	return err == nil, err
}

// holds looks up whether what the call tells of is so.
func (h *Hooks) holds(ctx context.Context, c *newsletter.Call) (so bool, err error) {
	switch c.Event {
	case newsletter.EventTest:
		return true, nil
	case newsletter.EventDrafted, newsletter.EventApproved:
		i, err := h.Store.Issue(ctx, c.About)
		return err == nil && c.HoldsOfIssue(&i), known(err)
	case newsletter.EventSent:
		r, err := h.Store.Run(ctx, c.About)
		return err == nil && c.HoldsOfRun(&r), known(err)
	}
	id, err := newsletter.ParseSubscriberID(c.About)
	if err != nil {
		return false, nil
	}
	s, err := h.Store.Subscriber(ctx, id)
	if errors.Is(err, newsletter.ErrNotFound) {
		return c.HoldsOfReader(nil), nil
	}
	return err == nil && c.HoldsOfReader(&s), err
}

func known(err error) error {
	if errors.Is(err, newsletter.ErrNotFound) {
		return nil
	}
	return err
}

// send calls the receiver once, signed as Standard Webhooks says.
func (h *Hooks) send(ctx context.Context, hook *newsletter.Hook, c *newsletter.Call) (*fetch.Answer, error) {
	now, body := h.Now(), []byte(c.Body)
	limited, cancel := context.WithTimeout(fetch.With(ctx, fetch.Manner{First: maxSaid}), Timeout)
	defer cancel()
	answer, err := h.Caller.Call(limited, http.MethodPost, hook.URL, http.Header{
		"Content-Type":      {"application/json"},
		"Accept":            {"*/*"},
		"Webhook-Id":        {c.ID},
		"Webhook-Timestamp": {strconv.FormatInt(now.Unix(), 10)},
		"Webhook-Signature": {hook.Sign(c.ID, now, body)},
	}, body)
	if err != nil && limited.Err() != nil {
		err = fmt.Errorf("it took longer than %s to answer", Timeout)
	}
	return answer, err
}

// judge notes what came of a try.
func (h *Hooks) judge(ctx context.Context, hook *newsletter.Hook, c *newsletter.Call, answer *fetch.Answer, err error) error {
	switch {
	case errors.Is(err, fetch.ErrForbidden):
		c.Failed("not called: its name does not lead to the public internet", 0, h.Now())
		return nil
	case err != nil:
		c.Failed(err.Error(), 0, h.Now())
		return nil
	}
	words := said(answer)
	switch {
	case answer.Status >= 200 && answer.Status <= 299:
		c.Delivered(words)
	case answer.Status == http.StatusGone:
		c.GiveUp(words)
		return h.switchOff(ctx, hook)
	default:
		c.Failed(words, answer.RetryAfter, h.Now())
	}
	return nil
}

// maxSaid is how much of an answer is kept, in bytes: enough to see what is wrong.
const maxSaid = 200

func said(a *fetch.Answer) string {
	words := strconv.Itoa(a.Status) + " " + http.StatusText(a.Status)
	switch {
	case a.Status >= 300 && a.Status <= 399:
		words += ": redirects are not followed; it leads to " + a.Header.Get("Location")
	case a.Status > 299 && len(a.Body) > 0:
		words += ": " + string(a.Body)
	}
	return words
}

// goneReason is why a hook is off whose receiver wants no more calls (RFC 9110, 15.5.11).
const goneReason = "its receiver has answered that it is gone for good (410)"

func (h *Hooks) switchOff(ctx context.Context, hook *newsletter.Hook) error {
	for {
		now, err := h.Store.Hook(ctx, hook.ID)
		if err != nil || now.Off != "" || now.URL != hook.URL {
			return known(err)
		}
		now.Off = goneReason
		err = h.Store.SaveHook(ctx, &now)
		if errors.Is(err, newsletter.ErrConflict) {
			continue
		}
		if err != nil {
			return err
		}
		*hook = now
		h.Forget()
		note := newsletter.NewAction(newsletter.ByReceiver, "switched a hook off", "hook "+hook.ID, goneReason, h.Now())
		return h.Store.AddAction(ctx, &note)
	}
}
