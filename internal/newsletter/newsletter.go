// Package newsletter holds the words of Masthead as types, and the rules that
// belong to them: what may follow what, who may be mailed, when a schedule
// fires. It knows no store, no network and no template, and it imports the
// standard library only, so that both stores and every stage obey the same
// rules.
//
// Every stored record carries a Rev. A store saves a record only if the stored
// one still has the Rev that was read (Rev 0: only if there is none), and then
// raises it by one. That single condition replaces all others: whoever read an
// older state loses with ErrConflict, reads again and decides again.
package newsletter

import "errors"

// The few errors that callers tell apart. They are wrapped with the operation
// and the id; test for them with errors.Is.
var (
	// ErrNotFound means that there is no such record.
	ErrNotFound = errors.New("not found")
	// ErrConflict means that the record exists already, or was changed by
	// somebody else since it was read, or is in a state that forbids the change.
	ErrConflict = errors.New("conflict")
	// ErrInvalid means that the input can never be accepted as it is.
	ErrInvalid = errors.New("invalid")
	// ErrQuotaSpent means that the mail provider's quota for the day is used up.
	ErrQuotaSpent = errors.New("daily sending quota spent")
	// ErrThrottled means that the mail provider asks to send more slowly.
	ErrThrottled = errors.New("sending too fast")
	// ErrUnavailable means that the mail system cannot be reached now, or gives no
	// clear answers.
	ErrUnavailable = errors.New("the mail system cannot be reached")
	// ErrSendingPaused means that the provider refuses all mail of this sender
	// until a person has mended something (account, identity, configuration).
	ErrSendingPaused = errors.New("sending is paused by the mail provider")
)
