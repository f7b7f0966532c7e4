package newsletter

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/mail"
	"strings"
	"unicode"
)

// Address is an e-mail address (RFC 5321 mailbox) as its owner typed it, the
// domain folded to lower case. It never holds control characters, so it is safe
// in a header.
type Address string

// MaxAddressLength is the longest address a mail server must take, in bytes
// (RFC 5321, 4.5.3.1.3, less the angle brackets).
const MaxAddressLength = 254

// ParseAddress reads one bare address. Display names, comments and lists are
// refused: a form field or a command line wants exactly one mailbox. The domain must be
// in its ASCII form (RFC 5890); package address takes it as people type it.
func ParseAddress(s string) (Address, error) {
	if strings.ContainsAny(s, "\r\n\x00") {
		return "", fmt.Errorf("address %q: a line break cannot be part of an address: %w", s, ErrInvalid)
	}
	s = strings.TrimSpace(s)
	if s == "" {
		return "", fmt.Errorf("address is empty: type one like ada@example.org: %w", ErrInvalid)
	}
	if len(s) > MaxAddressLength {
		return "", fmt.Errorf("address %.20q…: longer than %d characters: %w", s, MaxAddressLength, ErrInvalid)
	}
	if !dotAtom(s) { // nearly all are
		parsed, err := mail.ParseAddress(s)
		if err != nil || parsed.Address != s || parsed.Name != "" {
			return "", fmt.Errorf("address %q: expected something like ada@example.org: %w", s, ErrInvalid)
		}
	}
	at := strings.LastIndexByte(s, '@')
	local, domain := s[:at], strings.ToLower(s[at+1:])
	if len(local) > 64 || strings.ContainsFunc(local, unfit) || !validDomain(domain) || len(local)+1+len(domain) > MaxAddressLength {
		return "", fmt.Errorf("address %q: no mail server can take it; expected something like ada@example.org: %w", s, ErrInvalid)
	}
	return Address(local + "@" + domain), nil
}

// dotAtom tells of a local part and a domain of ASCII letters and the like, with single
// dots between them (RFC 5322, 3.4.1), which need no parser.
func dotAtom(s string) bool {
	local, domain, found := strings.Cut(s, "@")
	return found && atoms(local) && atoms(domain)
}

func atoms(s string) bool {
	before := byte('.')
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '.' && before == '.':
			return false
		case c != '.' && !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0):
			return false
		}
		before = c
	}
	return before != '.'
}

// unfit tells what a local part cannot hold here: quotes, and signs that nobody
// sees, which net/mail takes outside ASCII (U+0085 is a line break).
func unfit(r rune) bool { return r == '"' || unicode.IsSpace(r) || !unicode.IsGraphic(r) }

// validDomain tells whether a domain is a host name of at least two labels (RFC
// 5321, 2.3.5).
func validDomain(d string) bool {
	if !strings.Contains(d, ".") || strings.ContainsFunc(d, noHostLetter) {
		return false
	}
	for _, label := range strings.Split(d, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return true
}

func noHostLetter(r rune) bool {
	return r != '.' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
}

// Normal is the address by which its owner is known: Ada@ and ada@ are one
// reader. Mail goes to the address as it was typed.
func (a Address) Normal() string { return strings.ToLower(string(a)) }

// Masked is enough of an address for its owner to know it by: a page that somebody else
// may come to see, by a mail that was forwarded, shows no more.
func (a Address) Masked() string {
	local, domain, _ := strings.Cut(string(a), "@")
	for _, first := range local {
		return string(first) + "•••@" + domain
	}
	return ""
}

// Domain is the part after the last @.
func (a Address) Domain() string { return string(a[strings.LastIndexByte(string(a), '@')+1:]) }

// ASCII tells whether the local part can be sent through a server without
// SMTPUTF8 (RFC 6531), which Amazon SES is.
func (a Address) ASCII() bool {
	for i := 0; i < strings.LastIndexByte(string(a), '@'); i++ {
		if a[i] >= 0x80 {
			return false
		}
	}
	return true
}

// SubscriberID names a Subscriber, a Suppression and every link made for them
// without telling the address: the first 16 bytes of HMAC-SHA256(pepper,
// normal address). Its first byte is the bucket a Lane walks.
type SubscriberID [16]byte

// Identify computes the id of an address. The pepper is the publication's
// secret and never changes.
func Identify(pepper []byte, a Address) SubscriberID { return NewIdentifier(pepper).Identify(a) }

// Identifier is Identify for many addresses. It serves one goroutine.
type Identifier struct {
	mac hash.Hash
	sum []byte
}

// NewIdentifier keeps the pepper.
func NewIdentifier(pepper []byte) *Identifier { return &Identifier{mac: hmac.New(sha256.New, pepper)} }

// Identify computes the id of an address.
func (i *Identifier) Identify(a Address) SubscriberID {
	i.mac.Reset()
	_, _ = io.WriteString(i.mac, a.Normal())
	i.sum = i.mac.Sum(i.sum[:0])
	return SubscriberID(i.sum[:16])
}

// Bucket is one of 256 even slices of the audience.
func (id SubscriberID) Bucket() byte { return id[0] }

// String is the id in lower-case hexadecimal.
func (id SubscriberID) String() string { return hex.EncodeToString(id[:]) }

// IsZero tells the id that names nobody.
func (id SubscriberID) IsZero() bool { return id == SubscriberID{} }

// ParseSubscriberID reads what String wrote.
func ParseSubscriberID(s string) (SubscriberID, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(SubscriberID{}) {
		return SubscriberID{}, fmt.Errorf("subscriber id %q: %w", s, ErrInvalid)
	}
	return SubscriberID(b), nil
}
