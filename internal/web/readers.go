package web

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/subscribe"
)

// MaxChunk is the largest part of an import that one request brings, in bytes: API
// Gateway hands a function 6 MB, and gives it 29 seconds.
const MaxChunk = 1 << 20

// How many readers a page of a search or an export holds: where none is asked for, and
// at most.
const (
	readersPage    = 50
	maxReadersPage = 1000
)

// readerRoutes are those for operators.
func (s *Site) readerRoutes(mux *routes, own *http.CrossOriginProtection) {
	operators := func(f func(r *call) (reply, error)) http.Handler {
		return own.Handler(s.machines(newsletter.RoleOperator, f))
	}
	mux.Handle("GET /api/readers", operators(s.findReaders))
	mux.Handle("GET /api/readers/{reader}", operators(s.oneReader))
	mux.Handle("POST /api/readers/{reader}/tags", operators(s.tagReader))
	mux.Handle("POST /api/readers/{reader}/suppress", operators(s.suppressReader))
	mux.Handle("POST /api/readers/{reader}/unsuppress", operators(s.unsuppressReader))
	mux.Handle("POST /api/readers/import", operators(s.importReaders))
	mux.Handle("POST /api/returned", operators(s.takeReturned))
	mux.Handle("GET /api/readers/export", http.HandlerFunc(s.exportReaders))
}

// readerBody is a reader as the API tells it.
type readerBody struct {
	ID          string             `json:"id"`
	Address     newsletter.Address `json:"address,omitempty"`
	Name        string             `json:"name,omitempty"`
	Status      newsletter.Status  `json:"status,omitempty"`
	Tags        []string           `json:"tags"`
	Schedules   []string           `json:"schedules"`
	Topics      []string           `json:"topics"`
	Language    string             `json:"language,omitempty"`
	Zone        string             `json:"zone,omitempty"`
	Consent     *consentBody       `json:"consent,omitempty"`
	CreatedAt   time.Time          `json:"createdAt,omitzero"`
	ConfirmedAt time.Time          `json:"confirmedAt,omitzero"`
	ChangedAt   time.Time          `json:"changedAt,omitzero"`
	PausedUntil time.Time          `json:"pausedUntil,omitzero"`
	LeaveReason string             `json:"leaveReason,omitempty"`
	SoftBounces int                `json:"softBounces,omitempty"`
	Suppressed  *suppressedBody    `json:"suppressed,omitempty"`
}

type consentBody struct {
	At      time.Time `json:"at,omitzero"`
	Origin  string    `json:"origin"`
	Wording string    `json:"wording,omitempty"`
}

type suppressedBody struct {
	As  newsletter.Status `json:"as"`
	Why string            `json:"why,omitempty"`
	At  time.Time         `json:"at,omitzero"`
}

func newReaderBody(d *subscribe.Dossier) readerBody {
	b := readerBody{ID: d.ID.String(), Address: d.Address, Name: d.Name, Status: d.Status, Tags: all(d.Tags), Schedules: all(d.Schedules), Topics: all(d.Topics),
		Language: d.Language, Zone: d.Zone, CreatedAt: d.CreatedAt, ConfirmedAt: d.ConfirmedAt, ChangedAt: d.ChangedAt, PausedUntil: d.PausedUntil,
		LeaveReason: string(d.LeaveReason), SoftBounces: len(d.Soft.Since)}
	if d.Address != "" {
		b.Consent = &consentBody{d.Consent.At, d.Consent.Origin, d.Consent.Wording}
	}
	if d.Suppression.Reason != "" {
		b.Suppressed = &suppressedBody{d.Suppression.Reason, d.Suppression.Detail, d.Suppression.At}
	}
	return b
}

