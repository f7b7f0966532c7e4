package ses

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptrace"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Send mails the Mailing in one call.
func (m *Mailer) Send(ctx context.Context, mailing *newsletter.Mailing) ([]newsletter.Result, error) {
	results := make([]newsletter.Result, len(mailing.Recipients))
	var chosen []int
	for i := range mailing.Recipients {
		if mailing.Recipients[i].Address.ASCII() {
			chosen = append(chosen, i)
		} else {
			results[i] = newsletter.Result{Outcome: newsletter.OutcomeFailed, Reason: newsletter.ReasonNotASCII}
		}
	}
	if len(chosen) == 0 {
		return results, nil
	}
	answers, err := m.call(ctx, mailing, chosen)
	for i, at := range chosen {
		results[at] = answers[i]
	}
	return results, err
}

// call sends to the chosen readers and returns a result for each.
func (m *Mailer) call(ctx context.Context, mailing *newsletter.Mailing, chosen []int) ([]newsletter.Result, error) {
	body := m.request(mailing, chosen)
	if body.size() > maxRequest {
		err := fmt.Errorf("the mail is too large for Amazon SES, which takes 1 MB with all readers' data; let the schedule put fewer articles into an issue: %w", newsletter.ErrSendingPaused)
		return same(len(chosen), newsletter.OutcomeRetry, err.Error()), err
	}
	if err := ctx.Err(); err != nil {
		return same(len(chosen), newsletter.OutcomeRetry, "there was no time left to send"), fmt.Errorf("%w: %w", newsletter.ErrUnavailable, err)
	}
	ctx, connected := watch(ctx)
	out, err := m.API.SendBulkEmail(ctx, envelope, once, withBody(body))
	if err == nil && len(out.BulkEmailEntryResults) != len(chosen) {
		err = fmt.Errorf("%d results for %d readers", len(out.BulkEmailEntryResults), len(chosen))
	}
	if err != nil {
		v := judge(err, connected.Load())
		return same(len(chosen), v.outcome, v.reason), v.err
	}
	return each(out.BulkEmailEntryResults)
}

// watch tells whether a call has had a connection: without one, nothing of it can
// have been accepted.
func watch(ctx context.Context) (context.Context, *atomic.Bool) {
	connected := &atomic.Bool{}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	}), connected
}

func same(n int, outcome newsletter.Outcome, reason string) []newsletter.Result {
	results := make([]newsletter.Result, n)
	for i := range results {
		results[i] = newsletter.Result{Outcome: outcome, Reason: reason}
	}
	return results
}

// each reads the answer for every single reader. The gravest trouble of the whole
// account is the error.
func each(answers []types.BulkEmailEntryResult) ([]newsletter.Result, error) {
	results := make([]newsletter.Result, len(answers))
	var trouble error
	for i, a := range answers {
		v := judgeEntry(a)
		results[i] = newsletter.Result{Outcome: v.outcome, Reason: v.reason}
		if a.MessageId != nil && v.outcome == newsletter.OutcomeSent {
			results[i].MessageID = *a.MessageId
		}
		if graver(v.err, trouble) {
			trouble = v.err
		}
	}
	return results, trouble
}

// graver tells whether trouble a counts more than b.
func graver(a, b error) bool {
	for _, kind := range []error{newsletter.ErrSendingPaused, newsletter.ErrQuotaSpent, newsletter.ErrThrottled} {
		if errors.Is(b, kind) {
			return false
		}
		if errors.Is(a, kind) {
			return true
		}
	}
	return false
}
