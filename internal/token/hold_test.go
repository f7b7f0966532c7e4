package token

import (
	"errors"
	"testing"
	"time"
)

func TestAHoldIsOfOneIssue(t *testing.T) {
	s := &Signer{Keys: []Key{{ID: "a", Secret: []byte("secret")}}}
	now := time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
	tok := s.SignHold("weekly-1", now.Add(time.Hour))
	for _, c := range []struct {
		name, token, issue string
		at                 time.Time
		want               error
	}{
		{"its own", tok, "weekly-1", now, nil},
		{"another issue", tok, "weekly-2", now, ErrForged},
		{"run out", tok, "weekly-1", now.Add(time.Hour), ErrExpired},
		{"another purpose", s.Sign(Unsubscribe, Claims{Subscriber: holdID("weekly-1")}), "weekly-1", now, ErrForged},
		{"nonsense", "x", "weekly-1", now, ErrForged},
	} {
		if err := s.VerifyHold(c.token, c.issue, c.at); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
