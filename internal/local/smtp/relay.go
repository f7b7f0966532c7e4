package smtp

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/smtp"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Relay is the mail server that takes our messages.
type Relay struct {
	Host           string // with its port
	Implicit       bool   // TLS from the first byte (RFC 8314, port 465)
	User, Password string
}

// usage is how a relay is written.
const usage = "write it like smtp://user:password@mail.example.org:587 (STARTTLS) or smtps://mail.example.org:465 (TLS from the start)"

// ParseRelay reads smtp://user:password@host:port or smtps://…. The port may be
// left out: 587 and 465.
func ParseRelay(s string) (Relay, error) {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return Relay{}, fmt.Errorf("mail server %q: %s: %w", hidePassword(s, u), usage, newsletter.ErrInvalid)
	}
	r := Relay{Host: u.Host, Implicit: u.Scheme == "smtps" || u.Port() == "465", User: u.User.Username()}
	r.Password, _ = u.User.Password()
	if r.User != "" && r.Password == "" {
		return Relay{}, fmt.Errorf("mail server %q: there is a user but no password; %s: %w", hidePassword(s, u), usage, newsletter.ErrInvalid)
	}
	if u.Port() == "" {
		port := "587"
		if r.Implicit {
			port = "465"
		}
		r.Host = net.JoinHostPort(u.Hostname(), port)
	}
	return r, nil
}

func hidePassword(s string, u *url.URL) string {
	if u != nil {
		return u.Redacted()
	}
	before, _, _ := strings.Cut(s, "@")
	return strings.Replace(s, before, "…", 1)
}

// String is the relay without its password.
func (r Relay) String() string { return r.Host }

// dial connects, secures the connection and signs in. What a person must mend
// (name, certificate, password) wraps newsletter.ErrSendingPaused.
func (r Relay) dial(ctx context.Context, timeout time.Duration) (*conn, error) {
	dialer := net.Dialer{Timeout: timeout}
	raw, err := dialer.DialContext(ctx, "tcp", r.Host)
	if err != nil {
		return nil, fmt.Errorf("mail server %s does not answer: %w (%w)", r.Host, newsletter.ErrUnavailable, err)
	}
	_ = raw.SetDeadline(time.Now().Add(timeout)) // a deadline of the network, not of the newsletter
	c, err := r.hello(raw)
	if err != nil {
		_ = raw.Close()
		return nil, err
	}
	c.timeout = timeout
	return c, nil
}

func (r Relay) hello(raw net.Conn) (*conn, error) {
	host, _, _ := net.SplitHostPort(r.Host)
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: loopback(raw)}
	stream := raw
	if r.Implicit {
		stream = tls.Client(raw, config)
	}
	client, err := smtp.NewClient(stream, host)
	if err != nil {
		return nil, fmt.Errorf("mail server %s does not greet: %w (%w)", r.Host, newsletter.ErrUnavailable, err)
	}
	if err := client.Hello(ownName()); err != nil {
		return nil, fmt.Errorf("mail server %s refuses our greeting: %w (%w)", r.Host, newsletter.ErrUnavailable, err)
	}
	if ok, _ := client.Extension("STARTTLS"); ok && !r.Implicit {
		if err := client.StartTLS(config); err != nil {
			return nil, fmt.Errorf("mail server %s: the connection cannot be secured: %w (%w)", r.Host, newsletter.ErrSendingPaused, err)
		}
	}
	if err := r.signIn(client, raw); err != nil {
		return nil, err
	}
	_, secure := client.TLSConnectionState()
	pipelining, _ := client.Extension("PIPELINING")
	return &conn{client: client, raw: raw, secure: secure, pipelining: pipelining}, nil
}

func (r Relay) signIn(client *smtp.Client, raw net.Conn) error {
	if r.User == "" {
		return nil
	}
	if _, secure := client.TLSConnectionState(); !secure && !loopback(raw) {
		return fmt.Errorf("mail server %s offers no TLS; the password is not sent in the clear, use a port that offers it: %w", r.Host, newsletter.ErrSendingPaused)
	}
	ok, offered := client.Extension("AUTH")
	if !ok {
		return fmt.Errorf("mail server %s takes no password here; try port 587 or smtps: %w", r.Host, newsletter.ErrSendingPaused)
	}
	if err := client.Auth(credentials{r.User, r.Password, strings.Fields(offered)}); err != nil {
		return fmt.Errorf("mail server %s refuses user and password: %w (%w)", r.Host, newsletter.ErrSendingPaused, err)
	}
	return nil
}

// loopback tells whether the connection stays on this machine: nobody can listen
// there who could not read our memory, and its certificates name nobody.
func loopback(c net.Conn) bool {
	tcp, ok := c.RemoteAddr().(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// ownName is what we call ourselves in EHLO.
func ownName() string {
	if name, err := os.Hostname(); err == nil && strings.Contains(name, ".") {
		return name
	}
	return "[127.0.0.1]" // RFC 5321, 4.1.3: an address where there is no name
}

// credentials sign in by PLAIN (RFC 4616), or by LOGIN, which some servers offer
// alone. The connection is secure, see signIn.
type credentials struct {
	user, password string
	offered        []string
}

func (c credentials) Start(*smtp.ServerInfo) (string, []byte, error) {
	for _, mechanism := range c.offered {
		if strings.EqualFold(mechanism, "PLAIN") {
			return "PLAIN", []byte("\x00" + c.user + "\x00" + c.password), nil
		}
	}
	return "LOGIN", nil, nil
}

func (c credentials) Next(challenge []byte, more bool) ([]byte, error) {
	switch {
	case !more:
		return nil, nil
	case strings.HasPrefix(strings.ToLower(string(challenge)), "user"):
		return []byte(c.user), nil
	}
	return []byte(c.password), nil
}
