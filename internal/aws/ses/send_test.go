package ses_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/aws/awstest"
	"github.com/masthead-mail/masthead/internal/aws/ses"
	"github.com/masthead-mail/masthead/internal/mailtest"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestAnswersForOneReader has one of three readers answered otherwise.
func TestAnswersForOneReader(t *testing.T) {
	for status, want := range map[string]struct {
		outcome newsletter.Outcome
		err     error
	}{
		"SUCCESS":                          {newsletter.OutcomeSent, nil},
		"TRANSIENT_FAILURE":                {newsletter.OutcomeRetry, nil},
		"ACCOUNT_THROTTLED":                {newsletter.OutcomeRetry, newsletter.ErrThrottled},
		"MESSAGE_REJECTED":                 {newsletter.OutcomeFailed, nil},
		"INVALID_PARAMETER":                {newsletter.OutcomeFailed, nil},
		"FAILED":                           {newsletter.OutcomeFailed, nil},
		"ACCOUNT_DAILY_QUOTA_EXCEEDED":     {newsletter.OutcomeRetry, newsletter.ErrQuotaSpent},
		"ACCOUNT_SUSPENDED":                {newsletter.OutcomeRetry, newsletter.ErrSendingPaused},
		"ACCOUNT_SENDING_PAUSED":           {newsletter.OutcomeRetry, newsletter.ErrSendingPaused},
		"CONFIGURATION_SET_SENDING_PAUSED": {newsletter.OutcomeRetry, newsletter.ErrSendingPaused},
		"MAIL_FROM_DOMAIN_NOT_VERIFIED":    {newsletter.OutcomeRetry, newsletter.ErrSendingPaused},
		"TEMPLATE_NOT_FOUND":               {newsletter.OutcomeRetry, newsletter.ErrSendingPaused},
		"CONFIGURATION_SET_NOT_FOUND":      {newsletter.OutcomeRetry, newsletter.ErrSendingPaused},
		"INVALID_SENDING_POOL_NAME":        {newsletter.OutcomeRetry, newsletter.ErrSendingPaused},
		"A_WORD_OF_NEXT_YEAR":              {newsletter.OutcomeAmbiguous, nil},
	} {
		t.Run(status, func(t *testing.T) {
			f := startFake(t)
			f.answer = func(_ int, w http.ResponseWriter, r *bulk) {
				f.accept(w, r, map[int]result{1: {Status: status, Error: "about " + r.BulkEmailEntries[1].Destination.ToAddresses[0], MessageId: "m"}})
			}
			results, err := f.mailer().Send(t.Context(), mailtest.Mailing(3))
			if !errors.Is(err, want.err) || len(results) != 3 {
				t.Fatalf("%d results, error %v, want %v", len(results), err, want.err)
			}
			for i, r := range results {
				if i != 1 && r.Outcome != newsletter.OutcomeSent {
					t.Errorf("reader %d: %+v", i, r)
				}
			}
			if results[1].Outcome != want.outcome || strings.Contains(results[1].Reason, "@") {
				t.Errorf("%+v, want %s without the address", results[1], want.outcome)
			}
			if want.outcome != newsletter.OutcomeSent && !strings.Contains(results[1].Reason, status) {
				t.Errorf("reason %q does not name the code", results[1].Reason)
			}
		})
	}
}

