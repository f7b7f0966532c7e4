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
