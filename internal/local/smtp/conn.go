package smtp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/smtp" // for greeting, STARTTLS and AUTH; its byte-wise DATA writer costs 0.2 ms a message, so that path is ours
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// errBroken means that the connection broke before the server had taken anything
// of the message: another one may try.
var errBroken = errors.New("the mail server closed the connection before the message was sent")

// conn is one session with the server. After an error it is of no more use.
type conn struct {
	client     *smtp.Client
	raw        net.Conn
	secure     bool // what is sent must go through client
	pipelining bool
	timeout    time.Duration

	used     bool // it has carried something before: the server may be tired of it
	ahead    bool // the next message's envelope is on its way already
	commands []byte
	said     []byte
}

// wait sets the end of the server's time to answer.
func (c *conn) wait(ctx context.Context) {
	deadline := time.Now().Add(c.timeout)
	if end, ok := ctx.Deadline(); ok && end.Before(deadline) {
		deadline = end
	}
	_ = c.raw.SetDeadline(deadline) // a deadline of the network, not of the newsletter
}

// envelope gives the addresses, unless they went ahead, and asks for leave to send
// the message. It returns the server's refusal, if that is its answer.
func (c *conn) envelope(from, to string) (*refusal, error) {
	commands := [...]string{"MAIL FROM:<" + from + ">\r\n", "RCPT TO:<" + to + ">\r\n", "DATA\r\n"}
	if c.pipelining && !c.ahead {
		if err := c.write(appendEnvelope(c.commands[:0], from, to)); err != nil {
			return nil, fmt.Errorf("%w: %w", errBroken, err)
		}
	}
	c.ahead = false
	var refused *refusal
	for i, command := range commands {
		if refused != nil && !c.pipelining {
			break
		}
		if !c.pipelining {
			if err := c.write(append(c.commands[:0], command...)); err != nil {
				return nil, fmt.Errorf("%w: %w", errBroken, err)
			}
		}
		answer, err := c.answer([...]int{250, 25, 354}[i])
		switch {
		case err == nil && refused != nil && i == 2: // DATA was taken without a recipient: send nothing
			err = c.nothing()
		case answer != nil && refused == nil:
			refused = answer
			refused.command = [...]string{"MAIL FROM", "RCPT TO", "DATA"}[i]
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errBroken, err)
		}
	}
	if refused != nil && refused.code != closing {
		return refused, c.command("RSET\r\n")
	}
	return refused, nil
}

// command sends one command whose answer does not matter.
func (c *conn) command(line string) error {
	if err := c.write(append(c.commands[:0], line...)); err != nil {
		return err
	}
	_, err := c.answer(0)
	return err
}

// nothing ends an empty message (RFC 2920, 3.1).
func (c *conn) nothing() error { return c.command(".\r\n") }

// message sends what the envelope got leave for and the final dot, which needs no
// dot-stuffing, see package mime. Where not all of it went out, the server cannot
// have accepted it; where all did, an answer that does not come leaves it in doubt.
//
// The envelope of the next message goes out behind the dot (RFC 2920, 3.1) where to
// is not empty, so that the server need not wait for it. It commits nobody to
// anything: until its own message follows, nothing of it is accepted.
func (c *conn) message(pieces net.Buffers, from, to string) (newsletter.Result, error) {
	c.used = true
	c.commands = append(c.commands[:0], ".\r\n"...)
	if c.pipelining && to != "" {
		c.commands = appendEnvelope(c.commands, from, to)
		c.ahead = true
	}
	complete, err := c.send(append(pieces, c.commands), len(c.commands)-len(".\r\n"))
	if !complete {
		return newsletter.Result{Outcome: newsletter.OutcomeRetry, Reason: "the connection broke before the message was complete"}, err
	}
	doubt := newsletter.Result{Outcome: newsletter.OutcomeAmbiguous, Reason: "the connection broke before the mail server answered"}
	if err != nil {
		return doubt, err
	}
	switch answer, err := c.answer(250); {
	case answer != nil:
		return answer.judge()
	case err != nil:
		return doubt, err
	}
	return newsletter.Result{Outcome: newsletter.OutcomeSent}, nil
}

func appendEnvelope(dst []byte, from, to string) []byte {
	dst = append(append(dst, "MAIL FROM:<"...), from...)
	dst = append(append(dst, ">\r\nRCPT TO:<"...), to...)
	return append(dst, ">\r\nDATA\r\n"...)
}

// send writes the pieces and tells whether all of them may have gone out, but for so
// many bytes at their end. The system takes them as they lie, without a copy, in one
// call, unless they must be encrypted.
func (c *conn) send(pieces net.Buffers, but int) (complete bool, err error) {
	if !c.secure {
		size := int64(-but)
		for _, piece := range pieces {
			size += int64(len(piece))
		}
		sent, err := pieces.WriteTo(c.raw)
		return sent >= size, err
	}
	for _, piece := range pieces {
		if _, err := c.client.Text.W.Write(piece); err != nil {
			return true, err // what TLS has taken, nobody can tell
		}
	}
	return true, c.client.Text.W.Flush()
}

// write sends commands.
func (c *conn) write(commands []byte) error {
	c.commands = commands
	if !c.secure {
		_, err := c.raw.Write(commands)
		return err
	}
	_, _ = c.client.Text.W.Write(commands) // a fault stays with it and comes out of Flush
	return c.client.Text.W.Flush()
}

func (c *conn) quit() {
	_ = c.raw.SetDeadline(time.Now().Add(time.Second))
	_ = c.client.Quit()
	_ = c.raw.Close()
}

func (c *conn) abort() { _ = c.raw.Close() }
