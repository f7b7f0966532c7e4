package storetest

import (
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// testHooks checks the lists of hooks and of calls.
func testHooks(t *testing.T, s Store) {
	t.Run("hooks, by id", func(t *testing.T) { testHookList(t, s) })
	t.Run("the calls of a hook, newest first, in pages", func(t *testing.T) { testCallPages(t, s) })
	t.Run("due calls, the longest due first", func(t *testing.T) { testDueCalls(t, s) })
}

func testHookList(t *testing.T, s Store) {
	var first newsletter.Hook
	for _, id := range []string{"b", "a", "c"} {
		first = newsletter.Hook{ID: id, URL: "https://crm.example.org/"}
		must(t, s.SaveHook(ctx(t), &first))
	}
	list := func() (ids []string) {
		for _, h := range got[[]newsletter.Hook](t)(s.Hooks(ctx(t))) {
			ids = append(ids, h.ID)
		}
		return ids
	}
	soon(t, list, "a", "b", "c")
	stale := first
	must(t, s.SaveHook(ctx(t), &first))
	wantError(t, s.DeleteHook(ctx(t), &stale), newsletter.ErrConflict)
	must(t, s.DeleteHook(ctx(t), &first))
	must(t, s.DeleteHook(ctx(t), &first))
	_, err := s.Hook(ctx(t), first.ID)
	wantError(t, err, newsletter.ErrNotFound)
	soon(t, list, "a", "b")
}

// waiting is a call of a hook that waits for its next try.
func waiting(hook string, at, next time.Time) newsletter.Call {
	c := newsletter.NewCall(&newsletter.Hook{ID: hook}, &newsletter.Event{Type: newsletter.EventTest, At: at}, "{}", at)
	c.NextTry = next
	return c
}

func testCallPages(t *testing.T, s Store) {
	var ids []string // newest first
	for i := range 5 {
		c := waiting("pages", start.Add(time.Duration(i)*time.Microsecond), start.AddDate(1, 0, 0))
		must(t, s.SaveCall(ctx(t), &c))
		ids = append([]string{c.ID}, ids...)
		other := waiting("other", c.At, start.AddDate(1, 0, 0))
		must(t, s.SaveCall(ctx(t), &other))
	}
	page := func(before string, limit int) func() []string {
		return func() (ids []string) {
			for _, c := range got[[]newsletter.Call](t)(s.Calls(ctx(t), "pages", before, limit)) {
				ids = append(ids, c.ID)
			}
			return ids
		}
	}
	soon(t, page("", 3), ids[:3]...)
	soon(t, page(ids[2], 3), ids[3:]...)
}

func testDueCalls(t *testing.T, s Store) {
	n := 0
	save := func(hook, about string, next time.Time, state newsletter.CallState) newsletter.Call {
		n++
		c := waiting(hook, start.Add(time.Duration(n)*time.Microsecond), next)
		c.State, c.About = state, about
		must(t, s.SaveCall(ctx(t), &c))
		return c
	}
	second := save("due", "second", start, newsletter.CallWaiting)
	save("due", "first", start.Add(-time.Second), newsletter.CallWaiting)
	save("due", "later", start.Add(time.Microsecond), newsletter.CallWaiting)
	save("another", "another hook's", start.Add(-time.Hour), newsletter.CallWaiting)
	for _, state := range []newsletter.CallState{newsletter.CallDone, newsletter.CallGivenUp, newsletter.CallDropped} {
		save("due", string(state), start.Add(-time.Hour), state)
	}
	due := func(limit int) func() []string {
		return func() (about []string) {
			for _, c := range got[[]newsletter.Call](t)(s.DueCalls(ctx(t), "due", start, limit)) {
				about = append(about, c.About)
			}
			return about
		}
	}
	soon(t, due(10), "first", "second") // the next try's own moment is included
	soon(t, due(1), "first")
	second.Delivered("200")
	must(t, s.SaveCall(ctx(t), &second))
	soon(t, due(10), "first")
}
