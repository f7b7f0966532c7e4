package smtp

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/masthead-mail/masthead/internal/mime"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// job is one Mailing that several connections work off.
type job struct {
	mailer  *Mailer
	mailing *newsletter.Mailing
	digest  *mime.Digest
	sender  string
	notes   *note     // nil: none are made
	begin   time.Time // nothing is begun at or after it, zero: no end; a deadline of the network, not of the newsletter

	mu      sync.Mutex
	results []newsletter.Result
	next    int
	err     error // the first one that concerns the whole Run
}

// take hands out the next reader, -1 when there is none. Once the whole Run is to
// stop, the rest are put back untried.
func (j *job) take() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	for ; j.next < len(j.results); j.next++ {
		if j.err == nil && !j.begin.IsZero() && !time.Now().Before(j.begin) {
			j.err = errSlow
		}
		switch {
		case !j.mailing.Recipients[j.next].Address.ASCII():
			j.results[j.next] = newsletter.Result{Outcome: newsletter.OutcomeFailed, Reason: newsletter.ReasonNotASCII}
		case j.err != nil:
			j.results[j.next] = newsletter.Result{Outcome: newsletter.OutcomeRetry, Reason: j.err.Error()}
		default:
			j.next++
			return j.next - 1
		}
	}
	return -1
}

// errSlow ends a Mailing whose time has nearly run out.
var errSlow = fmt.Errorf("the mail server is slow; the rest of the batch comes later: %w", newsletter.ErrThrottled)

// done keeps a reader's result, and what concerns the whole Run.
func (j *job) done(i int, result newsletter.Result, err error) {
	if result.Outcome == newsletter.OutcomeSent {
		result.MessageID = j.digest.MessageID(j.mailing.Recipients[i].Subscriber)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.results[i] = result
	if j.notes != nil {
		j.notes.set(i, result.Outcome)
	}
	if concernsAll(err) && j.err == nil {
		j.err = err
	}
}

func concernsAll(err error) bool {
	for _, kind := range []error{newsletter.ErrSendingPaused, newsletter.ErrUnavailable, newsletter.ErrQuotaSpent, newsletter.ErrThrottled} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// noteBegin notes that a reader's message is about to be sent, together with the
// results before it.
func (j *job) noteBegin(i int) error {
	if j.notes == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.notes.set(i, newsletter.OutcomeAmbiguous)
	return j.notes.write()
}

// worker is one of a job's connections. It has one message at a time under way.
type worker struct {
	*job
	conn   *conn
	pieces [][]byte // memory for a message, see mime.Digest.Pieces
	own    []byte

	signatures []byte // memory for those of a message
}

func (w *worker) work(ctx context.Context) {
	for i := w.take(); i >= 0; {
		result, next, err := w.deliver(ctx, i)
		w.done(i, result, err)
		if i = next; next < 0 {
			i = w.take()
		}
	}
	if w.conn != nil {
		w.mailer.release(w.conn)
		w.conn = nil
	}
}

// deliver makes one transaction. Where the envelope of another reader's message went
// ahead in it, next is that reader.
func (w *worker) deliver(ctx context.Context, i int) (result newsletter.Result, next int, err error) {
	c, refused, err := w.mailer.address(ctx, w.conn, w.from(i), mime.Address(w.mailing.Recipients[i].Address))
	w.conn = c
	switch {
	case refused != nil:
		result, err = refused.judge()
		return result, -1, err
	case errors.Is(err, errBroken):
		return newsletter.Result{Outcome: newsletter.OutcomeRetry, Reason: errBroken.Error()}, -1, err
	case err != nil:
		return newsletter.Result{Outcome: newsletter.OutcomeRetry, Reason: err.Error()}, -1, err
	}
	return w.message(ctx, i)
}

// message sends a message whose envelope was accepted.
func (w *worker) message(ctx context.Context, i int) (newsletter.Result, int, error) {
	err := w.compile(i)
	if err == nil {
		err = w.noteBegin(i)
	}
	if err != nil {
		w.drop()
		return newsletter.Result{Outcome: newsletter.OutcomeRetry, Reason: err.Error()}, -1, err
	}
	next, from, after := -1, "", ""
	if w.conn.pipelining && !w.mailer.cautious.Load() {
		if next = w.take(); next >= 0 {
			from, after = w.from(next), mime.Address(w.mailing.Recipients[next].Address)
		}
	}
	w.conn.wait(ctx)
	result, err := w.conn.message(w.pieces, from, after)
	if err != nil {
		w.drop()
	}
	if result.Outcome == newsletter.OutcomeAmbiguous && next >= 0 {
		w.mailer.cautious.Store(true)
	}
	return result, next, err
}

// from is the sender of the envelope to a recipient.
func (j *job) from(i int) string {
	if j.mailer.ReturnPath == nil {
		return j.sender
	}
	return j.mailer.envelopeFrom(j.mailing.Publication, j.mailing.Recipients[i].Address)
}

// compile makes the pieces of a reader's message, its signatures first.
func (w *worker) compile(i int) (err error) {
	w.pieces, w.own = w.digest.Pieces(append(w.pieces[:0], nil), w.own, &w.mailing.Recipients[i], w.mailer.Now())
	w.signatures, err = w.mailer.Sign.Sign(w.signatures[:0], w.mailing.Publication.From, w.pieces[1:]...)
	w.pieces[0] = w.signatures
	return err
}

// drop gives up a connection.
func (w *worker) drop() {
	w.conn.abort()
	w.conn = nil
}
