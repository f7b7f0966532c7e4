package subscribe

import (
	"errors"
	"time"

	"github.com/masthead-mail/masthead/internal/token"
)

const (
	formLife = 30 * 24 * time.Hour // pages are kept in caches, and copied into others
	fastest  = 2 * time.Second     // nobody reads a page and types an address in less
)

// FormStamp says when a sign-up form was made. It goes into the form, and comes back with it.
func (s *Subscribers) FormStamp() string {
	return s.Tokens.Sign(token.Form, token.Claims{Expires: s.Now().Add(formLife)})
}

// Hasty tells of a form that was filled in faster than a person can, or with a stamp
// that is not ours. One without a stamp, or with an old one, stands on another site, or
// comes from a cache, and is fine.
func (s *Subscribers) Hasty(stamp string) bool {
	if stamp == "" {
		return false
	}
	claims, err := s.Tokens.Verify(stamp, token.Form, s.Now())
	if errors.Is(err, token.ErrExpired) {
		return false
	}
	made := claims.Expires.Add(-formLife)
	return err != nil || s.Now().Sub(made) < fastest // of a token, times are whole seconds
}
