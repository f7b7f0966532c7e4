package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/fetch"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/web"
	"github.com/masthead-mail/masthead/templates"
)

// shownMessages is how many messages of the outbox the page lists.
const shownMessages = 50

// workbench is what the page of a running server shows.
type workbench struct {
	Doing       string // what the first pass is at
	Publication newsletter.Publication
	Home        string
	Issue       *newsletter.Issue
	Run         newsletter.Run
	Articles    int
	Messages    []message
	More        int
	Single      []message
	Sources     []newsletter.Source
	Next        string
	Out         string
	SMTP        bool
}

// message is one file of the outbox.
type message struct{ Issue, File, To string }

// URL is where the message is shown; with a suffix, one form of it.
func (m message) URL() string {
	return "/outbox/" + url.PathEscape(m.Issue) + "/" + url.PathEscape(m.File)
}

// handler answers the pages: what readers see and, on a machine of one's own, the
// workbench and the outbox. A server that has a public address shows neither:
// the outbox holds readers' addresses and links.
func (h *host) handler() (http.Handler, error) {
	log := slog.New(slog.NewTextHandler(h.log, nil))
	pages := h.atDesk(log)
	desk, err := pages.Handler()
	if err != nil {
		return nil, err
	}
	returns, handler := h.returned()
	site := &web.Site{Returns: returns, Feedback: handler, Proxies: h.Proxies, Challenge: web.Challenge{Challenge: h.Settings.Challenge, Keys: h.signer.Secrets(), Call: (&fetch.Client{}).Call}, Publication: h.publication, Subscribers: h.subscribers, Composer: h.composer, Runs: h.engine, Store: h.store,
		Clicks:   h.clicks(),
		Schedule: h.schedule, Access: h.access, Desk: desk, Office: h.office, Hooks: pages.Hooks, Live: true, Log: log, Unlisted: h.Unlisted, BackupDays: h.BackupDays}
	mux := http.NewServeMux()
	if h.private() {
		if h.pages, err = template.ParseFS(templates.Page, "page/workbench.html.tmpl", "page/message.html.tmpl"); err != nil {
			return nil, err
		}
		site.Front = onlyHere(h.showWorkbench)
		mux.Handle("GET /outbox/{issue}/{file}", onlyHere(h.showMessage))
		mux.Handle("GET /outbox/{issue}/{file}/{form}", onlyHere(h.showForm))
	}
	readers, err := site.Handler()
	if err != nil {
		return nil, err
	}
	mux.Handle("/", readers)
	return mux, nil
}

// private tells whether the pages are for this machine alone.
func (a *app) private() bool {
	u, err := url.Parse(a.baseURL)
	return err == nil && loopbackName(u.Hostname())
}

// onlyHere answers requests that name this machine. Another name in them would
// be that of a web site which has led the browser here (DNS rebinding).
func onlyHere(show http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			name = r.Host
		}
		if !loopbackName(name) {
			http.Error(w, "This page is only shown on the machine that runs Masthead, at http://127.0.0.1.", http.StatusForbidden)
			return
		}
		show(w, r)
	})
}

func loopbackName(name string) bool {
	ip := net.ParseIP(strings.Trim(name, "[]"))
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

func (h *host) showWorkbench(w http.ResponseWriter, r *http.Request) {
	view, err := h.look(r.Context())
	if err != nil {
		h.fail(w, err)
		return
	}
	h.page(w, "workbench.html.tmpl", view)
}

func (h *host) look(ctx context.Context) (*workbench, error) {
	view := &workbench{Doing: h.at(), Home: h.home, Out: h.Out, SMTP: h.SMTP != ""}
	var err error
	if view.Publication, err = h.publication(ctx); err != nil {
		return nil, err
	}
	if view.Sources, err = h.store.Sources(ctx); err != nil {
		return nil, err
	}
	if view.Next, err = h.nextFire(ctx); err != nil {
		return nil, err
	}
	if view.Single, _, err = h.messages("single"); err != nil {
		return nil, err
	}
	issues, err := h.store.Issues(ctx, 1)
	if err != nil || len(issues) == 0 {
		return view, err
	}
	view.Issue, view.Articles = &issues[0], len(issues[0].Articles)
	if view.Messages, view.More, err = h.messages(issues[0].ID); err != nil {
		return nil, err
	}
	view.Run, err = h.store.Run(ctx, issues[0].ID)
	if errors.Is(err, newsletter.ErrNotFound) {
		err = nil
	}
	if err == nil && !view.Run.Finished() && view.Run.ID != "" {
		view.Run.Counts, err = h.engine.Counts(ctx, &view.Run)
	}
	return view, err
}

func (h *host) messages(issue string) (shown []message, more int, err error) {
	files, err := h.outbox.Messages(issue)
	for _, file := range files[:min(len(files), shownMessages)] {
		to, unescapeErr := url.PathUnescape(strings.TrimSuffix(file, ".eml"))
		if unescapeErr != nil {
			to = file
		}
		shown = append(shown, message{Issue: issue, File: file, To: to})
	}
	return shown, max(0, len(files)-shownMessages), err
}

// nextFire is when the schedule comes due next, in its own time zone.
func (h *host) nextFire(ctx context.Context) (string, error) {
	s, err := h.store.Schedule(ctx, h.schedule)
	if err != nil {
		return "", err
	}
	now := time.Now()
	due := s.Due(now, now.AddDate(0, 0, 32))
	if len(due) == 0 {
		return "", nil
	}
	return due[0].Format("Monday, 2 January 2006, 15:04 MST"), nil
}

func (h *host) page(w http.ResponseWriter, name string, view any) {
	var b bytes.Buffer
	if err := h.pages.ExecuteTemplate(&b, name, view); err != nil {
		h.fail(w, err)
		return
	}
	secure(w, "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; frame-src 'self'; form-action 'self'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(b.Bytes())
}

// secure sets what every page of the workbench carries. Its frames show mails,
// which are somebody else's words.
func secure(w http.ResponseWriter, policy string) {
	w.Header().Set("Content-Security-Policy", policy+"; frame-ancestors 'self'; base-uri 'none'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-store")
}

func (h *host) fail(w http.ResponseWriter, err error) {
	if errors.Is(err, newsletter.ErrNotFound) {
		http.Error(w, "There is no such message in the outbox.", http.StatusNotFound)
		return
	}
	fmt.Fprintln(h.log, sentence(err))
	http.Error(w, "That did not work; the terminal says why.", http.StatusInternalServerError)
}
