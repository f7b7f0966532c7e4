// Package web answers HTTP: the reader's pages, the archive, the API, and, in
// editor, the desk. It holds no rules. What may happen is decided
// by the stages; here a request becomes a call of a stage, and its result a page or
// JSON. It knows no AWS and no listener: main serves its Handler under
// ListenAndServe or behind API Gateway.
//
// GET and HEAD change nothing, since mail scanners open every link. Readers get no
// cookie, and their pages run no script.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/compose"
	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/feedback"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/subscribe"
	"github.com/masthead-mail/masthead/internal/web/editor"
)

// Store is what the pages read for themselves; storetest.Store is the contract of
// each method.
type Store interface {
	Archive
	Progress
	Limits
	Sources
	Rooms
	subscribe.Walker
}

// Archive is the part of a store that holds what was sent.
type Archive interface {
	Issue(ctx context.Context, id string) (newsletter.Issue, error)
	Issues(ctx context.Context, limit int) ([]newsletter.Issue, error)
	Mail(ctx context.Context, issue, variant string) (newsletter.Mail, error)
	Article(ctx context.Context, id string) (newsletter.Article, error)
}

// Progress is the part of a store that says how far a Run has come.
type Progress interface {
	Run(ctx context.Context, id string) (newsletter.Run, error)
	feedback.ResponseStore
}

// Limits is the part of a store that counts and keeps order.
type Limits interface {
	Allow(ctx context.Context, kind, key string, limit int, window time.Duration, now time.Time) (bool, error)
	Reserve(ctx context.Context, pace string, cost time.Duration, now time.Time, far time.Duration) (time.Time, error)
}

// Site is everything the web is made of.
type Site struct {
	Publication func(ctx context.Context) (newsletter.Publication, error)
	Subscribers *subscribe.Subscribers
	Composer    *compose.Composer
	Runs        *deliver.Engine // its Mailer is not used
	Store       Store
	Clicks      *feedback.Clicks  // where links of mails lead
	Access      *desk.Access      // who may use the API
	Office      *desk.Desk        // what editors do
	Hooks       *desk.Hooks       // what operators do with hooks
	Returns     *feedback.Returns // reads mail that came back; nil: none is taken
	Feedback    *feedback.Handler // acts on it
	Desk        http.Handler      // answers under /desk/; nil: there is no desk
	Schedule    string            // Schedule.ID of "send a digest now" where the request names none
	Unlisted    bool              // search engines are kept away, from the archive too
	BackupDays  int               // for which backups are kept, as readers are told who are erased; 0: those of DynamoDB
	Live        bool              // answers may stream for as long as they like; API Gateway holds them back until they end

	Challenge Challenge      // before a sign-up; zero: none
	Proxies   []netip.Prefix // whose header X-Forwarded-For is believed; none: nobody's

	Front http.Handler                                     // answers GET /; nil: the publication's front page
	Log   *slog.Logger                                     // faults that people see as "our mistake"; nil: slog.Default
	Sleep func(ctx context.Context, d time.Duration) error // returns early, with its error, when ctx ends; nil: the real one

	look *look
}

// maxBody is the largest request, in bytes. Nobody has more to say to a form.
const maxBody = 64 << 10

// Handler serves the Site. It fails where a template is broken.
func (s *Site) Handler() (http.Handler, error) {
	parsed, err := newLook()
	if err != nil {
		return nil, err
	}
	served := *s
	served.look = parsed
	if served.Log == nil {
		served.Log = slog.Default()
	}
	if served.Sleep == nil {
		served.Sleep = sleep
	}
	return behind(s.Proxies, headers(limited(served.known(served.routes())))), nil
}

