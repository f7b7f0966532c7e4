package web

import (
	"io"
	"net/http"
)

// oneClick answers the mail programs of RFC 8058 in a few words. Nobody reads them: to
// make a page for each would take longer than to store who has left, on the day when a
// provider unsubscribes thousands. Anything that does not go well is left to the page.
func (s *Site) oneClick(page http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if parseForm(r) != nil || r.PostFormValue("List-Unsubscribe") != "One-Click" {
			page.ServeHTTP(w, r)
			return
		}
		if err := s.Subscribers.Unsubscribe(r.Context(), r.PathValue("token")); err != nil {
			s.write(w, r, s.fault(w, r, err))
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "You are unsubscribed.\n") // nobody is left to tell
	})
}
