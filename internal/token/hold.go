package token

import (
	"crypto/sha256"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// SignHold makes the token with which whoever has the mail about a draft may hold it,
// until a time.
func (s *Signer) SignHold(issue string, until time.Time) string {
	return s.Sign(Hold, Claims{Subscriber: holdID(issue), Expires: until})
}

// VerifyHold tells whether a token is for holding that Issue: ErrForged, ErrExpired.
func (s *Signer) VerifyHold(tok, issue string, now time.Time) error {
	claims, err := s.Verify(tok, Hold, now)
	if err == nil && claims.Subscriber != holdID(issue) {
		err = ErrForged
	}
	return err
}

// holdID stands for the Issue where other tokens name a reader.
func holdID(issue string) newsletter.SubscriberID {
	sum := sha256.Sum256([]byte("hold " + issue))
	return newsletter.SubscriberID(sum[:16])
}
