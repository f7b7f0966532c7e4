package deliver

import (
	"context"
	"errors"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// mailing hands the chosen readers to the mailer, those of each Variant in a call of
// its own, under the one claim. It returns the results in their order. What a call
// says about the whole Run ends the mailing: the others are put up for another try.
func (w *walk) mailing(ctx context.Context, chosen selection) ([]newsletter.Result, error) {
	results, halt := w.byVariant(ctx, chosen, func(m *newsletter.Mailing) ([]newsletter.Result, error) {
		if !w.mayStillSend(ctx) {
			return repeat(newsletter.Result{Outcome: newsletter.OutcomeRetry, Reason: "the worker stalled before sending"}, len(m.Recipients)), nil
		}
		timed, cancel := context.WithTimeout(lasting(ctx), w.sendTimeout())
		defer cancel()
		return w.Mailer.Send(timed, m)
	})
	if halt != nil {
		return results, halt
	}
	if reason := w.suspect(ctx, results); reason != "" {
		takeBack(results, reason)
		return results, errSuspect{reason}
	}
	return results, nil
}

// mayStillSend tells whether the lease lasts as long as a call may. One batch may
// need several calls, so the lease is renewed where it does not: unless it has run
// out, when another worker may have the lane.
func (w *walk) mayStillSend(ctx context.Context) bool {
	now := w.Now()
	if !now.Add(w.sendTimeout() + margin).After(w.lane.Lease) {
		return true
	}
	if w.stalled || !now.Before(w.lane.Lease) {
		return false
	}
	w.lane.Lease = now.Add(newsletter.LeaseTime)
	err := w.Store.SaveLane(lasting(ctx), &w.lane)
	w.stalled = err != nil // whose the lane is, is not known: nobody more is mailed under this claim
	return err == nil
}

// byVariant calls do with one Mailing for each Variant that the chosen readers get,
// and puts the results together in the order of the readers. An error of do ends it;
// whoever was not come to is up for another try.
func (w *walk) byVariant(ctx context.Context, chosen selection, do func(*newsletter.Mailing) ([]newsletter.Result, error)) ([]newsletter.Result, error) {
	if len(chosen.receive) == 0 {
		return nil, nil
	}
	results := repeat(newsletter.Result{Outcome: newsletter.OutcomeRetry, Reason: "not come to"}, len(chosen.receive))
	for _, share := range w.shares(&chosen) {
		mail, err := w.mail(ctx, share.variant)
		if err != nil {
			return results, errors.Join(newsletter.ErrUnavailable, err)
		}
		got, err := do(w.compose(&chosen, share, mail))
		for i, at := range share.places {
			results[at] = newsletter.Result{Outcome: newsletter.OutcomeAmbiguous, Reason: "the mailer gave no answer"}
			if i < len(got) {
				results[at] = got[i]
			}
		}
		if err != nil {
			return results, err
		}
	}
	return results, nil
}

// share is the readers of a selection who get one Variant, by their places in
// selection.receive.
type share struct {
	variant string
	places  []int
}

func (w *walk) shares(chosen *selection) []share {
	var all []share
	for i, at := range chosen.receive {
		variant, n := w.issue.VariantFor(&chosen.all[at]), 0
		for n < len(all) && all[n].variant != variant {
			n++
		}
		if n == len(all) {
			all = append(all, share{variant, make([]int, 0, len(chosen.receive)-i)})
		}
		all[n].places = append(all[n].places, i)
	}
	return all
}

// mail is the Issue as it was rendered for a Variant, read once.
func (w *walk) mail(ctx context.Context, variant string) (*newsletter.Mail, error) {
	if m := w.mails[variant]; m != nil {
		return m, nil
	}
	m, err := w.Store.Mail(ctx, w.run.Issue, variant)
	if err != nil {
		return nil, err
	}
	w.mails[variant] = &m
	return &m, nil
}

func (w *walk) compose(chosen *selection, s share, mail *newsletter.Mail) *newsletter.Mailing {
	m := &newsletter.Mailing{Publication: &w.publication, Mail: mail, Run: w.run.ID, Lane: w.lane.N, Recipients: make([]newsletter.Recipient, len(s.places))}
	if w.lane.Inflight != nil {
		m.Seq = w.lane.Inflight.Seq
	}
	for i, place := range s.places {
		at := chosen.receive[place]
		reader := &chosen.all[at]
		claims := token.Claims{Subscriber: reader.ID, Version: reader.TokenVersion}
		m.Recipients[i] = newsletter.Recipient{Index: at, Subscriber: reader.ID, Address: reader.Address, Name: reader.Name,
			Unsubscribe: w.Tokens.Sign(token.Unsubscribe, claims), Preferences: w.Tokens.Sign(token.Preferences, claims)}
	}
	return m
}
