// Package dkim signs messages (RFC 6376), with RSA (RFC 8301) and Ed25519 (RFC 8463)
// keys that lie in files, and says what to publish in DNS for each. It sends nothing
// and asks nobody: whether the record is there, is for the receiver to see. Amazon SES
// signs by itself, so only mail that goes out over SMTP, and what the outbox writes,
// comes by here.
package dkim

import (
	"fmt"
	"strings"

	"github.com/emersion/go-msgauth/dkim" // canonical forms and the layout of a signature are easily got wrong

	"github.com/masthead-mail/masthead/internal/mime"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Keys sign each message, every one of them: receivers that do not know Ed25519 yet go by
// the RSA signature. None sign nothing. They are safe for concurrent use.
type Keys []Key

// signed are the fields that a signature covers. From is named twice, so that nobody can
// add another one (RFC 6376, 5.4.2); so is what readers go by and see only one of. A field
// that a message lacks cannot be added either. RFC 8058, 4 demands the two
// List-Unsubscribe fields.
var signed = []string{
	"From", "From", "To", "To", "Subject", "Subject", "Date", "Date", "Message-ID", "Message-ID", "Reply-To", "Reply-To",
	"MIME-Version", "Content-Type", "Content-Type", "Content-Language", "Auto-Submitted",
	"List-Id", "List-Unsubscribe", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Unsubscribe-Post", "List-Help", "List-Archive",
}

// Sign adds the signature fields of a message, which is given in pieces, to dst. They
// belong before it. The domain is that of From (RFC 7489, 3.1.1: they must agree).
func (k Keys) Sign(dst []byte, from newsletter.Address, message ...[]byte) ([]byte, error) {
	for i := range k {
		field, err := k[i].sign(Domain(from), message)
		if err != nil {
			return dst, fmt.Errorf("sign with %s: %w (%w)", k[i].File, newsletter.ErrSendingPaused, err)
		}
		dst = append(dst, field...)
	}
	return dst, nil
}

func (k *Key) sign(domain string, message [][]byte) (string, error) {
	s, err := dkim.NewSigner(&dkim.SignOptions{
		Domain: domain, Selector: k.Selector, Signer: k.signer, HeaderKeys: signed, // no l=: what is added to a body breaks it
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	})
	if err != nil {
		return "", err
	}
	for _, piece := range message {
		if _, err := s.Write(piece); err != nil {
			break // Close says why
		}
	}
	if err := s.Close(); err != nil {
		return "", err
	}
	return s.Signature(), nil
}

// Domain is the domain that signs for a sender, in ASCII.
func Domain(from newsletter.Address) string {
	ascii := mime.Address(from)
	return ascii[strings.LastIndexByte(ascii, '@')+1:]
}
