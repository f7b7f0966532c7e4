package newsletter

import (
	"fmt"
	"strings"
)

// The ways of telling people from machines at the sign-up form.
const (
	ChallengeAltcha    = "altcha"    // a puzzle that the browser solves; asks no service
	ChallengeTurnstile = "turnstile" // Cloudflare's
	ChallengeHCaptcha  = "hcaptcha"
)

// Challenge is how the sign-up form tells people from machines; the zero value: it
// does not ask.
type Challenge struct {
	Kind            string // one of the above, or empty
	SiteKey, Secret string // that a service has given out
}

// ParseChallenge reads "altcha", "turnstile SITEKEY SECRET" or "hcaptcha SITEKEY
// SECRET".
func ParseChallenge(text string) (Challenge, error) {
	switch words := strings.Fields(text); {
	case len(words) == 0:
		return Challenge{}, nil
	case len(words) == 1 && words[0] == ChallengeAltcha:
		return Challenge{Kind: ChallengeAltcha}, nil
	case len(words) == 3 && (words[0] == ChallengeTurnstile || words[0] == ChallengeHCaptcha):
		return Challenge{words[0], words[1], words[2]}, nil
	}
	return Challenge{}, fmt.Errorf("write altcha, or turnstile or hcaptcha with the site key and the secret behind it: %w", ErrInvalid)
}
