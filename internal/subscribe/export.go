package subscribe

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Walker lists subscribers and suppressions in order of id, see storetest.Store.
type Walker interface {
	SubscribersAfter(ctx context.Context, from, to byte, after newsletter.SubscriberID, limit int) ([]newsletter.Subscriber, error)
	SuppressionsAfter(ctx context.Context, from, to byte, after newsletter.SubscriberID, limit int) ([]newsletter.Suppression, error)
}

// exportAtOnce is how many readers are read together.
const exportAtOnce = 1000

var exportHeading = []string{"email", "name", "status", "confirmed_at", "source", "consent_wording", "language", "zone", "schedules", "topics",
	"tags", "consent_at", "created_at", "changed_at", "paused_until", "leave_reason", "moved_to", "moved_from", "token_version", "suppressed", "suppressed_at", "suppressed_why", "masthead_id"}

// Export writes all readers, of whatever status, with the proof of their consent and
// what stands against mailing them, as a table with a heading, which Import reads. Of
// an erased reader who must not be mailed there is a row with nothing but the hash of
// the address, which says something to the same pepper only. A cell that a spreadsheet
// would take for a formula has an apostrophe before it, which Import takes away.
type Export struct {
	Store  Walker
	Pepper []byte
}

// Write writes all of it. It returns how many readers there were; progress, which may
// be nil, is told now and then.
func (e *Export) Write(ctx context.Context, w io.Writer, progress func(int)) (readers int, err error) {
	out := bufio.NewWriterSize(w, 64<<10)
	var after newsletter.SubscriberID
	for more := true; more; {
		var n int
		if n, after, more, err = e.Page(ctx, out, after, exportAtOnce); err != nil {
			return readers, err
		}
		readers += n
		if progress != nil {
			progress(readers)
		}
	}
	return readers, out.Flush()
}

// Page writes up to limit rows after an id, those of readers and those of erased ones;
// after the zero id the heading, too. It returns how many were readers, and where the
// next page begins.
func (e *Export) Page(ctx context.Context, w io.Writer, after newsletter.SubscriberID, limit int) (readers int, next newsletter.SubscriberID, more bool, err error) {
	subs, err := e.Store.SubscribersAfter(ctx, 0, 255, after, limit)
	if err != nil {
		return 0, after, false, err
	}
	sups, err := e.Store.SuppressionsAfter(ctx, 0, 255, after, limit)
	if err != nil {
		return 0, after, false, err
	}
	more = len(subs) == limit || len(sups) == limit
	table := csv.NewWriter(w)
	if after.IsZero() {
		_ = table.Write(exportHeading) // Flush tells
	}
	print := newsletter.PepperPrint(e.Pepper)
	for next = after; limit > 0 && len(subs)+len(sups) > 0; limit-- { // a full list lasts to the end of the page
		var sub newsletter.Subscriber
		var sup newsletter.Suppression
		next = first(subs, sups)
		if len(subs) > 0 && subs[0].ID == next {
			sub, subs, readers = subs[0], subs[1:], readers+1
		}
		if len(sups) > 0 && sups[0].ID == next {
			sup, sups = sups[0], sups[1:]
		}
		_ = table.Write(exported(&sub, &sup, print))
	}
	table.Flush()
	return readers, next, more || len(subs)+len(sups) > 0, table.Error()
}

// first is the lowest id of two lists that are in order and not both empty.
func first(subs []newsletter.Subscriber, sups []newsletter.Suppression) newsletter.SubscriberID {
	switch {
	case len(sups) == 0:
		return subs[0].ID
	case len(subs) == 0 || bytes.Compare(sups[0].ID[:], subs[0].ID[:]) < 0:
		return sups[0].ID
	}
	return subs[0].ID
}

// exported is a row. Without an address it is that of an erased reader.
func exported(s *newsletter.Subscriber, sup *newsletter.Suppression, print string) []string {
	id := ""
	if s.Address == "" {
		id = print + ":" + sup.ID.String()
	}
	version := ""
	if s.TokenVersion != 0 {
		version = strconv.Itoa(s.TokenVersion)
	}
	cells := []string{string(s.Address), s.Name, string(s.Status), stamp(s.ConfirmedAt), s.Consent.Origin, s.Consent.Wording,
		s.Language, s.Zone, strings.Join(s.Schedules, ";"), strings.Join(s.Topics, ";"), strings.Join(s.Tags, ";"),
		stamp(s.Consent.At), stamp(s.CreatedAt), stamp(s.ChangedAt), stamp(s.PausedUntil), string(s.LeaveReason), idText(s.MovedTo), idText(s.MovedFrom), version, string(sup.Reason), stamp(sup.At), sup.Detail, id}
	for i := range cells {
		cells[i] = Guarded(cells[i])
	}
	return cells
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func idText(id newsletter.SubscriberID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}
