// Package token makes and reads the signed links that mails carry. A token is
// stateless: it says for whom, for what, until when, and an HMAC-SHA256 proves
// it. It knows no store; whether a subscriber has revoked older links is for the
// caller to compare (Claims.Version).
package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Purpose is what a token may be used for. A token for one purpose is worthless
// for another.
type Purpose string

const (
	Confirm     Purpose = "c" // completes a sign-up; 48 hours
	Unsubscribe Purpose = "u" // never expires, cannot be revoked
	Preferences Purpose = "p" // never expires
	Move        Purpose = "m" // confirms a new address in the place of another; 48 hours
	Undo        Purpose = "b" // takes a move back; a week
	Export      Purpose = "x" // everything about the reader, as a file; 48 hours
	Erase       Purpose = "e" // 48 hours
	Hold        Purpose = "h" // keeps a draft from going out; of nobody, see HoldID
	Form        Purpose = "f" // when a sign-up form was made; of nobody
)

// Purposes are all there are.
func Purposes() []Purpose {
	return []Purpose{Confirm, Unsubscribe, Preferences, Move, Undo, Export, Erase, Form}
}

// ConfirmTTL is how long the link in a confirmation mail works.
const ConfirmTTL = 48 * time.Hour

// Errors of Verify. ErrForged covers every token that we did not make for this
// purpose, so that nobody learns which part was wrong.
var (
	ErrForged  = errors.New("token: not made by us for this purpose")
	ErrExpired = errors.New("token: expired")
)

// Key is a signing secret. Its id travels in the token, so that retired keys
// still verify: old unsubscribe links must work for ever.
type Key struct {
	ID     string // [a-z0-9]+
	Secret []byte // 32 random bytes
}

// Signer signs with its first key and verifies with any.
type Signer struct {
	Keys []Key

	idle sync.Pool // of hash.Hash, keyed with Keys[0]
}

// Claims are what a token says.
type Claims struct {
	Subscriber newsletter.SubscriberID
	From       newsletter.SubscriberID // Move: whose place Subscriber takes; else nobody
	Version    int                     // Subscriber.TokenVersion at the time of signing; of a Move, that of From
	Expires    time.Time               // zero: never
}

const (
	format   = "v1"
	macBytes = 16 // 128 bits: out of reach for guessing, short in a mail
	fields   = 7
)

var encoding = base64.RawURLEncoding

// Nobody is a token to unsubscribe that is nobody's: with it the link can be tried.
func (s *Signer) Nobody() string { return s.Sign(Unsubscribe, Claims{}) }

// Sign makes a token v1.kid.purpose.h.ver.exp.mac of [A-Za-z0-9._-] only.
func (s *Signer) Sign(p Purpose, c Claims) string {
	key := s.Keys[0]
	expires := int64(0)
	if !c.Expires.IsZero() {
		expires = c.Expires.Unix()
	}
	buf := make([]byte, 0, 96)
	buf = append(append(append(buf, format+"."...), key.ID...), '.')
	buf = append(append(buf, p...), '.')
	buf = append(encoding.AppendEncode(buf, readers(&c)), '.')
	buf = append(strconv.AppendInt(buf, int64(c.Version), 36), '.')
	buf = strconv.AppendInt(buf, expires, 36)
	h, ok := s.idle.Get().(hash.Hash) // a mail has several links, and a Run a million mails
	if !ok {
		h = hmac.New(sha256.New, key.Secret)
	}
	h.Reset()
	h.Write(buf)
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	s.idle.Put(h)
	return string(encoding.AppendEncode(append(buf, '.'), sum[:macBytes]))
}

// readers are the ids that a token names: one, or two of a Move.
func readers(c *Claims) []byte {
	if c.From.IsZero() {
		return c.Subscriber[:]
	}
	return append(c.Subscriber[:], c.From[:]...)
}

// Verify reads a token made for the purpose.
func (s *Signer) Verify(tok string, p Purpose, now time.Time) (Claims, error) {
	parts := strings.Split(tok, ".")
	if len(parts) != fields || parts[0] != format || parts[2] != string(p) || !s.signed(tok, parts) {
		return Claims{}, ErrForged
	}
	id, err1 := encoding.DecodeString(parts[3])
	version, err2 := strconv.ParseInt(parts[4], 36, 32)
	expires, err3 := strconv.ParseInt(parts[5], 36, 64)
	const one = len(newsletter.SubscriberID{})
	if err := errors.Join(err1, err2, err3); err != nil || len(id) != one && len(id) != 2*one {
		return Claims{}, ErrForged
	}
	c := Claims{Subscriber: newsletter.SubscriberID(id), Version: int(version)}
	if len(id) > one {
		c.From = newsletter.SubscriberID(id[one:])
	}
	if expires != 0 {
		c.Expires = time.Unix(expires, 0).UTC()
		if !now.Before(c.Expires) {
			return c, fmt.Errorf("%w on %s", ErrExpired, c.Expires.Format(time.DateOnly))
		}
	}
	return c, nil
}

func (s *Signer) signed(tok string, parts []string) bool {
	given, err := encoding.Strict().DecodeString(parts[len(parts)-1])
	if err != nil {
		return false
	}
	body := tok[:strings.LastIndexByte(tok, '.')]
	for _, key := range s.Keys {
		if key.ID == parts[1] && hmac.Equal(given, mac(key.Secret, []byte(body))) {
			return true
		}
	}
	return false
}

func mac(secret, message []byte) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write(message)
	return h.Sum(nil)[:macBytes]
}

// Secrets are those of the keys, for what else must be signed and verified like a link.
func (s *Signer) Secrets() [][]byte {
	secrets := make([][]byte, len(s.Keys))
	for i, key := range s.Keys {
		secrets[i] = key.Secret
	}
	return secrets
}
