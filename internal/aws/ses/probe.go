package ses

import (
	"cmp"
	"context"
	"fmt"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// simulator takes every mail and delivers it to nobody, with the events of a real one
// and at no harm to the sender's name
// (https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html).
const simulator newsletter.Address = "success@simulator.amazonses.com"

var probe = newsletter.Mail{Issue: "probe", Subject: "Do the events come through?", Language: "en",
	Text: "Masthead asks whether Amazon SES reports this mail.\n", HTML: "<p>Masthead asks whether Amazon SES reports this mail.</p>"}

// Probe sends a mail to SES's own simulator, as the first reader of a batch.
func (m *Mailer) Probe(ctx context.Context, p *newsletter.Publication, run string, seq int) error {
	results, err := m.Send(ctx, &newsletter.Mailing{Publication: p, Mail: &probe, Run: run, Seq: seq,
		Recipients: []newsletter.Recipient{{Address: simulator, Unsubscribe: "probe"}}})
	if err == nil && results[0].Outcome == newsletter.OutcomeFailed {
		err = fmt.Errorf("%s: %w", cmp.Or(results[0].Reason, "refused"), newsletter.ErrInvalid)
	}
	return err
}
