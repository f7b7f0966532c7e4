package web

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/feedback"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// follow leads a link of a mail to where it leads (302: it may be led elsewhere later).
func (s *Site) follow(w http.ResponseWriter, r *http.Request) {
	to, err := s.Clicks.Follow(r.Context(), r.PathValue("token"), visit(r))
	if to == "" {
		s.people(func(*http.Request) (answer, error) { return answer{}, err }).ServeHTTP(w, r)
		return
	}
	if err != nil {
		s.Log.ErrorContext(r.Context(), "a click was not counted", "error", err)
	}
	h := w.Header()
	h.Set("Location", to)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex")
	w.WriteHeader(http.StatusFound)
}

// visit is what a request tells of who follows a link.
func visit(r *http.Request) *newsletter.Visit {
	from, err := url.Parse(r.Referer())
	h := r.Header
	return &newsletter.Visit{Method: r.Method, Agent: r.UserAgent(), Accept: strings.Join(h.Values("Accept"), ","), Network: network(r),
		Purpose: cmp.Or(h.Get("Sec-Purpose"), h.Get("Purpose"), h.Get("X-Purpose"), h.Get("X-Moz")),
		Ours:    err == nil && from.Host != "" && from.Host == r.Host}
}

// clickedLink is a link as a machine reads it.
type clickedLink struct {
	ID     string     `json:"id"`
	Title  string     `json:"title"`
	URL    string     `json:"url"`
	To     string     `json:"to,omitempty"`    // where it leads since it was corrected
	Since  *time.Time `json:"since,omitempty"` // of the correction
	Clicks int        `json:"clicks"`
}

// clicks lists the links of an Issue and how often each was followed.
func (s *Site) clicks(r *call) (reply, error) {
	found, err := s.Clicks.Of(r.Context(), r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	list := make([]clickedLink, len(found))
	for i := range found {
		list[i] = newClickedLink(&found[i])
	}
	return reply{status: http.StatusOK, body: map[string]any{"links": list}}, nil
}

func newClickedLink(c *feedback.Clicked) clickedLink {
	link := clickedLink{ID: c.ID, Title: c.Title, URL: c.URL, To: c.To, Clicks: c.Clicks}
	if !c.Since.IsZero() {
		link.Since = &c.Since
	}
	return link
}

// retarget leads a link elsewhere, in mails that were sent too: {"to": "https://…"}.
func (s *Site) retarget(r *call) (reply, error) {
	var body struct {
		To string `json:"to"`
	}
	if err := readJSON(r.Request, &body); err != nil {
		return reply{}, err
	}
	issue := r.PathValue("id")
	before, err := s.Clicks.Retarget(r.Context(), issue, r.PathValue("link"), body.To)
	if err != nil {
		return reply{}, err
	}
	if err := s.Access.Note(r.Context(), r.by, "led a link elsewhere", "issue "+issue, newsletter.Change(before.Title, before.Target(), body.To)); err != nil {
		return reply{}, err
	}
	return s.clicks(r)
}
