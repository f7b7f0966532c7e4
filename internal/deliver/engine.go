// Package deliver sends an approved Issue to its readers, and never twice to the
// same one. SES and SMTP offer no way to repeat a send safely, so every batch is
// claimed in the store before it is sent, and what became of it is stored after.
// A batch that has a claim and no result is in doubt: it is settled, by asking
// the mailer or by giving its readers' names to the editor, and never sent again
// on a guess.
//
// One call of Walk works one Lane for as long as it may. Any number of workers
// may walk, start, pause and sweep at once, and any of them may die at any
// moment: the store decides who goes on.
//
// The package knows no provider: what an answer of SES or of a mail server
// means is the Mailer's business.
package deliver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/token"
)

// Store is what sending needs of a store; storetest.Store is the contract of
// each method.
type Store interface {
	Ledger
	Reports
	Quotas
	Issue(ctx context.Context, id string) (newsletter.Issue, error)
	Mail(ctx context.Context, issue, variant string) (newsletter.Mail, error)
	Audience(ctx context.Context, schedule string, now time.Time) (int, error)
	Subscriber(ctx context.Context, id newsletter.SubscriberID) (newsletter.Subscriber, error)
	RecipientsAfter(ctx context.Context, from, to byte, after newsletter.SubscriberID, limit int) ([]newsletter.Subscriber, error)
}

// Ledger is the part of a store that says how far a Run has come.
type Ledger interface {
	Run(ctx context.Context, id string) (newsletter.Run, error)
	SaveRun(ctx context.Context, r *newsletter.Run) error
	OpenRuns(ctx context.Context) ([]newsletter.Run, error)
	Lane(ctx context.Context, run string, n int) (newsletter.Lane, error)
	SaveLane(ctx context.Context, l *newsletter.Lane) error
	Batch(ctx context.Context, run string, lane, seq int) (newsletter.Batch, error)
	SaveBatch(ctx context.Context, b *newsletter.Batch) error
	Batches(ctx context.Context, run string, lane int, yield func(newsletter.Batch) error) error
	DoubtfulBatches(ctx context.Context, run string, yield func(newsletter.Batch) error) error
	RunsSince(ctx context.Context, since time.Time, limit int) ([]newsletter.Run, error)
}

// Reports is the part of a store that says what the provider has told about its
// messages. Package feedback writes it.
type Reports interface {
	Reports(ctx context.Context, run string, lane, seq int) (newsletter.Reports, error)
	LaneReports(ctx context.Context, run string, lane int, yield func(newsletter.Reports) error) error
	Returned(ctx context.Context, run string) (bounced, complained int, err error)
}

// Mailer hands messages to a mail system.
type Mailer interface {
	// Send mails one Mail to up to newsletter.MaxBatch readers and says for each, in
	// their order, what became of it: sent, retry, failed or ambiguous. It never
	// repeats by itself what may have been accepted. The results are complete even
	// with an error. An error concerns the whole Run, not the readers, whose tries it
	// does not use up: ErrThrottled (go on more slowly), ErrUnavailable (come back
	// later), ErrQuotaSpent (wait for the quota), ErrSendingPaused (stop until a person
	// has mended it). No other errors are returned.
	Send(ctx context.Context, m *newsletter.Mailing) ([]newsletter.Result, error)
}

// Recaller is a Mailer that can say afterwards what became of a Mailing whose
// sender died: sent, failed, or retry where it was certainly never accepted and,
// from now on, never will be. Who is in doubt even so is ambiguous.
type Recaller interface {
	Recall(ctx context.Context, m *newsletter.Mailing) ([]newsletter.Result, error)
}

// LaneRef names a Lane in a queue message.
type LaneRef struct {
	Run  string `json:"run"`
	Lane int    `json:"lane"`
}

// Queue brings LaneRefs to workers. It may lose, double, delay and reorder them.
type Queue interface {
	Put(ctx context.Context, ref LaneRef) error
}

