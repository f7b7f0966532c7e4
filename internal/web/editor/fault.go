package editor

import (
	"context"
	"errors"
	"net/http"

	"github.com/masthead-mail/masthead/internal/compose"
	"github.com/masthead-mail/masthead/internal/desk"
	"github.com/masthead-mail/masthead/internal/newsletter"
)

// What goes wrong at this edge itself.
var (
	errNoPage  = errors.New("editor: no such page")
	errForeign = errors.New("editor: a form of another site")
	errForm    = errors.New("editor: a form that cannot be read")

	errNoArticle = errors.New("editor: no article at that address")
	errMoment    = errors.New("editor: no moment that is ahead")
	errNoDraft   = errors.New("editor: no draft any more")
)

func isNobody(err error) bool { return errors.Is(err, desk.ErrNobody) }

// blockedPage says what is to be mended before an Issue goes out.
type blockedPage struct {
	Findings []cured
	Issue    string
}

// notice is a page of a few words.
type notice struct {
	Text string
	Link *link
}

type link struct{ Name, URL string }

var (
	toDesk = &link{"To the desk", Path}
	toForm = &link{"Ask for a new mail", "/desk/sign-in"}
)

// wording is what people are told about an error: never its own text.
type wording struct {
	err    error
	status int
	title  string
	text   string
	link   *link
}

// wordings is the one place where an error of the desk becomes a status. The first
// that matches counts.
var wordings = []wording{
	tooLate,
	{errNoPage, http.StatusNotFound, "There is no such page", "The address may have been cut off or mistyped.", toDesk},
	{errForeign, http.StatusForbidden, "Please press the button on our own page", "The request came from another site. Nothing was done.", toDesk},
	{errForm, http.StatusBadRequest, "We cannot read that form", "Go back, and send it once more.", toDesk},
	{errNoArticle, http.StatusUnprocessableEntity, "There is no article at that address", "Copy the address of the article's own page from your browser. The page must be there for everybody, and have a title.", nil},
	{errHoldOver, http.StatusGone, "There is nothing left to hold", "The issue is on its way, or was discarded, or the link has run out. At the desk you can pause a run.", toDesk},
	{errSchedule, http.StatusUnprocessableEntity, "The schedule cannot be like that", "Go back, and look at the day, the time zone, the dates and the numbers.", nil},
	{errSource, http.StatusConflict, "The source has changed meanwhile", "Somebody has changed it, or it was just visited. Nothing of yours was saved. Go back, look at it anew, and change it again.", nil},
	{errCall, http.StatusConflict, "There is nothing to try", "The call was made or dropped meanwhile, or its hook is switched off or was deleted. Look at the hook anew.", nil},
	{errSearch, http.StatusUnprocessableEntity, "We cannot search for that", "Give at least the first two letters of the address, or none.", nil},
	{errReader, http.StatusUnprocessableEntity, "That cannot be done", "An address must be whole, a reason must be given, and a tag is a word or a few without ; , and |, up to 60 bytes, 50 for a reader. Go back, and look at it.", nil},
	{errComplained, http.StatusConflict, "This reader has complained", "Only a sign-up of their own ends that.", nil},
	{errList, http.StatusUnprocessableEntity, "This is no list of readers that we can take", "Choose a table (CSV) of up to 700 KB whose first line names its columns, one of them email. For longer ones there is the command: local readers import FILE.", nil},
	{errExport, http.StatusConflict, "The list is longer than one download", "More than 10,000 readers are too many for one page. The command writes them all: local readers export FILE, with -remote URL for a deployed stack.", nil},
	{errMoment, http.StatusUnprocessableEntity, "That moment is not ahead", "Choose a date and a time that are still to come.", nil},
	{errNoDraft, http.StatusConflict, "This is no draft any more", "It was approved or discarded meanwhile, and stays as it is.", toDesk},
	{compose.ErrNothingNew, http.StatusConflict, "There are too few new articles", "Everything collected so far is in an issue. An issue without news is never mailed.", toDesk},
	{desk.ErrForbidden, http.StatusForbidden, "This is not for you", "Your role does not allow it. An operator can do it, or give you the role: the settings MASTHEAD_EDITORS and MASTHEAD_OPERATORS list who has which.", toDesk},
	{desk.ErrUsed, http.StatusGone, "This link does not work any more", "It lets in once, within 15 minutes. If you did not use it yourself, somebody else has read your mail: ask for a new one, and look at the open sessions.", toForm},
	{desk.ErrTooMany, http.StatusTooManyRequests, "That was a lot at once", "Too many attempts came from your network within the last hour. Please try again a little later.", nil},
	{newsletter.ErrNotFound, http.StatusNotFound, "There is nothing here", "It may have been removed, or the address was cut off.", toDesk},
	{newsletter.ErrConflict, http.StatusConflict, "Somebody else was faster", "What you changed has been changed by somebody else meanwhile. Nothing of yours was saved. Go back, look at it anew, and change it again.", toDesk},
	{newsletter.ErrInvalid, http.StatusUnprocessableEntity, "We cannot use that", "Please go back, and check what you typed.", toDesk},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "This takes too long", "Please try again in a few minutes.", toDesk},
}

var (
	tooLarge = wording{nil, http.StatusRequestEntityTooLarge, "That is too much", "The request is larger than anything we ask for.", toDesk}
	ourFault = wording{nil, http.StatusInternalServerError, "Sorry, that went wrong", "The mistake is ours, and it is noted. Please try again later.", toDesk}
)

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
func (p *Pages) fault(v *visit, err error) page {
	if blocked := (*desk.BlockedError)(nil); errors.As(err, &blocked) {
		return page{status: http.StatusConflict, name: "blocked", title: "Preflight stops it", body: blockedPage{cures(v.PathValue("id"), blocked.Preflight.Blocking()), issueURL(v.PathValue("id"))}}
	}
	found := p.note(v, err)
	if typed := (*newsletter.Fault)(nil); errors.As(err, &typed) {
		found.text = sentence(typed.Text)
	}
	return page{status: found.status, name: "notice", title: found.title, body: notice{found.text, found.link}, narrow: v.person.Who == ""}
}

// note finds the words for an error. Mistakes of ours are noted.
func (p *Pages) note(v *visit, err error) wording {
	found := lookUp(err)
	if found.status >= http.StatusInternalServerError {
		p.Log.ErrorContext(v.Context(), "the desk failed", "route", v.Pattern, "status", found.status, "error", err)
	}
	return found
}
