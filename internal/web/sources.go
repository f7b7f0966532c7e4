package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// sourceBody is a Source as the API tells it.
type sourceBody struct {
	ID        string                `json:"id"`
	URL       string                `json:"url"`
	Kind      newsletter.SourceKind `json:"kind"` // empty: not visited yet
	Title     string                `json:"title"`
	Home      string                `json:"home,omitempty"`
	Endpoint  string                `json:"endpoint,omitempty"`
	Language  string                `json:"language,omitempty"`
	Off       bool                  `json:"off"`
	Health    string                `json:"health"` // in words; good: nothing is wrong
	Failures  int                   `json:"failures"`
	VisitedAt time.Time             `json:"visitedAt,omitzero"`
	NextAt    time.Time             `json:"nextAt,omitzero"` // left out where it is due
	NewestAt  time.Time             `json:"newestAt,omitzero"`
	HeldSince time.Time             `json:"heldSince,omitzero"`
	UserAgent string                `json:"userAgent"`
	HTTP1     bool                  `json:"http1"`
	Links     map[string]string     `json:"links"`
}

func (s *Site) sourceBody(x *newsletter.Source) sourceBody {
	return sourceBody{ID: x.ID, URL: x.URL, Kind: x.Kind, Title: x.Title, Home: x.Home, Endpoint: x.Endpoint, Language: x.Language, Off: x.Disabled, Health: x.Health(s.Composer.Now()),
		Failures: x.Failures, VisitedAt: x.LastGood, NextAt: x.NextAt, NewestAt: x.LastNew, HeldSince: x.HeldSince, UserAgent: x.UserAgent, HTTP1: x.HTTP1,
		Links: map[string]string{"self": "/api/sources/" + x.ID}}
}

func (s *Site) sourceReply(x *newsletter.Source, err error) (reply, error) {
	return reply{status: http.StatusOK, etag: etag(x.Rev), body: s.sourceBody(x)}, err
}

func (s *Site) listSources(r *call) (reply, error) {
	found, err := s.Store.Sources(r.Context())
	list := make([]sourceBody, len(found))
	for i := range found {
		list[i] = s.sourceBody(&found[i])
	}
	return reply{status: http.StatusOK, body: map[string]any{"sources": list}}, err
}

func (s *Site) oneSource(r *call) (reply, error) {
	x, err := s.Store.Source(r.Context(), r.PathValue("id"))
	return s.sourceReply(&x, err)
}

// addSource takes {"url": "magazine.example.org"}: 201, or 200 where it was a source.
func (s *Site) addSource(r *call) (reply, error) {
	var body struct{ URL string }
	if err := readJSON(r.Request, &body); err != nil {
		return reply{}, err
	}
	x, added, err := s.Office.AddSource(r.Context(), r.by, body.URL)
	answer, err := s.sourceReply(&x, changing(err))
	if added {
		answer.status = http.StatusCreated
	}
	answer.location = "/api/sources/" + x.ID
	return answer, err
}

// patchSource takes {"off": true, "userAgent": "…", "http1": true}; what is left out
// stays.
func (s *Site) patchSource(r *call) (reply, error) {
	rev, err := version(r)
	if err != nil {
		return reply{}, err
	}
	x, err := s.Store.Source(r.Context(), r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	body := desk.SourceWish{Off: x.Disabled, UserAgent: x.UserAgent, HTTP1: x.HTTP1}
	if err := readJSON(r.Request, &body); err != nil {
		return reply{}, err
	}
	x, err = s.Office.ChangeSource(r.Context(), r.by, x.ID, rev, body)
	return s.sourceReply(&x, changing(err))
}

// onSource does something to a source, whatever version it has by now.
func (s *Site) onSource(do func(ctx context.Context, p desk.Person, id string) (newsletter.Source, error)) func(r *call) (reply, error) {
	return func(r *call) (reply, error) {
		x, err := do(r.Context(), r.by, r.PathValue("id"))
		if errors.Is(err, newsletter.ErrConflict) {
			err = fmt.Errorf("%w: %w", errOff, err)
		}
		return s.sourceReply(&x, err)
	}
}
