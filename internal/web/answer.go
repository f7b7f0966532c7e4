package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"mime"
	"net/http"

	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/words"
)

// answer is a page before it is written.
type answer struct {
	status   int    // 0: 200
	page     string // a name in pageNames
	title    string // key in words
	body     any
	language string // of the reader, where they are known (BCP 47)
	path     string // where the page is, for search engines; empty: it is nobody's business
}

// people makes a handler of something that answers with a page. An error becomes
// a page too, in words.
func (s *Site) people(f func(r *http.Request) (answer, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, err := f(r)
		if err != nil {
			a = s.fault(w, r, err)
		}
		s.write(w, r, a)
	})
}

// write renders the page in full before the first byte leaves.
func (s *Site) write(w http.ResponseWriter, r *http.Request, a answer) {
	p, err := s.Publication(r.Context())
	if err != nil {
		s.Log.ErrorContext(r.Context(), "no publication for the page", "page", a.page, "error", err)
		p.Name, a.path = "This newsletter", "" // what was asked for is done; only the page around it is poorer
	}
	v := s.look.view(&p, &a, s.speak(r, &p, a.language))
	if a.page == "front" || a.page == "subscribe" {
		if v.Proof, err = s.Challenge.show(s.Subscribers.Now()); err != nil {
			s.Log.ErrorContext(r.Context(), "no challenge for the form", "error", err)
		}
	}
	v.Listed = a.path != "" && !s.Unlisted
	var page bytes.Buffer
	if err := s.look.pages[a.page].ExecuteTemplate(&page, "layout", v); err != nil {
		s.Log.ErrorContext(r.Context(), "render page", "page", a.page, "error", err)
		http.Error(w, "Sorry, this page cannot be shown now. Please try again later.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", v.policy())
	h.Set("Content-Language", v.Lang)
	if a.language == "" {
		h.Set("Vary", "Accept-Language")
	}
	if a.path != "" && v.Proof == nil { // each puzzle is good once
		h.Set("Cache-Control", "public, max-age=300")
	}
	if !v.Listed {
		h.Set("X-Robots-Tag", "noindex")
	}
	w.WriteHeader(max(a.status, http.StatusOK))
	_, _ = page.WriteTo(w) // nobody is left to tell
}

// speak finds the words for a page: in the reader's language, else in one that the
// browser asks for, else in the publication's.
func (s *Site) speak(r *http.Request, p *newsletter.Publication, language string) *words.Words {
	if words.Has(language) {
		return words.For(language)
	}
	return words.For(cmp.Or(asked(r), p.Language))
}

// asked is the language that the browser asks for, where there are words for it.
func asked(r *http.Request) string { return words.Match(r.Header.Get("Accept-Language")) }

// writeJSON answers a machine.
func writeJSON(w http.ResponseWriter, status int, contentType string, v any) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // nobody is left to tell
}

const (
	typeJSON    = "application/json"
	typeProblem = "application/problem+json" // RFC 9457
)

// mediaType is the request's, without its parameters.
func mediaType(r *http.Request) string {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}
