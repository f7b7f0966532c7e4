package ses_test

import (
	"testing"
	"time"

	"github.com/masthead-mail/masthead/internal/aws/awstest"
	"github.com/masthead-mail/masthead/internal/aws/ses"
	"github.com/masthead-mail/masthead/internal/mailtest"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// TestContract runs over an SES that others wrote. What it stored is read back as
// the message that would go out.
func TestContract(t *testing.T) {
	server := awstest.SES(t, 14)
	mailtest.Run(t, func(t *testing.T) mailtest.System {
		server.Clear(t)
		mailer := &ses.Mailer{API: ses.Connect(awstest.Config(server.Endpoint)), ConfigurationSet: "masthead"}
		return mailtest.System{Mailer: mailer, Received: func(t *testing.T) (all []mailtest.Received) {
			for _, stored := range server.Stored(t) {
				all = append(all, mailtest.Parse(t, stored.Destination.To[0], server.Raw(t, stored.ID)))
			}
			return all
		}}
	})
}

func TestQuotaFromTheAccount(t *testing.T) {
	server := awstest.SES(t, 14)
	mailer := &ses.Mailer{API: ses.Connect(awstest.Config(server.Endpoint))}
	at := time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
	got, err := mailer.Quota(t.Context(), at)
	if want := (newsletter.Quota{PerSecond: 14, PerDay: 50_000, SentToday: 25_000, AskedAt: at}); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}
