// Package editor serves the desk: the pages on which editors and operators work. It
// holds no rules; internal/desk says who may do what. Pages need no script: each
// button is a form. What changes something is a POST from our own pages, answered
// with a redirect; GET and HEAD change nothing.
package editor

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/compose"
	"github.com/masthead-mail/masthead/internal/deliver"
	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/feedback"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/subscribe"
)

// Store is what the pages read for themselves; storetest.Store is the contract of each
// method.
type Store interface {
	Publication(ctx context.Context) (newsletter.Publication, error)
	Actions(ctx context.Context, before string, limit int) ([]newsletter.Action, error)
	Issue(ctx context.Context, id string) (newsletter.Issue, error)
	Issues(ctx context.Context, limit int) ([]newsletter.Issue, error)
	IssuesBefore(ctx context.Context, before string, limit int) ([]newsletter.Issue, error)
	Mail(ctx context.Context, issue, variant string) (newsletter.Mail, error)
	Article(ctx context.Context, id string) (newsletter.Article, error)
	Author(ctx context.Context, key string) (newsletter.Author, error)
	Authors(ctx context.Context, after string, limit int) ([]newsletter.Author, error)
	Schedule(ctx context.Context, id string) (newsletter.Schedule, error)
	Schedules(ctx context.Context) ([]newsletter.Schedule, error)
	Source(ctx context.Context, id string) (newsletter.Source, error)
	Sources(ctx context.Context) ([]newsletter.Source, error)
	ArticlesSince(ctx context.Context, schedule string, since time.Time) ([]newsletter.Article, error)
	Run(ctx context.Context, id string) (newsletter.Run, error)
	OpenRuns(ctx context.Context) ([]newsletter.Run, error)
	RunsSince(ctx context.Context, since time.Time, limit int) ([]newsletter.Run, error)
	Returned(ctx context.Context, run string) (bounced, complained int, err error)
	Counts(ctx context.Context, issue string) (map[string]int, error)
	subscribe.Walker
}

// Pages is everything the desk is made of.
type Pages struct {
	Access      *desk.Access
	Desk        *desk.Desk
	Composer    *compose.Composer
	Runs        *deliver.Engine
	Store       Store
	Clicks      *feedback.Clicks
	Hooks       *desk.Hooks
	Subscribers *subscribe.Subscribers
	Publication func(ctx context.Context) (newsletter.Publication, error)
	Now         func() time.Time
	Tokens      interface { // of the links that hold a draft; *token.Signer
		VerifyHold(tok, issue string, now time.Time) error
	}
	Collects time.Duration // how often sources that are due are looked after
	Long     bool          // answers may be of any length, as on a server
	Hint     string        // at the form to sign in, on a laptop: how to
	Log      *slog.Logger
	Sleep    func(ctx context.Context, d time.Duration) error

	look *look
}

// Path is where the desk is.
const Path = desk.Path

const issuesPath = Path + "issues/"

// Handler serves everything under Path. It fails where a template is broken.
func (p *Pages) Handler() (http.Handler, error) {
	parsed, err := newLook()
	if err != nil {
		return nil, err
	}
	served := *p
	served.look = parsed
	ours := http.NewCrossOriginProtection()
	ours.SetDenyHandler(served.open(func(*visit) (page, error) { return page{}, errForeign }))
	return ours.Handler(served.routes()), nil
}

