package newsletter

import (
	"crypto/rand"
	"strings"
	"time"
)

// Action is one entry of the audit trail: something that was done here, by whom and
// to which record. It is written once and never changed.
//
// It outlives the readers, whom the law lets be forgotten: it holds no reader's
// address, only a SubscriberID. The address of an editor or operator is no secret
// of the trail; to say who did it is what it is for.
type Action struct {
	ID     string // sorts by time; see NewAction
	At     time.Time
	Who    string // an editor's or operator's address, "token " and its name, or a Machine
	What   string // in words of the product: "approved the issue"
	Record string // kind and id of the record: "issue weekly-20260302-070000"; empty: none in particular
	Detail string // what changed, from what to what; a line each
}

// Who did it where no person did.
const (
	BySchedule    = "schedule"     // the tick
	ByCommandLine = "command line" // whoever may use the machine that it runs on
	ByInvocation  = "invocation"   // whoever may invoke a function of the stack
	ByReader      = "reader"       // who has the link of a mail
	ByMailSystem  = "mail system"  // what came back
	ByReceiver    = "receiver"     // of a hook's calls
)

// maxActionDetail is the longest Detail, in characters: an entry is a note, no backup.
const maxActionDetail = 2000

// NewAction makes an entry with an id of its own.
func NewAction(who, what, record, detail string, at time.Time) Action {
	return Action{ID: actionID(at, rand.Text()[:12]), At: at, Who: who, What: what, Record: record, Detail: Shorten(detail, maxActionDetail)}
}

// Unattended makes an entry of what a schedule did at that moment. It has the same id
// however often it is made: a tick that dies is repeated by the next.
func Unattended(what, record, detail string, at time.Time) Action {
	a := NewAction(BySchedule, what, record, detail, at)
	a.ID = actionID(at, HashSecret(what + "\x00" + record)[:12])
	return a
}

func actionID(at time.Time, tail string) string {
	return at.UTC().Format("20060102T150405.000000Z") + "-" + tail
}

// ActionsUntil is what to list actions before, so that those of the given moment and
// earlier ones come.
func ActionsUntil(at time.Time) string { return actionID(at, "~") }

// Change puts a change into words for Detail; empty, where there is none.
func Change(field, from, to string) string {
	if from == to {
		return ""
	}
	return field + ": “" + from + "” → “" + to + "”"
}

// Changes joins those that are not empty.
func Changes(changes ...string) string {
	var lines []string
	for _, c := range changes {
		if c != "" {
			lines = append(lines, c)
		}
	}
	return strings.Join(lines, "\n")
}

// OfStatus is the entry for a change of a reader's status.
func OfStatus(who string, s *Subscriber, before Status, detail string, at time.Time) Action {
	return NewAction(who, "changed the status of a reader", "reader "+s.ID.String(), Changes(Change("status", string(before), string(s.Status)), detail), at)
}
