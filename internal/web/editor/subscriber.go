package editor

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/subscribe"
)

// subscribersPage finds readers. What is looked for stands in the body of a request,
// never in an address, which logs and browsers keep.
type subscribersPage struct {
	Asked     newsletter.Search
	Statuses  []newsletter.Status
	Schedules []newsletter.Schedule
	Found     []subscriberRow
	After     string // where the next ones are
}

type subscriberRow struct {
	ID, Address, Name, Since string
	Status                   badge
	Tags                     []string
}

// subscribersShown is how many a page shows, and subscribersAsked how often the store is
// asked for them: a part of its list in which nobody matches comes empty.
const (
	subscribersShown = 30
	subscribersAsked = 5
)

var statuses = []newsletter.Status{newsletter.Active, newsletter.Pending, newsletter.Unsubscribed, newsletter.Bounced, newsletter.Complained}

func statusBadge(s newsletter.Status) badge {
	kind := map[newsletter.Status]string{newsletter.Active: "good", newsletter.Pending: "warn", newsletter.Bounced: "bad", newsletter.Complained: "bad"}[s]
	return badge{kind, string(s)}
}

// subscribers lists whom the form asks for; all, where it asks for nobody.
func (p *Pages) subscribers(v *visit) (page, error) {
	if err := v.ParseForm(); err != nil {
		return page{}, fmt.Errorf("%w: %w", errForm, err)
	}
	form := v.PostForm
	body := subscribersPage{Statuses: statuses, Asked: newsletter.Search{Address: newsletter.Line(form.Get("address")), Status: newsletter.Status(form.Get("status")), Tag: newsletter.Line(form.Get("tag")),
		Schedule: form.Get("schedule"), Language: newsletter.Line(form.Get("language")), After: form.Get("after")}}
	zone, err := p.zone(v)
	if err == nil {
		body.Schedules, err = p.Store.Schedules(v.Context())
	}
	if err == nil {
		err = p.find(v, &body, zone)
	}
	return page{name: "subscribers", title: "Subscribers", body: body}, err
}

func (p *Pages) find(v *visit, body *subscribersPage, zone *time.Location) error {
	q := body.Asked
	for range subscribersAsked {
		q.Limit = subscribersShown - len(body.Found)
		some, after, err := p.Subscribers.Find(v.Context(), q)
		if errors.Is(err, newsletter.ErrInvalid) {
			err = fmt.Errorf("%w: %w", errSearch, err)
		}
		if err != nil {
			return err
		}
		for i := range some {
			s := &some[i]
			body.Found = append(body.Found, subscriberRow{s.ID.String(), string(s.Address), s.Name, day(s.Since(), zone), statusBadge(s.Status), s.Tags})
		}
		if q.After, body.After = after, after; after == "" || len(body.Found) == subscribersShown {
			break
		}
	}
	return nil
}

// subscriberPage is all that is known of a reader.
type subscriberPage struct {
	subscriberRow
	Confirmed, Changed, Paused        string
	ConsentAt, ConsentBy, ConsentWord string
	Schedules, Topics                 []string
	Language, Zone, Left              string
	Soft                              int
	Stopped                           newsletter.Status // as what they are not mailed; empty: they may be
	StoppedAt, StoppedWhy             string
	Complained                        bool
	As                                []newsletter.Status // as what an operator may stop them
}

func (p *Pages) subscriber(v *visit) (page, error) {
	zone, err := p.zone(v)
	if err != nil {
		return page{}, err
	}
	id, err := readerID(v)
	if err != nil {
		return page{}, err
	}
	d, err := p.Subscribers.Reader(v.Context(), id)
	if err != nil {
		return page{}, err
	}
	schedules, err := p.Store.Schedules(v.Context())
	if err != nil {
		return page{}, err
	}
	body := subscriberPage{subscriberRow: subscriberRow{id, string(d.Address), d.Name, day(d.Since(), zone), statusBadge(d.Status), d.Tags},
		Confirmed: day(d.ConfirmedAt, zone), Changed: day(d.ChangedAt, zone), ConsentAt: moment(d.Consent.At, zone), ConsentBy: d.Consent.Origin, ConsentWord: d.Consent.Wording,
		Schedules: namesOf(d.Schedules, schedules), Topics: d.Topics, Language: d.Language, Zone: d.Zone, Left: string(d.LeaveReason), Soft: len(d.Soft.Since),
		Stopped: d.Suppression.Reason, StoppedAt: day(d.Suppression.At, zone), StoppedWhy: d.Suppression.Detail,
		Complained: d.Status == newsletter.Complained || d.Suppression.Reason == newsletter.Complained, As: statuses[2:]}
	if d.PausedUntil.After(p.Now()) {
		body.Paused = day(d.PausedUntil, zone)
	}
	return page{name: "subscriber", title: "A subscriber", body: body}, nil
}

