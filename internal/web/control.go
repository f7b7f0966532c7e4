package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/masthead-mail/masthead/internal/newsletter"
)

// steer makes a handler of a wish: pause, resume or cancel. The optional body
// {"reason": "…"} is shown to whoever looks at the Run. Asking again changes
// nothing; where the Run's state forbids it, 409 says why.
func (s *Site) steer(wish func(ctx context.Context, id, reason string) (newsletter.Run, error)) func(r *http.Request) (reply, error) {
	return func(r *http.Request) (reply, error) {
		reason, err := wantedReason(r)
		if err != nil {
			return reply{}, err
		}
		run, err := wish(r.Context(), r.PathValue("id"), reason)
		if errors.Is(err, newsletter.ErrConflict) {
			err = fmt.Errorf("%w: %w", tooLate(run.State), err)
		}
		if err != nil {
			return reply{}, err
		}
		body, err := s.progress(r.Context(), &run)
		return reply{status: http.StatusOK, body: body}, err
	}
}

func (s *Site) resume(ctx context.Context, id, _ string) (newsletter.Run, error) {
	return s.Runs.Resume(ctx, id)
}

func wantedReason(r *http.Request) (string, error) {
	var body struct {
		Reason string `json:"reason"`
	}
	err := readJSON(r, &body)
	switch {
	case errors.Is(err, io.EOF): // no body
	case err != nil:
		return "", err
	case mediaType(r) != typeJSON:
		return "", errMedia
	}
	return cmp.Or(body.Reason, "by an editor"), nil
}

// tooLate is the error for a wish that does not go with the state of the Run.
func tooLate(state newsletter.RunState) error {
	switch state {
	case newsletter.RunCancelling, newsletter.RunCancelled:
		return errCancelled
	case newsletter.RunSettling:
		return errSettling
	case newsletter.RunApproved:
		return errStarting
	}
	return errEnded
}
