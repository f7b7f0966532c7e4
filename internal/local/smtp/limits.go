package smtp

import (
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// limit tells whether an answer is about how much or how fast the sender may send,
// which no reader is to blame for: ErrQuotaSpent, ErrThrottled, or nil. SMTP has no
// code for either, so that providers are known by their words, whatever the command
// and whether they say 4yz or 5yz:
// https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html,
// https://support.google.com/a/answer/3726730,
// https://www.postfix.org/postconf.5.html#smtpd_client_message_rate_limit.
func (r *refusal) limit() error {
	said := strings.ToLower(r.said)
	switch {
	case ofMailbox(said):
		return nil
	case anyOf(said, "daily", "24 hour", "24-hour", "per day", "hourly", "per hour") && anyOf(said, "quota", "limit", "exceeded"),
		anyOf(said, "sending quota", "sending limit", "submissionquotaexceeded"):
		return newsletter.ErrQuotaSpent
	case anyOf(said, "throttl", "rate limit", "ratelimit", "rate-limit", "sending rate", "unusual rate", "too fast", "too quickly",
		"too much mail", "too many messages", "too many mails", "too many emails", "too many e-mails"):
		return newsletter.ErrThrottled
	}
	return nil
}

// ofMailbox tells of an answer whose enhanced code says that the reader's own mailbox
// takes nothing now, or is full (RFC 3463, 3.3): a quota of theirs, not of ours.
func ofMailbox(said string) bool {
	code, _, _ := strings.Cut(said, " ")
	switch code {
	case "4.2.1", "5.2.1", "4.2.2", "5.2.2":
		return true
	}
	return anyOf(said, "mailbox full", "mailbox is full")
}

func anyOf(said string, words ...string) bool {
	for _, word := range words {
		if strings.Contains(said, word) {
			return true
		}
	}
	return false
}
