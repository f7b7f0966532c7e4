package deliver

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Delivery is what became of one reader in a Run.
type Delivery struct {
	Place
	Subscriber newsletter.SubscriberID
	Address    newsletter.Address // empty where the reader was erased since
	Outcome    newsletter.Outcome // OutcomeRetry: waits for another try
	Reason     string
	MessageID  string    // the provider's
	At         time.Time // of the claim
}

// Place is where a batch stands in the books of a Run, in the order of Deliveries.
// The zero Place comes before them all.
type Place struct{ Lane, Seq int }

// errEnough ends a walk through batches.
var errEnough = errors.New("enough")

// Outcomes are all that a Delivery can have, in the order in which people are told.
func Outcomes() []newsletter.Outcome {
	return []newsletter.Outcome{newsletter.OutcomeSent, newsletter.OutcomeFailed, newsletter.OutcomeSkipped,
		newsletter.OutcomeUnknown, newsletter.OutcomeAmbiguous, newsletter.OutcomeRetry}
}

// ParseOutcomes reads "failed,unknown"; empty is all of them. ErrInvalid says
// which there are.
func ParseOutcomes(list string) ([]newsletter.Outcome, error) {
	if list == "" {
		return Outcomes(), nil
	}
	var wanted []newsletter.Outcome
	for word := range strings.SplitSeq(list, ",") {
		outcome := newsletter.Outcome(strings.TrimSpace(word))
		if !slices.Contains(Outcomes(), outcome) {
			return nil, fmt.Errorf("there is no outcome %q; use sent, failed, skipped, unknown, ambiguous or retry, with commas between them: %w", outcome, newsletter.ErrInvalid)
		}
		wanted = append(wanted, outcome)
	}
	return wanted, nil
}

// Deliveries calls yield for each delivery of the Run that has one of the outcomes
// and comes after the given batch, lane by lane, batch by batch, until yield
// returns an error, which is passed on. It holds one page of batches at a time. While
// the Run is being sent, each lane is shown as it stood when its turn came: nobody
// comes twice, and who is being mailed at that moment is ambiguous. Readers whom
// the Run has not come to yet are in no list.
func (e *Engine) Deliveries(ctx context.Context, run *newsletter.Run, outcomes []newsletter.Outcome, after Place, yield func(Delivery) error) error {
	for n := after.Lane; n < run.Lanes; n++ {
		lane, err := e.Store.Lane(ctx, run.ID, n)
		if errors.Is(err, newsletter.ErrNotFound) {
			continue // not started yet
		}
		if err != nil {
			return err
		}
		p := page{Engine: e, lane: &lane, outcomes: outcomes, yield: yield}
		if n == after.Lane {
			p.after = after.Seq
		}
		if err := p.turn(ctx); err != nil {
			return err
		}
	}
	return nil
}

// page is one lane of a result.
type page struct {
	*Engine
	lane     *newsletter.Lane
	outcomes []newsletter.Outcome
	after    int // batches up to this one were told before
	yield    func(Delivery) error
}

func (p *page) turn(ctx context.Context) error {
	waiting := map[int]uint64{} // the entries of each batch that wait for another try
	for _, r := range p.lane.Retries {
		waiting[r.Seq] |= r.Entries
	}
	flying := p.lane.Inflight
	if flying != nil {
		waiting[flying.Seq] = math.MaxUint64 // its result, if stored by now, is not on the lane yet
	}
	err := p.Store.Batches(ctx, p.lane.Run, p.lane.N, func(b newsletter.Batch) error {
		if b.Seq > p.lane.Seq {
			return errEnough // claimed since the lane was read
		}
		if flying != nil && b.Seq == flying.Seq {
			flying = nil
		}
		return p.batch(ctx, &b, newsletter.Retry{Entries: waiting[b.Seq]})
	})
	if err != nil && !errors.Is(err, errEnough) || flying == nil {
		return ignoreEnough(err)
	}
	b := newsletter.NewBatch(p.lane.Run, p.lane.N, flying, newsletter.OutcomeAmbiguous, "being sent right now")
	return p.batch(ctx, &b, newsletter.Retry{})
}

func ignoreEnough(err error) error {
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// batch tells the deliveries of one batch. Who was to be tried again, and has been, is
// told with the later batch.
func (p *page) batch(ctx context.Context, b *newsletter.Batch, waiting newsletter.Retry) error {
	if b.Seq <= p.after {
		return nil
	}
	for i, entry := range b.Entries {
		if !slices.Contains(p.outcomes, entry.Outcome) || entry.Outcome == newsletter.OutcomeRetry && !waiting.Has(i) {
			continue
		}
		sub, err := p.Store.Subscriber(ctx, entry.Subscriber)
		if err != nil && !errors.Is(err, newsletter.ErrNotFound) {
			return err
		}
		d := Delivery{Place: Place{b.Lane, b.Seq}, Subscriber: entry.Subscriber, Address: sub.Address,
			Outcome: entry.Outcome, Reason: entry.Reason, MessageID: entry.MessageID, At: b.At}
		if err := p.yield(d); err != nil {
			return err
		}
	}
	return nil
}
