package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// A return path is the address that mail to one reader comes back to: the part of it
// that is made here says who that is, and proves it (VERP, with a signature). It fits
// into a local part, 64 bytes (RFC 5321, 4.5.3.1.1), and survives servers that turn
// letters into small ones, which the links of this package would not.
var pathEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

const (
	pathBytes = len(newsletter.SubscriberID{}) + 2 + pathMAC
	pathMAC   = 10
)

// ReturnPathLength is how long the token of a return path is.
var ReturnPathLength = pathEncoding.EncodedLen(pathBytes)

// returnTTL is how long a mail may be on its way back: servers try for five days, and
// some people read their mail after a holiday and complain of it then.
const returnTTL = 60

// ReturnPath is the token for mail to a reader that is sent now.
func (s *Signer) ReturnPath(id newsletter.SubscriberID, now time.Time) string {
	return pathEncoding.EncodeToString(sealed(s.Keys[0].Secret, id, dayOf(now)))
}

// Returned reads the token of a return path, and says whose mail came back and on what
// day it was sent. It fails with ErrForged and ErrExpired.
func (s *Signer) Returned(tok string, now time.Time) (id newsletter.SubscriberID, sent time.Time, err error) {
	raw, err := pathEncoding.DecodeString(strings.ToLower(tok))
	if err != nil || len(raw) != pathBytes {
		return id, sent, ErrForged
	}
	id, day := newsletter.SubscriberID(raw), binary.BigEndian.Uint16(raw[len(id):])
	for _, key := range s.Keys {
		if !hmac.Equal(raw, sealed(key.Secret, id, day)) {
			continue
		}
		if age := int(dayOf(now)) - int(day); age > returnTTL || age < -1 {
			return newsletter.SubscriberID{}, sent, ErrExpired
		}
		return id, time.Unix(int64(day)*86400, 0).UTC(), nil
	}
	return newsletter.SubscriberID{}, sent, ErrForged
}

// dayOf counts days since 1970; it lasts until 2149.
func dayOf(t time.Time) uint16 { return uint16(t.Unix() / 86400) }

func sealed(secret []byte, id newsletter.SubscriberID, day uint16) []byte {
	raw := binary.BigEndian.AppendUint16(append(make([]byte, 0, pathBytes), id[:]...), day)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("return path\x00")) // no link begins so: neither is good for the other
	mac.Write(raw)
	return append(raw, mac.Sum(nil)[:pathMAC]...)
}
