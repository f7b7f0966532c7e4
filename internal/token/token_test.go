package token

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

var (
	now    = time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
	ada    = newsletter.Identify([]byte("pepper"), "ada@example.org")
	signer = Signer{Keys: []Key{{ID: "b", Secret: []byte("new secret")}, {ID: "a", Secret: []byte("old secret")}}}
)

func TestVerify(t *testing.T) {
	claims := Claims{Subscriber: ada, Version: 3, Expires: now.Add(ConfirmTTL)}
	good := signer.Sign(Confirm, claims)
	retired := Signer{Keys: signer.Keys[1:]}
	stranger := Signer{Keys: []Key{{ID: "b", Secret: []byte("guess")}}}
	for _, c := range []struct {
		name    string
		token   string
		purpose Purpose
		at      time.Time
		want    error
	}{
		{"what was signed verifies", good, Confirm, now, nil},
		{"a second before the end it still works", good, Confirm, now.Add(ConfirmTTL - time.Second), nil},
		{"at the end it has expired", good, Confirm, now.Add(ConfirmTTL), ErrExpired},
		{"another purpose is refused", good, Unsubscribe, now, ErrForged},
		{"a retired key still verifies", retired.Sign(Unsubscribe, Claims{Subscriber: ada}), Unsubscribe, now.AddDate(30, 0, 0), nil},
		{"another secret under the same id is refused", stranger.Sign(Confirm, claims), Confirm, now, ErrForged},
		{"a changed purpose field is refused", strings.Replace(good, ".c.", ".u.", 1), Unsubscribe, now, ErrForged},
		{"a cut token is refused", good[:len(good)-1], Confirm, now, ErrForged},
		{"an empty one is refused", "", Confirm, now, ErrForged},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := signer.Verify(c.token, c.purpose, c.at)
			if !errors.Is(err, c.want) {
				t.Fatalf("error %v, want %v", err, c.want)
			}
			if err == nil && got.Subscriber != ada {
				t.Errorf("made for %v, read as %v", ada, got.Subscriber)
			}
		})
	}
}

func TestTokensFitIntoLinks(t *testing.T) {
	tok := signer.Sign(Unsubscribe, Claims{Subscriber: ada, Version: 1 << 30, Expires: now})
	if !regexp.MustCompile(`^[A-Za-z0-9._-]{40,100}$`).MatchString(tok) {
		t.Errorf("token %q", tok)
	}
}

// FuzzVerify: nothing that we did not sign verifies, whatever it looks like.
func FuzzVerify(f *testing.F) {
	good := signer.Sign(Unsubscribe, Claims{Subscriber: ada})
	f.Add(good)
	f.Add(good + ".")
	f.Add("v1.b.u....")
	f.Fuzz(func(t *testing.T, tok string) {
		if _, err := signer.Verify(tok, Unsubscribe, now); err == nil && tok != good {
			t.Errorf("accepted %q", tok)
		}
	})
}

// TestATokenServesOnePurpose: each purpose against every other, with one reader and two.
func TestATokenServesOnePurpose(t *testing.T) {
	s := &Signer{Keys: []Key{{ID: "a", Secret: []byte("secret")}}}
	claims := Claims{Subscriber: newsletter.SubscriberID{1}, Version: 3}
	for _, c := range []Claims{claims, {Subscriber: claims.Subscriber, From: newsletter.SubscriberID{2}, Version: 3}} {
		seen := map[Purpose]bool{}
		for _, made := range Purposes() {
			if seen[made] {
				t.Errorf("two purposes are called %q", made)
			}
			seen[made] = true
			tok := s.Sign(made, c)
			for _, asked := range Purposes() {
				got, err := s.Verify(tok, asked, time.Time{})
				if made == asked && (err != nil || got != c) || made != asked && !errors.Is(err, ErrForged) {
					t.Errorf("made for %q, used for %q: %+v, %v", made, asked, got, err)
				}
				renamed := strings.Replace(tok, "."+string(made)+".", "."+string(asked)+".", 1)
				if _, err := s.Verify(renamed, asked, time.Time{}); made != asked && !errors.Is(err, ErrForged) {
					t.Errorf("%q renamed to %q: %v", made, asked, err)
				}
			}
		}
	}
}
