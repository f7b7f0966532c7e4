package smtp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/mailtest"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// rude is a mail server with bad manners, as they are met with.
type rude struct {
	pipelining bool
	each       int    // messages a connection; 0: any number
	end        string // how it ends then: what it says, or nothing
	slow       time.Duration
	eager      bool // it takes DATA from whom it refuses, too
	refuse     string

	mu       sync.Mutex
	got      map[string]int
	sessions int
}

func (r *rude) start(t *testing.T) *Mailer {
	t.Helper()
	r.got = map[string]int{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go r.session(c)
		}
	}()
	return mailer(t, "smtp://"+listener.Addr().String())
}

func (r *rude) session(c net.Conn) {
	defer func() { _ = c.Close() }()
	r.mu.Lock()
	r.sessions++
	r.mu.Unlock()
	in := bufio.NewReader(c)
	say := func(text string) { fmt.Fprintf(c, "%s\r\n", text) }
	say("220-rude\r\n220 server")
	to, messages, body := "", 0, false
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		switch verb := strings.ToUpper(line[:min(4, len(line))]); {
		case body && line != ".":
		case body:
			body = false
			time.Sleep(r.slow)
			if to == "" {
				say("554 no recipients")
				continue
			}
			r.mu.Lock()
			r.got[to]++
			r.mu.Unlock()
			messages++
			if messages == r.each && r.end == "" && in.Buffered() > 0 {
				return // the reset may overtake the answer; here it always does
			}
			say("250 2.0.0")
			if messages == r.each {
				if r.end != "" {
					if _, err := in.ReadString('\n'); err != nil {
						return
					}
					say(r.end)
				}
				return
			}
		case verb == "EHLO" && r.pipelining:
			say("250-rude\r\n250 PIPELINING")
		case verb == "RCPT":
			if to = strings.Trim(line[len("RCPT TO:"):], "<>"); to == r.refuse {
				to = ""
				say("550-no\r\n550 such user")
				continue
			}
			say("250")
		case verb == "DATA" && (to != "" || r.eager):
			body = true
			say("354 go on")
		case verb == "DATA":
			say("503 whom to?")
		default:
			say("250 ok")
		}
	}
}

// TestRudeServers: every reader gets one message from each of them.
func TestRudeServers(t *testing.T) {
	for name, r := range map[string]*rude{
		"offers nothing":                             {},
		"says 421 after three messages":              {each: 3, end: "421 4.7.0 too many messages"},
		"says 421 after each message, pipelined":     {each: 1, end: "421 4.7.0 too many messages", pipelining: true},
		"hangs up after two, without pipelining":     {each: 2},
		"answers slowly":                             {slow: 3 * time.Millisecond, pipelining: true},
		"takes DATA after it has refused the reader": {eager: true, pipelining: true, refuse: "Reader.3@xn--bcher-kva.example"},
		"refuses DATA after the reader":              {pipelining: true, refuse: "Reader.3@xn--bcher-kva.example"},
	} {
		t.Run(name, func(t *testing.T) {
			m := r.start(t)
			m.Connections = 2
			mailing := mailtest.Mailing(20)
			if r.refuse != "" {
				r.refuse = string(mailing.Recipients[3].Address)
			}
			results, err := m.Send(t.Context(), mailing)
			if err != nil {
				t.Fatal(err)
			}
			for i, result := range results {
				want, copies := newsletter.OutcomeSent, 1
				if r.refuse != "" && i == 3 {
					want, copies = newsletter.OutcomeFailed, 0
				}
				if got := r.got[string(mailing.Recipients[i].Address)]; result.Outcome != want || got != copies {
					t.Errorf("reader %d: %+v, got %d", i, result, got)
				}
			}
			if r.each > 0 && r.sessions < 20/r.each {
				t.Errorf("%d sessions", r.sessions)
			}
		})
	}
}

// TestAHangUpMayLoseAnAnswer: a server that hangs up although an envelope has come
// ahead can cost the answer before it. Who is in doubt is exactly known, nobody gets
// it twice, and from then on nothing goes ahead.
func TestAHangUpMayLoseAnAnswer(t *testing.T) {
	r := &rude{each: 2, pipelining: true}
	m := r.start(t)
	m.Connections = 1
	doubts := 0 // one: it learns from that
	for seq := range 3 {
		mailing := batch(seq+1, 20)
		for i := range mailing.Recipients {
			mailing.Recipients[i].Address = newsletter.Address(fmt.Sprintf("r%d.%d@example.org", seq, i))
		}
		results, err := m.Send(t.Context(), mailing)
		if err != nil {
			t.Fatal(err)
		}
		for i, result := range results {
			got := r.got[string(mailing.Recipients[i].Address)]
			switch {
			case result.Outcome == newsletter.OutcomeAmbiguous && got <= 1:
				doubts++
			case result.Outcome != newsletter.OutcomeSent || got != 1:
				t.Errorf("reader %d: %+v, got %d", i, result, got)
			}
		}
	}
	if doubts != 1 {
		t.Errorf("%d in doubt", doubts)
	}
}

// TestABatchThatTakesTooLong: what was not begun in time comes later, and nobody is
// left under way when the time is over.
func TestABatchThatTakesTooLong(t *testing.T) {
	r := &rude{slow: 100 * time.Millisecond}
	m := r.start(t)
	m.Connections, m.Timeout = 1, time.Second
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	results, err := m.Send(ctx, mailtest.Mailing(20))
	if !errors.Is(err, newsletter.ErrThrottled) {
		t.Errorf("error %v", err)
	}
	sent := 0
	for i, result := range results {
		switch result.Outcome {
		case newsletter.OutcomeSent:
			sent++
		case newsletter.OutcomeRetry:
		default:
			t.Errorf("reader %d: %+v", i, result)
		}
	}
	if sent == 0 || sent > 15 {
		t.Errorf("%d sent in half a second", sent)
	}
}

// FuzzAnswer: whatever a server says, it is read as SMTP or refused, never taken for
// the answer hoped for when it is not.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{"250 ok\r\n", "250-a\r\n250 b\r\n", "250\r\n", "2505\r\n", "25\n", "250-a\r\n550 b\r\n", "\r\n", "550-", "1000 x\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		client, server := net.Pipe()
		go func() { _, _ = server.Write(append([]byte("220 x\r\n"), said...)); _ = server.Close() }()
		session, err := smtp.NewClient(client, "x")
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close()
		c := &conn{client: session}
		refused, err := c.answer(250)
		if err != nil && refused != nil {
			t.Errorf("both %+v and %v", refused, err)
		}
		if refused == nil && err == nil && !strings.Contains("\n"+string(said), "\n250") {
			t.Errorf("%q was taken for 250", said)
		}
		if refused != nil && (refused.code < 100 || refused.code > 999 || len(refused.said) > maxSaid+maxLines) {
			t.Errorf("%+v", refused)
		}
	})
}
