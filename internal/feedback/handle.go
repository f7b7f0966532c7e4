package feedback

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"time"

	"golang.org/x/net/idna" // SES reports the ASCII form of a domain that a reader typed in Unicode (RFC 5891)

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Store is what the stage needs of a store; storetest.Store is the contract of
// each method.
type Store interface {
	Readers
	Ledger
}

// Readers is the part of a store that says who may be mailed.
type Readers interface {
	Subscriber(ctx context.Context, id newsletter.SubscriberID) (newsletter.Subscriber, error)
	SaveSubscriber(ctx context.Context, s *newsletter.Subscriber) error
	Suppression(ctx context.Context, id newsletter.SubscriberID) (newsletter.Suppression, error)
	SaveSuppression(ctx context.Context, s *newsletter.Suppression) error
	AddAction(ctx context.Context, a *newsletter.Action) error
}

// Ledger is the part of a store that says what became of deliveries.
type Ledger interface {
	Batch(ctx context.Context, run string, lane, seq int) (newsletter.Batch, error)
	SaveBatch(ctx context.Context, b *newsletter.Batch) error
	AddReports(ctx context.Context, r newsletter.Reports) (fresh newsletter.Reports, err error)
	Issues(ctx context.Context, limit int) ([]newsletter.Issue, error)
	Count(ctx context.Context, issue, metric string, n int) error
}

// Handler is the stage. Reports may come twice, late, early, in any order and to
// several handlers at once: each is handled by what is stored, and once is enough.
type Handler struct {
	Store    Store
	Pepper   []byte
	Now      func() time.Time
	Announce func(ctx context.Context, e newsletter.Event) error // is told of readers who complain before it is stored; nil: nobody is
	Brake    func(ctx context.Context, run string) error         // told of new bounces and complaints of a Run; may be nil
	Trouble  func(error)                                         // hears what went wrong beside what was asked for; nil: nobody does
}

// Handle acts on Events that came together, and says of each, in their order, what
// went wrong; nil: nothing. All that is told of the messages of one batch is noted
// at once.
func (h *Handler) Handle(ctx context.Context, events []Event) []error {
	faults := make([]error, len(events))
	for i := range events {
		faults[i] = errors.Join(h.suppressAll(ctx, &events[i]), h.count(ctx, &events[i]))
	}
	returned := map[string][]int{} // the Runs of which something came back, and by which events
	delivered := map[string]int{}
	for _, g := range groups(events) {
		fresh, err := h.note(ctx, g)
		delivered[g.Run] += bits.OnesCount64(fresh.Delivered)
		if err != nil {
			g.blame(faults, err)
			continue
		}
		if g.Bounced|g.Complained != 0 {
			returned[g.Run] = append(returned[g.Run], g.events...)
		}
	}
	h.brake(ctx, returned, faults)
	h.countDelivered(ctx, delivered)
	return faults
}

// countDelivered counts once for each Run, not for each message: it is a figure for
// editors, and costs a write. Where that fails it is a few too low, which is no reason to
// have the events come again: they would not be new any more.
func (h *Handler) countDelivered(ctx context.Context, delivered map[string]int) {
	for run, n := range delivered {
		if n == 0 {
			continue
		}
		if err := h.Store.Count(ctx, run, newsletter.MetricDelivered, n); err != nil && h.Trouble != nil {
			h.Trouble(fmt.Errorf("feedback: %d deliveries of run %s are not counted: %w", n, run, err))
		}
	}
}

func (h *Handler) suppressAll(ctx context.Context, e *Event) error {
	status, final := e.status()
	if !final {
		return nil
	}
	for _, id := range h.identities(e) {
		if err := h.suppress(ctx, id, status, *e); err != nil {
			return fmt.Errorf("feedback: suppress %s: %w", id, err)
		}
	}
	return nil
}

// brake looks at each Run of which something came back, also where it is not new: its handler may have died before this. Where that fails, the events come again.
func (h *Handler) brake(ctx context.Context, returned map[string][]int, faults []error) {
	if h.Brake == nil {
		return
	}
	for run, events := range returned {
		if err := h.Brake(ctx, run); err != nil {
			for _, i := range events {
				faults[i] = errors.Join(faults[i], fmt.Errorf("feedback: brake run %s: %w", run, err))
			}
		}
	}
}

