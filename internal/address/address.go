// Package address reads an e-mail address as people type it, so that one mailbox is one
// reader however its domain is written: letters outside ASCII become what DNS knows
// (RFC 5890), and composed letters are one letter (Unicode NFC). The part before the
// @ stays as it was typed. Everything else is for newsletter.ParseAddress to judge.
package address

import (
	"fmt"
	"strings"

	"golang.org/x/net/idna"          // maps letters as browsers do (UTS 46), and knows which none may have
	"golang.org/x/text/unicode/norm" // NFC

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Parse reads one bare address. The error wraps newsletter.ErrInvalid and says what
// would be right.
func Parse(typed string) (newsletter.Address, error) {
	if ascii(typed) || len(typed) > 4*newsletter.MaxAddressLength { // nearly all are; and nobody folds a book
		return newsletter.ParseAddress(typed)
	}
	s := norm.NFC.String(strings.TrimSpace(typed))
	at := strings.LastIndexByte(s, '@')
	if at < 0 || ascii(s[at:]) {
		return newsletter.ParseAddress(s)
	}
	domain, err := idna.Lookup.ToASCII(s[at+1:])
	if err != nil {
		return "", fmt.Errorf("address %q: its domain cannot be one; expected something like ada@example.org: %w", typed, newsletter.ErrInvalid)
	}
	return newsletter.ParseAddress(s[:at+1] + domain)
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
