package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/masthead-mail/masthead/internal/compose"
	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
	"github.com/masthead-mail/masthead/internal/subscribe"
	"github.com/masthead-mail/masthead/internal/token"
	"github.com/masthead-mail/masthead/internal/words"
)

// What goes wrong at this edge itself.
var (
	errNoPage   = errors.New("web: no such page")
	errMethod   = errors.New("web: method not allowed")
	errForeign  = errors.New("web: a form of another site")
	errMedia    = errors.New("web: media type")
	errJSON     = errors.New("web: broken JSON")
	errKeyUsed  = errors.New("web: idempotency key was used")
	errKeyOther = errors.New("web: idempotency key of another request")
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

	errReadersPage = errors.New("web: no such page of readers")
	errSearch      = errors.New("web: no such search")
	errOperate     = errors.New("web: cannot do that to a reader")
	errComplained  = errors.New("web: the reader has complained")
	errTable       = errors.New("web: no table of readers")
)

// wording is what people are told about an error: never its own text. What readers
// see has its keys in words here; what only editors' programs do, its English.
type wording struct {
	err    error
	status int
	title  string
	text   string
}

// wordings is the one place where an error becomes a status. The first that
// matches counts.
var wordings = []wording{
	{errNoPage, http.StatusNotFound, "fault-no-page-title", "fault-no-page-text"},
	{errMethod, http.StatusMethodNotAllowed, "fault-no-method-title", "fault-no-method-text"},
	{errForeign, http.StatusForbidden, "fault-foreign-title", "fault-foreign-text"},
	{errMedia, http.StatusUnsupportedMediaType, "fault-media-title", "fault-media-text"},
	{errJSON, http.StatusBadRequest, "This is not the JSON we expect", "Send one JSON object with the fields that the documentation names."},
	{desk.ErrNobody, http.StatusUnauthorized, "A token is needed", "Send the header Authorization: Bearer followed by a token. An operator makes one at the desk, under Access; the first one is that of the setting MASTHEAD_EDITOR_TOKEN."},
	{desk.ErrForbidden, http.StatusForbidden, "This token may not do that", "Its role does not allow it. An operator can make one at the desk that does."},
	{errStale, http.StatusPreconditionFailed, "This has changed meanwhile", "Somebody else was faster, and nothing was saved. Read it again, and send the change with its new ETag in If-Match."},
	{errVersion, http.StatusPreconditionRequired, "Which version do you mean?", "Send the header If-Match with the ETag under which you have read it."},
	{errChange, http.StatusUnprocessableEntity, "That cannot be", "A text is too long, an address is none, a colour cannot be read, or a day, a time or a zone does not exist."},
	{errDay, http.StatusUnprocessableEntity, "There is no such day", "day wants a date like 2026-03-02."},
	{errLimit, http.StatusUnprocessableEntity, "There is no such part of the list", "limit wants a number from 1 to 200; where the next part is, next says."},
	{errOff, http.StatusConflict, "This source is switched off", "Switch it on first: PATCH it with {\"off\": false}."},
	{errBlocked, http.StatusConflict, "Preflight stops this issue", "The findings say what is wrong and what helps; GET /api/issues/ID/preflight has the warnings, too."},
	{errEditing, http.StatusUnprocessableEntity, "That cannot be made of this issue", "A text is too long, an address is none, or an article is named that the issue does not have. A moment lies in the future."},
	{errNoDraft, http.StatusConflict, "This is no draft any more", "It has been approved or discarded, and stays as it is."},
	{errIssueSum, http.StatusUnprocessableEntity, "There is no such part of the list", "limit wants a number from 1 to 200; where the next part is, next says."},
	{errCall, http.StatusConflict, "There is nothing to try", "The call was made or dropped meanwhile, or its hook is switched off: switch it on first."},
	{errKeyUsed, http.StatusConflict, "This Idempotency-Key was used before", "The request with this key is still under way, or sent nothing. To try anew, use a new key."},
	{errKeyOther, http.StatusUnprocessableEntity, "This Idempotency-Key belongs to another request", "It was used for another schedule. Use a new key for each request, and the same one to repeat it."},
	{errBusy, http.StatusTooManyRequests, "Others are sending right now", "Several requests for this schedule came at once. See whether one of them has sent what you wanted."},
	{errSchedule, http.StatusUnprocessableEntity, "There is no such schedule", "Name the id of a schedule that exists, or leave it out."},
	{errOpen, http.StatusConflict, "This run has not ended yet", "Those who are refused for now are tried again by itself. Ask again once its state is sent or cancelled."},
	{errNobody, http.StatusConflict, "There is nobody to try again", "No reader of this run has that outcome."},
	{errRetryOf, http.StatusUnprocessableEntity, "These readers cannot be tried again", "Only those who failed can, or, where the outcome unknown is named, those of whom nobody knows."},
	{errOutcome, http.StatusUnprocessableEntity, "There is no such outcome", "Use sent, failed, skipped, unknown, ambiguous or retry, with commas between them."},
	{errPage, http.StatusUnprocessableEntity, "There is no such page", "limit wants a number from 1 to 5000, and after the words that the header Link gave."},
	{errUnproved, http.StatusUnprocessableEntity, "A proof is needed", "This form asks for proof that a person fills it in; send what the challenge on the page gives, as proof."},
	{errReadersPage, http.StatusUnprocessableEntity, "There is no such page", "limit wants a number from 1 to 1000, and after the words that the answer before gave."},
	{errSearch, http.StatusUnprocessableEntity, "We cannot search for that", "address wants the first two letters of one at least."},
	{errOperate, http.StatusUnprocessableEntity, "We cannot do that", "A reader is named by the whole address or the id. A change of status wants a reason, as is unsubscribed, bounced or complained, and a tag is a word or a few without ; , and |, up to 60 bytes, 50 for a reader."},
	{errComplained, http.StatusConflict, "This reader has complained", "Only a sign-up of their own ends that."},
	{errTable, http.StatusUnprocessableEntity, "This is no list of readers", "Send a table (CSV) whose first line names its columns, one of them email."},
	{errStarting, http.StatusConflict, "This run is only just starting", "Ask again in a moment."},
	{errSettling, http.StatusConflict, "This run has come to its last reader", "It mails nobody more, and only waits for news of some. There is nothing left to pause or to resume."},
	{errEnded, http.StatusConflict, "This run has ended", "It has come to its last reader: there is nothing left to pause, resume or cancel."},
	{errCancelled, http.StatusConflict, "This run was cancelled", "It mails nobody more, and cannot go on."},

	{compose.ErrNothingNew, http.StatusConflict, "There are no new articles", "Everything collected so far has been sent. An issue without news is never mailed."},
	{desk.ErrTooMany, http.StatusTooManyRequests, "That was a lot at once", "There were too many within the last hour. Try again a little later."},
	{subscribe.ErrTooMany, http.StatusTooManyRequests, "fault-too-many-title", "fault-too-many-text"},
	{token.ErrExpired, http.StatusGone, "fault-expired-title", "fault-expired-text"},
	{token.ErrForged, http.StatusNotFound, "fault-forged-title", "fault-forged-text"},
	{newsletter.ErrNotFound, http.StatusNotFound, "fault-gone-title", "fault-gone-text"},
	{newsletter.ErrInvalid, http.StatusUnprocessableEntity, "fault-invalid-title", "fault-invalid-text"},
	{newsletter.ErrConflict, http.StatusConflict, "fault-conflict-title", "fault-conflict-text"},
	{newsletter.ErrThrottled, http.StatusServiceUnavailable, "fault-no-mail-title", "fault-no-mail-text"},
	{newsletter.ErrQuotaSpent, http.StatusServiceUnavailable, "fault-no-mail-title", "fault-no-mail-text"},
	{newsletter.ErrUnavailable, http.StatusServiceUnavailable, "fault-no-mail-title", "fault-no-mail-text"},
	{newsletter.ErrSendingPaused, http.StatusServiceUnavailable, "fault-no-mail-title", "fault-no-mail-text"},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "fault-slow-title", "fault-slow-text"},
}

