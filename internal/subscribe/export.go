package subscribe

import (
	"bufio"
	"context"
	"encoding/csv"
	"io"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Walker lists subscribers in order of id, see storetest.Store.
type Walker interface {
	SubscribersAfter(ctx context.Context, from, to byte, after newsletter.SubscriberID, limit int) ([]newsletter.Subscriber, error)
}

// exportAtOnce is how many readers are read together.
const exportAtOnce = 1000

var exportHeading = []string{"email", "name", "status", "confirmed_at", "source", "consent_wording", "language", "zone", "schedules", "topics"}

// Export writes all readers, of whatever status, as a table with a heading, which
// Import reads. A cell that a spreadsheet would take for a formula has an apostrophe
// before it, which Import takes away. It returns how many there were; progress, which
// may be nil, is told now and then.
func Export(ctx context.Context, store Walker, w io.Writer, progress func(int)) (readers int, err error) {
	out := bufio.NewWriterSize(w, 64<<10)
	table := csv.NewWriter(out)
	if err := table.Write(exportHeading); err != nil {
		return 0, err
	}
	cells := make([]string, len(exportHeading))
	var after newsletter.SubscriberID
	for more := true; more; {
		page, err := store.SubscribersAfter(ctx, 0, 255, after, exportAtOnce)
		if err != nil {
			return readers, err
		}
		for i := range page {
			if err := table.Write(exported(cells[:0], &page[i])); err != nil {
				return readers, err
			}
			after = page[i].ID
		}
		readers += len(page)
		if progress != nil {
			progress(readers)
		}
		more = len(page) == exportAtOnce
	}
	table.Flush()
	if err := table.Error(); err != nil {
		return readers, err
	}
	return readers, out.Flush()
}

func exported(cells []string, s *newsletter.Subscriber) []string {
	confirmed := ""
	if !s.ConfirmedAt.IsZero() {
		confirmed = s.ConfirmedAt.UTC().Format(time.RFC3339Nano)
	}
	cells = append(cells, string(s.Address), s.Name, string(s.Status), confirmed, s.Consent.Origin, s.Consent.Wording,
		s.Language, s.Zone, strings.Join(s.Schedules, ";"), strings.Join(s.Topics, ";"))
	for i := range cells {
		cells[i] = Guarded(cells[i])
	}
	return cells
}
