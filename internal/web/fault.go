package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/masthead-mail/masthead/internal/compose"
	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/subscribe"
	"github.com/masthead-mail/masthead/internal/token"
)

// What goes wrong at this edge itself.
var (
	errNoPage   = errors.New("web: no such page")
	errMethod   = errors.New("web: method not allowed")
	errForeign  = errors.New("web: a form of another site")
	errMedia    = errors.New("web: media type")
	errJSON     = errors.New("web: broken JSON")
	errKeyUsed  = errors.New("web: idempotency key was used")
	errBusy     = errors.New("web: other requests come first")
	errSchedule = errors.New("web: no such schedule")

	errStarting  = errors.New("web: the run is only just starting")
	errSettling  = errors.New("web: the run has come to its last reader")
	errEnded     = errors.New("web: the run has ended")
	errCancelled = errors.New("web: the run was cancelled")
	errOpen      = errors.New("web: the run has not ended")
	errNobody    = errors.New("web: nobody had the outcome")
	errRetryOf   = errors.New("web: an outcome that is not tried again")
	errOutcome   = errors.New("web: no such outcome")
	errPage      = errors.New("web: no such page of a list")
)

// wording is what people are told about an error: never its own text.
type wording struct {
	err    error
	status int
	title  string
	text   string
}

// wordings is the one place where an error becomes a status. The first that
// matches counts.
var wordings = []wording{
	{errNoPage, http.StatusNotFound, "There is no such page", "The address may have been cut off or mistyped. Everything else is one press away."},
	{errMethod, http.StatusMethodNotAllowed, "This does not work that way", "The page exists, but not for this kind of request."},
	{errForeign, http.StatusForbidden, "Please press the button on our own page", "The request came from another site. Open the link in your mail once more and press the button there."},
	{errMedia, http.StatusUnsupportedMediaType, "We cannot read that", "Send a form or JSON."},
	{errJSON, http.StatusBadRequest, "This is not the JSON we expect", "Send one JSON object with the fields that the documentation names."},
	{desk.ErrNobody, http.StatusUnauthorized, "A token is needed", "Send the header Authorization: Bearer followed by a token. An operator makes one at the desk, under Access; the first one is that of the setting MASTHEAD_EDITOR_TOKEN."},
	{desk.ErrForbidden, http.StatusForbidden, "This token may not do that", "Its role does not allow it. An operator can make one at the desk that does."},
	{errKeyUsed, http.StatusConflict, "This Idempotency-Key was used before", "The request with this key is still under way, or sent nothing. To try anew, use a new key."},
	{errBusy, http.StatusTooManyRequests, "Others are sending right now", "Several requests for this schedule came at once. See whether one of them has sent what you wanted."},
	{errSchedule, http.StatusUnprocessableEntity, "There is no such schedule", "Name the id of a schedule that exists, or leave it out."},
	{errOpen, http.StatusConflict, "This run has not ended yet", "Those who are refused for now are tried again by itself. Ask again once its state is sent or cancelled."},
	{errNobody, http.StatusConflict, "There is nobody to try again", "No reader of this run has that outcome."},
	{errRetryOf, http.StatusUnprocessableEntity, "These readers cannot be tried again", "Only those who failed can, or, where the outcome unknown is named, those of whom nobody knows."},
	{errOutcome, http.StatusUnprocessableEntity, "There is no such outcome", "Use sent, failed, skipped, unknown, ambiguous or retry, with commas between them."},
	{errPage, http.StatusUnprocessableEntity, "There is no such page", "limit wants a number from 1 to 5000, and after the words that the header Link gave."},
	{errStarting, http.StatusConflict, "This run is only just starting", "Ask again in a moment."},
	{errSettling, http.StatusConflict, "This run has come to its last reader", "It mails nobody more, and only waits for news of some. There is nothing left to pause or to resume."},
	{errEnded, http.StatusConflict, "This run has ended", "It has come to its last reader: there is nothing left to pause, resume or cancel."},
	{errCancelled, http.StatusConflict, "This run was cancelled", "It mails nobody more, and cannot go on."},

	{compose.ErrNothingNew, http.StatusConflict, "There are no new articles", "Everything collected so far has been sent. An issue without news is never mailed."},
	{subscribe.ErrTooMany, http.StatusTooManyRequests, "That was a lot at once", "Many sign-ups came in within the last hour. Please try again a little later."},
	{token.ErrExpired, http.StatusGone, "This link has run out", "It worked for 48 hours. Sign up again and you get a new one at once."},
	{token.ErrForged, http.StatusNotFound, "This link does not work", "It is not complete, or not one of ours. Open it from the mail once more, or copy all of it."},
	{newsletter.ErrNotFound, http.StatusNotFound, "There is nothing here", "It may have been removed, or the address was cut off."},
	{newsletter.ErrInvalid, http.StatusUnprocessableEntity, "We cannot use that", "Please check what you typed and try again."},
	{newsletter.ErrConflict, http.StatusConflict, "This link is no longer of use", "Something has changed since it was mailed. Sign up again and you get a new one."},
	{newsletter.ErrThrottled, http.StatusServiceUnavailable, "We cannot send mail right now", "Please try again in a few minutes."},
	{newsletter.ErrQuotaSpent, http.StatusServiceUnavailable, "We cannot send mail right now", "Please try again tomorrow."},
	{newsletter.ErrUnavailable, http.StatusServiceUnavailable, "We cannot send mail right now", "Please try again in a few minutes."},
	{newsletter.ErrSendingPaused, http.StatusServiceUnavailable, "We cannot send mail right now", "Please try again later."},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "This takes too long", "Please try again in a few minutes."},
}

var (
	tooLarge = wording{nil, http.StatusRequestEntityTooLarge, "That is too much", "The request is larger than anything we ask for."}
	ourFault = wording{nil, http.StatusInternalServerError, "Sorry, that went wrong", "The mistake is ours, and it is noted. Please try again later."}
)

// word finds the words for an error, and notes what only we can mend.
func (s *Site) word(w http.ResponseWriter, r *http.Request, err error) wording {
	found := lookUp(err)
	switch {
	case found.status == http.StatusServiceUnavailable, found.status == http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "600")
	case found.status == http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="desk"`)
	}
	if found.status >= http.StatusInternalServerError {
		s.Log.ErrorContext(r.Context(), "request failed", "route", r.Pattern, "status", found.status, "error", err) // the path may hold a token
	}
	return found
}

func lookUp(err error) wording {
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return tooLarge
	}
	for _, w := range wordings {
		if errors.Is(err, w.err) {
			return w
		}
	}
	return ourFault
}

// fault is the page for an error.
func (s *Site) fault(w http.ResponseWriter, r *http.Request, err error) answer {
	found := s.word(w, r, err)
	return answer{status: found.status, page: "notice", title: found.title, body: message{Text: found.text, ToForm: true}}
}

// problem answers a machine that something went wrong (RFC 9457).
func (s *Site) problem(w http.ResponseWriter, r *http.Request, err error) {
	found := s.word(w, r, err)
	writeJSON(w, found.status, typeProblem, problem{found.title, found.status, found.text})
}

type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}
