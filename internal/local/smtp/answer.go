package smtp

import (
	"errors"
	"fmt"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// closing is the answer of a server that ends the session (RFC 5321, 3.8).
const closing = 421

// maxSaid is how much of an answer is kept, in bytes, and maxLines how many lines it
// may have: a server that goes on and on has lost its way.
const (
	maxSaid  = 1000
	maxLines = 200
)

var errBabble = errors.New("the mail server does not speak SMTP")

// refusal is an answer other than the one hoped for.
type refusal struct {
	code    int
	command string // what it refuses; empty: the message
	said    string
}

// answer reads one answer (RFC 5321, 4.2). Expected is the code hoped for, or its
// first one or two digits; 0: any. Either a refusal or an error comes with what was
// not hoped for.
func (c *conn) answer(expected int) (*refusal, error) {
	c.said = c.said[:0]
	for range maxLines {
		line, err := c.client.Text.R.ReadSlice('\n')
		if err != nil {
			return nil, err // a line that is longer than the buffer, too
		}
		code, more, text, ok := parseAnswer(line)
		if !ok {
			return nil, errBabble
		}
		if code == expected && !more { // by far the most common
			return nil, nil
		}
		if room := maxSaid - len(c.said); room > 0 {
			c.said = append(append(c.said, text[:min(len(text), room)]...), '\n')
		}
		if more {
			continue
		}
		if matches(code, expected) {
			return nil, nil
		}
		return &refusal{code: code, said: string(c.said)}, nil
	}
	return nil, errBabble
}

// parseAnswer takes a line of an answer apart: 250-text where more lines follow, 250
// text or 250 where none does.
func parseAnswer(line []byte) (code int, more bool, text []byte, ok bool) {
	for len(line) > 0 && (line[len(line)-1] == '\n' || line[len(line)-1] == '\r') {
		line = line[:len(line)-1]
	}
	if len(line) < 3 {
		return 0, false, nil, false
	}
	for _, digit := range line[:3] {
		if digit < '0' || digit > '9' {
			return 0, false, nil, false
		}
		code = code*10 + int(digit-'0')
	}
	if code < 100 || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
		return 0, false, nil, false
	}
	return code, len(line) > 3 && line[3] == '-', line[min(4, len(line)):], true
}

func matches(code, expected int) bool {
	switch {
	case expected >= 100:
		return code == expected
	case expected >= 10:
		return code/10 == expected
	case expected > 0:
		return code/100 == expected
	}
	return true
}

// judge turns a refusal into a result (RFC 5321, 4.2.1): 5yz is for good, 4yz for
// now. A refusal of the sender, or a limit of theirs, concerns every reader. With an error other than that
// of the whole Run the connection is of no more use.
func (r *refusal) judge() (newsletter.Result, error) {
	reason := newsletter.Shorten(newsletter.Line(r.command+" "+r.said), 200)
	reason = fmt.Sprintf("%d %s", r.code, reason)
	switch limit := r.limit(); {
	case limit != nil:
		return newsletter.Result{Outcome: newsletter.OutcomeRetry, Reason: reason}, fmt.Errorf("the mail server says %s: %w", reason, limit)
	case r.command == "MAIL FROM" && r.code/100 == 5:
		return newsletter.Result{Outcome: newsletter.OutcomeRetry, Reason: reason},
			fmt.Errorf("the mail server refuses the sender: %s: %w", reason, newsletter.ErrSendingPaused)
	case r.code == closing: // the reader may be served by the next connection
		return newsletter.Result{Outcome: newsletter.OutcomeRetry, Reason: reason}, errors.New(reason)
	case r.code/100 == 5:
		return newsletter.Result{Outcome: newsletter.OutcomeFailed, Reason: reason}, nil
	}
	return newsletter.Result{Outcome: newsletter.OutcomeRetry, Reason: reason}, nil
}
