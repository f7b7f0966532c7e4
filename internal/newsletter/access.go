package newsletter

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// Role is what somebody may do at the desk and over the API.
type Role string

const (
	RoleRead     Role = "read"     // see everything but readers' addresses, change nothing
	RoleEditor   Role = "editor"   // make and send issues
	RoleOperator Role = "operator" // beside that: settings, sources, tokens, readers
)

// ranks order the roles: each holds those below it.
var ranks = map[Role]int{RoleRead: 1, RoleEditor: 2, RoleOperator: 3}

// Known tells whether there is such a role.
func (r Role) Known() bool { return ranks[r] > 0 }

// Holds tells whether whoever has r may do what needs the other.
func (r Role) Holds(need Role) bool { return ranks[r] > 0 && ranks[r] >= ranks[need] }

// How long the ways in last, and how often a code may be mistyped.
const (
	SignInTTL  = 15 * time.Minute
	SessionTTL = 14 * 24 * time.Hour
	maxTries   = 5
)

// SignIn is a wish to be let in: a link was mailed to an address, and with it six
// digits for another device. Whichever is used first is used up. Only hashes are kept.
type SignIn struct {
	ID       string // names it on the page that asks for the code; no secret
	Address  Address
	LinkHash string
	CodeHash string
	Until    time.Time
	Tries    int // wrong codes
	Done     bool
	Rev      int64
}

// NewSignIn makes one with the secrets that its mail carries: the key of the link, and
// the six digits.
func NewSignIn(a Address, at time.Time) (s SignIn, key, code string) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // as rand.Text does: there is no system without random numbers
	}
	key, code = rand.Text(), fmt.Sprintf("%06d", n)
	s = SignIn{ID: rand.Text(), Address: a, Until: at.Add(SignInTTL)}
	s.LinkHash, s.CodeHash = HashSecret(key), s.hashCode(code)
	return s, key, code
}

// hashCode binds the digits to this sign-in: there are only a million of them.
func (s *SignIn) hashCode(code string) string { return HashSecret(s.ID + ":" + code) }

// Open tells whether it can still be used at that time.
func (s *SignIn) Open(at time.Time) bool {
	return !s.Done && at.Before(s.Until) && s.Tries < maxTries
}

// Fits tells whether the key is that of the mailed link.
func (s *SignIn) Fits(key string) bool { return sameHash(s.LinkHash, HashSecret(key)) }

// Use takes the key of the link and uses the sign-in up. ErrConflict: it was used up
// before, has run out, or the key is another's.
func (s *SignIn) Use(key string, at time.Time) error {
	if !s.Open(at) || !s.Fits(key) {
		return fmt.Errorf("sign-in link: used, run out or not ours: %w", ErrConflict)
	}
	s.Done = true
	return nil
}

// Try takes the six digits, in whatever way they were typed, and counts what is wrong.
// A right code uses the sign-in up. The record is to be saved either way before
// anybody is let in. ErrConflict: it cannot be used any more.
func (s *SignIn) Try(code string, at time.Time) (right bool, err error) {
	if !s.Open(at) {
		return false, fmt.Errorf("sign-in code: used, run out or mistyped too often: %w", ErrConflict)
	}
	if !sameHash(s.CodeHash, s.hashCode(strings.Join(strings.FieldsFunc(code, between), ""))) {
		s.Tries++
		return false, nil
	}
	s.Done = true
	return true, nil
}

func between(r rune) bool { return r == ' ' || r == '-' || r == '\u00a0' || r == '\t' }

// Session is somebody who has signed in with a browser.
type Session struct {
	ID      string // hash of what the cookie holds
	Address Address
	Device  string // what the browser calls itself
	Since   time.Time
	Until   time.Time
	Ended   bool // signed out, here or from elsewhere
	Rev     int64
}

// NewSession begins one and returns what the cookie is to hold.
func NewSession(a Address, device string, at time.Time) (s Session, secret string) {
	secret = rand.Text() + rand.Text()
	return Session{ID: HashSecret(secret), Address: a, Device: Shorten(Line(device), 200), Since: at, Until: at.Add(SessionTTL)}, secret
}

// What browsers call themselves has grown over thirty years: each names those before it,
// so that the first that is found here counts.
var (
	browsers = [][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Vivaldi/", "Vivaldi"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}}
	systems = [][2]string{{"iPhone", "an iPhone"}, {"iPad", "an iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "a Mac"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}}
)

// Browser is the Device as people call it, "Firefox on Windows"; one that is not known
// stays as it calls itself.
func (s *Session) Browser() string {
	named := func(names [][2]string) string {
		for _, n := range names {
			if strings.Contains(s.Device, n[0]) {
				return n[1]
			}
		}
		return ""
	}
	browser, system := named(browsers), named(systems)
	if browser == "" || system == "" {
		return s.Device
	}
	return browser + " on " + system
}

// Open tells whether it lets its owner in at that time.
func (s *Session) Open(at time.Time) bool { return !s.Ended && at.Before(s.Until) }

// APIToken is a key for machines. It is shown once, when it is made.
type APIToken struct {
	ID      string
	Name    string // what it is for, in the words of whoever made it
	Role    Role
	Hash    string
	By      string // who made it
	Since   time.Time
	Used    time.Time // last, to the hour; zero: never
	Revoked time.Time
	Rev     int64
}

// usedEvery is how exactly it is noted when a token was used: not every request shall
// cost a write.
const usedEvery = time.Hour

// Use notes that the token was used. It tells whether that is to be saved.
func (t *APIToken) Use(at time.Time) bool {
	if at.Sub(t.Used) < usedEvery {
		return false
	}
	t.Used = at
	return true
}

// tokenPrefix lets people and scanners of leaked secrets see what it is.
const tokenPrefix = "masthead_"

// NewAPIToken makes one and returns what is shown once.
func NewAPIToken(name string, role Role, by string, at time.Time) (t APIToken, secret string, err error) {
	name = Line(name)
	switch {
	case name == "":
		return t, "", fmt.Errorf("a token needs a name that says what it is for: %w", ErrInvalid)
	case !role.Known():
		return t, "", fmt.Errorf("role %q; use read, editor or operator: %w", role, ErrInvalid)
	}
	t = APIToken{ID: strings.ToLower(rand.Text()[:10]), Name: Shorten(name, 80), Role: role, By: by, Since: at}
	secret = tokenPrefix + t.ID + "_" + rand.Text()
	t.Hash = HashSecret(secret)
	return t, secret, nil
}

// APITokenID finds the id in what was shown; ok: it has the form of one.
func APITokenID(secret string) (id string, ok bool) {
	rest, ours := strings.CutPrefix(secret, tokenPrefix)
	id, _, two := strings.Cut(rest, "_")
	return id, ours && two && id != ""
}

// Lets tells whether the secret is this token's, and the token was not revoked.
func (t *APIToken) Lets(secret string) bool {
	return t.Revoked.IsZero() && sameHash(t.Hash, HashSecret(secret))
}

// Revoke ends it. Revoking again changes nothing.
func (t *APIToken) Revoke(at time.Time) {
	if t.Revoked.IsZero() {
		t.Revoked = at
	}
}

// HashSecret is what is kept of a random secret. Secrets of 128 bits need no slow
// hash: nobody can try them all.
func HashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// SameSecret compares two secrets and tells nothing by the time it takes, not even how
// long they are.
func SameSecret(a, b string) bool { return sameHash(HashSecret(a), HashSecret(b)) }

// sameHash takes as long whatever the two have in common.
func sameHash(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
