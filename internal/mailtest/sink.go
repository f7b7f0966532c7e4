package mailtest

import (
	"bufio"
	"bytes"
	"cmp"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// Sink is a mail server that accepts everything as cheaply as it can and counts
// what it has accepted for whom. It understands PIPELINING.
type Sink struct {
	Addr  string // host:port on loopback
	Close func()

	mu       sync.Mutex
	accepted map[string]int
	refused  map[string]string
	total    int
}

// StartSink serves a Sink until the test ends.
func StartSink(t testing.TB) *Sink {
	t.Helper()
	s, err := OpenSink("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// OpenSink serves a Sink at an address until it is closed.
func OpenSink(addr string) (*Sink, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	s := &Sink{Addr: listener.Addr().String(), Close: func() { _ = listener.Close() }, accepted: map[string]int{}, refused: map[string]string{}}
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go s.session(c)
		}
	}()
	return s, nil
}

// Refuse lets an address, or all of them ("all"), be answered like that from now on,
// "550 no such user"; an empty answer takes it back.
func (s *Sink) Refuse(to, answer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused[to] = answer
}

// recipient is the answer to an address.
func (s *Sink) recipient(to string) (answer string, accepted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if answer := cmp.Or(s.refused[to], s.refused["all"]); answer != "" {
		return answer, false
	}
	return "250 ok", true
}

// Total is the number of messages accepted so far.
func (s *Sink) Total() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// Accepted is how many messages each address has got.
func (s *Sink) Accepted() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := make(map[string]int, len(s.accepted))
	for to, n := range s.accepted {
		counts[to] = n
	}
	return counts
}

func (s *Sink) session(c net.Conn) {
	defer func() { _ = c.Close() }()
	in, out := bufio.NewReaderSize(c, 128<<10), bufio.NewWriter(c)
	reply(out, "220 sink")
	var to string
	for {
		if in.Buffered() == 0 && out.Flush() != nil {
			return
		}
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch command := strings.ToUpper(line[:min(4, len(line))]); command {
		case "EHLO":
			reply(out, "250-sink", "250-PIPELINING", "250 8BITMIME")
		case "RCPT":
			to = strings.Trim(strings.TrimSpace(line[len("RCPT TO:"):]), "<>")
			answer, accepted := s.recipient(to)
			if !accepted {
				to = ""
			}
			reply(out, answer)
		case "DATA":
			if to == "" {
				reply(out, "554 no valid recipients")
				continue
			}
			reply(out, "354 go on")
			if out.Flush() != nil || skipMessage(in) != nil {
				return
			}
			s.count(to)
			reply(out, "250 ok")
		case "QUIT":
			reply(out, "221 bye")
			_ = out.Flush()
			return
		default:
			reply(out, "250 ok")
		}
	}
}

func reply(out *bufio.Writer, lines ...string) {
	for _, line := range lines {
		_, _ = out.WriteString(line + "\r\n")
	}
}

// skipMessage reads up to and with the final dot.
func skipMessage(in *bufio.Reader) error {
	end := []byte("\r\n.\r\n")
	for {
		buffered, err := in.Peek(max(in.Buffered(), len(end)))
		if i := bytes.Index(buffered, end); i >= 0 {
			_, err := in.Discard(i + len(end))
			return err
		}
		if err != nil {
			return err
		}
		if _, err := in.Discard(len(buffered) - len(end) + 1); err != nil {
			return err
		}
		if _, err := in.Peek(len(end)); err != nil && err != io.EOF {
			return err
		}
	}
}

func (s *Sink) count(to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepted[to]++
	s.total++
}
