package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/web/editor"
)

// reply is what a machine gets.
type reply struct {
	status   int
	location string
	etag     string
	body     any
}

// call is a request over the API, and who sent it.
type call struct {
	*http.Request
	by desk.Person
}

// machines lets in whoever has the role, by a token or by the session of a browser, and
// answers in JSON.
func (s *Site) machines(need newsletter.Role, f func(r *call) (reply, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		person, err := s.authorize(r, need)
		var answer reply
		if err == nil {
			answer, err = f(&call{r, person})
		}
		if err != nil {
			s.problem(w, r, err)
			return
		}
		if answer.etag != "" {
			w.Header().Set("ETag", answer.etag)
		}
		if answer.location != "" {
			w.Header().Set("Location", answer.location)
		}
		if answer.body == nil {
			w.WriteHeader(answer.status)
			return
		}
		writeJSON(w, answer.status, typeJSON, answer.body)
	})
}

// authorize tells who is asking, if they may do what needs the role.
func (s *Site) authorize(r *http.Request, need newsletter.Role) (desk.Person, error) {
	publication, err := s.Publication(r.Context())
	if err != nil {
		return desk.Person{}, err
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	cookie := editor.Cookie(r, &publication)
	if scheme != "" {
		cookie = "" // whoever names a token is the token's
	}
	if !strings.EqualFold(scheme, "Bearer") {
		token = ""
	}
	person, err := s.Access.Who(r.Context(), strings.TrimSpace(token), cookie)
	if err == nil {
		err = person.May(need)
	}
	return person, err
}

// sendNow composes an Issue of what is new and sends it: 202 with the Run's
// address. Without new articles nothing is sent: 409.
//
// An article goes into one Issue of a schedule only, and requests take turns, so
// asking twice never mails anything twice. With an Idempotency-Key a request is acted upon at most once in
// a day, even if new articles have come in between: a repetition is answered with
// the Run that the first one started, or 409 where there is none; one that asks for
// another schedule, 422.
func (s *Site) sendNow(r *call) (reply, error) {
	schedule, err := s.wantedSchedule(r.Request)
	if err != nil {
		return reply{}, err
	}
	key := r.Header.Get("Idempotency-Key")
	if key != "" {
		sum := sha256.Sum256([]byte(key))
		key = hex.EncodeToString(sum[:16])
		first, err := s.Store.Allow(r.Context(), "idempotency", key, 1, keyLife, s.Composer.Now())
		if err != nil {
			return reply{}, err
		}
		if !first {
			return s.again(r.Context(), schedule, key)
		}
	}
	if err := s.turn(r.Context(), schedule); err != nil {
		return reply{}, err
	}
	run, err := s.Composer.SendNowFor(r.Context(), schedule, key)
	if errors.Is(err, newsletter.ErrNotFound) {
		err = fmt.Errorf("%w: %w", errSchedule, err)
	}
	if err == nil {
		err = s.Access.Note(r.Context(), r.by, "sent an issue at once", "issue "+run.Issue, "")
	}
	if err != nil {
		return reply{}, err
	}
	return s.started(r.Context(), &run)
}

// wantedSchedule reads the optional body {"schedule": "weekly"}.
func (s *Site) wantedSchedule(r *http.Request) (string, error) {
	var body struct {
		Schedule string `json:"schedule"`
	}
	if err := optionalJSON(r, &body); err != nil {
		return "", err
	}
	if body.Schedule == "" {
		body.Schedule = s.Schedule
	}
	return body.Schedule, nil
}

// turnTime is longer than a request takes to take its articles.
const turnTime = 2 * time.Second

// turn waits for the requests that came before, in any process. Two that draft
// from the same articles at the same moment would share them out, and readers
// would get two halves of one issue.
func (s *Site) turn(ctx context.Context, schedule string) error {
	now := s.Composer.Now()
	slot, err := s.Store.Reserve(ctx, "send-now "+schedule, turnTime, now, 3*turnTime)
	if errors.Is(err, newsletter.ErrThrottled) {
		return fmt.Errorf("%w: %w", errBusy, err)
	}
	if wait := slot.Sub(now); err == nil && wait > 0 {
		err = s.Sleep(ctx, wait)
	}
	return err
}

const (
	keyLife  = 24 * time.Hour
	keyAmong = 50 // the newest issues, among which that of a key is
)

// again finds the Run that the first request with the key has started.
func (s *Site) again(ctx context.Context, schedule, key string) (reply, error) {
	found, err := s.Store.Issues(ctx, keyAmong)
	if err != nil {
		return reply{}, err
	}
	at := slices.IndexFunc(found, func(i newsletter.Issue) bool { return i.Key == key })
	if at < 0 {
		return reply{}, errKeyUsed
	}
	if found[at].Schedule != schedule {
		return reply{}, errKeyOther
	}
	run, err := s.Store.Run(ctx, found[at].ID)
	if errors.Is(err, newsletter.ErrNotFound) {
		return reply{}, errKeyUsed
	}
	if err != nil {
		return reply{}, err
	}
	return s.started(ctx, &run)
}

func (s *Site) started(ctx context.Context, run *newsletter.Run) (reply, error) {
	body, err := s.progress(ctx, run)
	return reply{status: http.StatusAccepted, location: "/api/runs/" + run.ID, body: body}, err
}
