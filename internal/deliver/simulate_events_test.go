package deliver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/masthead-mail/masthead/internal/feedback"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// belief is what a world's sweep makes of reports that are missing, beside the gate.
type belief int

const (
	byTheGate belief = iota
	always           // whoever is not reported was not mailed
	never            // a missing report proves nothing
)

// message is one that the mail system has taken.
type message struct {
	feedback.Delivery
	to      newsletter.Address
	taken   time.Time
	due     time.Time // when its report comes; zero: never
	handled time.Time // when its report was
}

// post is all messages, and what is on its way about them.
type post struct {
	all   []*message
	quiet time.Time // no report comes before
	fault string
}

// got is how many messages the readers of a Mailing have.
func (w *world) got(m *newsletter.Mailing) []int {
	got := make([]int, len(m.Recipients))
	for i, to := range m.Recipients {
		got[i] = w.mailer.got[to.Address]
	}
	return got
}

// takeNote lets those be reported who have got a message since.
func (w *world) takeNote(m *newsletter.Mailing, before []int) {
	for i, to := range m.Recipients {
		if w.mailer.got[to.Address] == before[i] {
			continue
		}
		msg := &message{Delivery: feedback.Delivery{Run: m.Run, Lane: m.Lane, Seq: m.Seq, Index: to.Index}, to: to.Address, taken: w.now, due: w.arrival()}
		w.post.again(w, msg)
		w.post.all = append(w.post.all, msg)
	}
}

// arrival is when a report comes.
func (w *world) arrival() time.Time {
	switch chance := w.dice.Float64(); {
	case !w.events || chance < w.lost:
		return time.Time{}
	case chance < w.lost+w.late:
		return w.now.Add(time.Duration(w.dice.IntN(5*3600)) * time.Second)
	}
	return w.now.Add(time.Duration(w.dice.IntN(20_000)) * time.Millisecond)
}

// again looks at a message that a reader gets who has had one before. That may happen
// only where the report of the first was not there when the second was claimed; a
// worker may dawdle for some minutes between the two.
func (p *post) again(w *world, second *message) {
	const dawdle = 10 * time.Minute
	for _, first := range p.all {
		if first.to != second.to {
			continue
		}
		if !w.events || !first.handled.IsZero() && w.now.Sub(first.handled) > dawdle || w.lost+w.late == 0 {
			p.fault = fmt.Sprintf("%s was mailed at %v and at %v, reported at %v", first.to, first.taken.Sub(monday), second.taken.Sub(monday), first.handled.Sub(monday))
		}
	}
}

// deliverPost hands reports that are due to feedback, in groups of any size and order,
// some of them twice. Those whose handler fails or dies come again.
func (w *world) deliverPost() {
	if w.outages && !w.calm && w.dice.IntN(80) == 0 {
		w.post.quiet = w.now.Add(time.Hour)
	}
	var due []*message
	for _, m := range w.post.all {
		if m.handled.IsZero() && !m.due.IsZero() && !m.due.After(w.now) && !w.post.quiet.After(w.now) || !m.handled.IsZero() && w.dice.IntN(400) == 0 {
			due = append(due, m)
		}
	}
	w.dice.Shuffle(len(due), func(i, j int) { due[i], due[j] = due[j], due[i] })
	for len(due) > 0 {
		n := 1 + w.dice.IntN(min(60, len(due)))
		w.hand(due[:n])
		due = due[n:]
	}
}

func (w *world) hand(group []*message) {
	var events []feedback.Event
	for _, m := range group {
		if m.handled.IsZero() {
			m.due = w.now.Add(6 * time.Minute) // as long as the queue hides it
		}
		events = append(events, feedback.Event{Kind: feedback.Accepted, At: m.taken, Delivery: &m.Delivery, MessageID: "m"})
	}
	w.start(func(e *Engine) error {
		h := &feedback.Handler{Store: noReaders{e.Store.(*simStore)}, Now: e.Now}
		for i, err := range h.Handle(context.Background(), events) {
			if err == nil && group[i].handled.IsZero() {
				group[i].handled = w.now
			}
			if err != nil && !errors.Is(err, errCrash) {
				return err
			}
		}
		return nil
	})
}

// noReaders is a store of which feedback needs the ledger only.
type noReaders struct{ *simStore }

func (noReaders) AddAction(context.Context, *newsletter.Action) error { return nil }

