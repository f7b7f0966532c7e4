package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// testActions checks the audit trail.
func testActions(t *testing.T, s Store) {
	t.Run("every field survives", func(t *testing.T) {
		a := newsletter.NewAction("ada@example.org", "changed „it“", "issue weekly", "subject: “A” → “B”\n漢字", start)
		must(t, s.AddAction(ctx(t), &a))
		bare := newsletter.NewAction(newsletter.BySchedule, "approved", "", "", start.Add(-time.Hour))
		must(t, s.AddAction(ctx(t), &bare))
		soon(t, func() []string { return actions(t, s, "", 10) }, a.ID, bare.ID)
		listed := got[[]newsletter.Action](t)(s.Actions(ctx(t), "", 10))
		if listed[0] != a || listed[1] != bare {
			t.Errorf("%+v\nwant %+v and %+v", listed, a, bare)
		}
	})
	t.Run("what is written stays as it is", func(t *testing.T) {
		a := newsletter.NewAction("ada@example.org", "approved", "issue 1", "first", start.Add(time.Hour))
		must(t, s.AddAction(ctx(t), &a))
		forged := a
		forged.Who, forged.Detail = "eve@example.org", "second"
		must(t, s.AddAction(ctx(t), &forged))
		soon(t, func() []string { return actions(t, s, "", 1) }, a.ID)
		if listed := got[[]newsletter.Action](t)(s.Actions(ctx(t), "", 1)); listed[0] != a {
			t.Errorf("%+v, want %+v", listed[0], a)
		}
	})
	t.Run("newest first, in pages", func(t *testing.T) { testActionPages(t, s) })
}

func testActionPages(t *testing.T, s Store) {
	var ids []string // newest first
	for i := range 7 {
		a := newsletter.NewAction("ada@example.org", fmt.Sprint("step ", i), "", "", start.AddDate(0, 0, 40+i/2).Add(time.Duration(i)*time.Microsecond))
		must(t, s.AddAction(ctx(t), &a))
		ids = append([]string{a.ID}, ids...)
	}
	soon(t, func() []string { return actions(t, s, "", 3) }, ids[:3]...)
	soon(t, func() []string { return actions(t, s, ids[2], 4) }, ids[3:]...)
	soon(t, func() []string { return actions(t, s, newsletter.ActionsUntil(start.AddDate(0, 0, 41)), 2) }, ids[5:]...)
}

func actions(t *testing.T, s Store, before string, limit int) (ids []string) {
	t.Helper()
	for _, a := range got[[]newsletter.Action](t)(s.Actions(ctx(t), before, limit)) {
		ids = append(ids, a.ID)
	}
	return ids
}
