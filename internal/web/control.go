package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// steer makes a handler of a wish: pause, resume or cancel. The optional body
// {"reason": "…"} is shown to whoever looks at the Run. Asking again changes
// nothing; where the Run's state forbids it, 409 says why.
func (s *Site) steer(wish func(ctx context.Context, p desk.Person, id, reason string) (newsletter.Run, error)) func(r *call) (reply, error) {
	return func(r *call) (reply, error) {
		reason, err := wantedReason(r.Request)
		if err != nil {
			return reply{}, err
		}
		run, err := wish(r.Context(), r.by, r.PathValue("id"), reason)
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

func (s *Site) resume(ctx context.Context, p desk.Person, id, _ string) (newsletter.Run, error) {
	return s.Office.ResumeRun(ctx, p, id)
}

func wantedReason(r *http.Request) (string, error) {
	var body struct {
		Reason string `json:"reason"`
	}
	if err := optionalJSON(r, &body); err != nil {
		return "", err
	}
	return cmp.Or(body.Reason, "by an editor"), nil
}

// optionalJSON reads the body into v, if there is one.
func optionalJSON(r *http.Request, v any) error {
	err := readJSON(r, v)
	switch {
	case errors.Is(err, io.EOF): // no body
		return nil
	case err != nil:
		return err
	case mediaType(r) != typeJSON:
		return errMedia
	}
	return nil
}

// retried is the answer to a retry.
type retried struct {
	runProgress
	Note string `json:"note,omitempty"`
}

// retry sends a Run that has ended once more to those who failed, or, where the body
// says {"outcome": "unknown"}, to those who are unknown: 202 with the address of
// the Run that does so, the same one however often it is asked for.
func (s *Site) retry(r *call) (reply, error) {
	var body struct {
		Outcome newsletter.Outcome `json:"outcome"`
	}
	if err := optionalJSON(r.Request, &body); err != nil {
		return reply{}, err
	}
	outcome := cmp.Or(body.Outcome, newsletter.OutcomeFailed)
	run, err := s.Office.RetryRun(r.Context(), r.by, r.PathValue("id"), outcome)
	switch {
	case errors.Is(err, newsletter.ErrInvalid):
		err = fmt.Errorf("%w: %w", errRetryOf, err)
	case errors.Is(err, newsletter.ErrConflict) && !run.Finished():
		err = fmt.Errorf("%w: %w", errOpen, err)
	case errors.Is(err, newsletter.ErrConflict):
		err = fmt.Errorf("%w: %w", errNobody, err)
	}
	if err != nil {
		return reply{}, err
	}
	progress, err := s.progress(r.Context(), &run)
	answer := retried{runProgress: progress}
	if outcome == newsletter.OutcomeUnknown {
		answer.Note = "These readers may get it twice: nobody knows whether they have it already."
	}
	return reply{status: http.StatusAccepted, location: "/api/runs/" + run.ID, body: answer}, err
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