// status is what the Event makes of its reader; false: nothing.
func (e Event) status() (newsletter.Status, bool) {
	switch e.Kind {
	case Bounced:
		return newsletter.Bounced, true
	case Complaint:
		return newsletter.Complained, true
	}
	return "", false
}

// identities are the ids under which the reader may be known: by the address as
// it was reported, and with its domain in Unicode.
func (h *Handler) identities(e *Event) []newsletter.SubscriberID {
	a := e.Address
	switch {
	case !e.Subscriber.IsZero():
		return []newsletter.SubscriberID{e.Subscriber}
	case a == "":
		return nil
	}
	ids := []newsletter.SubscriberID{newsletter.Identify(h.Pepper, a)}
	domain := a.Domain()
	if unicode, err := idna.Lookup.ToUnicode(domain); err == nil && unicode != domain {
		ids = append(ids, newsletter.Identify(h.Pepper, newsletter.Address(strings.TrimSuffix(string(a), domain)+unicode)))
	}
	return ids
}

// suppress writes the Suppression first, which outlives everything, and then the
// Subscriber, whom a Run in progress reads. An Event from before the reader last
// confirmed is old news: the reader has been back since.
func (h *Handler) suppress(ctx context.Context, id newsletter.SubscriberID, status newsletter.Status, e Event) error {
	for {
		sub, err := h.Store.Subscriber(ctx, id)
		known := err == nil
		if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
			return err
		}
		if known && sub.Status == newsletter.Active && e.At.Before(sub.ConfirmedAt) {
			return nil
		}
		if err := h.forbid(ctx, id, status, e); err != nil || !known {
			return err
		}
		was, before := sub, sub.Status
		if sub.Suppressed(status, h.Now()); sub.Status == before {
			return nil
		}
		err = h.save(ctx, &sub, before, e.Detail)
		if errors.Is(err, newsletter.ErrConflict) {
			continue
		}
		if err == nil {
			h.countByReader(ctx, &was, &e)
		}
		return err
	}
}

// save saves a reader, with an entry of the audit trail where the status has changed.
func (h *Handler) save(ctx context.Context, sub *newsletter.Subscriber, before newsletter.Status, why string) error {
	if e, told := newsletter.Turned(sub, before); told && h.Announce != nil {
		if err := h.Announce(ctx, e); err != nil {
			return err
		}
	}
	if err := h.Store.SaveSubscriber(ctx, sub); err != nil || sub.Status == before {
		return err
	}
	note := newsletter.OfStatus(newsletter.ByMailSystem, sub, before, why, h.Now())
	return h.Store.AddAction(ctx, &note)
}

// among are the newest Issues, of which a reader got one last.
const among = 20

// countByReader counts for an Issue what came back by mail: the return path names the
// reader, and the day, but not the Run; so it counts for what they had got last. was is
// the reader as before.
func (h *Handler) countByReader(ctx context.Context, was *newsletter.Subscriber, e *Event) {
	metric := map[Kind]string{Bounced: newsletter.MetricBounced, Complaint: newsletter.MetricComplained}[e.Kind]
	if e.Delivery != nil || e.Subscriber.IsZero() || metric == "" {
		return
	}
	issues, err := h.Store.Issues(ctx, among)
	if id := was.LastGot(issues, e.At); err == nil && id != "" {
		err = h.Store.Count(ctx, id, metric, 1)
	}
	if err != nil && h.Trouble != nil {
		h.Trouble(fmt.Errorf("feedback: what came back is not counted for an issue: %w", err))
	}
}

func (h *Handler) forbid(ctx context.Context, id newsletter.SubscriberID, status newsletter.Status, e Event) error {
	for {
		s, err := h.Store.Suppression(ctx, id)
		if errors.Is(err, newsletter.ErrNotFound) {
			s, err = newsletter.Suppression{ID: id}, nil
		}
		if err != nil || !s.Note(status, e.Detail, e.At) {
			return err
		}
		if err := h.Store.SaveSuppression(ctx, &s); !errors.Is(err, newsletter.ErrConflict) {
			return err
		}
	}
}
