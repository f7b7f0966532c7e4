package newsletter

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// PepperPrint is the fingerprint by which a pepper is recognised. It gives nothing
// of the pepper away.
func PepperPrint(pepper []byte) string {
	sum := sha256.Sum256(append([]byte("pepper "), pepper...))
	return hex.EncodeToString(sum[:8])
}

// NotePepper notes the pepper's fingerprint the first time, and tells so; then the
// Publication has to be saved. Ever after it refuses another pepper: with one, all
// readers would be strangers.
func (p *Publication) NotePepper(pepper []byte) (noted bool, err error) {
	switch print := PepperPrint(pepper); p.PepperPrint {
	case print:
		return false, nil
	case "":
		p.PepperPrint = print
		return true, nil
	}
	return false, fmt.Errorf("the pepper is not the one that the readers of this publication are known by; put the right one back: %w", ErrInvalid)
}