func (p *Pages) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /desk/sign-in", p.open(p.signInForm))
	mux.Handle("POST /desk/sign-in", p.open(p.askForLink))
	mux.Handle("POST /desk/sign-in/code", http.HandlerFunc(p.signInByCode))
	mux.Handle("GET /desk/sign-in/{link}", p.open(p.askPress))
	mux.Handle("POST /desk/sign-in/{link}", http.HandlerFunc(p.signInByLink))
	mux.Handle("POST /desk/sign-out", http.HandlerFunc(p.signOut))

	mux.Handle("GET /desk/{$}", p.page(newsletter.RoleRead, p.overview))
	mux.Handle("GET /desk/issues/{$}", p.page(newsletter.RoleRead, p.issues))
	mux.Handle("POST /desk/issues", p.act(newsletter.RoleEditor, p.draft))
	mux.Handle("GET /desk/issues/{id}", p.page(newsletter.RoleRead, p.issue))
	mux.Handle("POST /desk/issues/{id}/words", p.known(newsletter.RoleEditor, p.saveWords))
	mux.Handle("POST /desk/issues/{id}/try", p.known(newsletter.RoleEditor, p.try))
	mux.Handle("POST /desk/issues/{id}/articles", p.act(newsletter.RoleEditor, p.articles))
	mux.Handle("POST /desk/issues/{id}/fetch", p.act(newsletter.RoleEditor, p.fetchArticle))
	mux.Handle("GET /desk/issues/{id}/send", p.page(newsletter.RoleEditor, p.sureSend))
	mux.Handle("POST /desk/issues/{id}/{step}", p.act(newsletter.RoleEditor, p.step))
	mux.Handle("GET /desk/issues/{id}/articles/{article}", p.page(newsletter.RoleRead, p.article))
	mux.Handle("POST /desk/issues/{id}/articles/{article}", p.act(newsletter.RoleEditor, p.saveArticle))
	mux.Handle("GET /desk/issues/{id}/preview", p.page(newsletter.RoleRead, p.preview))
	mux.Handle("GET /desk/issues/{id}/frame", p.known(newsletter.RoleRead, p.frame))
	mux.Handle("GET /desk/issues/{id}/preflight", p.page(newsletter.RoleRead, p.preflight))
	mux.Handle("GET /desk/hold/{id}/{token}", p.open(p.askHold))
	mux.Handle("POST /desk/hold/{id}/{token}", p.open(p.hold))
	mux.Handle("GET /desk/schedules/{$}", p.page(newsletter.RoleRead, p.schedules))
	mux.Handle("GET /desk/schedules/{id}", p.page(newsletter.RoleRead, p.schedule))
	mux.Handle("POST /desk/schedules/{id}", p.act(newsletter.RoleEditor, p.saveSchedule))
	mux.Handle("GET /desk/sources/{$}", p.page(newsletter.RoleRead, p.sources))
	mux.Handle("POST /desk/sources/{$}", p.act(newsletter.RoleOperator, p.addSource))
	mux.Handle("GET /desk/sources/{id}", p.page(newsletter.RoleRead, p.source))
	mux.Handle("POST /desk/sources/{id}/{step}", p.act(newsletter.RoleOperator, p.changeSource))
	mux.Handle("GET /desk/settings", p.page(newsletter.RoleRead, p.settings))
	mux.Handle("POST /desk/settings", p.known(newsletter.RoleOperator, p.saveSettings))
	mux.Handle("GET /desk/settings/frame", p.known(newsletter.RoleRead, p.sampleFrame))
	mux.Handle("POST /desk/settings/frame", p.known(newsletter.RoleOperator, p.tryFrame))
	mux.Handle("POST /desk/settings/try", p.known(newsletter.RoleOperator, p.trySettings))
	mux.Handle("GET /desk/runs/{id}", p.page(newsletter.RoleRead, p.run))
	mux.Handle("GET /desk/runs/{id}/cancel", p.page(newsletter.RoleEditor, p.sureCancel))
	mux.Handle("POST /desk/runs/{id}/links", p.act(newsletter.RoleEditor, p.retarget))
	mux.Handle("POST /desk/runs/{id}/{step}", p.act(newsletter.RoleEditor, p.steer))
	mux.Handle("GET /desk/authors/{$}", p.page(newsletter.RoleRead, p.authors))
	mux.Handle("GET /desk/authors/{key}", p.page(newsletter.RoleRead, p.author))
	mux.Handle("POST /desk/authors/{key}", p.act(newsletter.RoleEditor, p.saveAuthor))
	mux.Handle("GET /desk/subscribers/{$}", p.page(newsletter.RoleOperator, p.subscribers))
	mux.Handle("POST /desk/subscribers/{$}", p.page(newsletter.RoleOperator, p.subscribers))
	mux.Handle("POST /desk/subscribers/import", p.page(newsletter.RoleOperator, p.importList))
	mux.Handle("POST /desk/subscribers/export", p.known(newsletter.RoleOperator, p.export))
	mux.Handle("POST /desk/subscribers/stop", p.act(newsletter.RoleOperator, p.stopAddress))
	mux.Handle("GET /desk/subscribers/{id}", p.page(newsletter.RoleOperator, p.subscriber))
	mux.Handle("POST /desk/subscribers/{id}/{step}", p.act(newsletter.RoleOperator, p.changeSubscriber))
	mux.Handle("GET /desk/access", p.page(newsletter.RoleRead, p.access))
	mux.Handle("POST /desk/access/sessions/{id}/end", p.act(newsletter.RoleRead, p.endSession))
	mux.Handle("POST /desk/access/tokens", p.page(newsletter.RoleOperator, p.makeToken))
	mux.Handle("POST /desk/access/tokens/{id}/revoke", p.act(newsletter.RoleOperator, p.revokeToken))
	mux.Handle("GET /desk/hooks/{$}", p.page(newsletter.RoleOperator, p.hooks))
	mux.Handle("POST /desk/hooks/{$}", p.page(newsletter.RoleOperator, p.makeHook))
	mux.Handle("GET /desk/hooks/{id}", p.page(newsletter.RoleOperator, p.hook))
	mux.Handle("POST /desk/hooks/{id}/secret", p.page(newsletter.RoleOperator, p.replaceSecret))
	mux.Handle("POST /desk/hooks/{id}/{step}", p.act(newsletter.RoleOperator, p.changeHook))
	mux.Handle("POST /desk/hooks/{id}/calls/{call}", p.act(newsletter.RoleOperator, p.retryCall))
	mux.Handle("GET /desk/audit", p.page(newsletter.RoleRead, p.audit))
	mux.Handle("/desk/", p.open(func(*visit) (page, error) { return page{}, errNoPage }))
	return mux
}

