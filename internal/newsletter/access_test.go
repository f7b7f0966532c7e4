package newsletter

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestRolesHoldThoseBelow(t *testing.T) {
	for _, c := range []struct {
		has, need Role
		want      bool
	}{
		{RoleOperator, RoleEditor, true}, {RoleOperator, RoleOperator, true}, {RoleEditor, RoleRead, true}, {RoleEditor, RoleOperator, false},
		{RoleRead, RoleEditor, false}, {RoleRead, RoleRead, true}, {"", RoleRead, false}, {"owner", RoleRead, false}, {"", "", false},
	} {
		if got := c.has.Holds(c.need); got != c.want {
			t.Errorf("%q holds %q: %v", c.has, c.need, got)
		}
	}
}

func TestASignInIsUsedOnce(t *testing.T) {
	s, key, code := NewSignIn("ada@example.org", noon)
	if err := s.Use("another key", noon); !errors.Is(err, ErrConflict) || s.Done {
		t.Fatalf("a forged link: %v", err)
	}
	late := s
	if err := late.Use(key, noon.Add(SignInTTL)); !errors.Is(err, ErrConflict) {
		t.Errorf("a link that has run out: %v", err)
	}
	if err := s.Use(key, noon.Add(SignInTTL-time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := s.Use(key, noon); !errors.Is(err, ErrConflict) {
		t.Errorf("the link again: %v", err)
	}
	if right, err := s.Try(code, noon); right || !errors.Is(err, ErrConflict) {
		t.Errorf("the code after the link: %v, %v", right, err)
	}
}

func TestTheCodeOfASignIn(t *testing.T) {
	s, key, code := NewSignIn("ada@example.org", noon)
	if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
		t.Fatalf("code %q", code)
	}
	other, _, _ := NewSignIn("ada@example.org", noon)
	other.CodeHash = s.CodeHash
	if right, _ := other.Try(code, noon); right {
		t.Error("a code fits another sign-in")
	}
	typed := s
	if right, err := typed.Try(" "+code[:3]+" "+code[3:]+"\t", noon); !right || err != nil || !typed.Done {
		t.Errorf("with spaces: %v, %v", right, err)
	}
	for range maxTries {
		if right, err := s.Try("wrong", noon); right || err != nil {
			t.Fatalf("%v, %v", right, err)
		}
	}
	if right, err := s.Try(code, noon); right || !errors.Is(err, ErrConflict) {
		t.Errorf("the right code after %d wrong ones: %v, %v", maxTries, right, err)
	}
	if err := s.Use(key, noon); !errors.Is(err, ErrConflict) {
		t.Errorf("the link after so many wrong codes: %v", err)
	}
}

func TestASessionEnds(t *testing.T) {
	s, secret := NewSession("ada@example.org", "Firefox\r\n on Linux", noon)
	if s.ID != HashSecret(secret) || len(secret) < 40 || strings.Contains(s.Device, "\n") {
		t.Errorf("%+v", s)
	}
	ended := s
	ended.Ended = true
	if !s.Open(noon) || s.Open(noon.Add(SessionTTL)) || ended.Open(noon) {
		t.Error("open when it should not be, or the other way round")
	}
}

func TestBrowser(t *testing.T) {
	const windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36"
	for device, want := range map[string]string{
		windows:                    "Chrome on Windows",
		windows + " Edg/148.0.0.0": "Edge on Windows",
		windows + " OPR/130.0.0.0": "Opera on Windows",
		"Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0":                                                                  "Firefox on Linux",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15":                   "Safari on a Mac",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1": "Safari on an iPhone",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36":     "Samsung Internet on Android",
		"curl/8.5.0": "curl/8.5.0",
		"":           "",
	} {
		s, _ := NewSession("ada@example.org", device, noon)
		if got := s.Browser(); got != want {
			t.Errorf("%q: %q, want %q", device, got, want)
		}
	}
}

func TestAnAPIToken(t *testing.T) {
	token, secret, err := NewAPIToken("the website", RoleRead, "ada@example.org", noon)
	if err != nil {
		t.Fatal(err)
	}
	if id, ok := APITokenID(secret); !ok || id != token.ID || strings.Contains(token.Hash, secret) {
		t.Errorf("id %q of %q", id, secret)
	}
	if !token.Lets(secret) || token.Lets(secret+"x") || token.Lets("") {
		t.Error("lets the wrong ones in")
	}
	if !token.Use(noon) || token.Use(noon.Add(59*time.Minute)) || !token.Used.Equal(noon) || !token.Use(noon.Add(time.Hour)) {
		t.Error("its use is not noted once an hour")
	}
	token.Revoke(noon)
	token.Revoke(noon.Add(time.Hour))
	if token.Lets(secret) || !token.Revoked.Equal(noon) {
		t.Error("a revoked token lets in")
	}
	for _, bad := range []string{"", "masthead_", "masthead_abc", "another-token", "masthead__x"} {
		if id, ok := APITokenID(bad); ok {
			t.Errorf("%q is taken for token %q", bad, id)
		}
	}
	for _, c := range []struct {
		name string
		role Role
	}{{" ", RoleRead}, {"x", "owner"}} {
		if _, _, err := NewAPIToken(c.name, c.role, "", noon); !errors.Is(err, ErrInvalid) {
			t.Errorf("%v: %v", c, err)
		}
	}
}
