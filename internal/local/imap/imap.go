// Package imap reads a mailbox that mail comes back to (RFC 3501, RFC 9051). It takes
// each message once, hands it over, and marks it as seen; it deletes nothing. What
// comes back means, it does not know.
package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2" // the protocol, and a server for the tests
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Mailbox is where mail comes back to. It must be one that nothing else reads: a message
// that somebody else has seen is not looked at.
type Mailbox struct {
	Host           string // with port
	User, Password string
	Folder         string // empty: INBOX
	Encrypted      bool   // from the start (imaps); else STARTTLS, and nothing at all only with a server on this machine
	MaxBytes       int64  // of each message that are read
	TLS            *tls.Config
}

// ParseMailbox reads imaps://user:password@host:port/folder, or imap:// for STARTTLS.
func ParseMailbox(text string) (Mailbox, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User == nil || u.Scheme != "imaps" && u.Scheme != "imap" {
		return Mailbox{}, fmt.Errorf("write the mailbox like imaps://user:password@mail.example.org:993, with %%40 for an @ in the name: %w", newsletter.ErrInvalid)
	}
	m := Mailbox{User: u.User.Username(), Folder: strings.Trim(u.Path, "/"), Encrypted: u.Scheme == "imaps"}
	m.Password, _ = u.User.Password()
	port := u.Port()
	if port == "" {
		port = map[string]string{"imaps": "993", "imap": "143"}[u.Scheme]
	}
	m.Host = net.JoinHostPort(u.Hostname(), port)
	return m, nil
}

// atOnce is how many messages one visit takes: the next one takes more.
const atOnce = 500

// patience is how long one visit may take.
const patience = 5 * time.Minute

// Read hands every message that was not seen yet to take, and marks it as seen once take
// returns nil. An error of take leaves the message for the next time and does not stop
// the others. A message may be handed over twice, where the mark got lost.
func (m Mailbox) Read(ctx context.Context, take func(ctx context.Context, raw []byte) error) (taken int, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	client, err := m.connect(ctx)
	if err != nil {
		return 0, m.explain("reach", err)
	}
	defer client.Close()
	stop := context.AfterFunc(ctx, func() { _ = client.Close() }) // its calls know no context
	defer stop()
	if err := client.Login(m.User, m.Password).Wait(); err != nil {
		return 0, m.explain("sign in to", err)
	}
	taken, err = m.unseen(ctx, client, take)
	if ctx.Err() != nil {
		return taken, errors.Join(ctx.Err(), err)
	}
	_ = client.Logout().Wait() // all is done
	return taken, err
}

func (m Mailbox) connect(ctx context.Context) (*imapclient.Client, error) {
	host, _, err := net.SplitHostPort(m.Host)
	if err != nil {
		return nil, err
	}
	conn, err := (&net.Dialer{Timeout: 20 * time.Second}).DialContext(ctx, "tcp", m.Host)
	if err != nil {
		return nil, err
	}
	config := m.TLS.Clone()
	if config == nil {
		config = &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	}
	options := &imapclient.Options{TLSConfig: config}
	if m.Encrypted {
		config.NextProtos = []string{"imap"}
		return imapclient.New(tls.Client(conn, config), options), nil
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return imapclient.New(conn, options), nil
	}
	return imapclient.NewStartTLS(conn, options)
}

func (m Mailbox) explain(what string, err error) error {
	return fmt.Errorf("cannot %s the mailbox for bounces at %s: %w", what, m.Host, err)
}

// unseen goes through the messages one by one.
func (m Mailbox) unseen(ctx context.Context, client *imapclient.Client, take func(context.Context, []byte) error) (taken int, err error) {
	folder := m.Folder
	if folder == "" {
		folder = "INBOX"
	}
	if _, err := client.Select(folder, nil).Wait(); err != nil {
		return 0, m.explain("open "+folder+" in", err)
	}
	found, err := client.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagSeen, imap.FlagDeleted}}, nil).Wait()
	if err != nil {
		return 0, m.explain("search", err)
	}
	uids := found.AllUIDs()
	var faults []error
	for _, uid := range uids[:min(len(uids), atOnce)] {
		raw, err := m.fetch(client, uid)
		if err != nil {
			return taken, m.explain("read", err)
		}
		if raw == nil {
			continue // somebody has deleted it meanwhile
		}
		if err := take(ctx, raw); err != nil {
			faults = append(faults, err)
			if ctx.Err() != nil {
				break
			}
			continue
		}
		taken++
		seen := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagSeen}}
		if err := client.Store(imap.UIDSetNum(uid), seen, nil).Close(); err != nil {
			return taken, m.explain("mark a message in", err)
		}
	}
	return taken, errors.Join(faults...)
}

// fetch reads the beginning of a message without marking it.
func (m Mailbox) fetch(client *imapclient.Client, uid imap.UID) ([]byte, error) {
	part := &imap.FetchItemBodySection{Peek: true}
	if m.MaxBytes > 0 {
		part.Partial = &imap.SectionPartial{Size: m.MaxBytes}
	}
	messages, err := client.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{part}}).Collect()
	if err != nil || len(messages) == 0 || len(messages[0].BodySection) == 0 {
		return nil, err
	}
	return messages[0].BodySection[0].Bytes, nil
}
