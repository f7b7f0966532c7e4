package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func hookFields(h *newsletter.Hook) []field {
	return []field{
		{"id", &h.ID}, {"url", &h.URL}, {"events", words{&h.Events}}, {"secret", &h.Secret}, {"old_secret", &h.OldSecret},
		{"old_until", instant{&h.OldUntil}}, {"off", &h.Off}, {"made_by", &h.By}, {"since", instant{&h.Since}}, {"rev", &h.Rev},
	}
}

func callFields(c *newsletter.Call) []field {
	return []field{
		{"hook", &c.Hook}, {"id", &c.ID}, {"event", &c.Event}, {"about", &c.About}, {"why", &c.Why}, {"at", instant{&c.At}}, {"body", &c.Body},
		{"state", (*string)(&c.State)}, {"begun", instant{&c.Begun}}, {"tries", &c.Tries}, {"tried_at", instant{&c.TriedAt}},
		{"next_try", instant{&c.NextTry}}, {"answer", &c.Answer}, {"rev", &c.Rev},
	}
}

// Hook reads one hook.
func (s *Store) Hook(ctx context.Context, id string) (newsletter.Hook, error) {
	return s.hooks.get(ctx, s, id)
}

// SaveHook saves one.
func (s *Store) SaveHook(ctx context.Context, v *newsletter.Hook) error {
	return s.hooks.save(ctx, s, v, &v.Rev)
}

// Hooks lists all hooks by id.
func (s *Store) Hooks(ctx context.Context) ([]newsletter.Hook, error) {
	return s.hooks.list(ctx, s, "ORDER BY id")
}

// DeleteHook forgets a hook.
func (s *Store) DeleteHook(ctx context.Context, v *newsletter.Hook) error {
	gone, err := s.exec(ctx, "delete hook", "DELETE FROM hook WHERE id = ? AND rev = ?", v.ID, v.Rev)
	if err != nil || gone > 0 {
		return err
	}
	_, err = s.Hook(ctx, v.ID)
	switch {
	case errors.Is(err, newsletter.ErrNotFound):
		return nil
	case err == nil:
		err = fmt.Errorf("delete hook: somebody else has changed it: %w", newsletter.ErrConflict)
	}
	return err
}

// Call reads one call.
func (s *Store) Call(ctx context.Context, hook, id string) (newsletter.Call, error) {
	return s.calls.get(ctx, s, hook, id)
}

// dropCallsEvery is after how many new calls those are deleted whose time is over. What
// they tell of readers shall not stay.
const dropCallsEvery = 100

// SaveCall saves one.
func (s *Store) SaveCall(ctx context.Context, v *newsletter.Call) error {
	if v.Rev == 0 {
		if err := s.dropCalls(ctx, v); err != nil {
			return err
		}
	}
	return s.calls.save(ctx, s, v, &v.Rev)
}

// savingCalls are the writes that save new calls. One that is there stays as it is.
func (s *Store) savingCalls(ctx context.Context, calls []newsletter.Call) (writes []*write, err error) {
	for i := range calls {
		w, err := s.calls.saving(&calls[i], 0)
		if err == nil {
			err = s.dropCalls(ctx, &calls[i])
		}
		if err != nil {
			return nil, err
		}
		writes = append(writes, w)
	}
	return writes, nil
}

// dropCalls deletes those whose time is over, where it is time to.
func (s *Store) dropCalls(ctx context.Context, v *newsletter.Call) error {
	if s.called.Add(1)%dropCallsEvery != 0 {
		return nil
	}
	before := v.Begun.Add(-newsletter.CallTTL)
	_, err := s.exec(ctx, "forget old calls", "DELETE FROM call WHERE begun < ?", instant{&before})
	return err
}

// Calls lists the newest calls of a hook before an id.
func (s *Store) Calls(ctx context.Context, hook, before string, limit int) ([]newsletter.Call, error) {
	if before == "" {
		before = "~" // after every id, which begins with a digit
	}
	return s.calls.list(ctx, s, "WHERE hook = ? AND id < ? ORDER BY id DESC LIMIT ?", hook, before, limit)
}

// DueCalls lists the calls of a hook whose time has come, the longest due first.
func (s *Store) DueCalls(ctx context.Context, hook string, now time.Time, limit int) ([]newsletter.Call, error) {
	return s.calls.list(ctx, s, "WHERE hook = ? AND state = 'waiting' AND next_try <= ? ORDER BY next_try, id LIMIT ?", hook, instant{&now}, limit)
}
