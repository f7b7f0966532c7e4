// Package smtp is the mailer that hands messages to a mail server (RFC 5321):
// a relay, a provider's submission port, or the SMTP endpoint of Amazon SES.
//
// A message is accepted when the server has answered its final dot. A connection
// that breaks before the dot was written leaves a message that was certainly not
// accepted, one that breaks after leaves it in doubt. A mail server cannot be
// asked afterwards, so such a message stays in doubt. What a process was doing when
// it was killed, its Notes tell.
//
// Each reader's message is a transaction of its own. Commands are pipelined where
// the server allows it (RFC 2920), the next message's envelope behind the final dot
// too.
package smtp

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/masthead-mail/masthead/internal/local/dkim"
	"github.com/masthead-mail/masthead/internal/mime"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Mailer sends through one Relay over pooled connections. It is safe for
// concurrent use.
type Mailer struct {
	Relay       Relay
	Now         func() time.Time
	Connections int                                            // at once for one Mailing; 0: 4
	Timeout     time.Duration                                  // for each answer of the server; 0: 20 s
	ReturnPath  func(to newsletter.Address) newsletter.Address // where mail to a reader comes back to; nil: to the sender
	Sign        dkim.Keys                                      // of messages; none: they are not signed, or the relay does
	Notes       *Notes                                         // of what is under way, for who must know after this process was killed; nil: none

	encode   mime.Compiler
	workers  sync.Pool   // of *worker, for their memory
	cautious atomic.Bool // an envelope that went ahead has cost a server's answer: none does any more
	mu       sync.Mutex
	idle     []*conn
}

// Send mails every reader of the Mailing over a few connections.
func (m *Mailer) Send(ctx context.Context, mailing *newsletter.Mailing) ([]newsletter.Result, error) {
	j := &job{mailer: m, mailing: mailing, digest: m.encode.Digest(mailing), sender: mime.Address(mailing.Publication.From),
		results: make([]newsletter.Result, len(mailing.Recipients)), begin: m.lastBegin(ctx)}
	if m.Notes != nil {
		j.notes, j.err = m.Notes.open(mailing)
	}
	var connections sync.WaitGroup
	for range min(m.connections(), len(mailing.Recipients)) {
		connections.Go(func() { j.work(ctx) })
	}
	connections.Wait()
	if j.notes != nil {
		j.notes.end()
	}
	return j.results, j.err
}

func (j *job) work(ctx context.Context) {
	w, ok := j.mailer.workers.Get().(*worker)
	if !ok {
		w = new(worker)
	}
	w.job = j
	w.work(ctx)
	w.job = nil
	j.mailer.workers.Put(w)
}

// lastBegin is until when messages may be begun, so that the server has time to
// answer the last ones before ctx ends: in doubt would be whoever is under way then.
func (m *Mailer) lastBegin(ctx context.Context) time.Time {
	end, ok := ctx.Deadline()
	if !ok {
		return time.Time{}
	}
	return end.Add(-min(m.timeout(), time.Until(end)/2))
}

// Post sends a single mail. An error means that it may not have arrived.
func (m *Mailer) Post(ctx context.Context, message *newsletter.Message) error {
	if !message.To.ASCII() {
		return fmt.Errorf("mail to %s: %s", message.To.Domain(), newsletter.ReasonNotASCII)
	}
	from := m.envelopeFrom(message.Publication, message.To)
	raw := mime.Encode(message, m.Now(), rand.Text())
	signatures, err := m.Sign.Sign(nil, message.Publication.From, raw)
	if err != nil {
		return err
	}
	c, refused, err := m.address(ctx, nil, from, mime.Address(message.To))
	result := newsletter.Result{Outcome: newsletter.OutcomeSent}
	switch {
	case refused != nil:
		result, err = refused.judge()
	case err == nil:
		c.wait(ctx)
		result, err = c.message(net.Buffers{signatures, raw}, from, "")
		if err != nil {
			c.abort()
			c = nil
		}
	}
	if c != nil {
		m.release(c)
	}
	if err == nil && result.Outcome != newsletter.OutcomeSent {
		err = fmt.Errorf("mail to %s: %s", message.To.Domain(), result.Reason)
	}
	return err
}

// envelopeFrom is the sender of the envelope (RFC 5321, 4.1.1.2).
func (m *Mailer) envelopeFrom(p *newsletter.Publication, to newsletter.Address) string {
	if m.ReturnPath == nil {
		return mime.Address(p.From)
	}
	return mime.Address(m.ReturnPath(to))
}

// Close ends the pooled connections.
func (m *Mailer) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.idle {
		c.quit()
	}
	m.idle = nil
	return nil
}

// address gets leave to send a message, over c if that is not nil and takes it. It
// returns the connection, nil where none is left, and the server's refusal if that
// was its answer. A connection that was used before and turns out to be closed, or
// closes now, is replaced: the server may take so many messages over each, or may be
// tired of waiting.
func (m *Mailer) address(ctx context.Context, c *conn, from, to string) (*conn, *refusal, error) {
	for {
		if c == nil {
			var err error
			if c, err = m.connect(ctx); err != nil {
				return nil, nil, err
			}
		}
		c.wait(ctx)
		refused, err := c.envelope(from, to)
		closes := refused != nil && refused.code == closing
		if err == nil && !closes {
			return c, refused, nil
		}
		c.abort()
		if again := c.used && (refused == nil || closes); !again {
			return nil, refused, err
		}
		c = nil
	}
}

func (m *Mailer) connect(ctx context.Context) (c *conn, err error) {
	m.mu.Lock()
	if n := len(m.idle); n > 0 {
		c, m.idle = m.idle[n-1], m.idle[:n-1]
	}
	m.mu.Unlock()
	if c != nil {
		c.used = true
		return c, nil
	}
	return m.Relay.dial(ctx, m.timeout())
}

func (m *Mailer) release(c *conn) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.idle = append(m.idle, c)
}

func (m *Mailer) connections() int {
	if m.Connections > 0 {
		return m.Connections
	}
	return 4
}

func (m *Mailer) timeout() time.Duration {
	if m.Timeout > 0 {
		return m.Timeout
	}
	return 20 * time.Second
}
