package ses

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go" // the SDK's errors
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// verdict is what an answer means: for the readers it is about, and, where err is
// set, for the whole Run.
type verdict struct {
	outcome newsletter.Outcome
	reason  string
	err     error
}

// judgeEntry reads the answer for one reader
// (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_BulkEmailEntryResult.html).
func judgeEntry(r types.BulkEmailEntryResult) verdict {
	said := words(string(r.Status), aws.ToString(r.Error))
	switch r.Status {
	case types.BulkEmailStatusSuccess:
		return verdict{outcome: newsletter.OutcomeSent}
	case types.BulkEmailStatusTransientFailure:
		return verdict{outcome: newsletter.OutcomeRetry, reason: said}
	case types.BulkEmailStatusMessageRejected, types.BulkEmailStatusInvalidParameter, types.BulkEmailStatusFailed:
		return verdict{outcome: newsletter.OutcomeFailed, reason: said}
	case types.BulkEmailStatusAccountThrottled:
		return later(said, throttled(said))
	case types.BulkEmailStatusAccountDailyQuotaExceeded:
		return later(said, quotaSpent(said))
	case types.BulkEmailStatusAccountSuspended, types.BulkEmailStatusAccountSendingPaused, types.BulkEmailStatusConfigurationSetSendingPaused,
		types.BulkEmailStatusMailFromDomainNotVerified, types.BulkEmailStatusTemplateNotFound, types.BulkEmailStatusConfigurationSetNotFound,
		types.BulkEmailStatusInvalidSendingPoolName:
		return later(said, paused(string(r.Status), said))
	}
	return verdict{outcome: newsletter.OutcomeAmbiguous, reason: "Amazon SES answered with a word that Masthead does not know: " + said}
}

// judge reads the error of a whole call. Without a connection, or refused with a
// status 4xx, it was certainly not accepted. All else leaves it in doubt: no
// answer, a broken one, a status 5xx.
func judge(err error, connected bool) verdict {
	if !connected {
		return later("no connection to Amazon SES", fmt.Errorf("there is no connection to Amazon SES; if this lasts, check the region and the network of the function: %w: %w", newsletter.ErrUnavailable, err))
	}
	status := 0
	var answered *smithyhttp.ResponseError
	if errors.As(err, &answered) {
		status = answered.HTTPStatusCode()
	}
	if status < 400 || status >= 500 || status == http.StatusRequestTimeout {
		return verdict{outcome: newsletter.OutcomeAmbiguous, reason: "Amazon SES gave no clear answer"}
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		api = &smithy.GenericAPIError{Code: http.StatusText(status)}
	}
	said := words(api.ErrorCode(), api.ErrorMessage())
	return later(said, refusal(status, api, said))
}

// words are those of SES, without addresses: reasons are counted, compared and
// logged.
func words(code, text string) string {
	return strings.TrimSuffix(code+": "+address.ReplaceAllString(text, "…"), ": ")
}

var address = regexp.MustCompile(`[^\s<>"',;:()]+@[^\s<>"',;:()]+`)

// refusal is what the Run must do about a call that was refused.
func refusal(status int, api smithy.APIError, said string) error {
	code := api.ErrorCode()
	switch {
	case strings.Contains(strings.ToLower(api.ErrorMessage()), "daily"): // only the text tells the two limits apart
		return quotaSpent(said)
	case status == http.StatusTooManyRequests || strings.HasPrefix(code, "TooManyRequests") || strings.HasPrefix(code, "Throttling") || strings.HasPrefix(code, "LimitExceeded"):
		return throttled(said)
	case strings.HasPrefix(code, "ExpiredToken"):
		return fmt.Errorf("SES says %s; the function gets new credentials by itself: %w", said, newsletter.ErrUnavailable)
	}
	if status == http.StatusForbidden {
		code = "AccessDenied"
	}
	return paused(strings.TrimSuffix(code, "Exception"), said)
}

func later(said string, err error) verdict {
	return verdict{outcome: newsletter.OutcomeRetry, reason: said, err: err}
}

func throttled(said string) error {
	return fmt.Errorf("SES says %s; sending goes on more slowly: %w", said, newsletter.ErrThrottled)
}

func quotaSpent(said string) error {
	return fmt.Errorf("SES says %s; sending goes on by itself when there is quota again, and a higher one can be asked for in the SES console: %w", said, newsletter.ErrQuotaSpent)
}

// advice is what a person can do about each refusal of all mail.
var advice = map[string]string{
	"ACCOUNT_SUSPENDED":                "SES has suspended the account; answer the message of AWS in the support center",
	"AccountSuspended":                 "SES has suspended the account; answer the message of AWS in the support center",
	"ACCOUNT_SENDING_PAUSED":           "sending is switched off for the account; see the account dashboard of the SES console",
	"SendingPaused":                    "sending is switched off for the account or the configuration set; see the SES console",
	"CONFIGURATION_SET_SENDING_PAUSED": "sending is switched off for the configuration set; switch it on in the SES console",
	"MAIL_FROM_DOMAIN_NOT_VERIFIED":    "the DNS records of the MAIL FROM domain are missing; publish those that the SES console shows",
	"MailFromDomainNotVerified":        "the DNS records of the MAIL FROM domain are missing; publish those that the SES console shows",
	"CONFIGURATION_SET_NOT_FOUND":      "there is no such configuration set in this region; check MASTHEAD_CONFIGURATION_SET",
	"NotFound":                         "the configuration set or the identity is not in this region; check MASTHEAD_CONFIGURATION_SET and MASTHEAD_FROM",
	"INVALID_SENDING_POOL_NAME":        "the configuration set names a pool of addresses that is gone; mend it in the SES console",
	"MessageRejected":                  "the sender is not verified, or the account is in the sandbox and the reader is not verified; see the SES console",
	"AccessDenied":                     "the function may not send: its role must allow ses:SendBulkEmail and ses:SendEmail for the identity and the configuration set",
}

func paused(code, said string) error {
	what := cmp.Or(advice[code], "SES cannot take this mail or these settings; mend what it names")
	return fmt.Errorf("SES says %s; %s, then resume the run: %w", said, what, newsletter.ErrSendingPaused)
}
