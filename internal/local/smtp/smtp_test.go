package smtp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp" // a real server to send to, which can refuse and break off

	"github.com/masthead-mail/masthead/internal/mailtest"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// server is a mail server that keeps what it accepts.
type server struct {
	*smtp.Server
	addr string

	mu       sync.Mutex
	messages []message
	secured  int
	refuse   func(to string) error // asked at RCPT
	sender   func(from string) error
	data     func(n int) error // asked after the n-th message has come in
	open     []net.Conn
	signedIn []string
}

type message struct {
	to  string
	raw []byte
}

func start(t *testing.T, options ...func(*server)) *server {
	t.Helper()
	s := &server{}
	s.Server = smtp.NewServer(s)
	s.Domain, s.AllowInsecureAuth, s.ErrorLog = "localhost", true, quiet{}
	for _, option := range options {
		option(s)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = listener.Addr().String()
	go func() { _ = s.Serve(listener) }()
	t.Cleanup(func() { _ = s.Close() })
	return s
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func (s *server) NewSession(c *smtp.Conn) (smtp.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = append(s.open, c.Conn())
	return &session{server: s, conn: c}, nil
}

// hangUp closes every connection, as a server does that was idle for long.
func (s *server) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.open {
		_ = c.Close()
	}
}

type session struct {
	server *server
	conn   *smtp.Conn
	to     []string
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "secret" {
			return errors.New("wrong")
		}
		s.server.mu.Lock()
		defer s.server.mu.Unlock()
		s.server.signedIn = append(s.server.signedIn, user)
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.server.sender != nil {
		return s.server.sender(from)
	}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.server.refuse != nil {
		if err := s.server.refuse(to); err != nil {
			return err
		}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	for _, to := range s.to {
		s.server.messages = append(s.server.messages, message{to, raw})
	}
	if _, secure := s.conn.TLSConnectionState(); secure {
		s.server.secured++
	}
	if s.server.data != nil {
		return s.server.data(len(s.server.messages))
	}
	return nil
}

func (s *session) Reset()        { s.to = nil }
func (s *session) Logout() error { return nil }

func mailer(t *testing.T, url string) *Mailer {
	t.Helper()
	relay, err := ParseRelay(url)
	if err != nil {
		t.Fatal(err)
	}
	m := &Mailer{Relay: relay, Now: time.Now, Timeout: 5 * time.Second}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func withTLS(t *testing.T) func(*server) {
	return func(s *server) { s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate(t)}} }
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestContract(t *testing.T) {
	mailtest.Run(t, func(t *testing.T) mailtest.System {
		s := start(t)
		return mailtest.System{Mailer: mailer(t, "smtp://"+s.addr), Received: s.received}
	})
}

func (s *server) received(t *testing.T) (all []mailtest.Received) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.messages {
		all = append(all, mailtest.Parse(t, m.to, m.raw))
	}
	return all
}

func TestConnectionsAreSecuredAndSignedIn(t *testing.T) {
	for _, c := range []struct {
		name, scheme string
		options      []func(*server)
	}{
		{"STARTTLS where it is offered", "smtp://", []func(*server){withTLS(t)}},
		{"a password on this machine needs no TLS", "smtp://", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, c.options...)
			m := mailer(t, c.scheme+"ada:secret@"+s.addr)
			if _, err := m.Send(t.Context(), mailtest.Mailing(20)); err != nil {
				t.Fatal(err)
			}
			if len(s.messages) != 20 || len(s.signedIn) == 0 || len(s.signedIn) > 4 { // one connection, one sign-in
				t.Errorf("%d messages, signed in %v", len(s.messages), s.signedIn)
			}
			if len(c.options) > 0 && s.secured != 20 {
				t.Errorf("%d of 20 messages over TLS", s.secured)
			}
		})
	}
}