func (noReaders) Count(context.Context, string, string, int) error { return nil }

func (noReaders) Issues(context.Context, int) ([]newsletter.Issue, error) { return nil, nil }

func (noReaders) Suppression(context.Context, newsletter.SubscriberID) (newsletter.Suppression, error) {
	panic("nobody bounces here")
}
func (noReaders) SaveSuppression(context.Context, *newsletter.Suppression) error {
	panic("nobody bounces here")
}
func (noReaders) SaveSubscriber(context.Context, *newsletter.Subscriber) error {
	panic("nobody bounces here")
}

// lastPost brings what is still on its way when the Run has ended: the books may
// change by that.
func (w *world) lastPost() {
	w.now = w.now.Add(6 * time.Hour)
	w.post.quiet = time.Time{}
	for range 3 {
		w.deliverPost()
		w.run(1 << 20)
		w.now = w.now.Add(time.Hour)
	}
}

// audit says what is wrong with the messages, if anything.
func (p *post) audit(w *world) string {
	if p.fault != "" || !w.events {
		return p.fault
	}
	if w.lost+w.late == 0 && !w.outages && w.belief != never {
		for _, b := range w.store.batches {
			if c := b.Count(); c.Unknown > 0 {
				return fmt.Sprintf("%d are unknown, though every message is reported", c.Unknown)
			}
		}
	}
	unknown := map[newsletter.SubscriberID]bool{}
	for _, b := range w.store.batches {
		for _, e := range b.Entries {
			unknown[e.Subscriber] = unknown[e.Subscriber] || e.Outcome == newsletter.OutcomeUnknown
		}
	}
	for _, m := range p.all {
		if !m.handled.IsZero() && unknown[newsletter.Identify(nil, m.to)] {
			return "unknown, though a message was reported: " + string(m.to)
		}
		if !m.due.IsZero() && m.handled.IsZero() {
			return "a report was never handled: " + string(m.to)
		}
	}
	return ""
}

// silent tells whether a reader has a message that was not reported within the time in
// which it is waited for: then the books may not know of it.
func (p *post) silent(to newsletter.Address) bool {
	return slices.ContainsFunc(p.all, func(m *message) bool {
		return m.to == to && (m.handled.IsZero() || m.handled.Sub(m.taken) > grace)
	})
}

// loseAnswer loses the answers of some calls, of which all, none or the first readers
// were accepted.
func (w *world) loseAnswer(m *newsletter.Mailing, results []newsletter.Result) []newsletter.Result {
	if w.dice.Float64() >= w.unclear {
		return results
	}
	taken := []int{0, len(results), w.dice.IntN(len(results) + 1)}[w.dice.IntN(3)]
	for i := range results {
		results[i].Outcome = newsletter.OutcomeAmbiguous
		if i < taken {
			w.mailer.got[m.Recipients[i].Address]++
		}
	}
	return results
}

func (s *simStore) DoubtfulBatches(ctx context.Context, run string, yield func(newsletter.Batch) error) error {
	return s.w.io(s.k, func() error { return s.memory.DoubtfulBatches(ctx, run, yield) })
}

func (s *simStore) AddReports(ctx context.Context, r newsletter.Reports) (fresh newsletter.Reports, err error) {
	err = s.w.io(s.k, func() error { fresh, err = s.memory.AddReports(ctx, r); return err })
	return fresh, err
}

func (s *simStore) Reports(ctx context.Context, run string, lane, seq int) (r newsletter.Reports, err error) {
	err = s.w.io(s.k, func() error { r, err = s.memory.Reports(ctx, run, lane, seq); return err })
	b := s.batches[batchKey(run, lane, seq)]
	switch s.w.belief {
	case always:
		r.Accepted |= b.Sent() // as if all reports of what was sent came through
	case never:
		r.Accepted &^= b.Sent()
	}
	return r, err
}

// Probe is reported like any message.
func (m simMailer) Probe(_ context.Context, _ *newsletter.Publication, run string, seq int) error {
	if !m.w.events {
		return errors.New("nobody would report it")
	}
	return m.w.io(m.k, func() error {
		m.w.post.all = append(m.w.post.all, &message{Delivery: feedback.Delivery{Run: run, Seq: seq}, to: newsletter.Address(fmt.Sprint("probe", seq)), taken: m.w.now, due: m.w.arrival()})
		return nil
	})
}