// Engine is the stage. Its methods may be called by several goroutines and
// processes at once.
type Engine struct {
	Store       Store
	Mailer      Mailer
	Queue       Queue
	Publication func(ctx context.Context) (newsletter.Publication, error)
	Tokens      *token.Signer
	Now         func() time.Time
	Sleep       func(ctx context.Context, d time.Duration) error // returns early, with its error, when ctx ends

	Owner       string            // names this worker in leases
	Rate        float64           // messages per second at most, all workers together, if the stored Quota allows more; 0: no limit
	Workers     int               // that may walk at once, all processes together; 0: 1
	BatchSize   int               // readers in a claim, 1 to newsletter.MaxBatch; 0: MaxBatch
	Price       float64           // of 1,000 messages at the mail provider, in US dollars; 0: none
	Spread      bool              // a Run may take days where the quota of one does not hold it
	Canary      newsletter.Canary // of the Runs that it starts
	SendTimeout time.Duration     // of one Mailer.Send; 0: 10 s. It must be well below newsletter.LeaseTime.
	Events      bool              // the provider reports every message it takes: what is in doubt is settled by that

	Announce func(ctx context.Context, e newsletter.Event) error // is told of a Run that is about to be closed as sent; nil: nobody is

	Progress func(l *newsletter.Lane) // told after each batch how far the lane is; may be nil
	Trouble  func(err error)          // told what the mailer says about the whole Run; may be nil
}

// Start makes the Run of an approved Issue and its lanes, and puts the lanes on
// the queue. Starting again, also at the same time or after a crash halfway,
// starts nothing twice.
func (e *Engine) Start(ctx context.Context, issue *newsletter.Issue) (newsletter.Run, error) {
	if issue.State != newsletter.IssueApproved {
		return newsletter.Run{}, fmt.Errorf("start issue %s, which is %s and not approved: %w", issue.ID, issue.State, newsletter.ErrConflict)
	}
	run, err := e.Store.Run(ctx, issue.ID)
	if errors.Is(err, newsletter.ErrNotFound) {
		if run, err = e.prepare(ctx, issue); err == nil {
			err = e.Store.SaveRun(ctx, &run)
		}
	}
	if errors.Is(err, newsletter.ErrConflict) {
		run, err = e.Store.Run(ctx, issue.ID)
	}
	if err != nil {
		return newsletter.Run{}, err
	}
	return run, e.launch(ctx, &run)
}

// launch takes an approved Run into sending. It does nothing to one that is
// further already.
func (e *Engine) launch(ctx context.Context, run *newsletter.Run) error {
	if run.State != newsletter.RunApproved {
		return nil
	}
	for n := range run.Lanes {
		if _, err := e.openLane(ctx, run, n); err != nil {
			return err
		}
	}
	if err := run.Move(newsletter.RunSending, "", e.Now()); err != nil {
		return err
	}
	if err := e.Store.SaveRun(ctx, run); errors.Is(err, newsletter.ErrConflict) {
		*run, err = e.Store.Run(ctx, run.ID) // another start was faster
		return err
	} else if err != nil {
		return err
	}
	for n := range run.Lanes {
		if err := e.Queue.Put(ctx, LaneRef{run.ID, n}); err != nil {
			return err // sweep queues it again
		}
	}
	return nil
}

// Move takes a Run to another state (pause, resume, cancel) with the reason in
// words. Every lane obeys within one batch. A Run that goes on is queued anew.
func (e *Engine) Move(ctx context.Context, id string, to newsletter.RunState, reason string) (newsletter.Run, error) {
	for {
		run, err := e.Store.Run(ctx, id)
		if err != nil {
			return newsletter.Run{}, err
		}
		if err := run.Move(to, reason, e.Now()); err != nil {
			return run, err
		}
		err = e.Store.SaveRun(ctx, &run)
		if errors.Is(err, newsletter.ErrConflict) {
			continue
		}
		if err == nil && run.Walking() {
			err = e.requeue(ctx, &run)
		}
		return run, err
	}
}

func (e *Engine) batchSize() int {
	if e.BatchSize > 0 {
		return min(e.BatchSize, newsletter.MaxBatch)
	}
	return newsletter.MaxBatch
}

func (e *Engine) sendTimeout() time.Duration {
	if e.SendTimeout > 0 {
		return e.SendTimeout
	}
	return 10 * time.Second
}
