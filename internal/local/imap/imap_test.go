package imap

import (
	"bytes"
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// serve is a real IMAP server on this machine, with so many messages.
func serve(t *testing.T, messages ...string) Mailbox {
	t.Helper()
	user := imapmemserver.NewUser("bounce@example.org", "secret")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		raw := []byte(strings.ReplaceAll(m, "\n", "\r\n"))
		if _, err := user.Append("INBOX", literal{bytes.NewReader(raw)}, &imap.AppendOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	memory := imapmemserver.New()
	memory.AddUser(user)
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return memory.NewSession(), nil, nil
		},
		InsecureAuth: true, Caps: imap.CapSet{imap.CapIMAP4rev1: {}},
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return Mailbox{Host: listener.Addr().String(), User: "bounce@example.org", Password: "secret", MaxBytes: 40}
}

type literal struct{ *bytes.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

// TestEachMessageOnce: what was taken is marked and does not come again; what failed
// comes again, and stops no other.
func TestEachMessageOnce(t *testing.T) {
	m := serve(t, "Subject: one\n\nfirst\n", "Subject: two\n\nsecond\n", "Subject: three\n\n"+strings.Repeat("long ", 100))
	var got []string
	down := errors.New("the store is down")
	take := func(_ context.Context, raw []byte) error {
		subject, _, _ := strings.Cut(string(raw), "\r\n")
		got = append(got, subject)
		if len(raw) > 40 {
			t.Errorf("%d bytes of a message were read", len(raw))
		}
		if subject == "Subject: two" && len(got) < 4 {
			return down
		}
		return nil
	}
	if n, err := m.Read(t.Context(), take); n != 2 || !errors.Is(err, down) {
		t.Errorf("%d taken, %v", n, err)
	}
	if n, err := m.Read(t.Context(), take); n != 1 || err != nil {
		t.Errorf("%d taken, %v", n, err)
	}
	if n, err := m.Read(t.Context(), take); n != 0 || err != nil {
		t.Errorf("%d taken, %v", n, err)
	}
	if want := []string{"Subject: one", "Subject: two", "Subject: three", "Subject: two"}; !slices.Equal(got, want) {
		t.Errorf("came %v, want %v", got, want)
	}
}

func TestFaultsAreTold(t *testing.T) {
	none := func(context.Context, []byte) error { return nil }
	m := serve(t)
	for what, change := range map[string]func(*Mailbox){
		"sign in": func(m *Mailbox) { m.Password = "wrong" }, "open Nowhere": func(m *Mailbox) { m.Folder = "Nowhere" },
		"reach": func(m *Mailbox) { m.Host = "127.0.0.1:1" },
	} {
		broken := m
		change(&broken)
		if _, err := broken.Read(t.Context(), none); err == nil || !strings.Contains(err.Error(), what) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", what, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Read(ended, none); err == nil {
		t.Error("it reads although it was stopped")
	}
}

func TestParseMailbox(t *testing.T) {
	m, err := ParseMailbox("imaps://bounce%40example.org:p%2Fw@mail.example.org/Bounces")
	if want := (Mailbox{Host: "mail.example.org:993", User: "bounce@example.org", Password: "p/w", Folder: "Bounces", Encrypted: true}); err != nil || m != want {
		t.Errorf("%+v, %v", m, err)
	}
	for _, text := range []string{"", "mail.example.org", "https://a:b@c", "imaps://mail.example.org", "imap://a:b@"} {
		if _, err := ParseMailbox(text); !errors.Is(err, newsletter.ErrInvalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