// limited refuses bodies that are larger than anything we ask for.
func limited(next http.Handler) http.Handler {
	small, large := http.MaxBytesHandler(next, maxBody), http.MaxBytesHandler(next, MaxChunk)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/readers/import" || r.URL.Path == "/api/returned" || r.URL.Path == "/desk/subscribers/import" {
			large.ServeHTTP(w, r)
			return
		}
		small.ServeHTTP(w, r)
	})
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// routes is the map of the site. Forms of ours that change something refuse
// requests from other sites' pages; the sign-up form may stand on any site, and
// the one click of RFC 8058 comes from mail providers.
func (s *Site) routes() *routes {
	mux, ours := &routes{ServeMux: http.NewServeMux()}, http.NewCrossOriginProtection()
	ours.SetDenyHandler(s.people(func(*http.Request) (answer, error) { return answer{}, errForeign }))
	own := http.NewCrossOriginProtection() // a browser that is signed in sends its cookie
	own.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.problem(w, r, errForeign) }))

	front := s.Front
	if front == nil {
		front = s.people(s.front)
	}
	mux.Handle("GET /{$}", front)
	s.readers(mux, ours)
	s.library(mux)
	mux.Handle("GET "+newsletter.HubPath+"{source}/{key}", http.HandlerFunc(s.confirmHub))
	mux.Handle("POST "+newsletter.HubPath+"{source}/{key}", http.HandlerFunc(s.told))
	if s.Desk != nil {
		mux.Handle(editor.Path, s.Desk)
	}
	s.readerRoutes(mux, own)
	s.issueRoutes(mux, own)
	s.roomRoutes(mux, own)
	s.hookRoutes(mux, own)
	mux.Handle("GET /api/openapi.json", http.HandlerFunc(s.openAPI))
	mux.Handle("GET /api/runs/{id}", s.machines(newsletter.RoleRead, s.run))
	mux.Handle("GET /api/forecast", s.machines(newsletter.RoleRead, s.forecast))
	mux.Handle("GET /api/runs/{id}/events", http.HandlerFunc(s.events))
	mux.Handle("GET /api/runs/{id}/deliveries", http.HandlerFunc(s.deliveries))
	mux.Handle("POST /api/runs/{id}/retry", own.Handler(s.machines(newsletter.RoleEditor, s.retry)))
	mux.Handle("POST /api/runs/{id}/pause", own.Handler(s.machines(newsletter.RoleEditor, s.steer(s.Office.HoldRun))))
	mux.Handle("POST /api/runs/{id}/resume", own.Handler(s.machines(newsletter.RoleEditor, s.steer(s.resume))))
	mux.Handle("POST /api/runs/{id}/cancel", own.Handler(s.machines(newsletter.RoleEditor, s.steer(s.Office.CancelRun))))
	return mux
}

// routes is a map of patterns that knows them all.
type routes struct {
	*http.ServeMux
	patterns []string
}

// Handle adds one.
func (m *routes) Handle(pattern string, h http.Handler) {
	m.patterns = append(m.patterns, pattern)
	m.ServeMux.Handle(pattern, h)
}

// known gives an answer in the site's own words where no route matches, or none of
// that method.
func (s *Site) known(mux *routes) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refusal, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		verdict := &statusOnly{header: http.Header{}}
		refusal.ServeHTTP(verdict, r)
		err := errNoPage
		if verdict.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", verdict.header.Get("Allow"))
			err = errMethod
		}
		if strings.HasPrefix(r.URL.Path, "/api/") {
			s.problem(w, r, err)
			return
		}
		s.people(func(*http.Request) (answer, error) { return answer{}, err }).ServeHTTP(w, r)
	})
}

// statusOnly hears what the mux would answer and throws its words away.
type statusOnly struct {
	header http.Header
	status int
}

func (s *statusOnly) Header() http.Header         { return s.header }
func (s *statusOnly) WriteHeader(status int)      { s.status = status }
func (s *statusOnly) Write(p []byte) (int, error) { return len(p), nil }

// headers are those of every answer. A page may loosen its own policy.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin") // links with tokens stay here; "no-referrer" would hide our own Origin from us
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