// TestAnswersForACall is what each answer to a whole call means.
func TestAnswersForACall(t *testing.T) {
	refusal := func(status int, code, text string) func(*fake, http.ResponseWriter, *bulk) {
		return func(_ *fake, w http.ResponseWriter, _ *bulk) { refuse(w, status, code, text) }
	}
	for _, c := range []struct {
		name    string
		answer  func(f *fake, w http.ResponseWriter, r *bulk)
		outcome newsletter.Outcome
		err     error
		says    string
	}{
		{"too fast: later, more slowly", refusal(429, "TooManyRequestsException", "Maximum sending rate exceeded."), newsletter.OutcomeRetry, newsletter.ErrThrottled, "slowly"},
		{"the day's quota has the same code and another text", refusal(429, "TooManyRequestsException", "Daily message quota exceeded."), newsletter.OutcomeRetry, newsletter.ErrQuotaSpent, "by itself"},
		{"throttled by the front door", refusal(400, "ThrottlingException", "Rate exceeded"), newsletter.OutcomeRetry, newsletter.ErrThrottled, "slowly"},
		{"sending switched off", refusal(400, "SendingPausedException", "paused"), newsletter.OutcomeRetry, newsletter.ErrSendingPaused, "switched off"},
		{"account suspended", refusal(400, "AccountSuspendedException", "suspended"), newsletter.OutcomeRetry, newsletter.ErrSendingPaused, "support"},
		{"MAIL FROM not verified", refusal(400, "MailFromDomainNotVerifiedException", "no"), newsletter.OutcomeRetry, newsletter.ErrSendingPaused, "DNS"},
		{"configuration set gone", refusal(404, "NotFoundException", "Configuration set <x> does not exist."), newsletter.OutcomeRetry, newsletter.ErrSendingPaused, "MASTHEAD_CONFIGURATION_SET"},
		{"sandbox", refusal(400, "MessageRejected", "Email address is not verified. These failed: <ada@example.org>, bob@example.org"), newsletter.OutcomeRetry, newsletter.ErrSendingPaused, "sandbox"},
		{"a request that SES cannot read", refusal(400, "BadRequestException", "bad header"), newsletter.OutcomeRetry, newsletter.ErrSendingPaused, "bad header"},
		{"not allowed", refusal(403, "AccessDeniedException", "no"), newsletter.OutcomeRetry, newsletter.ErrSendingPaused, "ses:SendBulkEmail"},
		{"credentials expired", refusal(403, "ExpiredTokenException", "old"), newsletter.OutcomeRetry, newsletter.ErrUnavailable, "credentials"},
		{"an internal error of SES may come after it accepted", refusal(500, "InternalServiceErrorException", "oops"), newsletter.OutcomeAmbiguous, nil, ""},
		{"a gateway's error", refusal(503, "", ""), newsletter.OutcomeAmbiguous, nil, ""},
		{"a request that timed out there", refusal(408, "RequestTimeout", ""), newsletter.OutcomeAmbiguous, nil, ""},
		{"accepted, and the connection broke", func(f *fake, w http.ResponseWriter, r *bulk) {
			f.requests = append(f.requests, *r)
			hangUp(w)
		}, newsletter.OutcomeAmbiguous, nil, ""},
		{"accepted, and the answer is cut off", func(f *fake, w http.ResponseWriter, r *bulk) {
			w.Header().Set("Content-Length", "1000")
			f.accept(w, r, nil)
		}, newsletter.OutcomeAmbiguous, nil, ""},
		{"an answer that is no JSON", func(_ *fake, w http.ResponseWriter, _ *bulk) { fmt.Fprint(w, "<html>") }, newsletter.OutcomeAmbiguous, nil, ""},
		{"an answer for fewer readers", func(_ *fake, w http.ResponseWriter, _ *bulk) {
			fmt.Fprint(w, `{"BulkEmailEntryResults":[{"Status":"SUCCESS","MessageId":"m"}]}`)
		}, newsletter.OutcomeAmbiguous, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := startFake(t)
			f.answer = func(_ int, w http.ResponseWriter, r *bulk) { c.answer(f, w, r) }
			results, err := f.mailer().Send(t.Context(), mailtest.Mailing(3))
			if !errors.Is(err, c.err) || c.err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want %v with the word %q", err, c.err, c.says)
			}
			if err != nil && strings.Contains(err.Error(), "@") {
				t.Errorf("the error names an address: %v", err)
			}
			if len(results) != 3 {
				t.Fatalf("%d results", len(results))
			}
			for i, r := range results {
				if r.Outcome != c.outcome || r.Reason == "" {
					t.Errorf("reader %d: %+v, want %s", i, r, c.outcome)
				}
			}
			if f.made() != 1 {
				t.Errorf("the call was made %d times", f.made())
			}
		})
	}
}

// TestASendIsNeverRepeated breaks the connection after SES has accepted, on a fresh
// connection and on one that was used before: the SDK and the HTTP client must
// both leave it at that.
func TestASendIsNeverRepeated(t *testing.T) {
	for before := range 2 {
		t.Run(fmt.Sprintf("after %d good calls on the connection", before), func(t *testing.T) {
			f := startFake(t)
			f.answer = func(call int, w http.ResponseWriter, r *bulk) {
				if call <= before {
					f.accept(w, r, nil)
					return
				}
				f.requests = append(f.requests, *r)
				hangUp(w)
			}
			mailer := f.mailer()
			for range before + 1 {
				if _, err := mailer.Send(t.Context(), mailtest.Mailing(2)); err != nil {
					t.Fatal(err)
				}
			}
			if len(f.accepted()) != before+1 {
				t.Errorf("SES accepted %d calls, %d were made", len(f.accepted()), before+1)
			}
		})
	}
}

func TestNoAnswerInTimeIsInDoubt(t *testing.T) {
	f := startFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	f.answer = func(_ int, w http.ResponseWriter, r *bulk) {
		f.requests = append(f.requests, *r)
		cancel()
		<-time.After(20 * time.Millisecond) // the client hangs up first
		hangUp(w)
	}
	results, err := f.mailer().Send(ctx, mailtest.Mailing(2))
	if err != nil || results[0].Outcome != newsletter.OutcomeAmbiguous {
		t.Errorf("%+v, %v", results, err)
	}
}

func TestWithoutAConnectionNothingWasAccepted(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close() // nobody answers there
	mailer := &ses.Mailer{API: ses.Connect(awstest.Config("http://" + listener.Addr().String()))}
	results, err := mailer.Send(t.Context(), mailtest.Mailing(2))
	if !errors.Is(err, newsletter.ErrUnavailable) || results[1].Outcome != newsletter.OutcomeRetry {
		t.Errorf("%+v, %v", results, err)
	}
}

func TestTheGravestTroubleIsTheError(t *testing.T) {
	f := startFake(t)
	f.answer = func(_ int, w http.ResponseWriter, r *bulk) {
		f.accept(w, r, map[int]result{0: {Status: "ACCOUNT_THROTTLED"}, 1: {Status: "ACCOUNT_SUSPENDED"}, 2: {Status: "ACCOUNT_DAILY_QUOTA_EXCEEDED"}})
	}
	results, err := f.mailer().Send(t.Context(), mailtest.Mailing(4))
	if !errors.Is(err, newsletter.ErrSendingPaused) || results[3].Outcome != newsletter.OutcomeSent {
		t.Errorf("%v, %+v", err, results)
	}
}
