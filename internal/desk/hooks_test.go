package desk

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// switchboard is the hooks over a real store, with a caller that remembers.
type switchboard struct {
	*Hooks
	*office
	called []string
	forgot int
	answer newsletter.CallState
}

func newSwitchboard(t *testing.T) *switchboard {
	s := &switchboard{office: newOffice(t), answer: newsletter.CallDone}
	s.Hooks = &Hooks{Store: s.store, Caller: caller{s}, Now: s.Access.Now}
	return s
}

func (c caller) Forget() { c.forgot++ }

// caller answers as the switchboard wants.
type caller struct{ *switchboard }

func (c caller) Test(ctx context.Context, hook string) (newsletter.Call, error) {
	h, err := c.store.Hook(ctx, hook)
	if err != nil {
		return newsletter.Call{}, err
	}
	call := newsletter.NewCall(&h, &newsletter.Event{Type: newsletter.EventTest, At: c.now}, "{}", c.now)
	if err := c.store.SaveCall(ctx, &call); err != nil {
		return call, err
	}
	return c.Make(ctx, hook, call.ID)
}

func (c caller) Make(ctx context.Context, hook, id string) (newsletter.Call, error) {
	c.called = append(c.called, hook)
	call, err := c.store.Call(ctx, hook, id)
	if err != nil {
		return call, err
	}
	call.State, call.Answer = c.answer, "as the test wants"
	return call, c.store.SaveCall(ctx, &call)
}

func (s *switchboard) hook(t *testing.T) newsletter.Hook {
	t.Helper()
	h, err := s.New(t.Context(), olga, "https://crm.example.org/in?key=hidden", []string{newsletter.EventSent})
	must(t, err)
	return h
}

func TestOnlyOperatorsLookAfterHooks(t *testing.T) {
	s := newSwitchboard(t)
	h := s.hook(t)
	ctx := t.Context()
	for _, p := range []Person{ada, roy, {}} {
		for name, err := range map[string]error{
			"list": of(s.List(ctx, p)), "one": of(s.One(ctx, p, h.ID)), "new": of(s.New(ctx, p, "https://x.example.org/", []string{newsletter.EventSent})),
			"change": of(s.Change(ctx, p, h.ID, h.Rev, h.URL, h.Events)), "set": of(s.Set(ctx, p, h.ID, h.Rev, h.URL, h.Events, true)), "switch": of(s.Switch(ctx, p, h.ID, h.Rev, false)),
			"rotate": of(s.Rotate(ctx, p, h.ID, h.Rev)), "delete": s.Delete(ctx, p, h.ID, h.Rev), "test": of(s.Hooks.Test(ctx, p, h.ID)),
			"calls": of(s.Calls(ctx, p, h.ID, "", 10)), "retry": of(s.Hooks.Retry(ctx, p, h.ID, "x")),
		} {
			if !errors.Is(err, ErrForbidden) {
				t.Errorf("%s, %s: %v", p.Role, name, err)
			}
		}
	}
	if now, err := s.store.Hook(ctx, h.ID); err != nil || now.Rev != h.Rev || len(s.called) > 0 {
		t.Errorf("%+v, %v", now, err)
	}
}

func TestTheLifeOfAHook(t *testing.T) {
	s := newSwitchboard(t)
	ctx, first := t.Context(), s.hook(t)
	changed, err := s.Change(ctx, olga, first.ID, first.Rev, "https://shop.example.org/in", []string{newsletter.EventConfirmed})
	must(t, err)
	if _, err := s.Switch(ctx, olga, first.ID, first.Rev, false); !errors.Is(err, newsletter.ErrConflict) {
		t.Errorf("an outdated word: %v", err)
	}
	rotated, err := s.Rotate(ctx, olga, first.ID, changed.Rev)
	must(t, err)
	if _, err := s.Rotate(ctx, olga, first.ID, changed.Rev); !errors.Is(err, newsletter.ErrConflict) {
		t.Errorf("pressed twice, the first secret would sign no more: %v", err)
	}
	off, err := s.Set(ctx, olga, first.ID, rotated.Rev, rotated.URL, []string{newsletter.EventSent}, true)
	must(t, err)
	stored, err := s.store.Hook(ctx, first.ID)
	must(t, err)
	if stored.Off != "switched off by olga@example.org" || stored.Rev != off.Rev || !slices.Equal(stored.Events, []string{newsletter.EventSent}) || stored.OldSecret != first.Secret || stored.Secret != rotated.Secret {
		t.Errorf("%+v", stored)
	}
	must(t, s.Delete(ctx, olga, first.ID, off.Rev))
	if list, err := s.List(ctx, olga); err != nil || len(list) > 0 || s.forgot != 6 {
		t.Errorf("%+v, %v, forgot %d times", list, err, s.forgot)
	}
	trail, err := s.store.Actions(ctx, "", 20)
	must(t, err)
	var noted []string
	for _, a := range trail {
		noted = append(noted, a.What+" "+a.Detail)
		if strings.Contains(a.Detail, "hidden") || strings.Contains(a.Detail, "whsec_") || a.Record != "hook "+first.ID {
			t.Errorf("%+v", a)
		}
	}
	slices.Sort(noted)
	if want := []string{"changed a hook at shop.example.org\nevents: “subscriber.confirmed” → “issue.sent”", "changed a hook at shop.example.org\nits address\nevents: “issue.sent” → “subscriber.confirmed”",
		"deleted a hook at shop.example.org", "made a hook at crm.example.org\nissue.sent", "replaced the secret of a hook at shop.example.org", "switched a hook off at shop.example.org"}; !slices.Equal(noted, want) {
		t.Errorf("%q\nwant %q", noted, want)
	}
}

func TestHooksHaveALimit(t *testing.T) {
	s := newSwitchboard(t)
	for range newsletter.MaxHooks {
		s.hook(t)
	}
	if _, err := s.New(t.Context(), olga, "https://crm.example.org/", []string{newsletter.EventSent}); !errors.Is(err, newsletter.ErrInvalid) {
		t.Errorf("%v", err)
	}
}

func TestCallsByHand(t *testing.T) {
	s := newSwitchboard(t)
	ctx, h := t.Context(), s.hook(t)
	s.answer = newsletter.CallGivenUp
	tested, err := s.Hooks.Test(ctx, olga, h.ID)
	if err != nil || tested.State != newsletter.CallGivenUp {
		t.Fatalf("%+v, %v", tested, err)
	}
	s.answer = newsletter.CallDone
	again, err := s.Hooks.Retry(ctx, olga, h.ID, tested.ID)
	if err != nil || again.State != newsletter.CallDone {
		t.Errorf("%+v, %v", again, err)
	}
	if _, err := s.Hooks.Retry(ctx, olga, h.ID, tested.ID); !errors.Is(err, newsletter.ErrConflict) {
		t.Errorf("one that is done: %v", err)
	}
	if _, err := s.Hooks.Retry(ctx, olga, h.ID, "none"); !errors.Is(err, newsletter.ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
	_, err = s.Switch(ctx, olga, h.ID, h.Rev, false)
	must(t, err)
	if _, err := s.Hooks.Retry(ctx, olga, h.ID, tested.ID); !errors.Is(err, newsletter.ErrConflict) {
		t.Errorf("of one that is off: %v", err)
	}
	for range callsByHand {
		_, err = s.Hooks.Test(ctx, olga, h.ID)
		s.now = s.now.Add(1)
	}
	if !errors.Is(err, ErrTooMany) {
		t.Errorf("after %d: %v", callsByHand, err)
	}
}
