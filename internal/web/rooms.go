package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Rooms is the part of a store that the lists of the desk read.
type Rooms interface {
	Sources(ctx context.Context) ([]newsletter.Source, error)
	Author(ctx context.Context, key string) (newsletter.Author, error)
	Authors(ctx context.Context, after string, limit int) ([]newsletter.Author, error)
	Schedule(ctx context.Context, id string) (newsletter.Schedule, error)
	Schedules(ctx context.Context) ([]newsletter.Schedule, error)
	IssuesBefore(ctx context.Context, before string, limit int) ([]newsletter.Issue, error)
	Actions(ctx context.Context, before string, limit int) ([]newsletter.Action, error)
	Publication(ctx context.Context) (newsletter.Publication, error)
}

// roomRoutes are the rooms of the desk beside issues and readers.
func (s *Site) roomRoutes(mux *routes, own *http.CrossOriginProtection) {
	read := func(f func(r *call) (reply, error)) http.Handler { return s.machines(newsletter.RoleRead, f) }
	edit := func(f func(r *call) (reply, error)) http.Handler {
		return own.Handler(s.machines(newsletter.RoleEditor, f))
	}
	operate := func(f func(r *call) (reply, error)) http.Handler {
		return own.Handler(s.machines(newsletter.RoleOperator, f))
	}
	mux.Handle("GET /api/sources", read(s.listSources))
	mux.Handle("POST /api/sources", operate(s.addSource))
	mux.Handle("GET /api/sources/{id}", read(s.oneSource))
	mux.Handle("PATCH /api/sources/{id}", operate(s.patchSource))
	mux.Handle("POST /api/sources/{id}/release", operate(s.onSource(s.Office.ReleaseSource)))
	mux.Handle("POST /api/sources/{id}/visit", operate(s.onSource(s.Office.VisitSource)))
	mux.Handle("GET /api/authors", read(s.listAuthors))
	mux.Handle("GET /api/authors/{key}", read(s.oneAuthor))
	mux.Handle("PATCH /api/authors/{key}", edit(s.changeAuthor))
	mux.Handle("GET /api/schedules", read(s.listSchedules))
	mux.Handle("GET /api/schedules/{id}", read(s.oneSchedule))
	mux.Handle("PUT /api/schedules/{id}", edit(s.putSchedule))
	mux.Handle("GET /api/settings", read(s.settings))
	mux.Handle("PATCH /api/settings", operate(s.changeSettings))
	mux.Handle("GET /api/audit", read(s.audit))
	mux.Handle("GET /api/tokens", operate(s.listTokens))
	mux.Handle("POST /api/tokens", operate(s.makeToken))
	mux.Handle("DELETE /api/tokens/{id}", operate(s.revokeToken))
}

// What goes wrong in these rooms.
var (
	errDay    = errors.New("web: no such day")
	errLimit  = errors.New("web: no such part of a list")
	errChange = errors.New("web: a change that cannot be")
	errOff    = errors.New("web: the source is switched off")
)

// version is that which If-Match names.
func version(r *call) (int64, error) {
	rev, err := strconv.ParseInt(strings.Trim(r.Header.Get("If-Match"), `"`), 10, 64)
	if err != nil {
		return 0, errVersion
	}
	return rev, nil
}

// etag names a version (RFC 9110, 8.8.3).
func etag(rev int64) string { return `"` + strconv.FormatInt(rev, 10) + `"` }

// changing words what the desk refused.
func changing(err error) error {
	switch {
	case errors.Is(err, newsletter.ErrConflict):
		return fmt.Errorf("%w: %w", errStale, err)
	case errors.Is(err, newsletter.ErrInvalid):
		return fmt.Errorf("%w: %w", errChange, err)
	}
	return err
}

// mostListed is how many a part of a list has at most.
const mostListed = 200

// partOf is how many of a list are wanted: 50, where nothing is said.
func partOf(q url.Values) (int, error) {
	limit, err := strconv.Atoi(cmp.Or(q.Get("limit"), "50"))
	if err != nil || limit < 1 || limit > mostListed {
		return 0, errLimit
	}
	return limit, nil
}

// further is where the next part of a list is.
func further(r *call, q url.Values, field, place string) string {
	q.Set(field, place)
	return r.URL.EscapedPath() + "?" + q.Encode()
}
