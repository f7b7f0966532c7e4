package dkim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func write(t *testing.T, kind string, der []byte, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode); err != nil {
		t.Fatal(err)
	}
	return file
}

func pkcs8(t *testing.T, key any, err error) []byte {
	t.Helper()
	der, fault := x509.MarshalPKCS8PrivateKey(key)
	if err := errors.Join(err, fault); err != nil {
		t.Fatal(err)
	}
	return der
}

func TestKeysAreRead(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	p8 := pkcs8(t, key, err)
	for name, file := range map[string]string{
		"PKCS #1":           write(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key), 0o600),
		"PKCS #8":           write(t, "PRIVATE KEY", p8, 0o600),
		"readable by group": write(t, "PRIVATE KEY", p8, 0o640),
	} {
		if keys, err := Load("  mail1:" + file); err != nil || len(keys) != 1 || keys[0].Algorithm() != "rsa" || keys[0].Selector != "mail1" {
			t.Errorf("%s: %v, %v", name, keys, err)
		}
	}
	if keys, err := Load(" "); len(keys) != 0 || err != nil {
		t.Errorf("no setting: %v, %v", keys, err)
	}
}

func TestBadKeysAreRefusedWithTheirCure(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	der := pkcs8(t, small, err)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ec := pkcs8(t, curve, err)
	for name, c := range map[string]struct{ setting, want string }{
		"no selector":         {"key.pem", "mail1:path/to/key.pem"},
		"no file":             {"mail1:", "mail1:path/to/key.pem"},
		"bad selector":        {"mail_1:key.pem", "is no selector"},
		"a selector's length": {strings.Repeat("a", 64) + ":key.pem", "is no selector"},
		"missing":             {"mail1:nowhere.pem", "dkim new"},
		"readable by all":     {"mail1:" + write(t, "PRIVATE KEY", der, 0o644), "chmod 600"},
		"1024 bits":           {"mail1:" + write(t, "PRIVATE KEY", der, 0o600), "of 1024 bits; use one of 2048"},
		"an elliptic curve":   {"mail1:" + write(t, "PRIVATE KEY", ec, 0o600), "use RSA or Ed25519"},
		"of another kind":     {"mail1:" + write(t, "EC PRIVATE KEY", ec, 0o600), "use RSA or Ed25519"},
		"locked":              {"mail1:" + write(t, "ENCRYPTED PRIVATE KEY", der, 0o600), "openssl pkey"},
		"the public part":     {"mail1:" + write(t, "PUBLIC KEY", der, 0o600), "no private key"},
		"cut off":             {"mail1:" + write(t, "PRIVATE KEY", der[:50], 0o600), "is damaged"},
		"a folder":            {"mail1:" + strings.TrimSuffix(t.TempDir(), "/"), ""},
	} {
		if _, err := Load(c.setting); !errors.Is(err, newsletter.ErrInvalid) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "MASTHEAD_DKIM") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestOneSelectorOneKey(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.pem")
	if _, err := Create("a", file, true); err != nil {
		t.Fatal(err)
	}
	if _, err := Load("a:" + file + " A:" + file); err == nil || !strings.Contains(err.Error(), "named twice") {
		t.Errorf("%v", err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if _, err := Create("a", file, true); !errors.Is(err, newsletter.ErrInvalid) {
		t.Errorf("a key was overwritten: %v", err)
	}
}

func TestTheSignersDomainIsThatOfFrom(t *testing.T) {
	for from, want := range map[newsletter.Address]string{"a@news.example.org": "news.example.org", "a@bücher.example": "xn--bcher-kva.example"} {
		if got := Domain(from); got != want {
			t.Errorf("%s: %s, want %s", from, got, want)
		}
	}
}

// BenchmarkSign is what a message costs with each key: the body is 48 KB, in pieces
// as package mime makes them.
func BenchmarkSign(b *testing.B) {
	line := "<td style=3D\"padding:0 24px\">Learn more about the lanterns of the harb=\r\n"
	message := [][]byte{[]byte("From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\n\r\n")}
	for range 8 {
		message = append(message, []byte(strings.Repeat(line, 82)), []byte("v1.a.u.token"))
	}
	for _, ed := range []bool{false, true} {
		key, err := Create("mail1", filepath.Join(b.TempDir(), "key.pem"), ed)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(key.Algorithm(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := (Keys{key}).Sign(nil, "a@example.org", message...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
