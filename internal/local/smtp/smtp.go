// Package smtp is the mailer that hands messages to a mail server (RFC 5321):
// a relay, a provider's submission port, or the SMTP endpoint of Amazon SES.
//
// A message is accepted when the server has answered its final dot. A connection
// that breaks before the dot was written leaves a message that was certainly not
// accepted, one that breaks after leaves it in doubt. A mail server cannot be
// asked afterwards, so such a message stays in doubt.
//
// Each reader's message is a transaction of its own. Commands are pipelined where
// the server allows it (RFC 2920).
package smtp

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/masthead-mail/masthead/internal/mime"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Mailer sends through one Relay over pooled connections. It is safe for
// concurrent use.
type Mailer struct {
	Relay       Relay
	Now         func() time.Time
	Connections int           // at once for one Mailing; 0: 4
	Timeout     time.Duration // for each answer of the server; 0: 20 s

	encode  mime.Compiler
	buffers sync.Pool // of *buffer
	mu      sync.Mutex
	idle    []*conn
}

// Send mails every reader of the Mailing over a few connections.
func (m *Mailer) Send(ctx context.Context, mailing *newsletter.Mailing) ([]newsletter.Result, error) {
	job := &job{mailer: m, mailing: mailing, digest: m.encode.Digest(mailing),
		results: make([]newsletter.Result, len(mailing.Recipients))}
	var workers sync.WaitGroup
	for range min(m.connections(), len(mailing.Recipients)) {
		workers.Go(func() { job.work(ctx) })
	}
	workers.Wait()
	return job.results, job.err
}

// job is one Mailing that several connections work off.
type job struct {
	mailer  *Mailer
	mailing *newsletter.Mailing
	digest  *mime.Digest
	results []newsletter.Result

	mu   sync.Mutex
	next int
	err  error // the first one that concerns the whole Run
}

// buffer is the memory for one message at a time, see mime.Digest.Pieces.
type buffer struct {
	pieces [][]byte
	own    []byte
}

func (j *job) work(ctx context.Context) {
	b, ok := j.mailer.buffers.Get().(*buffer)
	if !ok {
		b = new(buffer)
	}
	defer j.mailer.buffers.Put(b)
	for {
		i := j.take()
		if i < 0 {
			return
		}
		to := &j.mailing.Recipients[i]
		var err error
		b.pieces, b.own = j.digest.Pieces(b.pieces[:0], b.own, to, j.mailer.Now())
		j.results[i], err = j.mailer.deliver(ctx, j.mailing.Publication.From, to.Address, b.pieces)
		if j.results[i].Outcome == newsletter.OutcomeSent {
			j.results[i].MessageID = j.digest.MessageID(to.Subscriber)
		}
		j.note(err)
	}
}

// take hands out the next reader, -1 when there is none. Once the whole Run is
// to stop, the rest are put back untried.
func (j *job) take() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		for ; j.next < len(j.results); j.next++ {
			j.results[j.next] = newsletter.Result{Outcome: newsletter.OutcomeRetry, Reason: j.err.Error()}
		}
	}
	if j.next == len(j.results) {
		return -1
	}
	j.next++
	return j.next - 1
}

func (j *job) note(err error) {
	if !errors.Is(err, newsletter.ErrSendingPaused) && !errors.Is(err, newsletter.ErrUnavailable) {
		return // it concerns this reader alone
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err == nil {
		j.err = err
	}
}

// Post sends a single mail. An error means that it may not have arrived.
func (m *Mailer) Post(ctx context.Context, message *newsletter.Message) error {
	raw := mime.Encode(message, m.Now(), rand.Text())
	result, err := m.deliver(ctx, message.Publication.From, message.To, net.Buffers{raw})
	if err == nil && result.Outcome != newsletter.OutcomeSent {
		err = fmt.Errorf("mail to %s: %s", message.To.Domain(), result.Reason)
	}
	return err
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

// deliver makes one transaction, on a pooled connection if there is one. A pooled
// connection that the server has closed meanwhile is replaced once.
func (m *Mailer) deliver(ctx context.Context, from, to newsletter.Address, message net.Buffers) (newsletter.Result, error) {
	if !to.ASCII() {
		return newsletter.Result{Outcome: newsletter.OutcomeFailed, Reason: newsletter.ReasonNotASCII}, nil
	}
	for {
		c, reused, err := m.connect(ctx)
		if err != nil {
			return newsletter.Result{Outcome: newsletter.OutcomeRetry, Reason: err.Error()}, err
		}
		result, err := c.transact(ctx, from, to, message)
		if err == nil {
			m.release(c)
			return result, nil
		}
		c.abort()
		if reused && errors.Is(err, errStale) {
			continue
		}
		return result, err
	}
}

func (m *Mailer) connect(ctx context.Context) (c *conn, reused bool, err error) {
	m.mu.Lock()
	if n := len(m.idle); n > 0 {
		c, m.idle = m.idle[n-1], m.idle[:n-1]
	}
	m.mu.Unlock()
	if c != nil {
		return c, true, nil
	}
	c, err = m.Relay.dial(ctx, m.timeout())
	return c, false, err
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
