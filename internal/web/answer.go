package web

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
)

// answer is a page before it is written.
type answer struct {
	status int    // 0: 200
	page   string // a name in pageNames
	title  string
	body   any
	public bool // search engines may list it, caches may keep it
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
		p.Name, a.public = "This newsletter", false // what was asked for is done; only the page around it is poorer
	}
	v := s.look.view(&p, &a)
	var page bytes.Buffer
	if err := s.look.pages[a.page].ExecuteTemplate(&page, "layout", v); err != nil {
		s.Log.ErrorContext(r.Context(), "render page", "page", a.page, "error", err)
		http.Error(w, "Sorry, this page cannot be shown now. Please try again later.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", v.policy())
	if a.public {
		h.Set("Cache-Control", "public, max-age=300")
	} else {
		h.Set("X-Robots-Tag", "noindex")
	}
	w.WriteHeader(max(a.status, http.StatusOK))
	_, _ = page.WriteTo(w) // nobody is left to tell
}

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
