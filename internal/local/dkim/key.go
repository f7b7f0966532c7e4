package dkim

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Key is a private key and the name under which its public part is published.
type Key struct {
	Selector string // one or more labels of a DNS name
	File     string // PEM: PKCS #8, or PKCS #1 for RSA
	signer   crypto.Signer
}

// Sizes of RSA keys in bits: RFC 8301, 3.2 asks signers for 2048 at least, and for
// receivers that take 4096 at most.
const (
	minBits = 2048
	maxBits = 4096
)

// Load reads keys written like "mail1:path/to/key.pem mail2:other.pem". All faults are
// reported together; each wraps newsletter.ErrInvalid and says what to do.
func Load(setting string) (Keys, error) {
	var keys Keys
	var faults []error
	for word := range strings.FieldsSeq(setting) {
		key, err := load(word)
		if err == nil && slices.ContainsFunc(keys, func(k Key) bool { return strings.EqualFold(k.Selector, key.Selector) }) {
			err = fmt.Errorf("selector %s is named twice; each key needs one of its own: %w", key.Selector, newsletter.ErrInvalid)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("MASTHEAD_DKIM: %w", err))
			continue
		}
		keys = append(keys, key)
	}
	return keys, errors.Join(faults...)
}

func load(word string) (Key, error) {
	selector, file, ok := strings.Cut(word, ":")
	if !ok || file == "" {
		return Key{}, fmt.Errorf("%q; write it like mail1:path/to/key.pem, a selector and the file of its key: %w", word, newsletter.ErrInvalid)
	}
	if err := CheckSelector(selector); err != nil {
		return Key{}, err
	}
	if err := secret(file); err != nil {
		return Key{}, err
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return Key{}, fmt.Errorf("the key cannot be read: %w (%w)", newsletter.ErrInvalid, err)
	}
	signer, err := parse(content)
	if err != nil {
		return Key{}, fmt.Errorf("%s %w: %w", file, err, newsletter.ErrInvalid)
	}
	return Key{Selector: selector, File: file, signer: signer}, nil
}

var selectors = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$`)

// CheckSelector tells whether a name can be a selector (RFC 6376, 3.1).
func CheckSelector(name string) error {
	if !selectors.MatchString(name) {
		return fmt.Errorf("%q is no selector; use letters, digits and hyphens, as mail1: %w", name, newsletter.ErrInvalid)
	}
	return nil
}

// secret refuses a key that every user of the machine may read. A group may: that is
// how a service gets a key that is another user's.
func secret(file string) error {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no key %s; \"local dkim new SELECTOR\" makes one: %w", file, newsletter.ErrInvalid)
	case err != nil:
		return fmt.Errorf("the key cannot be read: %w (%w)", newsletter.ErrInvalid, err)
	case info.Mode().Perm()&0o007 != 0 && runtime.GOOS != "windows": // which has no such bits
		return fmt.Errorf("the key %s may be read by everybody on this machine; run chmod 600 %[1]s: %w", file, newsletter.ErrInvalid)
	}
	return nil
}

// parse reads the first private key of a PEM file. Its error continues the file's name.
func parse(content []byte) (crypto.Signer, error) {
	block, rest := pem.Decode(content)
	for block != nil && !strings.HasSuffix(block.Type, "PRIVATE KEY") {
		block, rest = pem.Decode(rest)
	}
	if block == nil {
		return nil, errors.New("holds no private key in PEM; it should begin with -----BEGIN PRIVATE KEY-----")
	}
	var key any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("is locked by a password; write it without one: openssl pkey -in OLD -out NEW")
	default:
		return nil, fmt.Errorf("holds a %s; use RSA or Ed25519", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("is damaged (%w); put it back from a backup or make a new key", err)
	}
	return usable(key)
}

func usable(key any) (crypto.Signer, error) {
	switch key := key.(type) {
	case ed25519.PrivateKey:
		return key, nil
	case *rsa.PrivateKey:
		if bits := key.N.BitLen(); bits < minBits || bits > maxBits {
			return nil, fmt.Errorf("is an RSA key of %d bits; use one of %d to %d, which receivers take", bits, minBits, maxBits)
		}
		return key, nil
	}
	return nil, fmt.Errorf("is a %T; use RSA or Ed25519", key)
}

// Create makes a key and writes it to a new file that only its owner may read: RSA of
// 2048 bits, which every receiver knows, or Ed25519, whose signatures cost a tenth and
// which some do not know.
func Create(selector, file string, ed bool) (Key, error) {
	if err := CheckSelector(selector); err != nil {
		return Key{}, err
	}
	signer, err := generate(ed)
	if err != nil {
		return Key{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		return Key{}, err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return Key{}, fmt.Errorf("%s is there already and stays as it is; choose another selector, or another file with -out: %w", file, newsletter.ErrInvalid)
	} else if err != nil {
		return Key{}, fmt.Errorf("the key cannot be written: %w; choose another file with -out", err)
	}
	err = pem.Encode(f, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return Key{Selector: selector, File: file, signer: signer}, errors.Join(err, f.Sync(), f.Close())
}

func generate(ed bool) (crypto.Signer, error) {
	if ed {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
	return rsa.GenerateKey(rand.Reader, minBits)
}

// Record is what to publish for the key: the name and the text of a TXT record
// (RFC 6376, 3.6; RFC 8463, 4).
func (k *Key) Record(domain string) (name, text string) {
	name = k.Selector + "._domainkey." + domain
	if public, ok := k.signer.Public().(ed25519.PublicKey); ok {
		return name, "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
	}
	der, _ := x509.MarshalPKIXPublicKey(k.signer.Public()) // of an RSA key, see usable
	return name, "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
}

// Algorithm is the key's, as in the record.
func (k *Key) Algorithm() string {
	if _, ok := k.signer.(ed25519.PrivateKey); ok {
		return "ed25519"
	}
	return "rsa"
}
