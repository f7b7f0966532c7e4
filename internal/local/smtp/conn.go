package smtp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/smtp" // for greeting, STARTTLS and AUTH; its byte-wise DATA writer costs 0.2 ms a message, so that path is ours
	"net/textproto"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/mime"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// errStale means that the connection was dead before it took anything of the
// message: another one may try.
var errStale = errors.New("the mail server has closed the connection")

// conn is one session with the server.
type conn struct {
	client     *smtp.Client
	raw        net.Conn
	secure     bool // what is sent must go through client
	pipelining bool
	timeout    time.Duration
}

// transact sends one message, given in pieces. With an error the connection is of
// no more use; the result holds all the same.
func (c *conn) transact(ctx context.Context, from, to newsletter.Address, message net.Buffers) (newsletter.Result, error) {
	deadline := time.Now().Add(c.timeout)
	if end, ok := ctx.Deadline(); ok && end.Before(deadline) {
		deadline = end
	}
	_ = c.raw.SetDeadline(deadline)
	if refusal, err := c.envelope(from, to); refusal != nil || err != nil {
		return refused(refusal, err)
	}
	return c.data(message)
}

// envelope gives the addresses. It returns the server's refusal, if that is its
// answer.
func (c *conn) envelope(from, to newsletter.Address) (refusal *textproto.Error, err error) {
	commands := [...]string{"MAIL FROM:<" + mime.Address(from) + ">", "RCPT TO:<" + mime.Address(to) + ">", "DATA"}
	if c.pipelining {
		if err := c.write(commands[:]...); err != nil {
			return nil, errors.Join(errStale, err)
		}
	}
	expected := []int{250, 25, 354}
	for i, command := range commands {
		if refusal != nil && !c.pipelining {
			break
		}
		if !c.pipelining {
			if err := c.write(command); err != nil {
				return nil, errors.Join(errStale, err)
			}
		}
		_, _, err := c.client.Text.ReadResponse(expected[i])
		var answer *textproto.Error
		switch {
		case err == nil && refusal != nil: // pipelined DATA was taken without a recipient: send nothing
			err = c.nothing()
		case errors.As(err, &answer):
			err = nil
			if refusal == nil {
				refusal = answer
				refusal.Msg = strings.SplitN(command, ":", 2)[0] + " " + refusal.Msg
			}
		}
		if err != nil {
			return nil, errors.Join(errStale, err)
		}
	}
	if refusal != nil && refusal.Code != 421 {
		return refusal, c.reset()
	}
	return refusal, nil
}

// nothing ends an empty message (RFC 2920, 3.1).
func (c *conn) nothing() error {
	if err := c.write("."); err != nil {
		return err
	}
	_, _, err := c.client.Text.ReadResponse(0)
	return err
}

func (c *conn) reset() error {
	if err := c.write("RSET"); err != nil {
		return err
	}
	_, _, err := c.client.Text.ReadResponse(0)
	return err
}

// data sends the message and its final dot, which needs no dot-stuffing, see
// package mime. Where not all of it went out, the server cannot have accepted it;
// where all did, an answer that does not come leaves it in doubt.
func (c *conn) data(message net.Buffers) (newsletter.Result, error) {
	complete, err := c.send(append(message, []byte(".\r\n")))
	if !complete {
		return newsletter.Result{Outcome: newsletter.OutcomeRetry, Reason: "the connection broke before the message was complete"}, err
	}
	doubt := newsletter.Result{Outcome: newsletter.OutcomeAmbiguous, Reason: "the connection broke before the mail server answered"}
	if err != nil {
		return doubt, err
	}
	_, _, err = c.client.Text.ReadResponse(250)
	var answer *textproto.Error
	switch {
	case err == nil:
		return newsletter.Result{Outcome: newsletter.OutcomeSent}, nil
	case errors.As(err, &answer):
		return refused(answer, nil)
	}
	return doubt, err
}

// refused turns a server's answer into a result (RFC 5321, 4.2.1): 5yz is for
// good, 4yz for now. A refusal of the sender concerns every reader.
func refused(answer *textproto.Error, err error) (newsletter.Result, error) {
	if answer == nil {
		return newsletter.Result{Outcome: newsletter.OutcomeRetry, Reason: "the connection broke before the message was sent"}, err
	}
	reason := fmt.Sprintf("%d %s", answer.Code, newsletter.Shorten(newsletter.Line(answer.Msg), 200))
	switch {
	case strings.HasPrefix(answer.Msg, "MAIL FROM") && answer.Code/100 == 5:
		return newsletter.Result{Outcome: newsletter.OutcomeRetry, Reason: reason},
			fmt.Errorf("the mail server refuses the sender: %s: %w", reason, newsletter.ErrSendingPaused)
	case answer.Code == 421: // closing down; the reader may be served by the next connection
		return newsletter.Result{Outcome: newsletter.OutcomeRetry, Reason: reason}, errors.New(reason)
	case answer.Code/100 == 5:
		return newsletter.Result{Outcome: newsletter.OutcomeFailed, Reason: reason}, err
	}
	return newsletter.Result{Outcome: newsletter.OutcomeRetry, Reason: reason}, err
}

// send writes the pieces and tells whether all of them may have gone out. The
// system takes them as they lie, without a copy, unless they must be encrypted.
func (c *conn) send(pieces net.Buffers) (complete bool, err error) {
	if !c.secure {
		var size, sent int64
		for _, piece := range pieces {
			size += int64(len(piece))
		}
		sent, err = pieces.WriteTo(c.raw)
		return sent == size, err
	}
	for _, piece := range pieces {
		if _, err := c.client.Text.W.Write(piece); err != nil {
			return false, err
		}
	}
	return true, c.client.Text.W.Flush()
}

// write sends lines of commands together.
func (c *conn) write(lines ...string) error {
	w := c.client.Text.W
	for _, line := range lines {
		_, _ = w.WriteString(line) // a fault stays with w and comes out of Flush
		_, _ = w.WriteString("\r\n")
	}
	return w.Flush()
}

func (c *conn) quit() {
	_ = c.raw.SetDeadline(time.Now().Add(time.Second))
	_ = c.client.Quit()
	_ = c.raw.Close()
}

func (c *conn) abort() { _ = c.raw.Close() }
