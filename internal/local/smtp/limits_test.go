package smtp

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"github.com/masthead-mail/masthead/internal/mailtest"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestLimitsOfTheSender: answers that are about how much or how fast we may send are
// no fault of the reader at whom they came; a mailbox that is full is.
func TestLimitsOfTheSender(t *testing.T) {
	for _, c := range []struct {
		answer string
		want   error
	}{
		{"454 4.7.0 Throttling failure: Daily message quota exceeded.", newsletter.ErrQuotaSpent},
		{"454 Throttling failure: Daily message quota exceeded.", newsletter.ErrQuotaSpent},
		{"550-5.4.5 Daily user sending limit exceeded. For more information on Gmail\n550 5.4.5 sending limits go to the help center", newsletter.ErrQuotaSpent},
		{"550 5.4.5 Daily SMTP relay sending limit exceeded for customer.", newsletter.ErrQuotaSpent},
		{"550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients", newsletter.ErrQuotaSpent},
		{"554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", newsletter.ErrQuotaSpent},
		{"550 Domain example.org has exceeded the max emails per hour (500/500 (100%)) allowed.", newsletter.ErrQuotaSpent},
		{"454 4.7.0 Throttling failure: Maximum sending rate exceeded.", newsletter.ErrThrottled},
		{"421 4.7.0 Rate limit exceeded, try again later", newsletter.ErrThrottled},
		{"450 4.7.1 Error: too much mail from 192.0.2.1", newsletter.ErrThrottled},
		{"451 4.7.1 Too many messages, slow down", newsletter.ErrThrottled},
		{"421-4.7.28 Our system has detected an unusual rate of\n421 4.7.28 unsolicited mail originating from your IP address.", newsletter.ErrThrottled},
		{"452 4.2.2 The email account that you tried to reach is over quota", nil},
		{"552 5.2.2 Mailbox full: daily quota exceeded", nil},
		{"552 mailbox is full: quota exceeded", nil},
		{"450 4.2.1 The user you are trying to contact is receiving mail too quickly", nil},
		{"550 5.1.1 No such user", nil},
		{"550 5.7.1 Message refused by our policy", nil},
		{"552 5.3.4 Message size exceeds the limit", nil},
		{"450 4.2.0 Greylisted, try again in 300 seconds", nil},
	} {
		for _, command := range []string{"MAIL FROM", "RCPT TO", "DATA", ""} {
			r := refused(c.answer)
			r.command = command
			result, err := r.judge()
			if c.want != nil && (!errors.Is(err, c.want) || result.Outcome != newsletter.OutcomeRetry) {
				t.Errorf("%q to %q: %s, %v, want %v", c.answer, command, result.Outcome, err, c.want)
			}
			if c.want == nil && (errors.Is(err, newsletter.ErrQuotaSpent) || errors.Is(err, newsletter.ErrThrottled)) {
				t.Errorf("%q to %q: %v", c.answer, command, err)
			}
		}
	}
}

// refused is the answer as conn.answer reads it.
func refused(answer string) *refusal {
	r := &refusal{}
	for line := range strings.SplitSeq(answer, "\n") {
		var text []byte
		r.code, _, text, _ = parseAnswer([]byte(line))
		r.said += string(text) + "\n"
	}
	return r
}

// TestTheQuotaEndsInTheMiddle of a Mailing: who came before has got the message,
// nobody fails, and nobody after is tried.
func TestTheQuotaEndsInTheMiddle(t *testing.T) {
	spent := func() error {
		return &smtp.SMTPError{Code: 454, EnhancedCode: smtp.EnhancedCode{4, 7, 0}, Message: "Throttling failure: Daily message quota exceeded"}
	}
	for name, end := range map[string]func(*server){
		"at the sender": func(s *server) {
			n := 0
			s.sender = func(string) error {
				if n++; n > 3 {
					return spent()
				}
				return nil
			}
		},
		"at the reader": func(s *server) {
			n := 0
			s.refuse = func(string) error {
				if n++; n > 3 {
					return spent()
				}
				return nil
			}
		},
		"after the message": func(s *server) {
			s.data = func(n int) error {
				if n > 3 {
					return spent()
				}
				return nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, end)
			m := mailer(t, "smtp://"+s.addr)
			m.Connections = 1
			results, err := m.Send(t.Context(), mailtest.Mailing(10))
			if !errors.Is(err, newsletter.ErrQuotaSpent) || !strings.Contains(fmt.Sprint(err), "Daily message quota exceeded") {
				t.Errorf("error %v", err)
			}
			for i, r := range results {
				if want := map[bool]newsletter.Outcome{true: newsletter.OutcomeSent, false: newsletter.OutcomeRetry}[i < 3]; r.Outcome != want {
					t.Errorf("reader %d: %+v, want %s", i, r, want)
				}
			}
		})
	}
}