func TestImplicitTLS(t *testing.T) {
	s := &server{}
	s.Server = smtp.NewServer(s)
	s.Domain, s.ErrorLog = "localhost", quiet{}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate(t)}})
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(listener) }()
	t.Cleanup(func() { _ = s.Close() })
	m := mailer(t, "smtps://ada:secret@"+listener.Addr().String())
	if _, err := m.Send(t.Context(), mailtest.Mailing(3)); err != nil {
		t.Fatal(err)
	}
	if len(s.messages) != 3 {
		t.Errorf("%d messages", len(s.messages))
	}
}

func TestRefusals(t *testing.T) {
	no := func(code int) error { return &smtp.SMTPError{Code: code, Message: "no"} }
	for _, c := range []struct {
		name   string
		server func(*server)
		want   []newsletter.Outcome // of three readers
		err    error
	}{
		{"550 for one reader fails that reader", func(s *server) {
			s.refuse = func(to string) error { return map[bool]error{true: no(550)}[strings.HasPrefix(to, "Reader.1")] }
		}, []newsletter.Outcome{newsletter.OutcomeSent, newsletter.OutcomeFailed, newsletter.OutcomeSent}, nil},
		{"450 for one reader is tried again", func(s *server) {
			s.refuse = func(to string) error { return map[bool]error{true: no(450)}[strings.HasPrefix(to, "Reader.1")] }
		}, []newsletter.Outcome{newsletter.OutcomeSent, newsletter.OutcomeRetry, newsletter.OutcomeSent}, nil},
		{"554 after the message fails that reader", func(s *server) {
			s.data = func(n int) error { return map[bool]error{true: no(554)}[n == 2] }
		}, []newsletter.Outcome{newsletter.OutcomeSent, newsletter.OutcomeFailed, newsletter.OutcomeSent}, nil},
		{"the sender is refused: the run pauses, nobody fails", func(s *server) { s.sender = func(string) error { return no(553) } },
			[]newsletter.Outcome{newsletter.OutcomeRetry, newsletter.OutcomeRetry, newsletter.OutcomeRetry}, newsletter.ErrSendingPaused},
	} {
		for _, pipelining := range []bool{true, false} {
			t.Run(c.name, func(t *testing.T) {
				s := start(t, c.server)
				m := mailer(t, "smtp://"+s.addr)
				m.Connections = 1
				if !pipelining {
					m.warm(t).pipelining = false
				}
				results, err := m.Send(t.Context(), mailtest.Mailing(3))
				if !errors.Is(err, c.err) {
					t.Errorf("error %v, want %v", err, c.err)
				}
				for i, r := range results {
					if r.Outcome != c.want[i] || r.Outcome != newsletter.OutcomeSent && r.Reason == "" {
						t.Errorf("reader %d: %+v, want %s", i, r, c.want[i])
					}
				}
			})
		}
	}
}

// warm puts a connection into the pool and returns it.
func (m *Mailer) warm(t *testing.T) *conn {
	t.Helper()
	c, err := m.Relay.dial(t.Context(), m.timeout())
	if err != nil {
		t.Fatal(err)
	}
	m.release(c)
	return c
}

