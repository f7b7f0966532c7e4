package web

import (
	"net/http"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// readers are the routes of a reader's own pages.
func (s *Site) readers(mux *routes, ours *http.CrossOriginProtection) {
	mux.Handle("GET /subscribe", s.people(s.form))
	mux.Handle("GET /subscribe/embed", s.people(s.embed))
	mux.Handle("POST /subscribe", s.signUp())
	mux.Handle("GET /unsubscribe/{$}", s.people(s.whichLink))
	mux.Handle("POST /unsubscribe/{token}", s.oneClick(s.people(s.unsubscribe)))
	mux.Handle("POST /unsubscribe/{token}/undo", ours.Handler(s.people(s.rejoin)))
	mux.Handle("POST /unsubscribe/{token}/why", ours.Handler(s.people(s.because)))
	mux.Handle("GET "+newsletter.PreferencesPath+"{$}", s.people(s.whichPreferences))
	mux.Handle("POST "+newsletter.PreferencesPath+"{token}/address", ours.Handler(s.people(s.askMove)))
	mux.Handle("POST "+newsletter.PreferencesPath+"{token}/export", ours.Handler(s.people(s.askOwn(s.Subscribers.AskExport))))
	mux.Handle("POST "+newsletter.PreferencesPath+"{token}/erase", ours.Handler(s.people(s.askOwn(s.Subscribers.AskErase))))
	mux.Handle("GET /unsubscribe/{token}", s.people(s.askUnsubscribe))
	for path, button := range map[string]struct{ ask, do http.Handler }{ // a link in a mail shows a page, and the page's button does it
		newsletter.ConfirmPath:     {s.people(s.askConfirm), s.people(s.confirm)},
		newsletter.PreferencesPath: {s.people(s.preferences), s.people(s.choose)},
		newsletter.MovePath:        {s.people(s.confirmMove), s.people(s.move)},
		newsletter.UndoPath:        {s.people(s.askUndo), s.people(s.undo)},
		newsletter.ExportPath:      {s.people(s.askExport), http.HandlerFunc(s.export)},
		newsletter.ErasePath:       {s.people(s.askErase), s.people(s.erase)},
	} {
		mux.Handle("GET "+path+"{token}", button.ask)
		mux.Handle("POST "+path+"{token}", ours.Handler(button.do))
	}
}

// library is the archive, which everybody may see.
func (s *Site) library(mux *routes) {
	mux.Handle("GET /issues", http.RedirectHandler(newsletter.IssuePath, http.StatusMovedPermanently))
	mux.Handle("GET /issues/{$}", s.people(s.archive))
	mux.Handle("GET /issues/{id}", http.HandlerFunc(s.issue))
	mux.Handle("GET "+newsletter.RedirectPath+"{token}", http.HandlerFunc(s.follow))
	mux.Handle("GET "+atomPath, http.HandlerFunc(s.atom))
	mux.Handle("GET "+rssPath, http.HandlerFunc(s.rss))
	mux.Handle("GET /robots.txt", http.HandlerFunc(s.robotsTxt))
	mux.Handle("GET /favicon.ico", http.HandlerFunc(s.icon))
}
