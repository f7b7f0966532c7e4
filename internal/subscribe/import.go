package subscribe

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup" // the first error ends both sides

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// importAtOnce is how many rows are looked up and added together. More are no faster
// and want more memory.
const importAtOnce = 4_096

// Import is how a list of readers is taken over.
type Import struct {
	Origin   string               // of the consent, where the row says none
	DryRun   bool                 // only tell
	Progress func(Imported)       // told now and then; may be nil
	Reject   func(Rejected) error // told of each row that is not taken, in order; may be nil
}

// Imported counts rows.
type Imported struct {
	Rows     int // read so far, without the heading
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
// The whole file is read before anybody is added. What cannot be read of it is rejected
// first, in the order of the file; then whom the store refuses, in the order of ids.
//
// Importing twice is safe, and so is going on after an interruption by doing so.
func (s *Subscribers) Import(ctx context.Context, file io.Reader, o Import) (Imported, error) {
	table, err := openTable(file)
	if err != nil {
		return Imported{}, err
	}
	im := &importer{Subscribers: s, Import: o, now: s.Now(), table: table}
	err = im.read(ctx)
	if err == nil {
		err = im.addAll(ctx)
	}
	return im.done, errors.Join(err, im.sorted.close())
}

// importer is an Import under way.
type importer struct {
	*Subscribers
	Import
	now    time.Time
	table  *table
	sorted sorter
	done   Imported
}

// read reads the table to its end.
func (im *importer) read(ctx context.Context) error {
	ids := newsletter.NewIdentifier(im.Pepper)
	for {
		cells, err := im.table.Read()
		var broken *csv.ParseError
		switch {
		case err == nil:
			n, _ := im.table.FieldPos(0)
			err = im.accept(ids, cells, n)
		case errors.As(err, &broken):
			err = im.reject(broken.StartLine, "", fmt.Errorf("the line cannot be read: %w: %w", broken.Err, newsletter.ErrInvalid))
		case errors.Is(err, io.EOF):
			return nil
		}
		if err != nil {
			return err
		}
		if im.done.Rows++; im.done.Rows%importAtOnce == 0 {
			im.tell()
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
}

// accept keeps a line that can be taken for later.
func (im *importer) accept(ids *newsletter.Identifier, cells []string, n int) error {
	sub, err := im.subscriber(cells)
	if err != nil {
		return im.reject(n, im.table.columns.cell(cells, columnAddress), err)
	}
	return im.sorted.add(&line{ids.Identify(sub.Address), n, cells})
}

// subscriber is the reader of a line, but for the id.
func (im *importer) subscriber(cells []string) (newsletter.Subscriber, error) {
	c := &im.table.columns
	address, err := newsletter.ParseAddress(c.cell(cells, columnAddress))
	if err != nil {
		return newsletter.Subscriber{}, err
	}
	status, known := statusOf(c.cell(cells, columnStatus), c.cell(cells, columnDisabled))
	if !known {
		return newsletter.Subscriber{}, fmt.Errorf("status %q: expected active, unsubscribed, bounced or complained; who has not confirmed must sign up: %w", c.cell(cells, columnStatus), newsletter.ErrInvalid)
	}
	at, err := c.consentAt(cells, im.now)
	if err != nil {
		return newsletter.Subscriber{}, err
	}
	sub := newsletter.Subscriber{Address: address, Name: c.name(cells), Status: status,
		Language: c.cell(cells, columnLanguage), Zone: c.cell(cells, columnZone), Schedules: list(c.cell(cells, columnSchedules)), Topics: list(c.cell(cells, columnTopics)),
		Consent:   newsletter.Consent{At: at, Origin: cmp.Or(c.cell(cells, columnSource), im.Origin), Wording: c.cell(cells, columnWording)},
		CreatedAt: im.now, ConfirmedAt: at, ChangedAt: at}
	if status != newsletter.Active {
		sub.ChangedAt = im.now
	}
	return sub, nil
}

// row is a reader as the file has them.
type row struct {
	line int
	sub  newsletter.Subscriber
}

// part is some rows, in order of id, and what is known of them.
type part struct {
	rows  []row
	known map[newsletter.SubscriberID]newsletter.Known
}

// addAll adds whom the table has. What is known of the next part is looked up while
// one is added; no id is in two of them.
func (im *importer) addAll(ctx context.Context) error {
	parts := make(chan part)
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error {
		defer close(parts)
		return im.lookUp(ctx, parts)
	})
	both.Go(func() error {
		for p := range parts {
			if err := im.add(ctx, p); err != nil {
				return err
			}
		}
		return nil
	})
	return both.Wait()
}

// lookUp makes parts of the lines.
func (im *importer) lookUp(ctx context.Context, parts chan<- part) error {
	var p part
	hand := func() (err error) {
		if len(p.rows) == 0 {
			return nil
		}
		if p.known, err = im.Store.Known(ctx, ids(p.rows)); err != nil {
			return err
		}
		select {
		case parts <- p:
			p = part{rows: make([]row, 0, importAtOnce)}
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := im.sorted.each(func(l *line) error {
		if n := len(p.rows); n >= importAtOnce && p.rows[n-1].sub.ID != l.id {
			if err := hand(); err != nil {
				return err
			}
		}
		sub, err := im.subscriber(l.cells)
		sub.ID = l.id
		p.rows = append(p.rows, row{l.n, sub})
		return err
	})
	if err != nil {
		return err
	}
	return hand()
}

// add decides about rows, and adds who is new.
func (im *importer) add(ctx context.Context, p part) error {
	var fresh []newsletter.Subscriber
	for i := range p.rows {
		r := &p.rows[i]
		k := p.known[r.sub.ID]
		why := against(&r.sub, k)
		var err error
		switch {
		case why != nil:
		case k.Status == "":
			fresh = append(fresh, r.sub)
			p.known[r.sub.ID] = newsletter.Known{Status: r.sub.Status, Suppressed: k.Suppressed} // for a second row of the address
		case k.Status == newsletter.Pending && r.sub.Status == newsletter.Active:
			why, err = im.confirm(ctx, &r.sub)
			p.known[r.sub.ID] = newsletter.Known{Status: newsletter.Active}
		default:
			im.done.There++
		}
		if why != nil {
			err = im.reject(r.line, string(r.sub.Address), why)
		}
		if err != nil {
			return err
		}
	}
	return im.store(ctx, fresh)
}

// against is what stands against making a reader active, if the row wants that.
func against(sub *newsletter.Subscriber, k newsletter.Known) error {
	switch {
	case sub.Status != newsletter.Active || k.Status == newsletter.Active:
		return nil
	case k.Suppressed != "":
		return refused(sub.Address, k.Suppressed)
	case k.Status != "" && k.Status != newsletter.Pending:
		return refused(sub.Address, k.Status)
	}
	return nil
}

// ids are those of the rows.
func ids(rows []row) []newsletter.SubscriberID {
	all := make([]newsletter.SubscriberID, len(rows))
	for i := range rows {
		all[i] = rows[i].sub.ID
	}
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
	im.tell()
	return nil
}

func (im *importer) tell() {
	if im.Progress != nil {
		im.Progress(im.done)
	}
}

// confirm welcomes somebody who waits for a confirmation.
func (im *importer) confirm(ctx context.Context, sub *newsletter.Subscriber) (why, err error) {
	if !im.DryRun {
		if _, err := im.welcome(ctx, sub.Address, sub.Consent); errors.Is(err, newsletter.ErrConflict) {
			return err, nil
		} else if err != nil {
			return nil, err
		}
	}
	im.done.Welcomed++
	return nil, nil
}

func (im *importer) reject(line int, email string, why error) error {
	im.done.Rejected++
	if im.Import.Reject == nil {
		return nil
	}
	return im.Import.Reject(Rejected{Line: line, Email: email, Why: why})
}