// all is a list that is [] in JSON where it is empty, and not null.
func all(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// findReaders lists whom ?address= (the beginning of one), status, tag, schedule and
// language choose, limit at most. next names the page after it; without one this was
// the last.
func (s *Site) findReaders(r *call) (reply, error) {
	q := r.URL.Query()
	limit, err := wantedReaders(q)
	if err != nil {
		return reply{}, err
	}
	page, after, err := s.Subscribers.Find(r.Context(), newsletter.Search{Address: q.Get("address"), Status: newsletter.Status(q.Get("status")), Tag: q.Get("tag"),
		Schedule: q.Get("schedule"), Language: q.Get("language"), After: q.Get("after"), Limit: limit})
	if err != nil {
		return reply{}, searching(err)
	}
	body := struct {
		Readers []readerBody `json:"readers"`
		Next    string       `json:"next,omitempty"`
	}{Readers: make([]readerBody, len(page))}
	for i := range page {
		body.Readers[i] = newReaderBody(&subscribe.Dossier{Subscriber: page[i]})
	}
	if after != "" {
		q.Set("after", after)
		body.Next = r.URL.EscapedPath() + "?" + q.Encode()
	}
	return reply{status: http.StatusOK, body: body}, nil
}

func wantedReaders(q url.Values) (int, error) {
	given := q.Get("limit")
	if given == "" {
		return readersPage, nil
	}
	limit, err := strconv.Atoi(given)
	if err != nil || limit < 1 || limit > maxReadersPage {
		return 0, errReadersPage
	}
	return limit, nil
}

func (s *Site) oneReader(r *call) (reply, error) {
	d, err := s.Subscribers.Reader(r.Context(), r.PathValue("reader"))
	return dossierReply(&d, err)
}

func dossierReply(d *subscribe.Dossier, err error) (reply, error) {
	if err != nil {
		return reply{}, operating(err)
	}
	return reply{status: http.StatusOK, body: newReaderBody(d)}, nil
}

// tagReader takes {"add": ["press"], "remove": ["vip"]}.
func (s *Site) tagReader(r *call) (reply, error) {
	var body struct{ Add, Remove []string }
	if err := readJSON(r.Request, &body); err != nil {
		return reply{}, err
	}
	d, err := s.Subscribers.Tag(r.Context(), r.by.Who, r.PathValue("reader"), body.Add, body.Remove)
	return dossierReply(&d, err)
}

// suppressReader takes {"reason": "…", "as": "unsubscribed"}; as may also be bounced or
// complained.
func (s *Site) suppressReader(r *call) (reply, error) {
	body := struct {
		Reason string
		As     newsletter.Status
	}{As: newsletter.Unsubscribed}
	if err := readJSON(r.Request, &body); err != nil {
		return reply{}, err
	}
	d, err := s.Subscribers.Suppress(r.Context(), r.by.Who, r.PathValue("reader"), body.As, body.Reason)
	return dossierReply(&d, err)
}

// unsuppressReader takes {"reason": "…"}.
func (s *Site) unsuppressReader(r *call) (reply, error) {
	var body struct{ Reason string }
	if err := readJSON(r.Request, &body); err != nil {
		return reply{}, err
	}
	d, err := s.Subscribers.Unsuppress(r.Context(), r.by.Who, r.PathValue("reader"), body.Reason)
	return dossierReply(&d, err)
}

// ImportAnswer is what came of a part of an import.
type ImportAnswer struct {
	Rows       int        `json:"rows"`
	Added      int        `json:"added"`
	Welcomed   int        `json:"welcomed"`
	There      int        `json:"there"`
	Different  int        `json:"different"`
	Rejected   int        `json:"rejected"`
	Suppressed int        `json:"suppressed"`
	Barred     int        `json:"barred"`
	Told       []ToldLine `json:"told"` // of each row that was not taken; of all with ?report=true
}

// ToldLine is what becomes of a row, see subscribe.Verdict.
type ToldLine struct {
	Line  int    `json:"line"`
	Email string `json:"email"`
	What  string `json:"what"`
	Why   string `json:"why,omitempty"`
}

// importReaders takes a part of a list, a table as subscribe.Import reads it, up to
// MaxChunk bytes: ?name= says where the list comes from, n is the number of the part;
// dry=true only tells, update=true changes who is on record, report=true tells of every
// row. A part may come as often as it likes, and in any order: who is there is there.
// So whoever got no answer asks again. The first part puts the import on the audit
// trail.
func (s *Site) importReaders(r *call) (reply, error) {
	if t := mediaType(r.Request); t != "text/csv" {
		return reply{}, errMedia
	}
	q := r.URL.Query()
	name := newsletter.Shorten(newsletter.Line(q.Get("name")), 100)
	if name == "" {
		name = "a list"
	}
	body := ImportAnswer{Told: []ToldLine{}}
	tell := func(v subscribe.Verdict) error {
		if q.Get("report") == "true" || v.What == "suppressed" || v.What == "rejected" {
			body.Told = append(body.Told, ToldLine(v))
		}
		return nil
	}
	if q.Get("n") == "1" && q.Get("dry") != "true" {
		if err := s.Subscribers.NoteTransfer(r.Context(), r.by.Who, "imported readers", "from "+name); err != nil {
			return reply{}, err
		}
	}
	done, err := s.Subscribers.Import(r.Context(), r.Body, subscribe.Import{Origin: "import of " + name, DryRun: q.Get("dry") == "true", Update: q.Get("update") == "true", Report: tell})
	body.Rows, body.Added, body.Welcomed, body.There, body.Different = done.Rows, done.Added, done.Welcomed, done.There, done.Different
	body.Rejected, body.Suppressed, body.Barred = done.Rejected, done.Suppressed, done.Barred
	return reply{status: http.StatusOK, body: body}, importing(err)
}

// takeReturned takes one mail that came back, as it is (message/rfc822): a mail server
// may hand it over as it arrives. Whose it is, its signed return path says. {"what": …}
// says what it meant.
func (s *Site) takeReturned(r *call) (reply, error) {
	if s.Returns == nil || s.Feedback == nil {
		return reply{}, errNoPage
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return reply{}, err
	}
	what, err := s.Returns.Take(r.Context(), s.Feedback, raw)
	return reply{status: http.StatusOK, body: map[string]string{"what": what}}, err
}

// exportReaders writes a page of the table of subscribe.Export. The header Link names
// the next one (RFC 8288); the heading comes with the first.
func (s *Site) exportReaders(w http.ResponseWriter, r *http.Request) {
	link, page, err := s.exportPage(r)
	if err != nil {
		s.problem(w, r, err)
		return
	}
	h := w.Header()
	if link != "" {
		h.Set("Link", fmt.Sprintf("<%s>; rel=\"next\"", link))
	}
	h.Set("Vary", "Authorization")
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="readers.csv"`)
	_, _ = page.WriteTo(w) // nobody is left to tell
}

func (s *Site) exportPage(r *http.Request) (link string, page bytes.Buffer, err error) {
	person, err := s.authorize(r, newsletter.RoleOperator)
	if err != nil {
		return "", page, err
	}
	q := r.URL.Query()
	limit := maxReadersPage
	if q.Get("limit") != "" {
		if limit, err = wantedReaders(q); err != nil {
			return "", page, err
		}
	}
	var after newsletter.SubscriberID
	if text := q.Get("after"); text != "" {
		if after, err = newsletter.ParseSubscriberID(text); err != nil {
			return "", page, errReadersPage
		}
	} else if err := s.Subscribers.NoteTransfer(r.Context(), person.Who, "exported readers", ""); err != nil {
		return "", page, err
	}
	export := &subscribe.Export{Store: s.Store, Pepper: s.Subscribers.Pepper}
	_, next, more, err := export.Page(r.Context(), &page, after, limit)
	if more {
		q.Set("after", next.String())
		link = r.URL.EscapedPath() + "?" + q.Encode()
	}
	return link, page, err
}