// namesOf are the names of schedules, as readers know them.
func namesOf(ids []string, schedules []newsletter.Schedule) []string {
	names := slices.Clone(ids)
	for i, id := range ids {
		for _, s := range schedules {
			if s.ID == id {
				names[i] = cmp.Or(s.Name, id)
			}
		}
	}
	return names
}

// readerID is that in the address of the page; nobody's mail address belongs there.
func readerID(v *visit) (string, error) {
	id, err := newsletter.ParseSubscriberID(v.PathValue("id"))
	if err != nil {
		return "", errNoPage
	}
	return id.String(), nil
}

func subscriberURL(id, done string) string { return "/desk/subscribers/" + id + "?done=" + done }

// changeSubscriber does what a button of a reader's page says.
func (p *Pages) changeSubscriber(v *visit) (string, error) {
	id, err := readerID(v)
	if err == nil {
		err = v.ParseForm()
	}
	if err != nil {
		return "", err
	}
	ctx, who, why, done := v.Context(), v.person.Who, v.PostFormValue("reason"), v.PathValue("step")
	switch done {
	case "tagged":
		_, err = p.Subscribers.Tag(ctx, who, id, named(v.PostFormValue("add")), named(v.PostFormValue("remove")))
	case "suppressed":
		_, err = p.Subscribers.Suppress(ctx, who, id, newsletter.Status(v.PostFormValue("as")), why)
	case "lifted":
		if _, err = p.Subscribers.Unsuppress(ctx, who, id, why); err == nil {
			return p.afterLift(v, id)
		}
	default:
		err = errNoPage
	}
	return subscriberURL(id, done), operating(err)
}

// afterLift leads to the reader, or to all where nothing is known of them any more.
func (p *Pages) afterLift(v *visit, id string) (string, error) {
	_, err := p.Subscribers.Reader(v.Context(), id)
	if errors.Is(err, newsletter.ErrNotFound) {
		return "/desk/subscribers/?done=lifted", nil
	}
	return subscriberURL(id, "lifted"), err
}

// named is a list of one name, or of none.
func named(s string) []string {
	if s = newsletter.Line(s); s == "" {
		return nil
	}
	return []string{s}
}

// stopAddress keeps an address from being mailed, on record or not.
func (p *Pages) stopAddress(v *visit) (string, error) {
	if err := v.ParseForm(); err != nil {
		return "", fmt.Errorf("%w: %w", errForm, err)
	}
	address, err := newsletter.ParseAddress(v.PostFormValue("stop"))
	if err != nil {
		return "", fmt.Errorf("%w: %w", errReader, err)
	}
	d, err := p.Subscribers.Suppress(v.Context(), v.person.Who, string(address), newsletter.Unsubscribed, v.PostFormValue("reason"))
	return subscriberURL(d.ID.String(), "suppressed"), operating(err)
}

// operating words what was refused.
func operating(err error) error {
	switch {
	case errors.Is(err, newsletter.ErrInvalid):
		return fmt.Errorf("%w: %w", errReader, err)
	case errors.Is(err, newsletter.ErrConflict):
		return fmt.Errorf("%w: %w", errComplained, err)
	}
	return err
}

// What goes wrong with readers.
var (
	errSearch     = errors.New("editor: no such search")
	errReader     = errors.New("editor: cannot do that to a reader")
	errComplained = errors.New("editor: the reader has complained")
	errList       = errors.New("editor: no list of readers")
	errExport     = errors.New("editor: too many readers for a page")
)

// exportMost is how many readers one answer brings on AWS, which carries 6 MB.
const exportMost = 10_000

// export hands out the list of all readers as a table; see subscribe.Export.
func (p *Pages) export(w http.ResponseWriter, v *visit) {
	list := &subscribe.Export{Store: p.Store, Pepper: p.Subscribers.Pepper}
	table, err := p.firstRows(v, list)
	if err != nil {
		p.answer(w, v, func(*visit) (page, error) { return page{}, err })
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="readers.csv"`)
	if !p.Long {
		_, _ = table.WriteTo(w) // nobody is left to tell
		return
	}
	if _, err := list.Write(v.Context(), w, nil); err != nil {
		p.Log.ErrorContext(v.Context(), "a download of readers has broken off", "error", err)
		panic(http.ErrAbortHandler) // so that the browser does not take a part for the whole
	}
}

// firstRows is the whole table where answers must be short; else it is written later.
func (p *Pages) firstRows(v *visit, list *subscribe.Export) (table bytes.Buffer, err error) {
	more := false
	if !p.Long {
		_, _, more, err = list.Page(v.Context(), &table, newsletter.SubscriberID{}, exportMost)
	}
	if err == nil && more {
		err = errExport
	}
	if err == nil {
		err = p.Subscribers.NoteTransfer(v.Context(), v.person.Who, "exported readers", "")
	}
	return table, err
}
