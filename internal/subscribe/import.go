package subscribe

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
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
	Update   bool                 // what the file says of who is on record replaces what is there
	Progress func(Imported)       // told now and then; may be nil
	Reject   func(Rejected) error // told of each row that is not taken, in order; may be nil
	Report   func(Verdict) error  // told of every row; may be nil
}

// Imported counts rows.
type Imported struct {
	Rows     int // read so far, without the heading
	Added    int // new on record, those among them who had left elsewhere too
	Welcomed int // had signed up and not confirmed yet
	There    int // on record already, and left as they are, those who differ apart with Update
	Rejected int
	Barred   int // addresses of erased readers that must not be mailed, known by their hash; in our own Export only

	Suppressed int // of the rejected: those who have left, bounced or complained
	Different  int // of those there: who is on record otherwise than the file has them
}

// Rejected is a row that was not taken.
type Rejected struct {
	Line  int    // in the file, 1 is the heading
	Email string // as it was written
	Why   error
}

// Verdict is what becomes of a row.
type Verdict struct {
	Line  int
	Email string
	What  string // new, welcomed, there, different, changed, suppressed, rejected or barred
	Why   string // of what is different, changed, suppressed or rejected
}

// Import takes readers over from a table (RFC 4180, or with semicolons or tabs; UTF-8,
// UTF-16 or Windows-1252) that has a heading, of our own Export or of another system;
// see headings. The operator vouches for their consent, whose date is kept. Who is on
// record stays as they are, apart from those who wait for a confirmation; with Update,
// cells that are not empty replace what is there, tags are added, and who has left
// elsewhere after they confirmed here leaves. It never lifts a Suppression and never
// brings back who has left. Who comes as somebody who left, bounced or complained is
// suppressed as well. Of two rows of one address the graver status counts. A row that
// cannot be taken stops no other. err tells of the store, or of a file that is no
// table.
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
			err = im.accept(ids, cells, im.table.line(cells))
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
	r, err := im.entry(cells)
	if err != nil {
		return im.reject(n, im.table.columns.cell(cells, columnAddress), err)
	}
	id := r.sup.ID
	if r.sub.Address != "" {
		id = ids.Identify(r.sub.Address)
	}
	return im.sorted.add(&line{id, n, cells})
}

// row is a reader as the file has them.
type row struct {
	line int
	sub  newsletter.Subscriber  // without an address: an erased one
	sup  newsletter.Suppression // without a Reason: nothing stands against them
}

func (r *row) id() newsletter.SubscriberID {
	if r.sub.Address == "" {
		return r.sup.ID
	}
	return r.sub.ID
}

// part is some rows, in order of id, and what is known of them.
type part struct {
	rows  []row
	known map[newsletter.SubscriberID]newsletter.Known
	there map[newsletter.SubscriberID]newsletter.Subscriber
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
		if err = im.find(ctx, &p); err != nil {
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
		if n := len(p.rows); n >= importAtOnce && p.rows[n-1].id() != l.id {
			if err := hand(); err != nil {
				return err
			}
		}
		r, err := im.entry(l.cells)
		r.line, r.sub.ID, r.sup.ID = l.n, l.id, l.id
		p.rows = append(p.rows, r)
		return err
	})
	if err != nil {
		return err
	}
	return hand()
}

// find looks up who is known.
func (im *importer) find(ctx context.Context, p *part) (err error) {
	all := make([]newsletter.SubscriberID, len(p.rows))
	for i := range p.rows {
		all[i] = p.rows[i].id()
	}
	if p.known, err = im.Store.Known(ctx, all); err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(id newsletter.SubscriberID) bool { return p.known[id].Status == "" })
	if len(all) > 0 {
		p.there, err = im.Store.SubscribersOf(ctx, all)
	}
	return err
}

// fresh is what a part adds to the store.
type fresh struct {
	subscribers  []newsletter.Subscriber
	suppressions []newsletter.Suppression
	changes      []row
}

// add decides about rows, and adds who is new.
func (im *importer) add(ctx context.Context, p part) error {
	var f fresh
	for i := range p.rows {
		if err := im.decide(ctx, &p.rows[i], &p, &f); err != nil {
			return err
		}
	}
	return im.store(ctx, &f)
}

// decide says what becomes of a row.
func (im *importer) decide(ctx context.Context, r *row, p *part, f *fresh) error {
	k := p.known[r.id()]
	why := against(&r.sub, k)
	switch {
	case r.sub.Address == "" && k.Suppressed == "":
		im.done.Barred++
		f.suppressions = append(f.suppressions, r.sup)
		return im.report(r, "barred", "")
	case why != nil:
		im.done.Suppressed++
		return im.reject(r.line, string(r.sub.Address), why)
	case k.Status == "" && k.Suppressed == "":
		f.subscribers = append(f.subscribers, r.sub)
		if r.sup.Reason != "" {
			f.suppressions = append(f.suppressions, r.sup)
		}
		p.known[r.sub.ID] = newsletter.Known{Status: r.sub.Status, Suppressed: r.sup.Reason} // for a second row of the address
		return im.report(r, "new", "")
	case k.Status == newsletter.Pending && r.sub.Status == newsletter.Active:
		p.known[r.sub.ID] = newsletter.Known{Status: newsletter.Active}
		return im.confirm(ctx, r)
	}
	return im.compare(r, p, f)
}