var (
	tooLarge = wording{nil, http.StatusRequestEntityTooLarge, "fault-too-large-title", "fault-too-large-text"}
	ourFault = wording{nil, http.StatusInternalServerError, "fault-ours-title", "fault-ours-text"}
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
	return answer{status: found.status, page: "notice", title: found.title, body: notice{Text: found.text, Link: toForm("toForm")}}
}

// problem answers a machine that something went wrong (RFC 9457).
func (s *Site) problem(w http.ResponseWriter, r *http.Request, err error) {
	found := s.word(w, r, err)
	if typed := (*newsletter.Fault)(nil); errors.Is(err, errChange) && errors.As(err, &typed) {
		found.text = typed.Text + "."
	}
	told := problem{Title: english(found.title), Status: found.status, Detail: english(found.text)}
	if blocked := (*desk.BlockedError)(nil); errors.As(err, &blocked) {
		told.Findings = newFindings(blocked.Preflight.Blocking())
	}
	writeJSON(w, found.status, typeProblem, told)
}

// english is what a key stands for, or the text itself.
func english(s string) string { return cmp.Or(words.For("en").Say(s), s) }

type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`

	Findings []finding `json:"findings,omitempty"` // of preflight, where it stops an issue
}

// operating, searching and importing word what a stage refused for operators.
func operating(err error) error {
	switch {
	case errors.Is(err, newsletter.ErrInvalid):
		return fmt.Errorf("%w: %w", errOperate, err)
	case errors.Is(err, newsletter.ErrConflict):
		return fmt.Errorf("%w: %w", errComplained, err)
	}
	return err
}

func searching(err error) error {
	if errors.Is(err, newsletter.ErrInvalid) {
		return fmt.Errorf("%w: %w", errSearch, err)
	}
	return err
}

func importing(err error) error {
	if errors.Is(err, newsletter.ErrInvalid) {
		return fmt.Errorf("%w: %w", errTable, err)
	}
	return err
}
