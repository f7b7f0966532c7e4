package token

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

func TestReturnPath(t *testing.T) {
	now := time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
	id := newsletter.SubscriberID{1, 2, 3}
	old, young := Key{"a", []byte("old secret")}, Key{"b", []byte("young secret")}
	tok := (&Signer{Keys: []Key{old}}).ReturnPath(id, now)
	if len("bounce+"+tok) > 64 || len(tok) != ReturnPathLength {
		t.Errorf("%d letters", len(tok))
	}
	s := &Signer{Keys: []Key{young, old}} // the key was rotated since
	for _, sent := range []string{tok, strings.ToUpper(tok)} {
		if got, day, err := s.Returned(sent, now.AddDate(0, 0, 9)); err != nil || got != id || !day.Equal(now.Truncate(24*time.Hour)) {
			t.Errorf("%v, %v, %v", got, day, err)
		}
	}
	if _, _, err := s.Returned(tok, now.AddDate(0, 0, 61)); !errors.Is(err, ErrExpired) {
		t.Errorf("after two months: %v", err)
	}
	for i := range len(tok) {
		forged := []byte(tok)
		forged[i] = "abcdefgh"[(strings.IndexByte("abcdefgh", forged[i])+1)%8]
		if got, _, err := s.Returned(string(forged), now); !errors.Is(err, ErrForged) && got != id { // bits of the last letter mean nothing
			t.Errorf("letter %d: %v, %v", i, got, err)
		}
	}
	if _, _, err := (&Signer{Keys: []Key{{"a", []byte(rand.Text())}}}).Returned(tok, now); !errors.Is(err, ErrForged) {
		t.Errorf("of another key: %v", err)
	}
	for _, p := range Purposes() {
		if _, err := s.Verify(tok, p, now); !errors.Is(err, ErrForged) {
			t.Errorf("as a link for %s: %v", p, err)
		}
		if _, _, err := s.Returned(s.Sign(p, Claims{Subscriber: id}), now); !errors.Is(err, ErrForged) {
			t.Errorf("a link for %s as a return path: %v", p, err)
		}
	}
}

func FuzzReturned(f *testing.F) {
	s := &Signer{Keys: []Key{{"a", []byte("secret")}}}
	now := time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
	f.Add(s.ReturnPath(newsletter.SubscriberID{9}, now))
	f.Add("")
	f.Fuzz(func(t *testing.T, tok string) {
		id, sent, err := s.Returned(tok, now)
		if err == nil && !strings.HasPrefix(strings.ToLower(tok), s.ReturnPath(id, sent)[:44]) { // the last letter has bits that mean nothing
			t.Errorf("%q: %v, %v", tok, id, sent)
		}
	})
}