func TestBrokenConnections(t *testing.T) {
	t.Run("one that went stale in the pool is replaced", func(t *testing.T) {
		s := start(t)
		m := mailer(t, "smtp://"+s.addr)
		for range 3 {
			m.warm(t)
		}
		s.hangUp()
		results, err := m.Send(t.Context(), mailtest.Mailing(10))
		if err != nil || len(s.messages) != 10 {
			t.Errorf("%d messages, %+v, %v", len(s.messages), results, err)
		}
	})
	t.Run("no answer to the final dot leaves the message in doubt, the others are sent", func(t *testing.T) {
		s := start(t)
		s.data = func(n int) error {
			if n == 2 {
				for _, c := range s.open {
					_ = c.Close()
				}
			}
			return nil
		}
		m := mailer(t, "smtp://"+s.addr)
		m.Connections = 1
		results, err := m.Send(t.Context(), mailtest.Mailing(4))
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []newsletter.Outcome{newsletter.OutcomeSent, newsletter.OutcomeAmbiguous, newsletter.OutcomeSent, newsletter.OutcomeSent} {
			if results[i].Outcome != want {
				t.Errorf("reader %d: %+v, want %s", i, results[i], want)
			}
		}
	})
	t.Run("a server that stalls leaves the message in doubt", func(t *testing.T) {
		block := make(chan struct{})
		s := start(t, func(s *server) { s.data = func(int) error { <-block; return nil } })
		t.Cleanup(func() { close(block) })
		m := mailer(t, "smtp://"+s.addr)
		m.Timeout = 200 * time.Millisecond
		results, _ := m.Send(t.Context(), mailtest.Mailing(1))
		if results[0].Outcome != newsletter.OutcomeAmbiguous {
			t.Errorf("%+v", results[0])
		}
	})
	t.Run("a server that is not there: nobody fails", func(t *testing.T) {
		m := mailer(t, "smtp://127.0.0.1:1")
		results, err := m.Send(t.Context(), mailtest.Mailing(50))
		if !errors.Is(err, newsletter.ErrUnavailable) || !strings.Contains(err.Error(), "127.0.0.1:1") {
			t.Errorf("error %v", err)
		}
		for _, r := range results {
			if r.Outcome != newsletter.OutcomeRetry {
				t.Fatalf("%+v", r)
			}
		}
	})
	t.Run("a wrong password pauses and names the cure", func(t *testing.T) {
		s := start(t)
		_, err := mailer(t, "smtp://ada:wrong@"+s.addr).Send(t.Context(), mailtest.Mailing(1))
		if !errors.Is(err, newsletter.ErrSendingPaused) || strings.Contains(err.Error(), "wrong@") {
			t.Errorf("error %v", err)
		}
	})
}

func TestDotsSurvive(t *testing.T) {
	s := start(t)
	m := mailer(t, "smtp://"+s.addr)
	mailing := mailtest.Mailing(1)
	mailing.Mail.Text = ".\n..\n.hidden\nend"
	if _, err := m.Send(t.Context(), mailing); err != nil {
		t.Fatal(err)
	}
	if got := s.received(t)[0].Text; got != mailing.Mail.Text {
		t.Errorf("%q", got)
	}
}

func TestParseRelay(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Relay
		ok   bool
	}{
		{"smtp://mail.example.org", Relay{Host: "mail.example.org:587"}, true},
		{"smtps://mail.example.org", Relay{Host: "mail.example.org:465", Implicit: true}, true},
		{"smtp://mail.example.org:465", Relay{Host: "mail.example.org:465", Implicit: true}, true},
		{"smtp://ada:p%40ss@mail.example.org:25/", Relay{Host: "mail.example.org:25", User: "ada", Password: "p@ss"}, true},
		{"mail.example.org:25", Relay{}, false},
		{"http://mail.example.org", Relay{}, false},
		{"smtp://", Relay{}, false},
		{"smtp://ada@mail.example.org", Relay{}, false},
		{"smtp://ada:secret@mail.example.org:25/path", Relay{}, false},
		{"smtp://ada:secret@mail.example.org:port", Relay{}, false},
	} {
		got, err := ParseRelay(c.in)
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("ParseRelay(%q) = %+v, %v", c.in, got, err)
		}
		if err != nil && (!errors.Is(err, newsletter.ErrInvalid) || !strings.Contains(err.Error(), "smtp://user:password@") || strings.Contains(err.Error(), "secret")) {
			t.Errorf("ParseRelay(%q): %v", c.in, err)
		}
	}
}

func BenchmarkSend(b *testing.B) {
	m := &Mailer{Relay: Relay{Host: mailtest.StartSink(b).Addr}, Now: time.Now}
	mailing := mailtest.Mailing(50)
	mailing.Mail.HTML += strings.Repeat("<p>Ein Absatz über Laternen, in dem einiges steht.</p>\n", 700)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if _, err := m.Send(context.Background(), mailing); err != nil {
			b.Fatal(err)
		}
		n += 50
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "messages/s")
}
