package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// How many deliveries a page holds: where none is asked for, and at most. It may be
// as many more as a batch is long.
const (
	pageSize    = 1000
	maxPageSize = 5000
)

var errPageFull = errors.New("web: the page is full")

// sheet is a part of a Run's deliveries.
type sheet struct {
	deliveries []deliver.Delivery
	next       string // query for the next one; empty: this is the last
}

// deliveries lists what became of a Run's readers, those with ?outcome=failed,unknown
// or all, as JSON lines, or as CSV for who accepts text/csv. The header Link names
// the next page (RFC 8288).
func (s *Site) deliveries(w http.ResponseWriter, r *http.Request) {
	var found sheet
	_, err := s.authorize(r, newsletter.RoleEditor) // it holds addresses
	if err == nil {
		found, err = s.deliverySheet(r)
	}
	if err != nil {
		s.problem(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Vary", "Accept, Authorization")
	if found.next != "" {
		h.Set("Link", fmt.Sprintf("<%s?%s>; rel=\"next\"", r.URL.EscapedPath(), found.next))
	}
	if strings.Contains(r.Header.Get("Accept"), "text/csv") {
		h.Set("Content-Type", "text/csv; charset=utf-8")
		h.Set("Content-Disposition", `attachment; filename="deliveries.csv"`)
		writeCSV(w, found.deliveries)
		return
	}
	h.Set("Content-Type", "application/x-ndjson")
	writeLines(w, found.deliveries)
}

func (s *Site) deliverySheet(r *http.Request) (sheet, error) {
	q := r.URL.Query()
	outcomes, err := deliver.ParseOutcomes(q.Get("outcome"))
	if err != nil {
		return sheet{}, fmt.Errorf("%w: %w", errOutcome, err)
	}
	after, limit, err := wantedPage(q)
	if err != nil {
		return sheet{}, err
	}
	run, err := s.Store.Run(r.Context(), r.PathValue("id"))
	if err != nil {
		return sheet{}, err
	}
	var found sheet
	err = s.Runs.Deliveries(r.Context(), &run, outcomes, after, func(d deliver.Delivery) error {
		if n := len(found.deliveries); n >= limit && found.deliveries[n-1].Place != d.Place {
			return errPageFull
		}
		found.deliveries = append(found.deliveries, d)
		return nil
	})
	if errors.Is(err, errPageFull) {
		last := found.deliveries[len(found.deliveries)-1].Place
		q.Set("after", fmt.Sprintf("%d.%d", last.Lane, last.Seq))
		found.next, err = q.Encode(), nil
	}
	return found, err
}

// wantedPage reads ?after=LANE.BATCH, which a Link gave, and ?limit=N.
func wantedPage(q url.Values) (after deliver.Place, limit int, err error) {
	limit = pageSize
	if given := q.Get("limit"); given != "" {
		if limit, err = strconv.Atoi(given); err != nil || limit < 1 {
			return after, 0, errPage
		}
	}
	if given := q.Get("after"); given != "" {
		lane, seq, _ := strings.Cut(given, ".")
		var laneErr, seqErr error
		after.Lane, laneErr = strconv.Atoi(lane)
		after.Seq, seqErr = strconv.Atoi(seq)
		if laneErr != nil || seqErr != nil || after.Lane < 0 || after.Seq < 0 {
			return after, 0, errPage
		}
	}
	return after, min(limit, maxPageSize), nil
}

// deliveryLine is a Delivery as the API tells it.
type deliveryLine struct {
	Subscriber string             `json:"subscriber"`
	Address    newsletter.Address `json:"address,omitempty"`
	Outcome    newsletter.Outcome `json:"outcome"`
	Reason     string             `json:"reason,omitempty"`
	MessageID  string             `json:"messageId,omitempty"`
	At         string             `json:"at"`
}

func writeLines(w io.Writer, deliveries []deliver.Delivery) {
	lines := json.NewEncoder(w)
	for _, d := range deliveries {
		line := deliveryLine{d.Subscriber.String(), d.Address, d.Outcome, d.Reason, d.MessageID, d.At.UTC().Format("2006-01-02T15:04:05Z")}
		if lines.Encode(line) != nil {
			return // nobody is left to tell
		}
	}
}

func writeCSV(w io.Writer, deliveries []deliver.Delivery) {
	table := deliver.NewCSV(w)
	for _, d := range deliveries {
		if table.Write(d) != nil {
			break
		}
	}
	_ = table.Flush() // nobody is left to tell
}
