package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// Sources is the part of a store that a hub's calls change.
type Sources interface {
	Source(ctx context.Context, id string) (newsletter.Source, error)
	SaveSource(ctx context.Context, s *newsletter.Source) error
}

// confirmHub answers a hub that asks whether we wanted its subscription (WebSub, 5.3): yes
// only to what we asked for, at the address that we gave it.
func (s *Site) confirmHub(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	challenge := query.Get("hub.challenge")
	if query.Get("hub.mode") != "subscribe" || challenge == "" {
		http.NotFound(w, r)
		return
	}
	seconds, err := strconv.Atoi(query.Get("hub.lease_seconds"))
	if err != nil {
		seconds = 0 // then it is asked again at the next visit
	}
	err = s.changeSource(r.Context(), r.PathValue("source"), func(source *newsletter.Source) (bool, error) {
		return true, source.ConfirmHub(r.PathValue("key"), query.Get("hub.topic"), time.Duration(min(seconds, 1<<31))*time.Second, s.Composer.Now())
	})
	if err != nil {
		s.refuseHub(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, challenge)
}

// told hears from a hub that a source has something new (WebSub, 7). What it sends with
// that is not read: the source is visited itself, soon.
func (s *Site) told(w http.ResponseWriter, r *http.Request) {
	err := s.changeSource(r.Context(), r.PathValue("source"), func(source *newsletter.Source) (bool, error) {
		return source.Told(r.PathValue("key"), s.Composer.Now())
	})
	if err != nil {
		s.refuseHub(w, r, err)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// refuseHub tells nobody whether the source or the key was wrong.
func (s *Site) refuseHub(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, newsletter.ErrNotFound) || errors.Is(err, newsletter.ErrConflict) {
		http.NotFound(w, r)
		return
	}
	s.Log.ErrorContext(r.Context(), "a hub's call could not be noted", "error", err)
	http.Error(w, "Please try again later.", http.StatusServiceUnavailable)
}

// changeSource saves a source where change says so, again where somebody else has
// changed it meanwhile.
func (s *Site) changeSource(ctx context.Context, id string, change func(*newsletter.Source) (bool, error)) error {
	var err error
	for range 5 {
		var source newsletter.Source
		if source, err = s.Store.Source(ctx, id); err != nil {
			return err
		}
		changed, refused := change(&source)
		if refused != nil || !changed {
			return refused
		}
		if err = s.Store.SaveSource(ctx, &source); !errors.Is(err, newsletter.ErrConflict) {
			return err
		}
	}
	return err
}
