package subscribe

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/sync/errgroup" // the first error ends both sides

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// importAtOnce is how many rows are looked up and added together: the more, the
// fewer pages of a large store are written again and again. Twice as many take a
// tenth less time, and 30 MB more memory than the 100 that an import may have.
const importAtOnce = 8_192

// Import is how a list of readers is taken over.
type Import struct {
	Origin   string               // of the consent, where the row says none
	DryRun   bool                 // only tell
	Progress func(Imported)       // told now and then; may be nil
	Reject   func(Rejected) error // told of each row that is not taken, in order; may be nil
}

// Imported counts rows.
type Imported struct {
	Rows     int // read, without the heading
	Added    int // new on record, those among them who had left elsewhere too
	Welcomed int // had signed up and not confirmed yet
	There    int // on record already, and left as they are
	Rejected int
}

// Rejected is a row that was not taken.
type Rejected struct {
	Line  int    // in the file, 1 is the heading
	Email string // as it was written
	Why   error
}

// Import takes readers over from a table (RFC 4180, or with semicolons or tabs) that
// has a heading, of our own Export or of another system; see headings. The operator
// vouches for their consent, whose date is kept. Who is on record stays as they are,
// apart from those who wait for a confirmation. It never lifts a Suppression and
// never brings back who has left. A row that cannot be taken stops no other. err
// tells of the store, or of a file that is no table.
//
// Importing twice is safe, and so is going on after an interruption by doing so.
func (s *Subscribers) Import(ctx context.Context, file io.Reader, o Import) (Imported, error) {
	table, err := openTable(file)
	if err != nil {
		return Imported{}, err
	}
	im := &importer{Subscribers: s, Import: o, now: s.Now()}
	full := make(chan []row) // rows are read while those before them are stored
	working, ctx := errgroup.WithContext(ctx)
	working.Go(func() error {
		for rows := range full {
			if err := im.flush(ctx, rows); err != nil {
				return err
			}
		}
		return nil
	})
	err = im.read(ctx, table, full)
	close(full)
	err = errors.Join(working.Wait(), err)
	return im.done, err
}

// read hands over the rows of a table, so many at a time.
func (im *importer) read(ctx context.Context, table *table, full chan<- []row) error {
	var rows []row
	for more := true; more; {
		cells, err := table.Read()
		var broken *csv.ParseError
		switch {
		case err == nil:
			line, _ := table.FieldPos(0)
			rows = append(rows, im.take(&table.columns, cells, line))
		case errors.As(err, &broken):
			rows = append(rows, row{line: broken.StartLine, why: fmt.Errorf("the line cannot be read: %w: %w", broken.Err, newsletter.ErrInvalid)})
		case errors.Is(err, io.EOF):
			more = false
		default:
			return err
		}
		if len(rows) == importAtOnce || !more && len(rows) > 0 {
			select {
			case full <- rows:
				rows = make([]row, 0, importAtOnce)
			case <-ctx.Done():
				return nil // whoever stores them has failed, or was told to stop
			}
		}
	}
	return nil
}

// importer is an Import under way.
type importer struct {
	*Subscribers
	Import
	now  time.Time
	done Imported
}

// row is a reader as the file has them; why not, if they cannot be taken.
type row struct {
	line  int
	email string
	sub   newsletter.Subscriber
	why   error
}

