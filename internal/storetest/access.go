package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// testAccess checks the lists of sessions and tokens.
func testAccess(t *testing.T, s Store) {
	for i := range 3 {
		session := newsletter.Session{ID: fmt.Sprint("s", i), Address: "ada@example.org", Until: start.Add(time.Duration(i) * time.Hour), Ended: i == 2}
		must(t, s.SaveSession(ctx(t), &session))
		token := newsletter.APIToken{ID: fmt.Sprint("t", 2-i), Name: "the website", Revoked: start}
		must(t, s.SaveAPIToken(ctx(t), &token))
	}
	sessions := func(now time.Time) func() []string {
		return func() (ids []string) {
			for _, session := range got[[]newsletter.Session](t)(s.Sessions(ctx(t), now)) {
				ids = append(ids, session.ID)
			}
			return ids
		}
	}
	soon(t, sessions(start.Add(-time.Second)), "s2", "s1", "s0")
	soon(t, sessions(start), "s2", "s1") // until is exclusive
	soon(t, func() (ids []string) {
		for _, token := range got[[]newsletter.APIToken](t)(s.APITokens(ctx(t))) {
			ids = append(ids, token.ID)
		}
		return ids
	}, "t0", "t1", "t2")
}
