package newsletter

import "time"

// Event is something that happens here and that a Hook may want to know.
type Event struct {
	Type   string
	At     time.Time   // the moment that the record itself keeps of it
	Issue  *Issue      // of issue.drafted and issue.approved
	Run    *Run        // of issue.sent
	Reader *Subscriber // of subscriber.…
	Why    string      // of subscriber.unsubscribed: one of the Left…; empty: by a link
}

// Why a reader is not subscribed any more, where it was not by a link.
const (
	LeftComplained = "complained" // pressed "this is spam"
	LeftErased     = "erased"     // whoever was told of the reader shall forget them too
	LeftMoved      = "moved"      // to another address, which is confirmed on its own
)

// Drafted is the event of a draft that is there.
func Drafted(i *Issue) Event { return Event{Type: EventDrafted, At: i.CreatedAt, Issue: i} }

// Approved is that of an Issue that is frozen.
func Approved(i *Issue) Event { return Event{Type: EventApproved, At: i.ApprovedAt, Issue: i} }

// Sent is that of a Run that has mailed everybody it could; false: it has not, or it is
// one that only tries some again.
func Sent(r *Run) (Event, bool) {
	return Event{Type: EventSent, At: r.FinishedAt, Run: r}, r.State == RunSent && r.Parent == ""
}

// Turned is that of a reader whose status has changed; false: nobody is told. A bounce
// is no word of the reader's, and who had never confirmed was never told of.
func Turned(s *Subscriber, before Status) (Event, bool) {
	e := Event{At: s.ChangedAt, Reader: s}
	switch {
	case s.Status == Active && before != Active:
		e.Type = EventConfirmed
	case before != Active:
	case s.Status == Complained:
		e.Type, e.Why = EventUnsubscribed, LeftComplained
	case s.Status == Unsubscribed && !s.MovedTo.IsZero():
		e.Type, e.Why = EventUnsubscribed, LeftMoved
	case s.Status == Unsubscribed:
		e.Type = EventUnsubscribed
	}
	return e, e.Type != ""
}

// Erased is that of a reader who has everything erased; false: no hook knows them.
func Erased(s *Subscriber, at time.Time) (Event, bool) {
	return Event{Type: EventUnsubscribed, At: at, Reader: s, Why: LeftErased}, !s.ConfirmedAt.IsZero()
}

// About is the id of the record that shows whether it has happened; empty: none does.
func (e *Event) About() string {
	switch {
	case e.Issue != nil:
		return e.Issue.ID
	case e.Run != nil:
		return e.Run.ID
	case e.Reader != nil:
		return e.Reader.ID.String()
	}
	return ""
}