// take reads a row.
func (im *importer) take(c *columns, cells []string, line int) row {
	r := row{line: line, email: c.cell(cells, columnAddress)}
	address, err := newsletter.ParseAddress(r.email)
	if err != nil {
		r.why = err
		return r
	}
	status, known := statusOf(c.cell(cells, columnStatus), c.cell(cells, columnDisabled))
	if !known {
		r.why = fmt.Errorf("status %q: expected active, unsubscribed, bounced or complained; who has not confirmed must sign up: %w", c.cell(cells, columnStatus), newsletter.ErrInvalid)
		return r
	}
	at, err := c.consentAt(cells, im.now)
	if err != nil {
		r.why = err
		return r
	}
	r.sub = newsletter.Subscriber{ID: newsletter.Identify(im.Pepper, address), Address: address, Name: c.name(cells), Status: status,
		Language: c.cell(cells, columnLanguage), Zone: c.cell(cells, columnZone), Schedules: list(c.cell(cells, columnSchedules)), Topics: list(c.cell(cells, columnTopics)),
		Consent:   newsletter.Consent{At: at, Origin: cmp.Or(c.cell(cells, columnSource), im.Origin), Wording: c.cell(cells, columnWording)},
		CreatedAt: im.now, ConfirmedAt: at, ChangedAt: at}
	if status != newsletter.Active {
		r.sub.ChangedAt = im.now
	}
	return r
}

// flush decides about rows, and adds who is new.
func (im *importer) flush(ctx context.Context, rows []row) error {
	known, err := im.Store.Known(ctx, ids(rows))
	if err != nil {
		return err
	}
	var fresh []newsletter.Subscriber
	for i := range rows {
		r := &rows[i]
		im.done.Rows++
		if r.why == nil {
			k := known[r.sub.ID]
			switch r.why = im.against(r, k); {
			case r.why != nil:
			case k.Status == "":
				fresh = append(fresh, r.sub)
				known[r.sub.ID] = newsletter.Known{Status: r.sub.Status, Suppressed: k.Suppressed} // for a second row of the address
			case k.Status == newsletter.Pending && r.sub.Status == newsletter.Active:
				r.why, err = im.confirm(ctx, r)
				known[r.sub.ID] = newsletter.Known{Status: newsletter.Active}
			default:
				im.done.There++
			}
		}
		if r.why != nil {
			err = im.reject(r)
		}
		if err != nil {
			return err
		}
	}
	return im.store(ctx, fresh)
}

// against is what stands against making a reader active, if the row wants that.
func (im *importer) against(r *row, k newsletter.Known) error {
	switch {
	case r.sub.Status != newsletter.Active || k.Status == newsletter.Active:
		return nil
	case k.Suppressed != "":
		return refused(r.sub.Address, k.Suppressed)
	case k.Status != "" && k.Status != newsletter.Pending:
		return refused(r.sub.Address, k.Status)
	}
	return nil
}

// ids are those of the rows that can be taken, sorted as they lie in the store.
func ids(rows []row) []newsletter.SubscriberID {
	all := make([]newsletter.SubscriberID, 0, len(rows))
	for i := range rows {
		if rows[i].why == nil {
			all = append(all, rows[i].sub.ID)
		}
	}
	slices.SortFunc(all, func(a, b newsletter.SubscriberID) int { return bytes.Compare(a[:], b[:]) })
	return all
}

func (im *importer) store(ctx context.Context, fresh []newsletter.Subscriber) error {
	added := len(fresh)
	if !im.DryRun {
		var err error
		if added, err = im.Store.AddSubscribers(ctx, fresh); err != nil {
			return err
		}
	}
	im.done.Added += added
	im.done.There += len(fresh) - added // somebody else was faster
	if im.Progress != nil {
		im.Progress(im.done)
	}
	return nil
}

// confirm welcomes somebody who waits for a confirmation.
func (im *importer) confirm(ctx context.Context, r *row) (why, err error) {
	if !im.DryRun {
		if _, err := im.welcome(ctx, r.sub.Address, r.sub.Consent); errors.Is(err, newsletter.ErrConflict) {
			return err, nil
		} else if err != nil {
			return nil, err
		}
	}
	im.done.Welcomed++
	return nil, nil
}

func (im *importer) reject(r *row) error {
	im.done.Rejected++
	if im.Import.Reject == nil {
		return nil
	}
	return im.Import.Reject(Rejected{Line: r.line, Email: r.email, Why: r.why})
}