// compare looks at who is on record already.
func (im *importer) compare(r *row, p *part, f *fresh) error {
	im.done.There++
	k := p.known[r.id()]
	if n := len(f.subscribers); n > 0 && f.subscribers[n-1].ID == r.id() && r.sup.Graver(k.Suppressed) { // two rows of one address
		f.subscribers[n-1].Suppressed(r.sub.Status, r.sub.ChangedAt)
		if n := len(f.suppressions); n > 0 && f.suppressions[n-1].ID == r.id() {
			f.suppressions = f.suppressions[:n-1]
		}
		f.suppressions = append(f.suppressions, r.sup)
		p.known[r.id()] = newsletter.Known{Status: r.sub.Status, Suppressed: r.sup.Reason}
		return im.report(r, "there", "")
	}
	if k.Status == r.sub.Status && k.Suppressed == "" && r.sup.Reason != "" { // an import that was interrupted
		f.suppressions = append(f.suppressions, r.sup)
	}
	stored, known := p.there[r.id()]
	if !known || r.sub.Address == "" {
		return im.report(r, "there", "")
	}
	after := stored
	fields := im.overwrite(&after, r)
	if len(fields) == 0 {
		return im.report(r, "there", "")
	}
	im.done.Different++
	if !im.Update {
		return im.report(r, "different", strings.Join(fields, ", "))
	}
	f.changes = append(f.changes, *r)
	return im.report(r, "changed", strings.Join(fields, ", "))
}

// overwrite puts what a row says over a record, and names what has changed.
func (im *importer) overwrite(s *newsletter.Subscriber, r *row) (fields []string) {
	for _, f := range []struct {
		name string
		to   *string
		with string
	}{{"name", &s.Name, r.sub.Name}, {"language", &s.Language, r.sub.Language}, {"zone", &s.Zone, r.sub.Zone}} {
		if f.with != "" && f.with != *f.to {
			*f.to, fields = f.with, append(fields, f.name)
		}
	}
	for _, f := range []struct {
		name string
		to   *[]string
		with []string
	}{{"schedules", &s.Schedules, r.sub.Schedules}, {"topics", &s.Topics, r.sub.Topics}} {
		if len(f.with) > 0 && !slices.Equal(f.with, *f.to) {
			*f.to, fields = f.with, append(fields, f.name)
		}
	}
	if s.Tag(r.sub.Tags, nil) {
		fields = append(fields, "tags")
	}
	if r.sup.Reason != "" && s.Status == newsletter.Active && r.sub.ChangedAt.After(s.ConfirmedAt) {
		s.Status, s.ChangedAt, fields = r.sup.Reason, r.sub.ChangedAt, append(fields, "status")
	}
	return fields
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

// store writes readers first and then what stands against some of them: whoever is
// interrupted in between adds the rest the next time.
func (im *importer) store(ctx context.Context, f *fresh) error {
	added := len(f.subscribers)
	if !im.DryRun {
		var err error
		if added, err = im.Store.AddSubscribers(ctx, f.subscribers); err != nil {
			return err
		}
		if err := im.forbid(ctx, f.suppressions); err != nil {
			return err
		}
		if err := im.changeAll(ctx, f.changes); err != nil {
			return err
		}
	}
	im.done.Added += added
	im.done.There += len(f.subscribers) - added // somebody else was faster
	im.tell()
	return nil
}

func (im *importer) forbid(ctx context.Context, list []newsletter.Suppression) error {
	if len(list) == 0 {
		return nil
	}
	_, err := im.Store.AddSuppressions(ctx, list)
	return err
}

// changesAtOnce lets a store write several changes in one go.
const changesAtOnce = 32

// changeAll puts rows over the records of who is there.
func (im *importer) changeAll(ctx context.Context, rows []row) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(changesAtOnce)
	for i := range rows {
		group.Go(func() error { return im.changeOne(ctx, &rows[i]) })
	}
	return group.Wait()
}

func (im *importer) changeOne(ctx context.Context, r *row) error {
	left := false
	err := im.change(ctx, r.id(), func(s *newsletter.Subscriber) (bool, error) {
		fields := im.overwrite(s, r)
		left = s.Status != newsletter.Active && s.Status == r.sup.Reason
		return len(fields) > 0, nil
	})
	if errors.Is(err, newsletter.ErrNotFound) {
		return nil // erased meanwhile
	}
	if err != nil || !left {
		return err
	}
	return im.forbid(ctx, []newsletter.Suppression{r.sup})
}

func (im *importer) tell() {
	if im.Progress != nil {
		im.Progress(im.done)
	}
}

// confirm welcomes somebody who waits for a confirmation.
func (im *importer) confirm(ctx context.Context, r *row) error {
	if !im.DryRun {
		if _, err := im.welcome(ctx, r.sub.Address, r.sub.Consent); errors.Is(err, newsletter.ErrConflict) {
			return im.reject(r.line, string(r.sub.Address), err)
		} else if err != nil {
			return err
		}
	}
	im.done.Welcomed++
	return im.report(r, "welcomed", "")
}

func (im *importer) reject(line int, email string, why error) error {
	im.done.Rejected++
	if im.Import.Reject != nil {
		if err := im.Import.Reject(Rejected{Line: line, Email: email, Why: why}); err != nil {
			return err
		}
	}
	if im.Import.Report == nil {
		return nil
	}
	what := "rejected"
	if errors.Is(why, newsletter.ErrConflict) {
		what = "suppressed"
	}
	return im.Import.Report(Verdict{line, email, what, why.Error()})
}

func (im *importer) report(r *row, what, why string) error {
	if im.Import.Report == nil {
		return nil
	}
	return im.Import.Report(Verdict{r.line, string(r.sub.Address), what, why})
}