// nav are the rooms of the desk, each with who may enter it.
var nav = []struct {
	name, url string
	need      newsletter.Role
}{
	{"Overview", "/desk/", newsletter.RoleRead}, {"Issues", issuesPath, newsletter.RoleRead}, {"Schedules", "/desk/schedules/", newsletter.RoleRead}, {"Sources", "/desk/sources/", newsletter.RoleRead},
	{"Authors", "/desk/authors/", newsletter.RoleRead}, {"Subscribers", "/desk/subscribers/", newsletter.RoleOperator}, {"Settings", "/desk/settings", newsletter.RoleRead}, {"Audit", "/desk/audit", newsletter.RoleRead},
}

// visit is a request of somebody we know, or of nobody yet.
type visit struct {
	*http.Request
	person desk.Person
}

// open makes a handler of a page that is for everybody.
func (p *Pages) open(f func(v *visit) (page, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.answer(w, &visit{Request: r}, f) })
}

// page makes a handler of a page for whoever has the role.
func (p *Pages) page(need newsletter.Role, f func(v *visit) (page, error)) http.Handler {
	return p.known(need, func(w http.ResponseWriter, v *visit) { p.answer(w, v, f) })
}

// act makes a handler of something that is done, and then leads to another page.
func (p *Pages) act(need newsletter.Role, f func(v *visit) (to string, err error)) http.Handler {
	return p.known(need, func(w http.ResponseWriter, v *visit) {
		to, err := f(v)
		if err != nil {
			p.answer(w, v, func(*visit) (page, error) { return page{}, err })
			return
		}
		http.Redirect(w, v.Request, to, http.StatusSeeOther)
	})
}

func (p *Pages) answer(w http.ResponseWriter, v *visit, f func(v *visit) (page, error)) {
	a, err := f(v)
	if err != nil {
		a = p.fault(v, err)
	}
	p.write(w, v, a)
}

// known lets in whoever has the role. Who has not signed in is led to where they can.
func (p *Pages) known(need newsletter.Role, f func(w http.ResponseWriter, v *visit)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		person, err := p.who(r)
		v := &visit{r, person}
		if err == nil {
			err = person.May(need)
		}
		switch {
		case err == nil:
			f(w, v)
		case isNobody(err):
			http.Redirect(w, r, signInURL(r), http.StatusSeeOther)
		default:
			p.answer(w, v, func(*visit) (page, error) { return page{}, err })
		}
	})
}

// who is asking.
func (p *Pages) who(r *http.Request) (desk.Person, error) {
	publication, err := p.Publication(r.Context())
	if err != nil {
		return desk.Person{}, err
	}
	return p.Access.Who(r.Context(), "", Cookie(r, &publication))
}

// Cookie is what the cookie of the desk holds; empty: there is none. Where the site is
// served over HTTPS it has a name that browsers take from such sites only, and for no
// other host (RFC 6265bis, 4.1.3.2).
func Cookie(r *http.Request, p *newsletter.Publication) string {
	c, err := r.Cookie(cookieName(p))
	if err != nil {
		return ""
	}
	return c.Value
}

func secure(p *newsletter.Publication) bool { return strings.HasPrefix(p.BaseURL, "https://") }

func cookieName(p *newsletter.Publication) string {
	if secure(p) {
		return "__Host-desk"
	}
	return "desk"
}

// setCookie signs a browser in, or out where the secret is empty.
func (p *Pages) setCookie(w http.ResponseWriter, r *http.Request, secret string) error {
	publication, err := p.Publication(r.Context())
	if err != nil {
		return err
	}
	c := &http.Cookie{Name: cookieName(&publication), Value: secret, Path: "/", HttpOnly: true, Secure: secure(&publication), SameSite: http.SameSiteLaxMode,
		MaxAge: int(newsletter.SessionTTL.Seconds())}
	if secret == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
	return nil
}
